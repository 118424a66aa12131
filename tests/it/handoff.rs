//! Handoffs: who comes and who goes when the pager changes hands.

use crate::support::rota::{ADA, GRACE, LINUS, noon_handoffs, people, three_people};
use crate::support::{World, WorldOptions, at, minutes};
use access_core::event::Event;
use access_core::plan::Action;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use simulators::pagerduty::{Layer, LayerSchedule, PagerDuty};

const CONFIG: &str = r#"
[[group]]
name = "payments-oncall"
sources = ["schedule:acme/PSCHED1"]
entitlements = ["aws:PaymentsProdOperator", "slack:payments-oncall"]
lead = "5m"
lag = "10m"
"#;

async fn world_of(pagerduty: PagerDuty, config: &str) -> World {
    let people = vec![ADA, GRACE, LINUS];
    World::start(WorldOptions {
        pagerduty,
        people,
        groups: vec![],
        config,
    })
    .await
}

/// When somebody was added to, or removed from, a target group, and who.
fn told(world: &World, entitlement: &str, action: Action) -> Vec<(Timestamp, String)> {
    let changed = world
        .events()
        .into_iter()
        .filter_map(|entry| match entry.event {
            Event::MembershipChanged(change) => Some((entry.at, change)),
            _ => None,
        });
    let ours = changed.filter(|(_, change)| {
        change.binding.entitlement.to_string() == entitlement && change.action == action
    });
    let who = |(at, change): (Timestamp, access_core::event::MembershipChanged)| {
        let principal = change.principal.expect("everybody here is known");
        (at, principal.email().to_owned())
    };
    ours.map(who).collect()
}

#[tokio::test]
async fn handoff_moves_access_to_the_next_person() {
    let world = world_of(noon_handoffs("2026-11-03T11:50:00Z"), CONFIG).await;
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
    let world = world_of(noon_handoffs("2026-11-03T11:54:30Z"), CONFIG).await;
    let poller = world.poller().await;
    poller.tick().await.expect("the tick succeeds");
    let added = told(&world, "aws:PaymentsProdOperator", Action::Add);
    assert_eq!(added[1], (at("2026-11-03T11:55:00Z"), LINUS.to_owned()));
    world.clock.set(at("2026-11-03T12:09:30Z"));
    poller.tick().await.expect("the tick succeeds");
    let removed = told(&world, "aws:PaymentsProdOperator", Action::Remove);
    assert_eq!(removed, [(at("2026-11-03T12:10:00Z"), GRACE.to_owned())]);
    assert!(world.clock.now() - SignedDuration::from_secs(1) < removed[0].0);
}

#[tokio::test]
async fn without_lead_and_lag_access_changes_hands_at_the_edge_however_ticks_fall() {
    let config = CONFIG.replace("5m", "0s").replace("10m", "0s");
    for second in [0, 1, 29, 59, 60] {
        let world = world_of(noon_handoffs("2026-11-03T11:30:00Z"), &config).await;
        let poller = world.poller().await;
        let edge = at("2026-11-03T12:00:00Z");
        for tick in (0..4).map(|tick| edge - SignedDuration::from_secs(second + 60 * (3 - tick))) {
            world.clock.set(tick);
            let answer = poller.tick().await.expect("the tick succeeds");
            assert!(answer.failures.is_empty(), "{tick}: {:?}", answer.failures);
        }
        for entitlement in ["aws:PaymentsProdOperator", "slack:payments-oncall"] {
            let (added, removed) = (
                told(&world, entitlement, Action::Add),
                told(&world, entitlement, Action::Remove),
            );
            assert_eq!(
                added[1],
                (edge, LINUS.to_owned()),
                "{second} s before: {entitlement}"
            );
            assert_eq!(
                removed,
                [(edge, GRACE.to_owned())],
                "{second} s before: {entitlement}"
            );
        }
    }
}

#[tokio::test]
async fn handoffs_keep_their_civil_hour_when_clocks_go_back() {
    let account = three_people("2026-10-24T06:50:00Z");
    for (id, zone) in [
        ("PZURICH", "Europe/Zurich"),
        ("PNEWYRK", "America/New_York"),
    ] {
        let layer = Layer::daily(date(2026, 10, 19).at(9, 0, 0, 0), &["PGRACE", "PLINUS"]);
        account.add_schedule(LayerSchedule::new(id, zone).id(id).layer(layer));
    }
    let group = |name: &str| {
        format!(
            "[[group]]\nname = \"{name}\"\nsources = [\"schedule:acme/{name}\"]\nentitlements = [\"aws:{name}\"]\nlead = \"0s\"\nlag = \"0s\"\n"
        )
    };
    let world = world_of(
        account,
        &format!("{}{}", group("PZURICH"), group("PNEWYRK")),
    )
    .await;
    let poller = world.poller().await;
    poller.sync().await.expect("the first sync succeeds");

    // Nine in the morning, as both zones have it in summer and in winter.
    for day in [
        "2026-10-24",
        "2026-10-25",
        "2026-10-26",
        "2026-10-31",
        "2026-11-01",
        "2026-11-02",
    ] {
        for hour in ["07", "08", "13", "14"] {
            let before = at(&format!("{day}T{hour}:00:00Z")) - SignedDuration::from_mins(2);
            for now in minutes(&before.to_string(), &format!("{day}T{hour}:02:00Z")) {
                world.clock.set(now);
                poller.tick().await.expect("the tick succeeds");
            }
        }
    }
    let handoffs = |group: &str, days: [&str; 3]| -> Vec<String> {
        let added = told(&world, &format!("aws:{group}"), Action::Add);
        let added = added.iter().map(|(at, _)| at.to_string());
        added
            .filter(|at| days.iter().any(|day| at.starts_with(day)))
            .collect()
    };
    let zurich = handoffs("PZURICH", ["2026-10-24T07", "2026-10-25T", "2026-10-26T"]);
    assert_eq!(
        zurich,
        [
            "2026-10-24T07:00:00Z",
            "2026-10-25T08:00:00Z",
            "2026-10-26T08:00:00Z"
        ]
    );
    let new_york = handoffs("PNEWYRK", ["2026-10-31T13", "2026-11-01T", "2026-11-02T"]);
    assert_eq!(
        new_york,
        [
            "2026-10-31T13:00:00Z",
            "2026-11-01T14:00:00Z",
            "2026-11-02T14:00:00Z"
        ]
    );
}

#[tokio::test]
async fn an_override_counts_from_the_next_tick_on_and_a_deleted_one_no_more() {
    let world = world_of(noon_handoffs("2026-11-03T09:00:00Z"), CONFIG).await;
    let poller = world.poller().await;
    let tick = async |now: &str, expected: &[&str]| {
        world.clock.set(at(now));
        let answer = poller.tick().await.expect("the tick succeeds");
        assert!(answer.failures.is_empty(), "{now}: {:?}", answer.failures);
        assert_eq!(
            world.members("PaymentsProdOperator"),
            people(expected),
            "{now}"
        );
        assert_eq!(
            world.slack.members_of("payments-oncall"),
            people(expected),
            "{now}"
        );
    };
    tick("2026-11-03T09:00:00Z", &[GRACE]).await;
    let (start, end) = (at("2026-11-03T09:02:00Z"), at("2026-11-03T10:00:00Z"));
    let ada = world
        .pagerduty
        .create_override("PSCHED1", "PADA", start, end);
    tick("2026-11-03T09:01:00Z", &[ADA, GRACE]).await;
    // Until ten minutes after her shift was cut, Grace stays.
    tick("2026-11-03T09:10:00Z", &[ADA, GRACE]).await;
    tick("2026-11-03T09:12:00Z", &[ADA]).await;
    world.pagerduty.delete_override("PSCHED1", &ada);
    tick("2026-11-03T09:13:00Z", &[GRACE]).await;
}
