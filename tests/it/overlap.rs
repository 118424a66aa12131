//! Two pollers at once: one works, the other waits or leaves it alone; and one that was overtaken undoes nothing.

mod frozen;
mod remembered;

use crate::support::{World, WorldOptions, at};
use access_core::plan::Action;
use access_core::ports::StoreError;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use oncall_poller::{Answer, PollerError};
use simulators::kit::SimClock;
use simulators::pagerduty::{EscalationPolicy, Layer, LayerSchedule, PagerDuty, Target, User};
use std::collections::{BTreeMap, BTreeSet};

const PEOPLE: [(&str, &str); 3] = [
    ("PGRACE", "grace@acme.example"),
    ("PLINUS", "linus@acme.example"),
    ("PADA", "ada@acme.example"),
];

const LEAD: SignedDuration = SignedDuration::from_mins(5);
const LAG: SignedDuration = SignedDuration::from_mins(10);

const CONFIG: &str = r#"
[[group]]
name = "payments"
sources = ["schedule:acme/PSCHED1"]
entitlements = ["aws:Payments", "slack:payments"]
lead = "5m"
lag = "10m"
"#;

const ENTITLEMENTS: [&str; 2] = ["aws:Payments", "slack:payments"];

/// Three people who hand over every two hours from midnight on.
async fn busy_day() -> World {
    let account = PagerDuty::new("acme", SimClock::at(at("2026-11-03T00:30:30Z")));
    for (id, email) in PEOPLE {
        account.add_user(User::new(id, email).id(id));
    }
    let layer = Layer::new(
        date(2026, 11, 2).at(0, 0, 0, 0),
        SignedDuration::from_hours(2),
        &PEOPLE.map(|(id, _)| id),
    );
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
    let people = PEOPLE.map(|(_, email)| email).into();
    World::start(WorldOptions {
        pagerduty: account,
        people,
        groups: vec![],
        config: CONFIG,
    })
    .await
}

/// Whom the rota wants in now.
fn wanted(world: &World) -> BTreeSet<String> {
    let now = world.clock.now();
    // A shift opens at the very instant of its lead, and is closed at that of its lag.
    let opened = now + LEAD + SignedDuration::from_nanos(1);
    let shifts = world.pagerduty.shifts("PSCHED1", now - LAG, opened);
    let emails = BTreeMap::from(PEOPLE);
    shifts
        .iter()
        .map(|shift| emails[shift.user.as_str()].to_owned())
        .collect()
}

fn assert_right(world: &World) {
    let now = world.clock.now();
    for (entitlement, members) in world.holdings(&ENTITLEMENTS) {
        assert_eq!(members, wanted(world), "{entitlement} at {now}");
    }
}

/// Nobody comes twice without having gone, and the journal has all of it: the targets' own logs are the judge.
async fn assert_no_flapping(world: &World, handoffs: usize) {
    let applied = world.audit("the day", &["payments"]).await;
    let count = |entitlement: &str, action: Action| {
        applied
            .iter()
            .filter(|moved| moved.entitlement == entitlement && moved.action == action)
            .count()
    };
    for entitlement in ENTITLEMENTS {
        // Whoever was on call at first came without a handoff.
        assert_eq!(
            count(entitlement, Action::Add),
            handoffs + 1,
            "{entitlement}"
        );
        assert_eq!(
            count(entitlement, Action::Remove),
            handoffs,
            "{entitlement}"
        );
    }
    let log = world.identity_center.kit().log.requests();
    let done = |operation: &str| {
        log.iter()
            .filter(|request| request.operation == operation && request.status == Some(200))
            .count()
    };
    assert_eq!(done("CreateGroupMembership"), handoffs + 1);
    assert_eq!(done("DeleteGroupMembership"), handoffs);
    assert_eq!(done("CreateGroup"), 1);
}

fn assert_done_or_busy(answer: &Result<Answer, PollerError>) {
    match answer {
        Ok(answer) => assert_eq!(answer.failures, BTreeSet::new()),
        // Somebody who asks directly is told that another one is at it.
        Err(PollerError::Store(StoreError::Leased { .. })) => {}
        Err(error) => panic!("{error}"),
    }
}

/// The instants at which both are woken: every five minutes, so that each edge lies within the tick's minute.
fn wakes() -> impl Iterator<Item = Timestamp> {
    let first = at("2026-11-03T00:34:30Z");
    (0..288).map(move |step| first + SignedDuration::from_mins(5 * step))
}

#[tokio::test]
async fn two_pollers_that_tick_at_once_for_a_day_make_every_change_once() {
    let world = busy_day().await;
    let (one, other) = (world.poller().await, world.poller().await);
    for wake in wakes() {
        world.clock.set(wake.max(world.clock.now()));
        let (first, second) = tokio::join!(one.tick(), other.tick());
        for answer in [&first, &second] {
            assert_done_or_busy(answer);
        }
        let is_busy =
            |answer: &Result<Answer, PollerError>| answer.as_ref().is_ok_and(|answer| answer.busy);
        assert!(
            !(is_busy(&first) && is_busy(&second)),
            "{wake}: somebody works"
        );
        assert_right(&world);
    }
    assert_no_flapping(&world, 12).await;
}

#[tokio::test]
async fn a_tick_and_somebody_who_asks_directly_at_once_make_every_change_once() {
    let world = busy_day().await;
    let (one, other) = (world.poller().await, world.poller().await);
    for wake in wakes() {
        world.clock.set(wake.max(world.clock.now()));
        let (first, second) = tokio::join!(one.tick(), other.sync());
        for answer in [&first, &second] {
            assert_done_or_busy(answer);
        }
        assert_right(&world);
    }
    assert_no_flapping(&world, 12).await;
}
