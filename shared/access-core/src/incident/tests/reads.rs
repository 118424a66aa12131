//! Reads that repair what events lost, and what may be forgotten.

use super::*;
use crate::ports::ReadError;
use crate::world::{World, acme, incident};
use std::collections::BTreeMap;

fn read(when: &str, incidents: &[(&str, Seen)]) -> IncidentRead {
    let incidents = incidents.iter().map(|(id, what)| {
        let Seen::Incident {
            snapshot,
            acknowledged_by,
        } = what.clone()
        else {
            unreachable!("tests read incidents");
        };
        let found = ReadIncident {
            snapshot,
            acknowledged_by: acknowledged_by.into_iter().collect(),
            responding: Some(BTreeSet::new()),
        };
        (id.parse().unwrap(), found)
    });
    IncidentRead {
        read_at: at(when),
        wanted: WantedIncidents {
            services: BTreeSet::from(["S1".parse().unwrap()]),
            teams: BTreeSet::from(["PTEAM".parse().unwrap()]),
        },
        asked: BTreeSet::new(),
        refused: BTreeMap::new(),
        incidents: incidents.collect(),
    }
}

fn known(world: &World) -> &BTreeMap<IncidentKey, Incident> {
    &world.facts.incidents
}

/// Repairs what is known, and answers how many sightings that took.
fn repaired(world: &mut World, read: &IncidentRead) -> usize {
    let found = repair(&acme(), known(world), read);
    for (key, sighting) in found.clone() {
        let entry = world.facts.incidents.entry(key.clone());
        entry.or_insert_with(|| Incident::new(key)).see(sighting);
    }
    found.len()
}

#[test]
fn what_a_list_misses_is_asked_for_by_itself() {
    let world = World::new()
        .sees("Q1", "10:00", "E1", open("S1", "PGRACE"))
        .sees("Q2", "10:00", "E2", open("S1", "PGRACE"))
        .sees("Q3", "10:00", "E3", open("S2", "PGRACE"))
        .sees("Q4", "10:00", "E4", open("S1", "PGRACE"))
        .sees("Q4", "10:05", "E5", Seen::resolved())
        .sees("Q5", "10:00", "E6", open("S1", "PGRACE"));
    let mut read = read("10:10", &[("Q1", open("S1", "PGRACE"))]);
    read.asked.insert("Q5".parse().unwrap());
    let asked = unlisted(&acme(), known(&world), &read);
    let asked: Vec<_> = asked.iter().map(IncidentId::as_str).collect();
    assert_eq!(
        asked,
        ["Q2"],
        "not what is listed, of no interest, over, or was asked for"
    );
}

#[test]
fn a_read_adds_only_what_is_news() {
    let world = || World::new().sees("Q1", "10:00", "E1", open("S1", "PGRACE"));
    let acknowledged = Seen::acknowledged("S1", &["PGRACE"], "PGRACE");
    for (case, world, read, news, then) in [
        (
            "nothing new",
            world(),
            read("10:10", &[("Q1", open("S1", "PGRACE"))]),
            0,
            &["PGRACE"][..],
        ),
        (
            "never heard of",
            World::new(),
            read("10:10", &[("Q1", open("S1", "PGRACE"))]),
            1,
            &["PGRACE"],
        ),
        (
            "reassigned",
            world(),
            read("10:10", &[("Q1", open("S1", "PADA"))]),
            1,
            &["PADA"],
        ),
        (
            "acknowledged",
            world(),
            read("10:10", &[("Q1", acknowledged)]),
            1,
            &["PGRACE"],
        ),
        ("no longer open", world(), read("10:10", &[]), 1, &[]),
        (
            "seen since it began",
            world(),
            read("10:00", &[]),
            0,
            &["PGRACE"],
        ),
        (
            "seen just before",
            world(),
            read("10:00:09", &[("Q1", open("S1", "PADA"))]),
            0,
            &["PGRACE"],
        ),
        (
            "seen a while before",
            world(),
            read("10:00:10", &[("Q1", open("S1", "PADA"))]),
            1,
            &["PADA"],
        ),
        (
            "of a service that was not asked for",
            World::new().sees("Q1", "10:00", "E1", open("S2", "PGRACE")),
            read("10:10", &[]),
            0,
            &["PGRACE"],
        ),
        (
            "of a team that was",
            World::new().sees("Q1", "10:00", "E1", open("S2", "PGRACE").teams(&["PTEAM"])),
            read("10:10", &[]),
            1,
            &[],
        ),
        (
            "help that the list does not show",
            world().sees(
                "Q1",
                "10:01",
                "E2",
                Seen::answered("PADA", Answer::Accepted),
            ),
            read("10:10", &[("Q1", open("S1", "PGRACE"))]),
            1,
            &["PGRACE"],
        ),
    ] {
        let mut world = world;
        assert_eq!(repaired(&mut world, &read), news, "{case}");
        assert_eq!(
            working(&known(&world)[&incident("Q1")]),
            names(then),
            "{case}"
        );
        let again = IncidentRead {
            read_at: read.read_at + SignedDuration::from_mins(1),
            ..read
        };
        let left = matches!(case, "seen since it began" | "seen just before");
        let news = repair(&acme(), known(&world), &again).len();
        assert_eq!(news, usize::from(left), "{case}, a minute later");
    }
}

#[test]
fn other_accounts_are_left_alone() {
    let world = World::new().sees("Q1", "10:00", "E1", open("S1", "PGRACE"));
    let other = PagerDutyName::new("other").unwrap();
    assert!(repair(&other, known(&world), &read("10:10", &[])).is_empty());
}

#[test]
fn one_asked_for_by_itself_is_learned_or_closed() {
    let helped = || {
        let accepted = Seen::answered("PLIN", Answer::Accepted);
        World::new().sees("Q1", "10:00", "E1", accepted)
    };
    let asking = |incidents: &[(&str, Seen)]| IncidentRead {
        asked: BTreeSet::from(["Q1".parse().unwrap()]),
        ..read("10:10", incidents)
    };
    let ask = |world: &World| to_ask(&acme(), known(world));
    let mut world = helped().sees("Q2", "10:00", "E1", open("S1", "PGRACE"));
    assert_eq!(ask(&world), asking(&[]).asked);
    world.facts.incidents.remove(&incident("Q2"));
    let mut found = asking(&[("Q1", open("S1", "PGRACE"))]);
    for incident in found.incidents.values_mut() {
        incident.responding = None;
    }
    assert_eq!(repaired(&mut world, &found), 1);
    assert_eq!(ask(&world), BTreeSet::new(), "its service is known now");
    let expected = names(&["PGRACE", "PLIN"]);
    assert_eq!(working(&known(&world)[&incident("Q1")]), expected);

    for (case, found) in [
        ("resolved", asking(&[("Q1", Seen::resolved())])),
        ("unknown to PagerDuty", asking(&[])),
    ] {
        let mut world = helped();
        assert_eq!(repaired(&mut world, &found), 1, "{case}");
        let state = known(&world)[&incident("Q1")].state();
        assert_eq!(state.resolved_at(), Some(at("10:10")), "{case}");
    }
}

#[test]
fn any_lost_event_is_repaired_by_the_next_read() {
    let reads = [
        ("10:30", read("10:30", &[("Q1", open("S1", "PADA"))])),
        ("11:30", read("11:30", &[])),
    ];
    for (until, read) in reads {
        let heard: Vec<_> = story()
            .into_iter()
            .filter(|event| event.at < at(until))
            .collect();
        let mut whole = World::new();
        for event in &heard {
            whole = whole.sees(
                "Q1",
                &event.at.to_string(),
                event.id.as_str(),
                event.what.clone(),
            );
        }
        repaired(&mut whole, &read);
        let whole = working(&known(&whole)[&incident("Q1")]);
        for lost in 0..heard.len() {
            for order in permutations(heard.len()) {
                let mut world = World::new();
                for event in order.into_iter().filter(|event| *event != lost) {
                    let event = &heard[event];
                    let when = event.at.to_string();
                    world = world.sees("Q1", &when, event.id.as_str(), event.what.clone());
                }
                repaired(&mut world, &read);
                let repaired = working(&known(&world)[&incident("Q1")]);
                assert_eq!(repaired, whole, "read at {until}, lost {lost}");
            }
        }
    }
}

#[test]
fn an_incident_is_forgotten_when_nothing_can_bring_it_back() {
    let day = |day: u32, time: &str| format!("2026-11-{day}T{time}Z");
    let mut config = World::new().group("admins", &["incident:acme/service/S1"]);
    config.rule("admins").incident.linger = SignedDuration::from_hours(1);
    let first = |what| World::new().sees("Q1", "10:00", "E1", what);
    let resolved = first(open("S1", "PGRACE")).sees("Q1", "11:00", "E2", Seen::resolved());
    for (case, world, now, over) in [
        (
            "open and wanted",
            first(open("S1", "PGRACE")),
            day(30, "00:00:00"),
            false,
        ),
        (
            "open and not wanted",
            first(open("S9", "PGRACE")),
            day(25, "11:00:00"),
            false,
        ),
        (
            "long since",
            first(open("S9", "PGRACE")),
            day(25, "11:00:01"),
            true,
        ),
        ("resolved", resolved.clone(), day(25, "12:00:00"), false),
        ("resolved and lingered", resolved, day(25, "12:00:01"), true),
        (
            "only help heard of",
            first(Seen::answered("PLIN", Answer::Accepted)),
            day(26, "00:00:00"),
            true,
        ),
    ] {
        let known = &world.facts.incidents[&incident("Q1")];
        assert_eq!(is_over(known, &config.config, at(&now)), over, "{case}");
    }
    assert!(is_over(
        &Incident::new(incident("Q1")),
        &config.config,
        at("10:00")
    ));
}

#[test]
fn groups_say_which_incidents_are_wanted() {
    let world = World::new()
        .group(
            "a",
            &["incident:acme/service/S1", "person:ada@acme.example"],
        )
        .group(
            "b",
            &["incident:acme/service/S2", "incident:acme/team/PTEAM"],
        )
        .group("c", &["group:a"]);
    let wanted = wanted(&world.config);
    let acme = &wanted[&acme()];
    assert_eq!(
        (wanted.len(), acme.services.len(), acme.teams.len()),
        (1, 2, 1)
    );
    let team = |id: &str| BTreeSet::from([id.parse().unwrap()]);
    for (case, service, teams, holds) in [
        ("service", "S1", team("POTHER"), true),
        ("team", "S9", team("PTEAM"), true),
        ("neither", "S9", team("POTHER"), false),
    ] {
        let service = service.parse().ok();
        assert_eq!(acme.holds(service.as_ref(), &teams), holds, "{case}");
    }
    assert!(super::wanted(&World::new().config).is_empty());
}

#[test]
fn a_read_says_nothing_of_what_it_could_not_read() {
    let world = World::new()
        .sees("Q1", "10:00", "E1", open("S1", "PGRACE"))
        .sees("Q2", "10:00", "E2", open("S1", "PGRACE"));
    let forbidden = ReadError::Refused("forbidden".to_owned());
    let mut read = read("10:10", &[]);
    read.asked.insert("Q2".parse().unwrap());
    for id in ["Q1", "Q2"] {
        read.refused.insert(id.parse().unwrap(), forbidden.clone());
    }
    assert!(unlisted(&acme(), known(&world), &read).is_empty());
    assert!(repair(&acme(), known(&world), &read).is_empty());
    read.refused.clear();
    let keys = repair(&acme(), known(&world), &read).into_iter();
    let keys: Vec<_> = keys.map(|(key, _)| key).collect();
    assert_eq!(keys, [incident("Q1"), incident("Q2")]);
}
