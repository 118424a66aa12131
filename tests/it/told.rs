//! What people hear, and how often: warnings days ahead, failures once.

use crate::support::rota::{GRACE, LINUS, noon_handoffs, people};
use crate::support::{World, WorldOptions, at, minutes};
use access_core::event::{CoverageWarning, Event, Warning};
use access_core::plan::Action;
use access_store::embedded::TABLE;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use oncall_poller::{Invocation, Sync};
use simulators::kit::Fault;
use simulators::pagerduty::{Layer, PagerDuty, Restriction};

const GROUP: &str = r#"
[[group]]
name = "payments-oncall"
sources = ["schedule:acme/PSCHED1"]
entitlements = ["aws:Payments", "slack:payments"]
"#;

async fn world(pagerduty: PagerDuty, people: Vec<&str>) -> World {
    World::start(WorldOptions {
        pagerduty,
        people,
        groups: vec![],
        config: GROUP,
    })
    .await
}

fn warnings(world: &World) -> Vec<CoverageWarning> {
    let warning = |entry: access_core::ports::OutboxEntry| match entry.event {
        Event::CoverageWarning(warning) => Some(warning),
        _ => None,
    };
    world
        .told_of("Coverage Warning")
        .into_iter()
        .filter_map(warning)
        .collect()
}

#[tokio::test]
async fn a_missing_account_is_told_days_ahead_and_once_for_each_target() {
    // Linus has no account anywhere, and is not on call for a week.
    let account = noon_handoffs("2026-11-03T11:00:00Z");
    account.create_override(
        "PSCHED1",
        "PGRACE",
        at("2026-11-03T00:00:00Z"),
        at("2026-11-10T12:00:00Z"),
    );
    let world = world(account, vec![GRACE]).await;
    let poller = world.poller().await;
    for now in minutes("2026-11-03T11:00:00Z", "2026-11-04T11:00:00Z") {
        world.clock.set(now);
        let answer = poller.tick().await.expect("the tick succeeds");
        assert!(answer.failures.is_empty(), "{now}: {:?}", answer.failures);
    }
    let warnings = warnings(&world);
    let targets: Vec<String> = warnings
        .iter()
        .map(|warning| match &warning.warning {
            Warning::Unmatched {
                principal, target, ..
            } if principal.email() == LINUS => target.to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(targets, ["aws", "slack"]);
    assert!(
        warnings
            .iter()
            .all(|warning| warning.from == at("2026-11-11T12:00:00Z")),
        "{warnings:?}"
    );
}

#[tokio::test]
async fn hours_with_nobody_on_call_are_told_days_ahead_and_once() {
    let account = noon_handoffs("2026-11-03T11:00:00Z");
    let world = world(account, vec![GRACE, LINUS]).await;
    let poller = world.poller().await;
    poller.tick().await.expect("the tick succeeds");
    assert_eq!(warnings(&world), []);

    // Nights are taken out from next week on.
    let start = jiff::civil::date(2026, 11, 2).at(12, 0, 0, 0);
    let (weekend, next) = (
        at("2026-11-09T12:00:00Z"),
        jiff::civil::date(2026, 11, 9).at(12, 0, 0, 0),
    );
    let days = Restriction::daily(
        jiff::civil::time(8, 0, 0, 0),
        SignedDuration::from_hours(12),
    );
    let until_then = Layer::daily(start, &["PGRACE", "PLINUS"]).until(weekend);
    let from_then = Layer::daily(next, &["PGRACE", "PLINUS"]).restrict(days);
    world
        .pagerduty
        .set_layers("PSCHED1", vec![until_then, from_then]);
    for now in minutes("2026-11-03T11:01:00Z", "2026-11-04T05:00:00Z") {
        world.clock.set(now);
        poller.tick().await.expect("the tick succeeds");
    }
    let told = warnings(&world);
    let first = told.first().expect("somebody is told");
    assert_eq!(
        (&first.warning, first.from, first.until),
        (
            &Warning::Uncovered,
            at("2026-11-09T20:00:00Z"),
            Some(at("2026-11-10T08:00:00Z"))
        )
    );
    let mut nights: Vec<_> = told.iter().map(|warning| warning.until).collect();
    let all = nights.len();
    nights.dedup();
    assert_eq!(nights.len(), all, "each night once: {told:?}");
}

#[tokio::test]
async fn a_failing_target_is_told_once_stops_no_other_and_catches_up() {
    let world = world(noon_handoffs("2026-11-03T11:30:00Z"), vec![GRACE, LINUS]).await;
    let poller = world.poller().await;
    poller.tick().await.expect("the tick succeeds");
    world
        .identity_center
        .kit()
        .faults
        .always("*", Fault::status(500));
    for now in minutes("2026-11-03T11:54:00Z", "2026-11-03T12:10:00Z") {
        world.clock.set(now);
        let answer = poller.tick().await.expect("the tick does what it can");
        assert_eq!(
            answer.failures.len(),
            1,
            "{now}: the failed part fails the invocation every time: {:?}",
            answer.failures
        );
    }
    assert_eq!(world.members("Payments"), people(&[GRACE]));
    assert_eq!(
        world.slack.members_of("payments"),
        people(&[LINUS]),
        "the other target was not stopped"
    );
    assert_eq!(world.told_of("Sync Failed").len(), 1);

    world.identity_center.kit().faults.clear();
    world.clock.set(at("2026-11-03T12:11:00Z"));
    let answer = poller.tick().await.expect("the tick succeeds");
    assert!(answer.failures.is_empty(), "{:?}", answer.failures);
    assert_eq!(world.members("Payments"), people(&[LINUS]));
}

#[tokio::test]
async fn a_sync_of_another_group_does_not_make_a_failure_news() {
    let other = "[[group]]\nname = \"search\"\nsources = [\"person:grace@acme.example\"]\nentitlements = [\"slack:search\"]\n";
    let world = World::start(WorldOptions {
        pagerduty: noon_handoffs("2026-11-03T11:54:00Z"),
        people: vec![GRACE, LINUS],
        groups: vec![],
        config: &format!("{GROUP}{other}"),
    })
    .await;
    let faults = &world.identity_center.kit().faults;
    faults.always("*", Fault::status(500));
    let poller = world.poller().await;
    poller.tick().await.expect("the tick does what it can");
    let sync = Sync {
        groups: ["search".parse().expect("a group's name")].into(),
        ..Sync::default()
    };
    let answer = poller.invoke(&Invocation::Sync(sync)).await;
    let answer = answer.expect("the other group is synced");
    assert!(answer.failures.is_empty(), "{:?}", answer.failures);
    world.clock.set(at("2026-11-03T11:55:00Z"));
    poller.tick().await.expect("the tick does what it can");
    assert_eq!(world.told_of("Sync Failed").len(), 1);
}

#[tokio::test]
async fn an_event_that_cannot_be_understood_is_told_once_and_stops_no_handoff() {
    let world = world(noon_handoffs("2026-11-03T11:54:00Z"), vec![GRACE, LINUS]).await;
    let poller = world.poller().await;
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let (partition, sort) = (text("OUTBOX"), text("2026-11-03T11:00:00Z#later"));
    let table = world.table();
    let newer = table.put_item().table_name(TABLE);
    let newer = newer
        .item("pk", partition.clone())
        .item("sk", sort.clone())
        .item("v", AttributeValue::N("99".to_owned()))
        .item("body", text("{}"));
    newer.send().await.expect("a later version writes an event");
    for now in minutes("2026-11-03T11:54:00Z", "2026-11-03T12:06:00Z") {
        world.clock.set(now);
        let answer = poller.tick().await.expect("the tick does what it can");
        let failures: Vec<_> = answer.failures.iter().map(ToString::to_string).collect();
        let expected = "outbox: 1 of the events that wait cannot be understood: update Rotakey to the version that wrote them";
        assert_eq!(failures, [expected], "{now}");
    }
    assert_eq!(world.members("Payments"), people(&[LINUS]));
    assert_eq!(world.told_of("Sync Failed").len(), 1);

    let told = table.delete_item().table_name(TABLE);
    let told = told.key("pk", partition).key("sk", sort);
    told.send().await.expect("that version tells it");
    world.clock.set(at("2026-11-03T12:07:00Z"));
    let answer = poller.tick().await.expect("the tick succeeds");
    assert!(answer.failures.is_empty(), "{:?}", answer.failures);
}

#[tokio::test]
async fn a_failing_look_at_the_coming_days_is_told_once() {
    let world = world(noon_handoffs("2026-11-03T12:30:00Z"), vec![GRACE, LINUS]).await;
    world
        .configure(&format!("{GROUP}\n[sweep]\nobserve_every = \"1d\"\n"))
        .await;
    let poller = world.poller().await;
    poller.tick().await.expect("the tick succeeds");
    world
        .identity_center
        .kit()
        .faults
        .always("*", Fault::status(500));
    let mut failed = 0;
    for now in minutes("2026-11-03T18:20:00Z", "2026-11-03T19:20:00Z") {
        world.clock.set(now);
        let answer = poller.tick().await.expect("the tick does what it can");
        failed += usize::from(!answer.failures.is_empty());
    }
    assert_eq!(failed, 4, "it is tried again every quarter of an hour");
    assert_eq!(world.told_of("Sync Failed").len(), 1);
}

#[tokio::test]
async fn every_change_says_who_why_and_until_when() {
    let world = world(noon_handoffs("2026-11-03T11:54:00Z"), vec![GRACE, LINUS]).await;
    let poller = world.poller().await;
    for now in ["2026-11-03T11:54:00Z", "2026-11-03T12:04:00Z"] {
        world.clock.set(at(now));
        poller.tick().await.expect("the tick succeeds");
    }
    let changed = world
        .events()
        .into_iter()
        .filter_map(|entry| match entry.event {
            Event::MembershipChanged(change)
                if change.binding.entitlement.to_string() == "aws:Payments" =>
            {
                Some((entry.at, change))
            }
            _ => None,
        });
    let line = |(when, change): (jiff::Timestamp, access_core::event::MembershipChanged)| {
        let who = change
            .principal
            .map_or_else(|| "?".to_owned(), |principal| principal.email().to_owned());
        let sign = if change.action == Action::Add {
            '+'
        } else {
            '-'
        };
        let until = change
            .until
            .map_or_else(|| "?".to_owned(), |until| until.to_string());
        format!("{when} {sign}{who} until {until}: {}", change.reason)
    };
    insta::assert_snapshot!(changed.map(line).collect::<Vec<_>>().join("\n"), @r"
    2026-11-03T11:54:00Z +grace@acme.example until 2026-11-03T12:05:00Z: on call on schedule acme/PSCHED1 from 2026-11-02T12:00:00Z until 2026-11-03T12:00:00Z
    2026-11-03T11:55:00Z +linus@acme.example until 2026-11-04T12:05:00Z: on call on schedule acme/PSCHED1 from 2026-11-03T12:00:00Z until 2026-11-04T12:00:00Z
    2026-11-03T12:05:00Z -grace@acme.example until 2026-11-03T12:05:00Z: ended at 2026-11-03T12:05:00Z
    ");
}
