//! Hand-made rows and the facts they make.

use super::*;
use access_core::facts::{Freshness, PagerDutyFacts, Rota};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

fn at(text: &str) -> Timestamp {
    format!("2026-11-22T{text}:00Z").parse().unwrap()
}

/// Covers 06:00 to 18:00.
fn ask() -> Ask {
    Ask {
        covers_from: at("06:00"),
        covers_until: at("18:00"),
        schedules: ["PS1", "PS2"].map(|id| id.parse().unwrap()).into(),
        all_schedules: false,
        escalation_policies: ["PE1"].map(|id| id.parse().unwrap()).into(),
    }
}

/// A row as PagerDuty writes it. `place` is policy, level and schedule.
fn row(
    user: &str,
    place: (&str, u32, Option<&str>),
    from: Option<&str>,
    to: Option<&str>,
) -> Oncall {
    let (policy, level, schedule) = place;
    let time = |text: Option<&str>| text.map(|text| at(text).to_string());
    let row = json!({
        "user": { "id": user, "type": "user", "name": format!("Name of {user}"), "email": format!("{user}@Acme.example") },
        "schedule": schedule.map(|id| json!({ "id": id, "type": "schedule_reference", "summary": format!("Schedule {id}") })),
        "escalation_policy": { "id": policy, "type": "escalation_policy_reference", "summary": format!("Policy {policy}") },
        "escalation_level": level,
        "start": time(from),
        "end": time(to),
    });
    serde_json::from_value(row).unwrap()
}

fn shift(user: &str, from: Option<&str>, to: Option<&str>) -> Shift {
    Shift {
        user: user.parse().unwrap(),
        starts_at: from.map(at),
        ends_at: to.map(at),
    }
}

fn schedules_of(rows: &[Oncall]) -> BTreeMap<ScheduleId, ScheduleFacts> {
    let span = Span::of(&ask());
    schedules(rows, &ask(), span, &Lent::new(None, span)).unwrap()
}

fn policies_of(rows: &[Oncall]) -> BTreeMap<EscalationPolicyId, PolicyFacts> {
    let span = Span::of(&ask());
    policies(rows, &ask(), span, &Lent::new(None, span)).unwrap()
}

#[test]
fn one_shift_in_many_policies_and_levels_is_one_shift() {
    let mut rows = vec![
        row("PA", ("PE1", 1, Some("PS1")), Some("04:00"), Some("12:00")),
        row("PA", ("PE1", 2, Some("PS1")), Some("04:00"), Some("12:00")),
        row("PA", ("PE9", 1, Some("PS1")), Some("04:00"), Some("12:00")),
        row("PB", ("PE1", 1, Some("PS1")), Some("12:00"), Some("20:00")),
        row("PB", ("PE9", 1, Some("PS1")), Some("12:00"), Some("20:00")),
        row("PC", ("PE9", 1, Some("PS9")), Some("04:00"), Some("20:00")),
    ];
    let found = schedules_of(&rows);
    let facts = &found[&"PS1".parse::<ScheduleId>().unwrap()];
    assert_eq!(found.len(), 1, "PS2 has no row, PS9 was not asked for");
    assert_eq!(
        (facts.name.as_str(), &facts.reading),
        ("Schedule PS1", &Reading::Complete)
    );
    let expected = [
        shift("PA", Some("04:00"), Some("12:00")),
        shift("PB", Some("12:00"), Some("20:00")),
    ];
    assert_eq!(facts.shifts, expected.into());
    rows.reverse();
    rows.extend(rows.clone());
    assert_eq!(
        schedules_of(&rows),
        found,
        "neither order nor repetition counts"
    );
}

#[test]
fn policies_know_levels_schedules_and_permanent_people() {
    let rows = [
        row("PA", ("PE1", 1, Some("PS1")), Some("04:00"), Some("12:00")),
        row("PA", ("PE1", 1, Some("PS1")), Some("12:00"), Some("13:00")),
        row("PA", ("PE1", 1, Some("PS8")), Some("13:00"), Some("14:00")),
        row("PA", ("PE1", 2, Some("PS1")), Some("04:00"), Some("12:00")),
        row("PD", ("PE1", 3, None), None, None),
        row("PD", ("PE9", 3, None), None, None),
    ];
    let found = policies_of(&rows);
    assert_eq!(found.len(), 1);
    let facts = &found[&"PE1".parse::<EscalationPolicyId>().unwrap()];
    assert_eq!(facts.name, "Policy PE1");
    let place = |level, schedule: Option<&str>, shift| PolicyShift {
        level,
        schedule: schedule.map(|id| id.parse().unwrap()),
        shift,
    };
    let expected = [
        place(1, Some("PS1"), shift("PA", Some("04:00"), Some("13:00"))),
        place(1, Some("PS8"), shift("PA", Some("13:00"), Some("14:00"))),
        place(2, Some("PS1"), shift("PA", Some("04:00"), Some("12:00"))),
        place(3, None, shift("PD", None, None)),
    ];
    assert_eq!(facts.shifts, expected.into());
    assert!(
        schedules_of(&rows[4..]).is_empty(),
        "permanent people are on no schedule"
    );
}

#[test]
fn facts_stay_equal_while_the_window_moves_past_no_edge() {
    let rows = [
        row("PA", ("PE1", 1, Some("PS1")), Some("04:00"), Some("12:00")),
        row("PB", ("PE1", 1, Some("PS1")), Some("12:00"), Some("18:00")),
    ];
    let mut found = Vec::new();
    for minutes in [0, 1, 59, 60, 61] {
        let by = SignedDuration::from_mins(minutes);
        let ask = Ask {
            covers_from: ask().covers_from + by,
            covers_until: ask().covers_until + by,
            ..ask()
        };
        let span = Span::of(&ask);
        found.push(schedules(&rows, &ask, span, &Lent::new(None, span)).unwrap());
    }
    assert!(found.iter().all(|facts| *facts == found[0]));
}

#[test]
fn rows_cut_to_the_window_name_the_same_people_at_every_instant_of_the_span() {
    let whole = [
        row("PA", ("PE1", 1, Some("PS1")), Some("01:00"), Some("12:00")),
        row("PB", ("PE1", 1, Some("PS1")), Some("12:00"), Some("23:00")),
        row("PC", ("PE1", 1, Some("PS2")), Some("06:00"), Some("18:00")),
    ];
    let window = Span::of(&ask()).window();
    let cut = whole.clone().map(|mut row| {
        row.starts_at = row.starts_at.map(|at| at.max(window.since()));
        row.ends_at = row.ends_at.map(|at| at.min(window.until()));
        row
    });
    let inside = |rows: &[Oncall]| {
        let mut found = schedules_of(rows);
        for facts in found.values_mut() {
            let shifts = std::mem::take(&mut facts.shifts).into_iter();
            let shifts = shifts.map(|shift| Shift {
                starts_at: shift.starts_at.filter(|at| *at >= ask().covers_from),
                ends_at: shift.ends_at.filter(|at| *at <= ask().covers_until),
                ..shift
            });
            facts.shifts = shifts.collect();
        }
        found
    };
    assert_eq!(inside(&cut), inside(&whole));
    let found = schedules_of(&cut);
    let expected = [
        shift("PA", None, Some("12:00")),
        shift("PB", Some("12:00"), None),
    ];
    assert_eq!(
        found[&"PS1".parse::<ScheduleId>().unwrap()].shifts,
        expected.into()
    );
}

#[test]
fn people_come_with_their_address_or_have_to_be_looked_up() {
    let span = Span::of(&ask());
    let place = ("PE1", 1, Some("PS1"));
    let mut rows = ["PA", "PB", "PC"].map(|user| row(user, place, Some("04:00"), Some("12:00")));
    rows[1].user.email = Some("no address".into());
    rows[2].user.email = None;
    let found = people(&rows, &Lent::new(None, span)).unwrap();
    let email = |user: &str| {
        let person = found.get(&user.parse().unwrap())?;
        Some(person.email.as_ref().map(|email| email.email().to_owned()))
    };
    assert_eq!(email("PA"), Some(Some("pa@acme.example".into())));
    assert_eq!(
        email("PB"),
        Some(None),
        "an invalid address is none, and no look-up mends it"
    );
    assert_eq!(email("PC"), None);
}

#[test]
fn a_missing_name_is_lent_and_shifts_are_lent_to_failures_only() {
    let span = Span::of(&ask());
    let rows = [row(
        "PA",
        ("PE1", 1, Some("PS1")),
        Some("04:00"),
        Some("12:00"),
    )];
    let mut schedules_before = schedules_of(&rows);
    let id: ScheduleId = "PS1".parse().unwrap();
    schedules_before.get_mut(&id).unwrap().name = "Before".into();
    let previous = PagerDutyFacts {
        freshness: Freshness {
            read_at: at("09:00"),
            covers_from: at("05:00"),
            covers_until: at("17:00"),
        },
        rota: Rota {
            schedules: schedules_before,
            ..Rota::default()
        },
    };
    let lent = Lent::new(Some(&previous), span);
    let mut nameless = row("PB", ("PE1", 1, Some("PS1")), Some("12:00"), Some("13:00"));
    nameless.schedule.as_mut().unwrap().name = None;
    let found = schedules(&[nameless], &ask(), span, &lent).unwrap();
    assert_eq!(found[&id].name, "Before");
    assert_eq!(
        found[&id].shifts,
        [shift("PB", Some("12:00"), Some("13:00"))].into()
    );

    let failed = lent.failed_schedule(&id, None, "down".into());
    assert_eq!(
        failed.shifts,
        [shift("PA", Some("04:00"), Some("12:00"))].into()
    );
    let read_at = Some(at("09:00"));
    assert_eq!(
        failed.reading,
        Reading::Failed {
            read_at,
            reason: "down".into()
        }
    );
    let never = Lent::new(None, span).failed_schedule(&id, None, "down".into());
    assert_eq!((never.name.as_str(), never.shifts.len()), ("PS1", 0));
    assert_eq!(
        never.reading,
        Reading::Failed {
            read_at: None,
            reason: "down".into()
        }
    );
}
