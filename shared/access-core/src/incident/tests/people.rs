//! Whose address is kept while an incident lasts: looked up, copied from the rota, and forgotten.

use super::*;
use crate::facts::{LookedUp, Person, UnreadIncident};
use crate::world::{World, acme, incident, person};

#[test]
fn only_strangers_on_wanted_incidents_are_looked_up() {
    let assigned = ["PGRACE", "PALIAS", "PKNOWN", "PSTRANGER"];
    let mut world = World::new()
        .group("admins", &["incident:acme/service/S1"])
        .sees("Q1", "10:00", "E1", Seen::of("S1", &assigned))
        .sees("Q2", "10:00", "E1", open("S9", "PELSEWHERE"));
    let alias = (acme(), "PALIAS".parse().unwrap());
    world.config.people.pagerduty.insert(alias, person("ada"));
    let known = looked_up("2026-11-22T09:00:00Z");
    world
        .facts
        .people
        .insert((acme(), "PKNOWN".parse().unwrap()), known);
    let found = strangers(&world.config, &world.facts, at("11:00"));
    assert_eq!(found, BTreeMap::from([(acme(), users(&["PSTRANGER"]))]));
}

/// Somebody without an address, as they were at an instant; at none where that was not written down.
fn looked_up(when: &str) -> LookedUp {
    let person = Person {
        name: "Lin".into(),
        email: None,
    };
    LookedUp {
        person,
        at: crate::world::maybe(when),
    }
}

#[test]
fn whoever_is_still_at_work_is_looked_up_again_after_a_day() {
    let then = "2026-11-22T10:00:00Z";
    let at_work = || Seen::of("S1", &["PLIN"]);
    for (case, known, last, now, again) in [
        ("just now", then, at_work(), "2026-11-23T09:59:59Z", false),
        ("a day ago", then, at_work(), "2026-11-23T10:00:00Z", true),
        ("nobody knows when", "", at_work(), then, true),
        ("relieved", "", open("S1", "PGRACE"), then, false),
        ("resolved", "", Seen::resolved(), then, false),
    ] {
        let mut world = World::new()
            .group("admins", &["incident:acme/service/S1"])
            .sees("Q1", "09:00", "E1", at_work())
            .sees("Q1", "09:30", "E2", last);
        let lin = (acme(), "PLIN".parse().unwrap());
        world.config.people.pagerduty.clear();
        world.account().rota.people.clear();
        let alias = (acme(), "PGRACE".parse().unwrap());
        world.config.people.pagerduty.insert(alias, person("grace"));
        world.facts.people.insert(lin, looked_up(known));
        let found = strangers(&world.config, &world.facts, at(now));
        assert_eq!(found.contains_key(&acme()), again, "{case}: {found:?}");
    }
}

/// Grace under an address, as she was known at an instant.
fn grace(address: &str, when: &str) -> LookedUp {
    let mut known = looked_up(when);
    known.person.name = "grace".into();
    known.person.email = Some(person(address));
    known
}

#[test]
fn whom_the_rota_knows_is_kept_while_they_work_on_an_incident() {
    let of_rota = || grace("grace", "10:00");
    let at_work = || open("S1", "PGRACE");
    for (case, known, last, is_news) in [
        ("nobody knew her", None, at_work(), true),
        ("as she is", Some(of_rota()), at_work(), false),
        (
            "under another address",
            Some(grace("hopper", "09:59")),
            at_work(),
            true,
        ),
        (
            "looked up since",
            Some(grace("hopper", "10:01")),
            at_work(),
            false,
        ),
        (
            "almost a day ago",
            Some(grace("grace", "2026-11-21T11:00:01Z")),
            at_work(),
            false,
        ),
        (
            "a day ago",
            Some(grace("grace", "2026-11-21T11:00:00Z")),
            at_work(),
            true,
        ),
        (
            "relieved since",
            Some(grace("grace", "")),
            open("S1", "PADA"),
            false,
        ),
    ] {
        let mut world = World::new()
            .group("admins", &["incident:acme/service/S1"])
            .sees("Q1", "09:00", "E1", at_work())
            .sees("Q1", "09:30", "E2", last);
        let pair: (PagerDutyName, PagerDutyUserId) = (acme(), "PGRACE".parse().unwrap());
        let known = known.map(|known| (pair.clone(), known));
        world.facts.people.extend(known);
        let mut found = acquaintances(&world.config, &world.facts, at("11:00"));
        let found = found.remove(&acme()).unwrap_or_default().remove(&pair.1);
        assert_eq!(found, is_news.then(of_rota), "{case}");
    }
}

#[test]
fn only_whom_nobody_else_can_name_is_kept_from_the_rota() {
    let assigned = ["PGRACE", "PADA", "PGHOST", "PSTRANGER"];
    let mut world = World::new()
        .group("admins", &["incident:acme/service/S1"])
        .sees("Q1", "10:00", "E1", Seen::of("S1", &assigned))
        .sees("Q2", "10:00", "E2", open("S9", "PELSE"));
    let alias = (acme(), "PADA".parse().unwrap());
    world.config.people.pagerduty.insert(alias, person("ada"));
    let elsewhere = grace("else", "10:00").person;
    let on_call = &mut world.account().rota.people;
    on_call.insert("PELSE".parse().unwrap(), elsewhere);
    let (config, facts) = (&world.config, &mut world.facts);
    let found = acquaintances(config, facts, at("11:00"));
    let known = grace("grace", "10:00");
    let pair: (PagerDutyName, PagerDutyUserId) = (acme(), "PGRACE".parse().unwrap());
    let kept = BTreeMap::from([(pair.1.clone(), known.clone())]);
    assert_eq!(found, BTreeMap::from([(acme(), kept)]));

    // Her shift leaves the rota, and nobody has to be asked for her.
    facts.people.insert(pair.clone(), known);
    facts.pagerduty.clear();
    let principal = facts.principal(&config.people, &pair.0, &pair.1);
    assert_eq!(principal, Some(person("grace")));
    let asked = strangers(config, facts, at("11:00"));
    let expected = users(&["PGHOST", "PSTRANGER"]);
    assert_eq!(asked, BTreeMap::from([(acme(), expected)]));
}

#[test]
fn people_of_no_kept_incident_are_forgotten() {
    let relieved = World::new()
        .sees("Q1", "10:00", "E1", open("S1", "PBUSY"))
        .sees("Q1", "10:10", "E2", open("S1", "PGRACE"));
    let with = |unread: Option<UnreadIncident>| {
        let mut world = relieved.clone();
        for user in ["PBUSY", "PIDLE"] {
            let pair = (acme(), user.parse().unwrap());
            world.facts.people.insert(pair, looked_up("10:00"));
        }
        let unread = unread.map(|unread| ("item 1".to_owned(), unread));
        world.facts.unread_incidents.extend(unread);
        uninvolved(&world.facts)
    };
    let damaged = |key: Option<IncidentKey>| {
        let reason = "half a body".to_owned();
        Some(UnreadIncident { key, reason })
    };
    let idle = BTreeSet::from([(acme(), "PIDLE".parse().unwrap())]);
    let elsewhere = "other/Q9".parse().ok();
    for (case, unread, expected) in [
        ("all is known", None, &idle),
        ("another account's is not", damaged(elsewhere), &idle),
        (
            "one is not",
            damaged(Some(incident("Q9"))),
            &BTreeSet::new(),
        ),
        ("nobody knows which", damaged(None), &BTreeSet::new()),
    ] {
        assert_eq!(with(unread), *expected, "{case}");
    }
}
