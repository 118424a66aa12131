//! The store refuses what is to be written of one group: nothing changes there that is not written down, and every other
//! group is looked after.

use crate::support::rota::{ADA, GRACE, LINUS, noon_handoffs, people};
use crate::support::{Poller, Refusal, World, WorldOptions, at};
use access_core::ports::{BindingState, Bindings};
use oncall_poller::Answer;

/// Two groups of one person each.
fn groups(lead: &str, payments: &str) -> String {
    let group = |name: &str, entitlement: &str, person: &str| {
        format!(
            "[[group]]\nname = \"{name}\"\nsources = [\"person:{person}\"]\nentitlements = [\"aws:{entitlement}\"]\n"
        )
    };
    let groups = [
        group("leads", "Leads", lead),
        group("payments", "Payments", payments),
    ];
    format!("{}[limits]\nremovals_max = 0\n", groups.concat())
}

/// Ada in one group, Grace in the other, as soon as the poller has ticked, whose store may refuse.
async fn world() -> (World, Poller, Refusal) {
    let world = World::start(WorldOptions {
        pagerduty: noon_handoffs("2026-11-03T11:00:00Z"),
        people: vec![ADA, GRACE, LINUS],
        groups: vec!["Leads", "Payments"],
        config: &groups(ADA, GRACE),
    })
    .await;
    let refusal = Refusal::in_front_of(world.store_url()).await;
    let mut poller = world.poller().await;
    poller.deps.store = refusal.store() as _;
    (world, poller, refusal)
}

/// Ticks, and nothing fails but what is about the group of leads.
async fn tick(world: &World, poller: &Poller, now: &str) -> Answer {
    world.clock.set(at(now));
    let answer = poller.tick().await;
    let answer = answer.unwrap_or_else(|error| panic!("{now}: {error}"));
    let mut subjects = answer.failures.iter().map(|failure| &failure.subject);
    assert!(
        subjects.all(|subject| subject.starts_with("leads")),
        "{now}: {:?}",
        answer.failures
    );
    answer
}

/// What is known of the groups: leads, then payments.
async fn states(world: &World) -> Vec<BindingState> {
    let bindings = world.store.bindings().await.expect("bindings are read");
    bindings.states.into_values().collect()
}

#[tokio::test]
async fn what_cannot_be_written_down_before_is_not_done_and_stops_no_other_group() {
    let (world, poller, refusal) = world().await;
    refusal.refuse(&[r#""BINDINGS""#, "leads#aws:Leads"]);
    let answer = tick(&world, &poller, "2026-11-03T11:00:00Z").await;
    assert!(!answer.failures.is_empty());
    assert_eq!(world.members("Leads"), people(&[]));
    assert_eq!(world.members("Payments"), people(&[GRACE]));
    let known = states(&world).await;
    assert_eq!(known.len(), 1, "of payments alone");
    assert!(known[0].clean);

    refusal.refuse(&[]);
    let answer = tick(&world, &poller, "2026-11-03T11:01:00Z").await;
    assert!(answer.failures.is_empty(), "{:?}", answer.failures);
    assert_eq!(world.members("Leads"), people(&[ADA]));
    world.audit("afterwards", &["leads", "payments"]).await;
}

#[tokio::test]
async fn a_held_plan_that_cannot_be_written_stops_no_other_and_comes_with_the_next_tick() {
    let (world, poller, refusal) = world().await;
    tick(&world, &poller, "2026-11-03T11:00:00Z").await;
    world.configure(&groups(LINUS, LINUS)).await;
    refusal.refuse(&[r#""HELD""#, "leads"]);
    let answer = tick(&world, &poller, "2026-11-03T11:01:00Z").await;
    assert!(!answer.failures.is_empty());
    assert_eq!(world.members("Leads"), people(&[ADA, LINUS]));
    assert_eq!(world.members("Payments"), people(&[GRACE, LINUS]));
    assert_eq!(world.held().await.len(), 1, "of payments");
    let clean: Vec<bool> = states(&world)
        .await
        .iter()
        .map(|state| state.clean)
        .collect();
    assert_eq!(clean, [false, true]);

    refusal.refuse(&[]);
    let answer = tick(&world, &poller, "2026-11-03T11:02:00Z").await;
    assert!(answer.failures.is_empty(), "{:?}", answer.failures);
    assert_eq!(world.held().await.len(), 2);
    assert!(states(&world).await.iter().all(|state| state.clean));
}
