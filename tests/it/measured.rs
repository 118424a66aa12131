//! What the poller tells of itself, after ticks in which something happened.

use crate::support::rota::{ADA, GRACE, LINUS, noon_handoffs};
use crate::support::{Poller, World, WorldOptions, at};
use access_core::event::Event;
use function_kit::metrics::{Measured, Metric, measured};
use jiff::SignedDuration;
use oncall_poller::{Answer, Invocation, Sync, handle};
use simulators::kit::Fault;

const CONFIG: &str = r#"
[[group]]
name = "payments-oncall"
sources = ["schedule:acme/PSCHED1"]
entitlements = ["aws:Payments", "slack:payments"]
lead = "5m"
lag = "10m"
"#;

async fn world(now: &str, people: &[&str], groups: &[&str], config: &str) -> World {
    World::start(WorldOptions {
        pagerduty: noon_handoffs(now),
        people: people.to_vec(),
        groups: groups.to_vec(),
        config,
    })
    .await
}

/// The schedule calls at that time of the third; what that measured, and what it answered.
async fn tick(world: &World, poller: &Poller, time: &str) -> (Measured, Answer) {
    world.clock.set(at(&format!("2026-11-03T{time}Z")));
    let (answer, found) = measured(poller.tick()).await;
    (found, answer.expect("the tick does what it can"))
}

/// The same, where nothing may fail.
async fn clean_tick(world: &World, poller: &Poller, time: &str) -> Measured {
    let (found, answer) = tick(world, poller, time).await;
    assert!(answer.failures.is_empty(), "{time}: {:?}", answer.failures);
    found
}

#[tokio::test]
async fn a_handoff_is_measured_from_the_moment_at_which_access_was_due() {
    let world = world("2026-11-03T11:50:00Z", &[GRACE, LINUS], &[], CONFIG).await;
    let poller = world.poller().await;
    let found = clean_tick(&world, &poller, "11:50:00").await;
    assert_eq!(found.of(Metric::PlannedAdditions), [2.0]);
    assert!(
        found.of(Metric::HandoffLag).is_empty(),
        "whoever is found on call by the first look was not handed over to"
    );
    for (time, case, expected) in [
        ("11:54:00", "waited for the lead's beginning", [0.0, 0.0]),
        ("12:10:40", "no tick came before the lag's end", [40.0; 2]),
    ] {
        let found = clean_tick(&world, &poller, time).await;
        assert_eq!(found.of(Metric::HandoffLag), expected, "{time}: {case}");
    }
    let idle = clean_tick(&world, &poller, "12:20:00").await;
    assert!(idle.of(Metric::HandoffLag).is_empty());
    assert!(idle.of(Metric::PlannedAdditions).is_empty());
    assert!(idle.of(Metric::PlannedRemovals).is_empty());
}

#[tokio::test]
async fn an_override_from_now_on_is_late_since_the_read_before_it_and_no_earlier() {
    let world = world("2026-11-03T13:00:00Z", &[GRACE, LINUS, ADA], &[], CONFIG).await;
    let poller = world.poller().await;
    clean_tick(&world, &poller, "13:00:00").await;
    let (from, until) = (at("2026-11-03T13:00:30Z"), at("2026-11-03T15:00:00Z"));
    world
        .pagerduty
        .create_override("PSCHED1", "PADA", from, until);
    let found = clean_tick(&world, &poller, "13:01:00").await;
    assert_eq!(
        found.of(Metric::HandoffLag),
        [60.0, 60.0],
        "its lead began before anybody could know of it"
    );
}

#[tokio::test]
async fn an_override_from_now_on_that_fails_at_first_is_late_since_the_same_read() {
    let world = world("2026-11-03T13:00:00Z", &[GRACE, LINUS, ADA], &[], CONFIG).await;
    let poller = world.poller().await;
    clean_tick(&world, &poller, "13:00:00").await;
    let (from, until) = (at("2026-11-03T13:00:30Z"), at("2026-11-03T15:00:00Z"));
    world
        .pagerduty
        .create_override("PSCHED1", "PADA", from, until);
    let faults = &world.slack.kit().faults;
    faults.always("usergroups.users.update", Fault::status(500));
    for (time, expected) in [("13:01:00", &[60.0][..]), ("13:02:00", &[])] {
        let (found, answer) = tick(&world, &poller, time).await;
        assert!(!answer.failures.is_empty(), "{time}");
        assert_eq!(found.of(Metric::HandoffLag), expected, "{time}");
    }
    faults.clear();
    let found = clean_tick(&world, &poller, "13:03:00").await;
    assert_eq!(found.of(Metric::HandoffLag), [180.0], "since 13:00");
}

#[tokio::test]
async fn a_change_that_fails_counts_and_is_late_until_it_succeeds() {
    let world = world("2026-11-03T11:50:00Z", &[GRACE, LINUS], &[], CONFIG).await;
    let poller = world.poller().await;
    clean_tick(&world, &poller, "11:50:00").await;
    let faults = &world.slack.kit().faults;
    faults.always("usergroups.users.update", Fault::status(500));
    let (found, answer) = tick(&world, &poller, "11:54:00").await;
    assert!(!answer.failures.is_empty());
    assert_eq!(found.of(Metric::ChangesFailed), [1.0]);
    assert_eq!(found.of(Metric::HandoffLag), [0.0], "the other target");
    assert_eq!(found.of(Metric::SweepAge), [300.0], "since 11:50");
    faults.clear();
    let found = clean_tick(&world, &poller, "11:58:00").await;
    assert_eq!(found.of(Metric::HandoffLag), [180.0], "since 11:55");
    assert_eq!(found.of(Metric::SweepAge), [0.0]);
    assert!(found.of(Metric::ChangesFailed).is_empty());
}

#[tokio::test]
async fn a_tick_tells_how_long_ago_all_was_well_and_what_it_cost() {
    let world = world("2026-11-03T10:00:00Z", &[GRACE, LINUS], &[], CONFIG).await;
    let poller = world.poller().await;
    let log = world.pagerduty.log();
    let found = clean_tick(&world, &poller, "10:00:00").await;
    assert_eq!(found.of(Metric::SweepAge), [0.0]);
    assert_eq!(found.of(Metric::SweepDuration), [0.0], "time stood still");
    let calls: u64 = log.counts().values().sum();
    let calls = u32::try_from(calls).expect("a tick makes few calls");
    assert_eq!(found.of(Metric::PagerDutyCalls), [f64::from(calls)]);

    world.pagerduty.faults().always("*", Fault::status(503));
    let (found, answer) = tick(&world, &poller, "10:03:00").await;
    assert!(!answer.failures.is_empty());
    assert_eq!(found.of(Metric::SweepAge), [180.0]);
    assert!(
        !found.of(Metric::PagerDutyCalls).is_empty(),
        "tries in vain"
    );
}

#[tokio::test]
async fn a_tick_whose_time_was_up_is_not_one_that_did_everything() {
    let world = world("2026-11-03T10:00:00Z", &[GRACE, LINUS], &[], CONFIG).await;
    let poller = world.poller().await;
    clean_tick(&world, &poller, "10:00:00").await;
    // Twenty seconds are what is kept free for the end.
    let now = at("2026-11-03T10:20:00Z");
    world.clock.set(now);
    let deadline = now + SignedDuration::from_secs(20);
    let ticked = handle(&poller.deps, now, deadline, &Invocation::Tick);
    let (answer, found) = measured(ticked).await;
    let answer = answer.expect("it reads PagerDuty");
    assert!(answer.failures.is_empty() && answer.plans.is_empty());
    assert_eq!(found.of(Metric::SweepAge), [1_200.0], "since 10:00");
    let found = clean_tick(&world, &poller, "10:21:00").await;
    assert_eq!(found.of(Metric::SweepAge), [0.0]);
}

#[tokio::test]
async fn removals_are_counted_as_held_until_a_person_lets_them_go() {
    let config = format!(
        "{}\nownership = \"exclusive\"\n[limits]\nremovals_max = 2\n",
        CONFIG.replace(", \"slack:payments\"", "")
    );
    let strangers = ["one@acme.example", "two@acme.example", "three@acme.example"];
    let everybody = [&[GRACE, LINUS], &strangers[..]].concat();
    let world = world("2026-11-03T10:00:00Z", &everybody, &["Payments"], &config).await;
    for stranger in strangers {
        world.identity_center.add_member("Payments", stranger);
    }
    let poller = world.poller().await;
    for time in ["10:00:00", "10:01:00", "10:20:00"] {
        let found = clean_tick(&world, &poller, time).await;
        assert_eq!(found.of(Metric::RemovalsHeld), [3.0], "{time}");
        assert!(found.of(Metric::PlannedRemovals).is_empty(), "{time}");
    }
    let told = world.told_of("Removals Held").into_iter();
    let plans: Vec<_> = told
        .filter_map(|entry| match entry.event {
            Event::RemovalsHeld(held) => Some(held.plan),
            _ => None,
        })
        .collect();
    let release = Invocation::Sync(Sync {
        release: plans.first().copied(),
        by: Some("a test".to_owned()),
        ..Sync::default()
    });
    let (answer, found) = measured(poller.invoke(&release)).await;
    answer.expect("the plan is let go");
    assert_eq!(found.of(Metric::PlannedRemovals), [3.0]);
    assert_eq!(found.of(Metric::RemovalsHeld), [0.0]);
    assert!(found.of(Metric::SweepAge).is_empty(), "that is no tick");
}

#[tokio::test]
async fn whoever_goes_on_call_without_an_account_is_counted_once() {
    // Linus, from noon on, in two targets.
    let world = world("2026-11-03T10:00:00Z", &[GRACE], &[], CONFIG).await;
    let poller = world.poller().await;
    let found = clean_tick(&world, &poller, "10:00:00").await;
    assert_eq!(found.of(Metric::PeopleUnmatched), [1.0]);
    assert_eq!(found.of(Metric::CoverageWarnings), [0.0]);
    let found = clean_tick(&world, &poller, "10:01:00").await;
    assert!(
        found.of(Metric::PeopleUnmatched).is_empty(),
        "the coming days are looked at every six hours"
    );
}

#[tokio::test]
async fn a_dry_run_plans_nothing_that_counts() {
    let world = world("2026-11-03T10:00:00Z", &[GRACE, LINUS], &[], CONFIG).await;
    let poller = world.poller().await;
    let dry = Invocation::Sync(Sync {
        dry_run: true,
        ..Sync::default()
    });
    let (answer, found) = measured(poller.invoke(&dry)).await;
    assert!(!answer.expect("it only plans").plans.is_empty());
    let told: Vec<Metric> = found.iter().map(|(metric, _)| metric).collect();
    assert_eq!(told, [Metric::PagerDutyCalls]);
}
