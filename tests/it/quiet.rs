//! What does not happen: idle ticks that write, dry runs that change, logs that tell too much.

use crate::support::lines::{Lines, tells_nothing_of};
use crate::support::rota::{GRACE, LINUS, noon_handoffs, people};
use crate::support::{Poller, World, WorldOptions, at};
use access_core::ports::{Leases, Outbox};
use oncall_poller::{Invocation, Sync};
use simulators::kit::Fault;

const GROUP: &str = r#"
[[group]]
name = "payments-oncall"
sources = ["schedule:acme/PSCHED1"]
entitlements = ["aws:Payments", "slack:payments"]
"#;

async fn world(now: &str) -> World {
    World::start(WorldOptions {
        pagerduty: noon_handoffs(now),
        people: vec![GRACE, LINUS],
        groups: vec![],
        config: GROUP,
    })
    .await
}

async fn tick(world: &World, poller: &Poller, now: &str) {
    world.clock.set(at(now));
    let answer = poller
        .tick()
        .await
        .unwrap_or_else(|error| panic!("{now}: {error}"));
    assert!(answer.failures.is_empty(), "{now}: {:?}", answer.failures);
}

#[tokio::test]
async fn an_idle_tick_asks_no_target_and_writes_two_items() {
    let world = world("2026-11-03T09:00:00Z").await;
    let poller = world.poller().await;
    tick(&world, &poller, "2026-11-03T09:00:00Z").await;
    let (identity_center, slack) = (&world.identity_center.kit().log, &world.slack.kit().log);
    for now in [
        "2026-11-03T09:01:00Z",
        "2026-11-03T09:02:00Z",
        "2026-11-03T09:03:00Z",
    ] {
        let writes = poller.store.writes();
        identity_center.reset();
        slack.reset();
        tick(&world, &poller, now).await;
        assert_eq!(
            poller.store.writes() - writes,
            2,
            "{now}: the lease, and what ends it"
        );
        assert_eq!((identity_center.total(), slack.total()), (0, 0), "{now}");
    }
}

#[tokio::test]
async fn a_dry_run_tells_everything_and_changes_and_writes_nothing() {
    let world = world("2026-11-03T09:00:00Z").await;
    let poller = world.poller().await;
    let asked = Invocation::Sync(Sync {
        dry_run: true,
        ..Sync::default()
    });
    let answer = poller.invoke(&asked).await.expect("the dry run succeeds");
    assert!(answer.dry_run && answer.changes == 0);
    let additions: Vec<_> = answer
        .plans
        .iter()
        .flat_map(|plan| &plan.additions)
        .map(|addition| addition.principal.email())
        .collect();
    assert_eq!(additions, [GRACE, GRACE]);
    assert_eq!(poller.store.writes(), 0);
    assert!(
        world.identity_center.groups().is_empty() && world.slack.group("payments").is_none(),
        "no group is made"
    );
    assert!(
        world
            .store
            .last_tick()
            .await
            .expect("the store is read")
            .is_none()
    );
    assert!(
        world
            .store
            .unsent()
            .await
            .expect("the store is read")
            .entries
            .is_empty()
            && world.events().is_empty()
    );

    // The same before a handoff, with something there to take away.
    tick(&world, &poller, "2026-11-03T11:54:00Z").await;
    world.clock.set(at("2026-11-03T12:06:00Z"));
    let writes = poller.store.writes();
    let answer = poller.invoke(&asked).await.expect("the dry run succeeds");
    assert_eq!(
        answer
            .plans
            .iter()
            .map(|plan| plan.removals.len())
            .sum::<usize>(),
        2
    );
    assert_eq!(poller.store.writes() - writes, 0);
    assert_eq!(world.members("Payments"), people(&[GRACE, LINUS]));
}

#[tokio::test]
async fn no_log_line_holds_a_secret_a_name_or_an_address() {
    let (lines, _collecting) = Lines::collect();
    let world = world("2026-11-03T11:54:00Z").await;
    let poller = world.poller().await;
    tick(&world, &poller, "2026-11-03T11:54:00Z").await;
    tick(&world, &poller, "2026-11-03T12:04:00Z").await;
    // And everything that goes wrong: refused secrets, refused changes, refused groups.
    world.pagerduty.revoke("u+simulated");
    world.slack.deactivate(GRACE);
    world
        .identity_center
        .kit()
        .faults
        .always("CreateGroupMembership", Fault::status(400));
    world.clock.set(at("2026-11-04T11:54:00Z"));
    poller.tick().await.expect("the tick does what it can");
    world.slack.rotate_token("xoxb-another-bot-token");
    world.clock.set(at("2026-11-04T12:10:00Z"));
    let failed = poller.sync().await.expect("the sync does what it can");
    assert!(!failed.failures.is_empty());
    let odd = serde_json::json!({"sync": {"dry_run": "xoxb-in-the-payload"}});
    let refusal = Invocation::parse(odd)
        .expect_err("that is no payload")
        .to_string();

    let text = format!("{}\n{:?}\n{refusal}", lines.text(), failed.failures);
    assert!(text.lines().count() > 10, "something was logged:\n{text}");
    let secrets = ["u+simulated", "xoxb-", "Authorization", "Bearer"];
    tells_nothing_of(&text, &secrets);
    tells_nothing_of(&text, &["acme.example", "Grace", "Linus"]);
}
