//! PagerDuty is down: what is known still opens access, nothing is closed on stale facts, and somebody hears of it. Or the
//! store refuses something.

mod refused;

use crate::support::rota::{ADA, GRACE, LINUS, hourly_handoffs, people};
use crate::support::{Poller, World, WorldOptions, at, minutes};
use jiff::Timestamp;
use simulators::kit::Fault;
use std::collections::BTreeSet;

const GROUP: &str = r#"
[[group]]
name = "payments-oncall"
sources = ["schedule:acme/PSCHED1"]
entitlements = ["aws:Payments", "slack:payments"]
"#;

async fn world(now: &str, config: &str) -> World {
    let people = vec![ADA, GRACE, LINUS];
    World::start(WorldOptions {
        pagerduty: hourly_handoffs(now),
        people,
        groups: vec![],
        config: &format!("{GROUP}{config}"),
    })
    .await
}

/// Ticks once a minute and answers who was in the group at each instant at which that changed.
async fn watch(
    world: &World,
    poller: &Poller,
    from: &str,
    to: &str,
) -> Vec<(Timestamp, BTreeSet<String>)> {
    let mut seen: Vec<(Timestamp, BTreeSet<String>)> = Vec::new();
    for now in minutes(from, to) {
        world.clock.set(now);
        poller.tick().await.expect("the tick does what it can");
        let members = world.members("Payments");
        assert_eq!(world.slack.members_of("payments"), members, "{now}");
        if seen.last().is_none_or(|(_, last)| *last != members) {
            seen.push((now, members));
        }
    }
    seen
}

fn when(events: &[access_core::ports::OutboxEntry]) -> Vec<Timestamp> {
    events.iter().map(|entry| entry.at).collect()
}

#[tokio::test]
async fn known_shifts_open_at_their_edge_and_nobody_is_closed_out_before_stale_max() {
    // Midnight begins with Grace, so noon does; then Linus, Ada, Grace.
    let world = world("2026-11-02T12:10:00Z", "[sweep]\nstale_max = \"3h\"\n").await;
    let poller = world.poller().await;
    poller.sync().await.expect("the first sync succeeds");
    world.pagerduty.faults().always("*", Fault::status(503));

    // One tick owns the edges of the minute that follows it.
    let seen = watch(
        &world,
        &poller,
        "2026-11-02T12:11:00Z",
        "2026-11-02T15:10:00Z",
    )
    .await;
    let (grace, both, all) = (
        people(&[GRACE]),
        people(&[GRACE, LINUS]),
        people(&[GRACE, LINUS, ADA]),
    );
    let expected = [
        ("2026-11-02T12:11:00Z", grace),
        ("2026-11-02T12:54:00Z", both),
        ("2026-11-02T13:54:00Z", all),
    ];
    assert_eq!(seen, expected.map(|(now, members)| (at(now), members)));
    let added: Vec<Timestamp> = when(&world.told_of("Membership Changed"));
    let edges = [
        "2026-11-02T12:10:00Z",
        "2026-11-02T12:55:00Z",
        "2026-11-02T13:55:00Z",
    ]
    .map(at);
    assert_eq!(added.into_iter().collect::<BTreeSet<_>>(), edges.into());
    assert_eq!(
        world.told_of("Removals Held"),
        [],
        "nobody is bothered while the facts may still do"
    );

    watch(
        &world,
        &poller,
        "2026-11-02T15:11:00Z",
        "2026-11-02T15:13:00Z",
    )
    .await;
    assert_eq!(
        world.members("Payments"),
        people(&[GRACE, LINUS, ADA]),
        "nor is anybody closed out after it"
    );
    let told = when(&world.told_of("Removals Held"));
    assert_eq!(
        told,
        [at("2026-11-02T15:11:00Z"); 2],
        "each target group's removals are held, once"
    );
}

#[tokio::test]
async fn after_stale_max_removals_are_held_and_that_is_told_once() {
    let world = world("2026-11-02T12:10:00Z", "[sweep]\nstale_max = \"1h\"\n").await;
    let poller = world.poller().await;
    poller.sync().await.expect("the first sync succeeds");
    world.pagerduty.faults().always("*", Fault::status(503));
    watch(
        &world,
        &poller,
        "2026-11-02T12:11:00Z",
        "2026-11-02T13:50:00Z",
    )
    .await;

    assert_eq!(
        world.members("Payments"),
        people(&[GRACE, LINUS]),
        "Grace's shift ended at one, and nobody knows for sure"
    );
    let held = world.told_of("Removals Held");
    let told: BTreeSet<Timestamp> = when(&held).into_iter().collect();
    assert_eq!(
        (held.len(), told),
        (2, [at("2026-11-02T13:11:00Z")].into()),
        "once for each target group"
    );
    let failed = world.told_of("Sync Failed");
    assert_eq!(
        when(&failed),
        [at("2026-11-02T12:11:00Z")],
        "a failure that goes on is told once"
    );
}

#[tokio::test]
async fn one_tick_after_pagerduty_is_back_everything_is_right() {
    let world = world("2026-11-02T12:10:00Z", "[sweep]\nstale_max = \"1h\"\n").await;
    let poller = world.poller().await;
    poller.sync().await.expect("the first sync succeeds");
    world.pagerduty.faults().always("*", Fault::status(503));
    watch(
        &world,
        &poller,
        "2026-11-02T12:11:00Z",
        "2026-11-02T14:30:00Z",
    )
    .await;
    assert_eq!(world.members("Payments"), people(&[GRACE, LINUS, ADA]));

    // Meanwhile Grace took over.
    world.pagerduty.create_override(
        "PSCHED1",
        "PGRACE",
        at("2026-11-02T14:20:00Z"),
        at("2026-11-02T14:50:00Z"),
    );
    world.pagerduty.faults().clear();
    let seen = watch(
        &world,
        &poller,
        "2026-11-02T14:31:00Z",
        "2026-11-02T14:31:00Z",
    )
    .await;
    assert_eq!(seen, [(at("2026-11-02T14:31:00Z"), people(&[GRACE]))]);
    assert!(world.held().await.is_empty(), "nothing waits any more");
}

#[tokio::test]
async fn facts_that_end_hold_everybody() {
    // What was read covers the next hour, and an hour more because spans are whole hours.
    let world = world(
        "2026-11-02T12:10:00Z",
        "[sweep]\nlook_ahead = \"1h\"\nstale_max = \"7d\"\n",
    )
    .await;
    let poller = world.poller().await;
    poller.sync().await.expect("the first sync succeeds");
    world.pagerduty.faults().always("*", Fault::status(503));
    watch(
        &world,
        &poller,
        "2026-11-02T12:11:00Z",
        "2026-11-02T18:00:00Z",
    )
    .await;

    assert_eq!(
        world.members("Payments"),
        people(&[GRACE, LINUS]),
        "whoever came stays"
    );
    let told: BTreeSet<Timestamp> = when(&world.told_of("Removals Held")).into_iter().collect();
    let expected = ["2026-11-02T14:00:00Z", "2026-11-02T14:05:00Z"].map(at);
    assert_eq!(
        told,
        expected.into(),
        "when the facts end, and when Linus's shift does"
    );
}

#[tokio::test]
async fn a_first_tick_without_pagerduty_takes_nobody_out() {
    let pagerduty = hourly_handoffs("2026-11-02T12:00:00Z");
    let exclusive = GROUP.replace(
        r#"entitlements = ["aws:Payments", "slack:payments"]"#,
        "entitlements = [\"aws:Payments\"]\nownership = \"exclusive\"",
    );
    let options = WorldOptions {
        pagerduty,
        people: vec![ADA, GRACE, LINUS],
        groups: vec!["Payments"],
        config: &exclusive,
    };
    let world = World::start(options).await;
    world.identity_center.add_member("Payments", ADA);
    let poller = world.poller().await;
    world.pagerduty.faults().always("*", Fault::status(503));
    for now in minutes("2026-11-02T12:00:00Z", "2026-11-02T14:05:00Z") {
        world.clock.set(now);
        let answer = poller.tick().await.expect("the tick does what it can");
        assert!(
            !answer.failures.is_empty(),
            "{now}: it says that it could not read"
        );
        assert_eq!(world.members("Payments"), people(&[ADA]), "{now}");
    }
    world.pagerduty.faults().clear();
    world.clock.set(at("2026-11-02T14:06:00Z"));
    poller.tick().await.expect("the tick succeeds");
    assert_eq!(
        world.members("Payments"),
        people(&[ADA]),
        "Ada is on call from two to three"
    );
}

#[tokio::test]
async fn a_block_does_not_wait_for_pagerduty() {
    let world = world("2026-11-02T12:10:00Z", "").await;
    let poller = world.poller().await;
    poller.sync().await.expect("the first sync succeeds");
    world.pagerduty.faults().always("*", Fault::status(503));
    watch(
        &world,
        &poller,
        "2026-11-02T12:11:00Z",
        "2026-11-02T12:30:00Z",
    )
    .await;
    world
        .configure(&format!(
            "{GROUP}\n[[person]]\nemail = \"{GRACE}\"\nblocked = true\n"
        ))
        .await;
    let seen = watch(
        &world,
        &poller,
        "2026-11-02T12:31:00Z",
        "2026-11-02T12:31:00Z",
    )
    .await;
    assert_eq!(seen, [(at("2026-11-02T12:31:00Z"), people(&[]))]);
}

#[tokio::test]
async fn rotated_secrets_are_picked_up_without_a_restart() {
    let world = world("2026-11-02T12:10:00Z", "").await;
    let poller = world.poller().await;
    poller.sync().await.expect("the first sync succeeds");

    world.pagerduty.revoke("u+simulated");
    world.pagerduty.add_api_key("u+rotated");
    world.slack.rotate_token("xoxb-rotated");
    world.clock.set(at("2026-11-02T12:54:30Z"));
    let answer = poller.tick().await.expect("the tick does what it can");
    assert!(
        !answer.failures.is_empty(),
        "neither secret was replaced where it is kept"
    );
    assert_eq!(
        world.members("Payments"),
        people(&[GRACE, LINUS]),
        "what is known opens access where it can"
    );

    world.api_key.rotate("u+rotated");
    world.bot_token.rotate("xoxb-rotated");
    world.clock.set(at("2026-11-02T12:56:00Z"));
    let answer = poller.tick().await.expect("the tick succeeds");
    assert!(answer.failures.is_empty(), "{:?}", answer.failures);
    assert_eq!(world.slack.members_of("payments"), people(&[GRACE, LINUS]));
}
