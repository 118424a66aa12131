//! Folding: whatever arrives in whatever order, the same sightings tell the same story.

mod people;
mod reads;

use super::*;
use crate::id::SightingId;
use crate::world::at;
use crate::world::incidents::users;
use jiff::SignedDuration;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn sighting(when: &str, event: &str, what: Seen) -> Sighting {
    Sighting {
        at: at(when),
        id: SightingId::new(event).unwrap(),
        what,
    }
}

fn seen(sightings: impl IntoIterator<Item = Sighting>) -> Incident {
    let mut incident = Incident::new("acme/Q1".parse().unwrap());
    for sighting in sightings {
        incident.see(sighting);
    }
    incident
}

/// Who works on it in the end.
fn working(incident: &Incident) -> BTreeSet<String> {
    let state = incident.state();
    let working = state.last().map(Phase::working).unwrap_or_default();
    working.into_iter().map(ToString::to_string).collect()
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

/// Open on a service, and assigned to one.
fn open(service: &str, user: &str) -> Seen {
    Seen::of(service, &[user])
}

/// Triggered, acknowledged, helped with, reassigned, resolved.
fn story() -> [Sighting; 5] {
    [
        sighting("10:00", "triggered", Seen::of("S1", &["PGRACE"])),
        sighting(
            "10:05",
            "acknowledged",
            Seen::acknowledged("S1", &["PGRACE"], "PGRACE"),
        ),
        sighting("10:06", "replied", Seen::answered("PLIN", Answer::Accepted)),
        sighting("10:10", "reassigned", Seen::of("S1", &["PADA"])),
        sighting("11:00", "resolved", Seen::resolved()),
    ]
}

/// Every order of `0..n`.
fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let shorter = permutations(n - 1);
    let longer = shorter.iter().flat_map(|order| {
        (0..n).map(|place| {
            let mut order = order.clone();
            order.insert(place, n - 1);
            order
        })
    });
    longer.collect()
}

#[test]
fn every_order_and_every_repeat_tells_the_same_story() {
    let story = story();
    let told = seen(story.clone());
    for order in permutations(story.len()) {
        for repeated in 0..1_u32 << story.len() {
            let repeats = order.iter().filter(|event| repeated & (1 << **event) != 0);
            let delivered = order.iter().chain(repeats.clone());
            let after = seen(delivered.map(|event| story[*event].clone()));
            assert_eq!(after, told, "{order:?}, repeated {repeated:b}");
            let ahead = repeats.rev().chain(&order);
            let after = seen(ahead.map(|event| story[*event].clone()));
            assert_eq!(after.state(), told.state(), "{order:?}, ahead {repeated:b}");
        }
    }
}

#[test]
fn a_lost_event_costs_only_what_it_alone_told() {
    for (lost, open) in [
        ("triggered", false),
        ("acknowledged", false),
        ("replied", false),
        ("reassigned", false),
        ("resolved", true),
    ] {
        let kept = story()
            .into_iter()
            .filter(|event| event.id.as_str() != lost);
        let state = seen(kept).state();
        assert_eq!(state.is_open(), open, "{lost}");
    }
}

/// A case, what is seen a minute apart, and who works in the end.
type Told = (&'static str, Vec<Seen>, &'static [&'static str]);

fn check(cases: Vec<Told>) {
    for (case, events, expected) in cases {
        let told = events.into_iter().enumerate().map(|(minute, what)| {
            sighting(&format!("10:{minute:02}"), &format!("E{minute}"), what)
        });
        assert_eq!(working(&seen(told)), names(expected), "{case}");
    }
}

#[test]
fn whoever_is_assigned_or_acknowledged_works() {
    let triggered = || Seen::of("S1", &["PGRACE"]);
    let unsaid = || triggered().with(|said| said.assignees = None);
    let acknowledged = |assigned: &[&str], by| Seen::acknowledged("S1", assigned, by);
    check(vec![
        ("triggered", vec![triggered()], &["PGRACE"]),
        ("nobody assigned", vec![Seen::of("S1", &[])], &[]),
        (
            "acknowledged by somebody else",
            vec![triggered(), acknowledged(&["PGRACE"], "PADA")],
            &["PGRACE", "PADA"],
        ),
        (
            "unacknowledged",
            vec![triggered(), acknowledged(&["PGRACE"], "PADA"), triggered()],
            &["PGRACE"],
        ),
        (
            "acknowledged by a machine",
            vec![triggered(), acknowledged(&["PGRACE"], "")],
            &["PGRACE"],
        ),
        (
            "reassigned",
            vec![triggered(), Seen::of("S1", &["PADA"])],
            &["PADA"],
        ),
        (
            "reassigned and still acknowledged",
            vec![
                acknowledged(&["PGRACE"], "PGRACE"),
                acknowledged(&["PADA"], ""),
            ],
            &["PADA"],
        ),
        (
            "assignees not said",
            vec![triggered(), unsaid()],
            &["PGRACE"],
        ),
        ("resolved", vec![triggered(), Seen::resolved()], &[]),
        ("no longer listed", vec![triggered(), Seen::NotOpen], &[]),
        ("never listed", vec![Seen::NotOpen], &[]),
    ]);
}

#[test]
fn whoever_agreed_to_help_works_while_it_is_open() {
    let triggered = || Seen::of("S1", &["PGRACE"]);
    let answered = |answer| Seen::answered("PLIN", answer);
    let accepted = || answered(Answer::Accepted);
    check(vec![
        (
            "accepted",
            vec![triggered(), accepted()],
            &["PGRACE", "PLIN"],
        ),
        (
            "asked",
            vec![triggered(), answered(Answer::Pending)],
            &["PGRACE"],
        ),
        (
            "asked again",
            vec![triggered(), accepted(), answered(Answer::Pending)],
            &["PGRACE", "PLIN"],
        ),
        (
            "declined later",
            vec![triggered(), accepted(), answered(Answer::Declined)],
            &["PGRACE"],
        ),
        (
            "cancelled",
            vec![triggered(), accepted(), answered(Answer::Cancelled)],
            &["PGRACE"],
        ),
        ("all that is heard of", vec![accepted()], &[]),
        (
            "heard of first",
            vec![accepted(), triggered()],
            &["PGRACE", "PLIN"],
        ),
        (
            "accepted after the end",
            vec![triggered(), Seen::resolved(), accepted()],
            &[],
        ),
        (
            "reopened",
            vec![
                triggered(),
                accepted(),
                Seen::resolved(),
                Seen::of("S1", &["PADA"]),
            ],
            &["PADA"],
        ),
    ]);
}

#[test]
fn what_is_not_said_stays_as_it_was() {
    let whole = Seen::of("S1", &["PGRACE"])
        .priority("P1")
        .teams(&["PTEAM"])
        .with(|said| {
            said.number = Some(42);
            said.escalation_policy = Some("PE".parse().unwrap());
        });
    let bare = Seen::resolved().with(|said| {
        said.status = Status::Triggered;
        said.assignees = None;
    });
    let before = seen([sighting("10:00", "E1", whole.clone())]);
    let after = seen([
        sighting("10:00", "E1", whole),
        sighting("10:01", "E2", bare),
    ]);
    assert_eq!(after.state(), before.state());
    let unset = sighting("10:02", "E3", Seen::of("S2", &["PGRACE"]).priority(""));
    let mut changed = after;
    assert!(changed.see(unset));
    let state = changed.state();
    let last = state.last().unwrap();
    assert_eq!(last.priority, Some(Priority::Unset));
    assert_eq!(last.service.as_ref().unwrap().as_str(), "S2");
    assert_eq!((state.number, last.teams.len()), (Some(42), 1));
}

#[test]
fn late_news_cannot_bring_back_what_is_over() {
    let mut incident = seen([
        sighting("10:00", "triggered", Seen::of("S1", &["PGRACE"])),
        sighting("11:00", "resolved", Seen::resolved()),
    ]);
    let late = sighting("10:30", "late", Seen::of("S1", &["PADA"]));
    assert!(incident.see(late));
    assert!(!incident.state().is_open());
    assert_eq!(incident.state().resolved_at(), Some(at("11:00")));
    assert_eq!(working(&incident), names(&[]));
}

#[test]
fn at_one_instant_the_end_wins() {
    let same = [
        sighting("10:00", "B", Seen::of("S1", &["PGRACE"])),
        sighting("10:00", "A", Seen::resolved()),
        sighting(
            "10:00",
            "C",
            Seen::acknowledged("S1", &["PGRACE"], "PGRACE"),
        ),
    ];
    for order in permutations(3) {
        let state = seen(order.iter().map(|event| same[*event].clone())).state();
        assert_eq!(
            (state.is_open(), state.phases.len()),
            (false, 1),
            "{order:?}"
        );
    }
}

#[test]
fn work_is_counted_by_unbroken_stretches() {
    let events = [
        ("10:00", Seen::of("S1", &["PGRACE"]).urgency(Urgency::Low)),
        ("10:10", Seen::of("S1", &["PGRACE"])),
        ("10:20", Seen::of("S1", &["PGRACE"]).urgency(Urgency::Low)),
        ("10:30", Seen::of("S1", &["PGRACE"])),
        ("10:40", Seen::of("S1", &["PADA"])),
        ("10:50", Seen::of("S1", &["PGRACE"])),
        ("11:00", Seen::resolved()),
    ];
    let incident = seen(events.map(|(when, what)| sighting(when, when, what)));
    let state = incident.state();
    let work = |state: &State, meets: fn(&Phase) -> bool| {
        let grace = state
            .work(meets)
            .remove(users(&["PGRACE"]).first().unwrap());
        let spans = grace.unwrap().into_iter().map(|work| {
            let end = work.end.unwrap();
            (work.began_at, work.since, end.at, end.resolved)
        });
        spans.collect::<Vec<_>>()
    };
    assert_eq!(
        work(&state, |_| true),
        [
            (at("10:00"), at("10:00"), at("10:40"), false),
            (at("10:50"), at("10:50"), at("11:00"), true),
        ]
    );
    assert_eq!(
        work(&state, |phase| phase.urgency == Some(Urgency::High)),
        [
            (at("10:10"), at("10:10"), at("10:20"), false),
            (at("10:10"), at("10:30"), at("10:40"), false),
            (at("10:50"), at("10:50"), at("11:00"), true),
        ],
        "work goes on while it does not count, and its clock runs"
    );
}

#[test]
fn a_long_incident_stays_small_and_forgets_no_end() {
    let start = at("00:00");
    let minute = |n: i64| start + SignedDuration::from_mins(n);
    let mut incident = Incident::new("acme/Q1".parse().unwrap());
    for n in 0..500 {
        let user = if n % 2 == 0 { "PGRACE" } else { "PADA" };
        let event = Sighting {
            at: minute(n),
            id: SightingId::new(format!("E{n}")).unwrap(),
            what: Seen::of("S1", &[user]),
        };
        assert!(incident.see(event.clone()));
        assert!(!incident.see(event), "a repeat changes nothing");
    }
    assert_eq!(incident.seen_until(), Some(minute(499)));
    assert_eq!(working(&incident), names(&["PADA"]));
    let state = incident.state();
    assert_eq!(
        state.phases[0].from, start,
        "nobody seems to have begun later"
    );
    assert!(serde_json::to_string(&incident).unwrap().len() < 200_000);

    let old = sighting("00:30", "old", Seen::resolved());
    assert!(!incident.see(old), "older than all that is kept");
    incident.see(sighting("20:00", "resolved", Seen::resolved()));
    assert!(!incident.state().is_open());
}

#[test]
fn folding_leaves_less_to_keep_until_nothing_is_left_to_fold() {
    let mut incident = seen(story());
    let whole = incident.state();
    let mut bytes = serde_json::to_string(&incident).unwrap().len();
    let mut steps = 0;
    while let Some(folded) = incident.folded() {
        steps += 1;
        let smaller = serde_json::to_string(&folded).unwrap().len();
        if folded.state() != whole {
            assert!(smaller < bytes, "step {steps}");
        }
        (incident, bytes) = (folded, smaller);
    }
    let state = incident.state();
    assert_eq!((steps, state.phases.len()), (5, 1));
    assert_eq!(state.resolved_at(), Some(at("10:00")), "drawn back in time");
    assert_eq!(incident.seen_until(), Some(at("11:00")));
    assert!(
        !incident.see(story()[3].clone()),
        "a repeat of what is folded"
    );
    assert!(incident.see(sighting("11:01", "reopened", Seen::of("S1", &["PADA"]))));
    assert_eq!(working(&incident), names(&["PADA"]));
    assert_eq!(Incident::new("acme/Q1".parse().unwrap()).folded(), None);
}

#[test]
fn an_incident_names_everybody_who_had_to_do_with_it() {
    let expected = users(&["PADA", "PGRACE", "PLIN"]);
    assert_eq!(seen(story()).people(), expected);
}

#[test]
fn an_incident_reads_back_from_json() {
    let read = Seen::Read {
        snapshot: match Seen::of("S1", &["PADA"]).priority("P1").teams(&["PTEAM"]) {
            Seen::Incident { snapshot, .. } => snapshot,
            _ => unreachable!("it is one"),
        },
        acknowledged_by: users(&["PADA"]),
        responding: None,
    };
    let mut incident = seen(story());
    incident.see(Sighting::read(at("10:20"), read));
    incident.see(Sighting::read(at("12:00"), Seen::NotOpen));
    let json = serde_json::to_string(&incident).unwrap();
    assert_eq!(serde_json::from_str::<Incident>(&json).unwrap(), incident);
    let key = incident.key();
    let map = BTreeMap::from([(key.clone(), 1)]);
    assert_eq!(serde_json::to_string(&map).unwrap(), r#"{"acme/Q1":1}"#);
    assert!("acme".parse::<IncidentKey>().is_err());
    assert!("acme/Q 1".parse::<IncidentKey>().is_err());
}

/// Anything that may be seen, at one of few instants.
fn sightings() -> impl Strategy<Value = Vec<Sighting>> {
    let user = prop_oneof![Just("PGRACE"), Just("PADA"), Just("PLIN")];
    let answer = prop_oneof![
        Just(Answer::Pending),
        Just(Answer::Accepted),
        Just(Answer::Declined),
        Just(Answer::Cancelled)
    ];
    let what = prop_oneof![
        user.clone().prop_map(|user| Seen::of("S1", &[user])),
        user.clone()
            .prop_map(|user| Seen::acknowledged("S1", &[user], user)),
        (user, answer).prop_map(|(user, answer)| Seen::answered(user, answer)),
        Just(Seen::resolved()),
        Just(Seen::NotOpen),
    ];
    let one = (0..30_u32, 0..5_u32, what).prop_map(|(minute, id, what)| {
        sighting(&format!("10:{minute:02}"), &format!("E{id}"), what)
    });
    proptest::collection::vec(one, 0..12)
}

proptest! {
    #[test]
    fn the_order_of_arrival_does_not_matter(
        (told, shuffled) in sightings().prop_flat_map(|told| (Just(told.clone()), Just(told).prop_shuffle())),
    ) {
        prop_assert_eq!(seen(told), seen(shuffled));
    }

    #[test]
    fn folding_changes_nothing_that_is_known_or_that_anything_newer_will_say(
        (told, newer) in (sightings(), sightings()),
    ) {
        let whole = seen(told);
        let mut folded = whole.clone();
        while !folded.sightings.is_empty() {
            folded = folded.folded().expect("there is something to fold");
            prop_assert_eq!(folded.state(), whole.state());
            prop_assert_eq!(folded.seen_until(), whole.seen_until());
            let mut after = (whole.clone(), folded.clone());
            let is_newer = |one: &&Sighting| folded.base_at.is_none_or(|base_at| one.at > base_at);
            for sighting in newer.iter().filter(is_newer) {
                let news = after.0.see(sighting.clone());
                prop_assert_eq!(after.1.see(sighting.clone()), news);
            }
            prop_assert_eq!(after.1.state(), after.0.state());
        }
    }

    #[test]
    fn nobody_works_on_what_is_not_open(told in sightings()) {
        let state = seen(told).state();
        for phase in &state.phases {
            prop_assert!(phase.is_open() || phase.working().is_empty());
        }
        let times: Vec<_> = state.phases.iter().map(|phase| phase.from).collect();
        prop_assert!(times.is_sorted_by(|a, b| a < b));
        for work in state.work(|_| true).into_values().flatten() {
            prop_assert!(work.began_at <= work.since);
            prop_assert!(work.end.is_none_or(|end| end.at > work.since));
        }
    }
}
