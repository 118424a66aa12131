//! Handoffs: who comes and who goes when the pager changes hands.

use crate::support::{World, WorldOptions, at};
use jiff::SignedDuration;
use jiff::civil::date;
use simulators::kit::SimClock;
use simulators::pagerduty::{EscalationPolicy, Layer, LayerSchedule, PagerDuty, Target, User};
use std::collections::BTreeSet;

const GRACE: &str = "grace@acme.example";
const LINUS: &str = "linus@acme.example";

/// Two people who hand over every day at noon UTC; Grace begins on 2 November.
fn two_people(now: &str) -> PagerDuty {
    let account = PagerDuty::new("acme", SimClock::at(at(now)));
    account.add_user(User::new("Grace", GRACE).id("PGRACE"));
    account.add_user(User::new("Linus", LINUS).id("PLINUS"));
    let layer = Layer::daily(date(2026, 11, 2).at(12, 0, 0, 0), &["PGRACE", "PLINUS"]);
    account.add_schedule(
        LayerSchedule::new("Payments", "UTC")
            .id("PSCHED1")
            .layer(layer),
    );
    account.add_policy(
        EscalationPolicy::new("Payments")
            .id("PPOLICY")
            .level(vec![Target::schedule("PSCHED1")]),
    );
    account
}

fn people(emails: &[&str]) -> BTreeSet<String> {
    emails.iter().map(ToString::to_string).collect()
}

const CONFIG: &str = r#"
[[group]]
name = "payments-oncall"
sources = ["schedule:acme/PSCHED1"]
entitlements = ["aws:PaymentsProdOperator", "slack:payments-oncall"]
lead = "5m"
lag = "10m"
"#;

async fn world(now: &str) -> World {
    World::start(WorldOptions {
        pagerduty: two_people(now),
        people: vec![GRACE, LINUS],
        groups: vec![],
        config: CONFIG,
    })
    .await
}

#[tokio::test]
async fn handoff_moves_access_to_the_next_person() {
    let world = world("2026-11-03T11:50:00Z").await;
    let poller = world.poller().await;
    for (time, expected) in [
        ("2026-11-03T11:50:00Z", &[GRACE][..]),
        ("2026-11-03T11:54:00Z", &[GRACE, LINUS]),
        ("2026-11-03T12:00:00Z", &[GRACE, LINUS]),
        ("2026-11-03T12:08:59Z", &[GRACE, LINUS]),
        ("2026-11-03T12:10:00Z", &[LINUS]),
    ] {
        world.clock.set(at(time));
        let answer = poller.tick().await.expect("the tick succeeds");
        assert!(answer.failures.is_empty(), "{time}: {:?}", answer.failures);
        assert_eq!(
            world.members("PaymentsProdOperator"),
            people(expected),
            "{time}"
        );
        assert_eq!(
            world.slack.members_of("payments-oncall"),
            people(expected),
            "{time}"
        );
    }
}

#[tokio::test]
async fn the_next_person_is_in_before_the_edge_and_the_last_one_out_within_a_second_of_it() {
    let world = world("2026-11-03T11:54:30Z").await;
    let poller = world.poller().await;
    poller.tick().await.expect("the tick succeeds");
    let added = world
        .events()
        .into_iter()
        .find(|entry| entry.event.detail().contains(LINUS))
        .expect("Linus was added");
    assert_eq!(added.at, at("2026-11-03T11:55:00Z"));
    world.clock.set(at("2026-11-03T12:09:30Z"));
    poller.tick().await.expect("the tick succeeds");
    let removed = world.events().pop().expect("Grace was removed");
    assert_eq!(removed.at, at("2026-11-03T12:10:00Z"));
    assert!(world.clock.now() - SignedDuration::from_secs(1) < removed.at);
}
