//! Killed while it changes something that is then taken back: nothing but what is written down says that anything is amiss.

use crate::support::rota::{ADA, GRACE, noon_handoffs, people};
use crate::support::{Choke, Cut, Poller, World, WorldOptions, at};
use access_core::ports::Bindings;

/// Grace is in it until noon.
const GROUP: &str = r#"
[[group]]
name = "payments"
sources = ["schedule:acme/PSCHED1"]
entitlements = ["aws:Payments"]
lead = "0s"
lag = "0s"
"#;

/// Grace is on call and in the group; Ada has just taken over from her.
async fn taken_over() -> (World, String) {
    let world = World::start(WorldOptions {
        pagerduty: noon_handoffs("2026-11-03T11:20:00Z"),
        people: vec![GRACE, ADA],
        groups: vec!["Payments"],
        config: GROUP,
    })
    .await;
    tick(&world.poller().await, "at first").await;
    assert_eq!(world.members("Payments"), people(&[GRACE]));
    let (from, until) = (at("2026-11-03T11:25:00Z"), at("2026-11-03T11:55:00Z"));
    let taken = world
        .pagerduty
        .create_override("PSCHED1", "PADA", from, until);
    world.clock.set(at("2026-11-03T11:26:00Z"));
    (world, taken)
}

async fn tick(poller: &Poller, case: &str) {
    let answer = poller.tick().await;
    let answer = answer.unwrap_or_else(|error| panic!("{case}: {error}"));
    assert!(!answer.busy, "{case}: no lease is in its way");
    assert!(answer.failures.is_empty(), "{case}: {answer:?}");
}

/// `false`: the poller was done before that request.
async fn killed_and_taken_back(number: u64, cut: Cut) -> bool {
    let (world, taken) = taken_over().await;
    let choke = Choke::at(number, cut);
    let poller = world.poller_through(&choke).await;
    let _ = poller.tick().await;
    drop(poller);
    let names = choke.names();
    let place = usize::try_from(number - 1).expect("a small number");
    let Some(name) = names.get(place) else {
        return false;
    };
    let case = format!("cut {cut:?} of request {number}, {name}");
    assert!(world.pagerduty.delete_override("PSCHED1", &taken));
    // The lease has ended, and the next look around is not due yet.
    world.clock.set(at("2026-11-03T11:29:00Z"));
    let next = world.poller().await;
    tick(&next, &case).await;
    assert_eq!(world.members("Payments"), people(&[GRACE]), "{case}");
    tick(&next, &case).await;
    let bindings = world.store.bindings().await.expect("bindings are read");
    assert!(bindings.states.values().all(|state| state.clean), "{case}");
    world.audit(&case, &["payments"]).await;
    true
}

#[tokio::test]
async fn what_a_killed_poller_changed_is_taken_back_by_the_next_one_whatever_request_is_the_last() {
    for cut in [Cut::BeforeDelivery, Cut::AfterDelivery] {
        let mut number = 1;
        while killed_and_taken_back(number, cut).await {
            number += 1;
        }
        assert!(number > 10, "it makes more than {number} requests");
    }
}
