//! Incidents that open and close access, on each group's terms.

use super::*;
use crate::facts::{LookedUp, Person, UnreadIncident};
use crate::id::PriorityName;
use crate::incident::{Answer, Seen, Urgency};
use crate::world::incident;
use proptest::prelude::*;

const ADMINS: &str = "admins";

/// A group of everybody who works on incidents of service `S1`.
fn admins() -> World {
    World::new().group(ADMINS, &["incident:acme/service/S1"])
}

/// The same, on other terms.
fn on(terms: impl FnOnce(&mut crate::incident::IncidentTerms)) -> World {
    let mut world = admins();
    terms(&mut world.rule(ADMINS).incident);
    world
}

fn grace() -> Seen {
    Seen::of("S1", &["PGRACE"])
}

fn check(case: &str, world: &World, expected: &[(&str, &[&str])]) {
    for (now, members) in expected {
        assert_eq!(world.members(ADMINS, at(now)), *members, "{case}, {now}");
    }
}

#[test]
fn access_follows_the_incident_from_hand_to_hand() {
    let world = admins()
        .sees("Q1", "10:00", "triggered", grace())
        .sees(
            "Q1",
            "10:05",
            "acknowledged",
            Seen::acknowledged("S1", &["PGRACE"], "PGRACE"),
        )
        .sees("Q1", "10:10", "reassigned", Seen::of("S1", &["PADA"]))
        .sees(
            "Q1",
            "10:15",
            "replied",
            Seen::answered("PGRACE", Answer::Accepted),
        )
        .sees(
            "Q1",
            "10:20",
            "declined",
            Seen::answered("PGRACE", Answer::Declined),
        )
        .sees("Q1", "11:00", "resolved", Seen::resolved())
        .sees("Q1", "11:30", "reopened", grace())
        .sees("Q1", "12:00", "resolved again", Seen::resolved());
    check(
        "the story",
        &world,
        &[
            ("09:59:59", &[]),
            ("10:00", &["grace"]),
            ("10:09:59", &["grace"]),
            ("10:10", &["ada"]),
            ("10:15", &["ada", "grace"]),
            ("10:20", &["ada"]),
            ("10:59:59", &["ada"]),
            ("11:00", &[]),
            ("11:30", &["grace"]),
            ("12:00", &[]),
        ],
    );
    let changes = ["10:10", "10:15", "10:20", "11:00", "11:30", "12:00"];
    let timeline = world.timeline();
    for pair in changes.windows(2) {
        assert_eq!(
            timeline.next_change(at(pair[0])),
            maybe(pair[1]),
            "{pair:?}"
        );
    }
    assert_eq!(timeline.next_change(at("12:00")), None);
}

#[test]
fn acknowledgement_opens_and_its_end_closes() {
    let acknowledged = || Seen::acknowledged("S1", &["PGRACE"], "PGRACE");
    let minutes = SignedDuration::from_mins;
    let calm = || on(|terms| terms.acknowledged_only = true).sees("Q1", "10:00", "E1", grace());
    check(
        "never acknowledged",
        &calm(),
        &[("10:00", &[]), ("10:59", &[])],
    );
    check(
        "acknowledged, then no longer",
        &calm()
            .sees("Q1", "10:10", "E2", acknowledged())
            .sees("Q1", "10:20", "E3", grace()),
        &[
            ("10:09:59", &[]),
            ("10:10", &["grace"]),
            ("10:19:59", &["grace"]),
            ("10:20", &[]),
        ],
    );
    let mut lingering = calm().sees("Q1", "10:10", "E2", acknowledged()).sees(
        "Q1",
        "10:20",
        "E3",
        Seen::resolved(),
    );
    lingering.rule(ADMINS).incident.linger = minutes(30);
    check(
        "acknowledged, resolved, lingering",
        &lingering,
        &[
            ("10:10", &["grace"]),
            ("10:49:59", &["grace"]),
            ("10:50", &[]),
        ],
    );
}

#[test]
fn urgency_opens_and_closes_at_the_instant_it_changes() {
    let high = || on(|terms| terms.urgency = Some(Urgency::High));
    let low = |world: World, when| world.sees("Q1", when, when, grace().urgency(Urgency::Low));
    check(
        "lowered",
        &low(high().sees("Q1", "10:00", "E1", grace()), "10:10"),
        &[
            ("10:00", &["grace"]),
            ("10:09:59", &["grace"]),
            ("10:10", &[]),
        ],
    );
    check(
        "raised",
        &low(high(), "10:00").sees("Q1", "10:10", "E2", grace()),
        &[("10:09:59", &[]), ("10:10", &["grace"])],
    );
    let unknown = grace().with(|said| said.urgency = None);
    check(
        "not known",
        &high().sees("Q1", "10:00", "E1", unknown),
        &[("10:00", &[])],
    );
}

#[test]
fn priorities_rank_by_the_accounts_own_list() {
    let name = |name: &str| PriorityName::new(name).unwrap();
    let mut important = on(|terms| terms.priority_at_least = Some(name("P2")));
    let account = important.config.pagerduty.get_mut(&acme()).unwrap();
    account.priorities = ["P1", "P2", "ID-SEV3"].map(name).to_vec();
    let mut lowest = important.clone();
    lowest.rule(ADMINS).incident.priority_at_least = Some(name("ID-SEV3"));
    let priority = |name: &str| grace().priority(name);
    check(
        "raised and taken away",
        &important
            .clone()
            .sees("Q1", "10:00", "E1", grace())
            .sees("Q1", "10:10", "E2", priority("SEV3"))
            .sees("Q1", "10:20", "E3", priority("P2"))
            .sees("Q1", "10:30", "E4", priority("P1"))
            .sees("Q1", "10:40", "E5", priority("")),
        &[
            ("10:00", &[]),
            ("10:10", &[]),
            ("10:20", &["grace"]),
            ("10:30", &["grace"]),
            ("10:40", &[]),
        ],
    );
    check(
        "not listed",
        &important.sees("Q1", "10:00", "E1", priority("P0")),
        &[("10:00", &[])],
    );
    check(
        "listed by its id",
        &lowest.sees("Q1", "10:00", "E1", priority("SEV3")),
        &[("10:00", &["grace"])],
    );
}

#[test]
fn a_service_change_ends_one_group_and_begins_another() {
    let world = admins()
        .group("others", &["incident:acme/service/S2"])
        .group("team", &["incident:acme/team/PTEAM"])
        .sees("Q1", "10:00", "E1", grace().teams(&["PTEAM"]))
        .sees("Q1", "10:30", "E2", Seen::of("S2", &["PGRACE"]))
        .sees("Q1", "10:45", "E3", Seen::of("S2", &["PGRACE"]).teams(&[]));
    for (now, admins, others, team) in [
        ("10:00", 1, 0, 1),
        ("10:29:59", 1, 0, 1),
        ("10:30", 0, 1, 1),
        ("10:45", 0, 1, 0),
    ] {
        let count = |name| world.members(name, at(now)).len();
        assert_eq!(
            (count(ADMINS), count("others"), count("team")),
            (admins, others, team),
            "{now}"
        );
    }
}

#[test]
fn people_linger_after_the_end_and_never_past_the_maximum() {
    let terms = |linger: i64, max: i64| {
        on(|terms| {
            terms.linger = SignedDuration::from_mins(linger);
            terms.max = SignedDuration::from_mins(max);
        })
        .sees("Q1", "10:00", "E1", grace())
    };
    let resolved = |world: World| world.sees("Q1", "11:00", "E2", Seen::resolved());
    let reassigned = |world: World| world.sees("Q1", "11:00", "E2", Seen::of("S1", &["PADA"]));
    let reopened = |world: World| resolved(world).sees("Q1", "11:05", "E3", grace());
    for (case, world, closes) in [
        ("never heard of again", terms(0, 120), "12:00"),
        ("resolved", resolved(terms(0, 120)), "11:00"),
        ("resolved, lingering", resolved(terms(30, 120)), "11:30"),
        (
            "lingering past the maximum",
            resolved(terms(90, 120)),
            "12:00",
        ),
        (
            "the maximum before the end",
            resolved(terms(30, 45)),
            "10:45",
        ),
        ("reassigned", reassigned(terms(30, 120)), "11:00"),
        ("reopened", reopened(terms(30, 120)), "13:05"),
    ] {
        let second = SignedDuration::from_secs(1);
        let there = |now| world.members(ADMINS, now).contains(&"grace".to_owned());
        assert!(there(at(closes) - second), "{case}: until {closes}");
        assert!(!there(at(closes)), "{case}: from {closes}");
    }
    let quiet = terms(0, 120);
    assert_eq!(quiet.timeline().next_change(at("10:00")), maybe("12:00"));
    let until = quiet.desired(ADMINS, at("10:00")).members[&person("grace")].until;
    assert_eq!(until, maybe("12:00"));
}

#[test]
fn conditions_that_come_and_go_do_not_start_the_clock_again() {
    let world = on(|terms| {
        terms.urgency = Some(Urgency::High);
        terms.max = SignedDuration::from_mins(60);
    })
    .sees("Q1", "10:00", "E1", grace())
    .sees("Q1", "10:50", "E2", grace().urgency(Urgency::Low))
    .sees("Q1", "10:55", "E3", grace())
    .sees("Q1", "11:30", "E4", grace().urgency(Urgency::Low))
    .sees("Q1", "11:40", "E5", grace());
    check(
        "an hour in all",
        &world,
        &[
            ("10:00", &["grace"]),
            ("10:50", &[]),
            ("10:55", &["grace"]),
            ("10:59:59", &["grace"]),
            ("11:00", &[]),
            ("11:40", &[]),
        ],
    );
}

#[test]
fn people_are_known_by_alias_by_the_rota_or_by_being_looked_up() {
    let assigned = ["PGRACE", "PALIAS", "PLOOKED", "PNOBODY", "PGHOST"];
    let mut world = admins().sees("Q1", "10:00", "E1", Seen::of("S1", &assigned));
    let alias = (acme(), "PALIAS".parse().unwrap());
    world.config.people.pagerduty.insert(alias, person("alias"));
    for (user, email) in [("PLOOKED", Some(person("looked"))), ("PNOBODY", None)] {
        let person = Person {
            name: user.into(),
            email,
        };
        let found = LookedUp { person, at: None };
        world
            .facts
            .people
            .insert((acme(), user.parse().unwrap()), found);
    }
    assert_eq!(
        world.members(ADMINS, at("10:00")),
        ["alias", "grace", "looked"]
    );
    let unresolved = |world: &World| {
        let group = &world.timeline().groups[&group(ADMINS)];
        group
            .unresolved
            .iter()
            .map(|user| user.user.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(unresolved(&world), ["PGHOST", "PNOBODY"]);
    world.facts.pagerduty.clear();
    assert_eq!(
        world.members(ADMINS, at("10:00")),
        ["alias", "looked"],
        "an account whose rota was never read still has incidents"
    );
    assert_eq!(world.desired(ADMINS, at("10:00")).trust, Trust::Fresh);
}

#[test]
fn an_incident_that_cannot_be_understood_casts_doubt_on_its_account_alone() {
    let damaged = |key: Option<&str>| {
        let mut world = admins()
            .group("team", &["incident:acme/team/PTEAM"])
            .group("outer", &["group:admins"])
            .group("beta", &["incident:beta/service/S1"])
            .group("standing", &["person:ada@acme.example"])
            .sees("Q1", "10:00", "E1", grace());
        let unread = UnreadIncident {
            key: key.map(|key| key.parse().unwrap()),
            reason: "half a body".into(),
        };
        let place = "item INCIDENTS / 1".to_owned();
        world.facts.unread_incidents.insert(place, unread);
        world
    };
    let ours = ["admins", "outer", "team"];
    for (case, key, doubted) in [
        ("one of the account", Some("acme/Q9"), &ours[..]),
        ("one of another", Some("beta/Q9"), &["beta"]),
        (
            "nobody knows whose",
            None,
            &["admins", "beta", "outer", "team"],
        ),
        ("of no account that is used", Some("gamma/Q9"), &[]),
    ] {
        let world = damaged(key);
        check(case, &world, &[("10:00", &["grace"])]);
        let timeline = world.timeline();
        let groups = timeline.groups.iter();
        let unsure = groups.filter(|(_, group)| !group.findings.is_empty());
        let unsure: Vec<_> = unsure.map(|(name, _)| name.as_str()).collect();
        assert_eq!(unsure, doubted, "{case}");
        for name in timeline.groups.keys() {
            let desired = world.desired(name.as_str(), at("10:00"));
            let key: Option<crate::incident::IncidentKey> = key.map(|key| key.parse().unwrap());
            let (trust, unread) = if unsure.contains(&name.as_str()) {
                (Trust::Unknown, BTreeSet::from([key]))
            } else {
                (Trust::Fresh, BTreeSet::new())
            };
            assert_eq!((desired.trust, desired.unread), (trust, unread), "{case}");
        }
    }
    let damaged = damaged(Some("acme/Q9")).timeline();
    let told: Vec<_> = damaged.groups[&group("outer")].findings.iter().collect();
    assert_eq!(
        told[0].to_string(),
        "incident:acme/service/S1 could not be read: item INCIDENTS / 1: half a body"
    );
}

#[test]
fn an_empty_group_between_incidents_is_simply_empty() {
    let world =
        admins()
            .sees("Q1", "10:00", "E1", grace())
            .sees("Q1", "10:30", "E2", Seen::resolved());
    let desired = world.desired(ADMINS, at("12:00"));
    assert!(desired.members.is_empty() && !desired.nobody_on_call);
    assert_eq!(desired.trust, Trust::Fresh);
    assert_eq!(world.timeline().groups[&group(ADMINS)].rota, None);
}

#[test]
fn a_cause_names_the_incident_and_the_nested_group_keeps_its_terms() {
    let numbered = grace().with(|said| said.number = Some(42));
    let mut world = admins()
        .group("outer", &["group:admins", "incident:acme/team/PTEAM"])
        .sees("Q1", "10:00", "E1", numbered.teams(&["PTEAM"]))
        .sees("Q1", "10:30", "E2", Seen::resolved());
    world.rule(ADMINS).incident.linger = SignedDuration::from_mins(30);
    let desired = world.desired("outer", at("10:00"));
    let causes = &desired.members[&person("grace")].causes;
    let words: Vec<_> = causes.iter().map(ToString::to_string).collect();
    let span = "from 2026-11-22T10:00:00Z until 2026-11-22T10:30:00Z";
    assert_eq!(
        words,
        [
            format!("working on incident acme/Q1 (#42) of team PTEAM {span}"),
            format!(
                "member of group admins: working on incident acme/Q1 (#42) of service S1 {span}"
            ),
        ]
    );
    let key = incident("Q1");
    for cause in causes {
        assert_eq!(cause.incident(), Some((key.clone(), at("10:00"))));
        assert_eq!(cause.ends_at(), maybe("10:30"));
    }
    assert_eq!(world.members("outer", at("10:59:59")), ["grace"]);
    assert!(world.members("outer", at("11:00")).is_empty());
}

proptest! {
    #[test]
    fn nobody_is_a_member_past_the_maximum(
        events in proptest::collection::vec((0..600_i64, 0..5_u8), 1..12),
        (linger, max) in (0..200_i64, 1..300_i64),
        minute in 0..1440_i64,
    ) {
        let mut world = on(|terms| {
            terms.urgency = Some(Urgency::High);
            terms.linger = SignedDuration::from_mins(linger);
            terms.max = SignedDuration::from_mins(max);
        });
        for (n, (minute, kind)) in events.iter().enumerate() {
            let what = match kind {
                0 => grace(),
                1 => grace().urgency(Urgency::Low),
                2 => Seen::of("S1", &["PADA"]),
                3 => Seen::answered("PGRACE", Answer::Accepted),
                _ => Seen::resolved(),
            };
            let when = at("00:00") + SignedDuration::from_mins(*minute);
            world = world.sees("Q1", &when.to_string(), &format!("E{n}"), what);
        }
        let now = at("00:00") + SignedDuration::from_mins(minute);
        let desired = world.desired(ADMINS, now);
        let limit = SignedDuration::from_mins(max);
        for member in desired.members.values() {
            for cause in &member.causes {
                let (_, since) = cause.incident().unwrap();
                prop_assert!(now < since + limit, "{cause}");
                let over = cause.ends_at().filter(|ended| *ended <= now);
                prop_assert!(over.is_none_or(|ended| now < ended + SignedDuration::from_mins(linger)));
            }
        }
        for ended in desired.ended.values().flatten() {
            prop_assert!(*ended.1 <= now);
        }
        let last = events.iter().map(|(minute, _)| *minute).max().unwrap();
        let end = at("00:00") + SignedDuration::from_mins(last + max);
        prop_assert!(world.members(ADMINS, end).is_empty(), "it ends without another word");
    }
}
