//! Spans and instants agree, minute by minute, over both nights on which clocks change.

use std::collections::BTreeSet;

use jiff::civil::{Weekday, date, time};
use jiff::{SignedDuration, Timestamp};
use simulators::kit::SimClock;
use simulators::pagerduty::{
    Event, Layer, LayerSchedule, Member, Overridden, PagerDuty, Recurrence, Restriction,
    ShiftSchedule, Source, User,
};

use crate::support::at;

const MINUTE: SignedDuration = SignedDuration::from_secs(60);

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn account() -> (PagerDuty, Vec<String>) {
    let pd = PagerDuty::new("acme", SimClock::at(at("2026-03-01T00:00:00Z")));
    let users = ["Ann", "Ben", "Cem", "Dua"];
    let users = users.map(|name| pd.add_user(User::new(name, &format!("{name}@x.example"))));
    (pd, users.into())
}

/// Holds `rendered` and `shifts` against `on_call_at` at every minute from `from` on.
fn agree(pd: &PagerDuty, schedule: &str, from: Timestamp, days: i64) {
    let until = from + hours(24 * days);
    let rendered = pd.rendered(schedule, from, until);
    let mut now = from;
    while now < until {
        let expected = pd.on_call_at(schedule, now);
        let shown: BTreeSet<String> = rendered
            .iter()
            .filter(|entry| entry.start <= now && now < entry.end)
            .map(|entry| entry.user.clone())
            .collect();
        assert_eq!(shown, expected, "{schedule} at {now}");
        now += MINUTE;
    }
    // Each entry's own ends must not depend on the window it was found with.
    for entry in pd.shifts(schedule, from, until) {
        let middle = entry.start.max(from);
        let again = pd.shifts(schedule, middle, middle);
        assert!(again.contains(&entry), "{entry:?} among {again:?}");
    }
}

#[test]
fn spans_and_instants_agree_through_clock_changes() {
    let (pd, users) = account();
    let weekday_hours = Restriction::daily(time(9, 30, 0, 0), hours(8));
    let over_midnight = Restriction::weekly(Weekday::Saturday, time(20, 0, 0, 0), hours(14));
    let nine = date(2026, 1, 5).at(9, 0, 0, 0);
    let layers = |schedule: LayerSchedule| {
        schedule
            .layer(Layer::weekly(nine, &users))
            .layer(Layer::new(nine, hours(5), &users).restrict(weekday_hours))
            .layer(Layer::daily(nine, &users[1..3]).restrict(over_midnight))
    };
    // Europe changes on 29 March and 25 October 2026, New York on 8 March and 1 November,
    // Lord Howe by half an hour on 5 April.
    let cases = [
        ("Europe/Zurich", "2026-03-22T00:00:00Z"),
        ("Europe/Zurich", "2026-10-18T00:00:00Z"),
        ("America/New_York", "2026-03-01T00:00:00Z"),
        ("America/New_York", "2026-10-25T00:00:00Z"),
        ("Australia/Lord_Howe", "2026-03-29T00:00:00Z"),
    ];
    for (zone, from) in cases {
        let schedule = pd.add_schedule(layers(LayerSchedule::new(zone, zone)));
        let from = at(from);
        let day = |days: i64| from + hours(24 * days);
        pd.create_override(&schedule, &users[3], day(2), day(3));
        pd.create_override(&schedule, &users[0], day(2) + hours(6), day(2) + hours(30));
        pd.swap(&schedule, day(5), day(9));
        agree(&pd, &schedule, from, 14);
    }
}

#[test]
fn hourly_turns_survive_skipped_and_repeated_hours() {
    let (pd, users) = account();
    for (zone, from) in [
        ("Europe/Zurich", "2026-03-28T12:00:00Z"),
        ("Europe/Zurich", "2026-10-24T12:00:00Z"),
    ] {
        let half_past = date(2026, 3, 1).at(0, 30, 0, 0);
        let layer = Layer::new(half_past, hours(1), &users[..3]);
        let schedule = pd.add_schedule(LayerSchedule::new("Hourly", zone).layer(layer));
        agree(&pd, &schedule, at(from), 2);
    }
}

#[test]
fn a_daily_handoff_keeps_its_time_of_day() {
    let (pd, users) = account();
    let layer = Layer::daily(date(2026, 3, 1).at(9, 0, 0, 0), &users[..2]);
    let schedule = pd.add_schedule(LayerSchedule::new("Daily", "Europe/Zurich").layer(layer));
    let starts: Vec<String> = pd
        .rendered(
            &schedule,
            at("2026-03-28T00:00:00Z"),
            at("2026-03-31T00:00:00Z"),
        )
        .iter()
        .map(|entry| entry.start.to_string())
        .collect();
    let expected = [
        "2026-03-28T00:00:00Z",
        "2026-03-28T08:00:00Z",
        "2026-03-29T07:00:00Z",
        "2026-03-30T07:00:00Z",
    ];
    assert_eq!(starts, expected);
}

#[test]
fn a_lone_user_is_on_call_for_ever_and_an_override_cuts_that() {
    let (pd, users) = account();
    let layer = Layer::weekly(date(2026, 1, 5).at(0, 0, 0, 0), &users[..1]);
    let schedule = pd.add_schedule(LayerSchedule::new("Alone", "Etc/UTC").layer(layer));
    let now = at("2026-03-10T00:00:00Z");
    let [whole] = &pd.shifts(&schedule, now, now)[..] else {
        panic!("one entry");
    };
    assert_eq!(
        (whole.start, whole.end),
        (at("2026-01-05T00:00:00Z"), Timestamp::MAX)
    );
    let id = pd.create_override(&schedule, &users[1], now + hours(1), now + hours(2));
    let entries = pd.shifts(&schedule, now, now + hours(3));
    let spans: Vec<_> = entries
        .iter()
        .map(|entry| (entry.user.as_str(), entry.start, entry.end))
        .collect();
    assert_eq!(
        spans,
        [
            (
                users[0].as_str(),
                at("2026-01-05T00:00:00Z"),
                now + hours(1)
            ),
            (users[1].as_str(), now + hours(1), now + hours(2)),
            (users[0].as_str(), now + hours(2), Timestamp::MAX),
        ]
    );
    assert_eq!(entries[1].source, Source::Override(id.clone()));
    assert!(pd.delete_override(&schedule, &id));
    assert_eq!(pd.shifts(&schedule, now, now + hours(3)).len(), 1);
}

#[test]
fn v3_spans_and_instants_agree_with_several_people_and_vacancies() {
    let (pd, users) = account();
    let days = vec![Weekday::Monday, Weekday::Wednesday, Weekday::Saturday];
    for (zone, from) in [
        ("Europe/Zurich", "2026-03-22T00:00:00Z"),
        ("America/New_York", "2026-10-25T00:00:00Z"),
    ] {
        let monday = date(2026, 1, 5).at(22, 0, 0, 0);
        let pairs = Event::new(
            "Nights",
            monday,
            hours(12),
            Recurrence::Weekly(2, days.clone()),
        );
        let vacant = Event::new("Days", monday, hours(24), Recurrence::Daily(1));
        let schedule = pd.add_shift_schedule(
            ShiftSchedule::new(zone, zone)
                .rotation(pairs.users(&users[..2]).everyone())
                .rotation(vacant.users(&users[2..]).vacant().shifts_per_member(2)),
        );
        let from = at(from);
        let rotations = pd.rotation_ids(&schedule);
        let instead = (Member::user(&users[2]), Member::user(&users[0]));
        let source = Overridden::Rotation(rotations[1].clone());
        pd.create_shift_override(&schedule, source, instead, from, from + hours(100));
        pd.add_custom_shift(
            &schedule,
            Member::user(&users[1]),
            from + hours(30),
            from + hours(31),
        );
        agree(&pd, &schedule, from, 14);
    }
}

#[test]
fn a_removed_user_shrinks_layers_and_leaves_a_v3_place_vacant() {
    let (pd, users) = account();
    let nine = date(2026, 3, 2).at(9, 0, 0, 0);
    let layered = LayerSchedule::new("Layers", "Etc/UTC").layer(Layer::daily(nine, &users[..2]));
    let layered = pd.add_schedule(layered);
    let event = Event::new("Days", nine, hours(24), Recurrence::Daily(1)).users(&users[..2]);
    let shifts = pd.add_shift_schedule(ShiftSchedule::new("Shifts", "Etc/UTC").rotation(event));
    assert!(pd.remove_user(&users[0]));
    let noon = at("2026-03-02T12:00:00Z");
    assert_eq!(
        pd.on_call_at(&layered, noon),
        BTreeSet::from([users[1].clone()])
    );
    assert_eq!(pd.on_call_at(&shifts, noon), BTreeSet::new());
    assert!(!pd.remove_user(&users[0]));
}
