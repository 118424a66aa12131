//! What notes say, and which there are.

use super::{NAME_CHARS_MAX, NAMES_MAX, notes};
use crate::event::{Event, MembershipChanged};
use crate::id::{AccountId, derived};
use crate::incident::IncidentScope;
use crate::membership::Cause;
use crate::plan::{Action, Binding};
use crate::ports::OutboxEntry;
use crate::world::{World, acme, at, group, maybe, person};
use jiff::SignedDuration;

const INCIDENTS: &[&str] = &["incident:acme/service/S1"];

/// Two groups, `fire` with half an hour to linger, in an account that wants notes.
fn world() -> World {
    let mut world = World::new()
        .group("fire", INCIDENTS)
        .group("smoke", INCIDENTS);
    world.rule("fire").incident.linger = SignedDuration::from_mins(30);
    let account = world.config.pagerduty.get_mut(&acme()).unwrap();
    account.incident_notes_from = Some(person("rotakey"));
    world
}

/// Work on an incident from ten o'clock on; an empty end: it goes on.
fn work(incident: &str, until: &str) -> Cause {
    Cause::Incident {
        pagerduty: acme(),
        incident: incident.parse().unwrap(),
        number: Some(7),
        of: IncidentScope::Service("S1".parse().unwrap()),
        since: at("10:00"),
        until: maybe(until),
    }
}

fn nested(inner: &str, cause: Cause) -> Cause {
    Cause::Nested {
        group: group(inner),
        cause: Box::new(cause),
    }
}

/// A change at ten o'clock, in the entitlement named as the group is; an empty end: none is known.
fn change(action: Action, who: &str, of: &str, causes: &[Cause], until: &str) -> OutboxEntry {
    let account = AccountId::new(who).unwrap();
    let event = MembershipChanged {
        change: derived(&["change", who, of]),
        binding: Binding {
            group: group(of),
            entitlement: format!("aws:{of}").parse().unwrap(),
        },
        action,
        principal: Some(person(who)),
        account,
        causes: causes.iter().cloned().collect(),
        reason: "tests need none".to_owned(),
        until: maybe(until),
    };
    OutboxEntry {
        key: format!("10:00/{who}/{of}"),
        at: at("10:00"),
        event: Event::MembershipChanged(event),
    }
}

fn added(who: &str, causes: &[Cause], until: &str) -> OutboxEntry {
    change(Action::Add, who, "fire", causes, until)
}

fn removed(who: &str, causes: &[Cause]) -> OutboxEntry {
    change(Action::Remove, who, "fire", causes, "")
}

/// Each note as `INCIDENT: TEXT`.
fn told(world: &World, events: &[OutboxEntry]) -> Vec<String> {
    let notes = notes(&world.config, &world.facts, events).into_iter();
    notes
        .map(|note| format!("{}: {}", note.incident.id, note.text))
        .collect()
}

#[test]
fn a_note_says_who_is_in_and_on_which_terms() {
    let q1 = || work("Q1", "");
    let on = |of: &str, causes: &[Cause], until| change(Action::Add, "ada", of, causes, until);
    let cases: [(&str, OutboxEntry, &str); 10] = [
        (
            "lingering",
            on("fire", &[q1()], "11:00"),
            "opened for ada while they work on this incident and for 30m after it is resolved, until 2026-11-22 11:00 UTC at the latest",
        ),
        (
            "without lingering",
            on("smoke", &[q1()], "11:00"),
            "opened for ada while they work on this incident, until 2026-11-22 11:00 UTC at the latest",
        ),
        (
            "without a known end",
            on("smoke", &[q1()], ""),
            "opened for ada while they work on this incident",
        ),
        (
            "lingering by the terms of the group inside",
            on("smoke", &[nested("fire", q1())], "11:00"),
            "opened for ada while they work on this incident and for 30m after it is resolved, until 2026-11-22 11:00 UTC at the latest",
        ),
        (
            "the incident is over",
            on("fire", &[work("Q1", "10:00")], "10:30"),
            "opened for ada until 2026-11-22 10:30 UTC",
        ),
        (
            "the incident is over and nobody knows the end",
            on("fire", &[work("Q1", "10:00")], ""),
            "opened for ada for this incident",
        ),
        (
            "another reason",
            on("fire", &[q1(), Cause::Standing], ""),
            "opened for ada for this incident and other reasons, without a known end",
        ),
        (
            "another reason with an end",
            on("fire", &[q1(), nested("smoke", Cause::Standing)], "12:00"),
            "opened for ada for this incident and other reasons, as far as is known until 2026-11-22 12:00 UTC",
        ),
        ("out", removed("ada", &[q1()]), "closed for ada"),
        (
            "nobody's name is known",
            removed("linus", &[q1()]),
            "closed for linus@acme.example",
        ),
    ];
    for (case, event, said) in cases {
        let group = event.event.group().unwrap().clone();
        let expected = format!("Q1: Access to {group} {said}.");
        assert_eq!(told(&world(), &[event]), [expected], "{case}");
    }
}

#[test]
fn there_is_one_note_for_each_incident_and_group() {
    let (q1, q2) = ([work("Q1", "11:00")], [work("Q2", "11:00")]);
    let both = [&q1[..], &q2].concat();
    let world = world();
    let smoke = change(Action::Remove, "ada", "smoke", &q1, "");
    let cases: [(&str, Vec<OutboxEntry>, &[&str]); 4] = [
        (
            "one in, one out",
            vec![added("ada", &q1, "12:00"), removed("grace", &q1)],
            &["Q1: Access to fire opened for ada until 2026-11-22 12:00 UTC; closed for grace."],
        ),
        (
            "two together",
            vec![added("grace", &q1, "12:00"), added("ada", &q1, "12:00")],
            &["Q1: Access to fire opened for ada and grace until 2026-11-22 12:00 UTC."],
        ),
        (
            "two groups",
            vec![smoke, removed("ada", &q1)],
            &[
                "Q1: Access to fire closed for ada.",
                "Q1: Access to smoke closed for ada.",
            ],
        ),
        (
            "two incidents",
            vec![removed("ada", &both), removed("grace", &q2)],
            &[
                "Q1: Access to fire closed for ada.",
                "Q2: Access to fire closed for ada and grace.",
            ],
        ),
    ];
    for (case, events, expected) in cases {
        assert_eq!(told(&world, &events), expected, "{case}");
    }
}

#[test]
fn of_several_changes_for_one_person_the_last_counts() {
    let q1 = [work("Q1", "11:00")];
    let first = added("ada", &q1, "12:00");
    let mut later = removed("ada", &q1);
    later.at = at("10:01");
    let closed = "Q1: Access to fire closed for ada.";
    assert_eq!(told(&world(), &[later, first.clone()]), [closed]);
    // From one entitlement to another.
    let opened = "Q1: Access to fire opened for ada until 2026-11-22 12:00 UTC.";
    assert_eq!(told(&world(), &[first, removed("ada", &q1)]), [opened]);
}

#[test]
fn nothing_is_said_without_an_incident_a_person_or_the_wish() {
    let q1 = [work("Q1", "")];
    let world = world();
    let of_nobody = {
        let mut entry = removed("ada", &q1);
        if let Event::MembershipChanged(change) = &mut entry.event {
            change.principal = None;
        }
        entry
    };
    for (case, event) in [
        ("another reason", added("ada", &[Cause::Standing], "")),
        ("no reason", removed("ada", &[])),
        ("nobody's account", of_nobody),
    ] {
        assert!(told(&world, &[event]).is_empty(), "{case}");
    }
    let mut silent = world;
    let account = silent.config.pagerduty.get_mut(&acme()).unwrap();
    account.incident_notes_from = None;
    assert!(told(&silent, &[removed("ada", &q1)]).is_empty());
}

#[test]
fn a_note_is_bounded_whoever_is_in_it() {
    let q1 = [work("Q1", "")];
    let people = NAMES_MAX + 5;
    let events: Vec<_> = (0..people)
        .map(|number| removed(&format!("{number:02}{}", "x".repeat(100)), &q1))
        .collect();
    let notes = told(&world(), &events);
    let [note] = notes.as_slice() else {
        panic!("one note: {notes:?}");
    };
    assert!(note.ends_with("…; changed for 5 more."), "{note}");
    assert_eq!(note.matches('…').count(), NAMES_MAX);
    assert!(note.chars().count() < NAMES_MAX * (NAME_CHARS_MAX + 10));

    let mut world = world();
    for person in world.account().rota.people.values_mut() {
        person.name = " Ada\nLovelace ".to_owned();
    }
    let note = told(&world, &[removed("ada", &q1)]);
    assert_eq!(note, ["Q1: Access to fire closed for Ada Lovelace."]);
}
