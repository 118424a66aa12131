//! Entries from every kind of source, what is found wrong, and the next change.

mod incidents;
mod strangers;
mod templates;

use super::*;
use crate::desired::Trust;
use crate::facts::{Reading, Shift};
use crate::world::{World, acme, at, group, maybe, person, shift};
use jiff::{SignedDuration, Zoned, civil};

const PAYMENTS: &str = "payments-oncall";

#[test]
fn access_opens_a_lead_before_the_shift_and_closes_a_lag_after() {
    let shifts = [("PGRACE", "08:00", "16:00"), ("PADA", "16:00", "20:00")];
    let exact = World::payments().schedule("P1", &shifts);
    let wide = exact.clone().edges(PAYMENTS, 300, 600);
    for (case, world, now, members) in [
        ("before the first shift", &exact, "07:59:59", vec![]),
        ("at its start", &exact, "08:00", vec!["grace"]),
        ("just after it", &exact, "08:00:01", vec!["grace"]),
        ("just before the handoff", &exact, "15:59:59", vec!["grace"]),
        ("at the handoff", &exact, "16:00", vec!["ada"]),
        ("just after the handoff", &exact, "16:00:01", vec!["ada"]),
        ("just before the end", &exact, "19:59:59", vec!["ada"]),
        ("at the end", &exact, "20:00", vec![]),
        ("just before the lead", &wide, "07:54:59", vec![]),
        ("at the lead", &wide, "07:55", vec!["grace"]),
        (
            "just before the second lead",
            &wide,
            "15:54:59",
            vec!["grace"],
        ),
        ("at the second lead", &wide, "15:55", vec!["ada", "grace"]),
        (
            "just before the lag ends",
            &wide,
            "16:09:59",
            vec!["ada", "grace"],
        ),
        ("when the lag ends", &wide, "16:10", vec!["ada"]),
        (
            "just before the last lag ends",
            &wide,
            "20:09:59",
            vec!["ada"],
        ),
        ("when the last lag ends", &wide, "20:10", vec![]),
    ] {
        assert_eq!(world.members(PAYMENTS, at(now)), members, "{case}");
    }
}

#[test]
fn every_kind_of_source_makes_members() {
    let long = ("2026-11-01T00:00:00Z", "");
    let world = World::new()
        .group("schedule", &["schedule:acme/P1"])
        .group("several", &["schedule:acme/PBOTH"])
        .group("any-level", &["escalation_policy:acme/PE"])
        .group("level-1", &["escalation_policy:acme/PE#1"])
        .group("level-2", &["escalation_policy:acme/PE#2"])
        .group("incident", &["incident:acme/service/S1"])
        .group("other-service", &["incident:acme/service/S2"])
        .group("standing", &["person:grace@acme.example"])
        .group("nested", &["group:schedule", "person:ada@acme.example"])
        .group("granted", &[])
        .schedule("P1", &[("PGRACE", "08:00", "16:00")])
        .schedule(
            "PBOTH",
            &[("PGRACE", "08:00", "16:00"), ("PADA", "09:00", "17:00")],
        )
        .policy(
            "PE",
            &[
                (1, "P1", "PGRACE", "08:00", "16:00"),
                (2, "", "PADA", long.0, long.1),
            ],
        )
        .responder("grace", "09:00", "")
        .grant("ada", "granted", "09:00", "12:00");
    for (name, members) in [
        ("schedule", vec!["grace"]),
        ("several", vec!["ada", "grace"]),
        ("any-level", vec!["ada", "grace"]),
        ("level-1", vec!["grace"]),
        ("level-2", vec!["ada"]),
        ("incident", vec!["grace"]),
        ("other-service", vec![]),
        ("standing", vec!["grace"]),
        ("nested", vec!["ada", "grace"]),
        ("granted", vec!["ada"]),
    ] {
        assert_eq!(world.members(name, at("10:00")), members, "{name}");
    }
}

#[test]
fn a_permanent_place_has_neither_start_nor_end() {
    let world = World::new()
        .group("direct", &["escalation_policy:acme/PE"])
        .policy("PE", &[(1, "", "PGRACE", "", "")])
        .edges("direct", 300, 300);
    for now in ["1970-01-01T00:00:00Z", "10:00", "2200-01-01T00:00:00Z"] {
        let desired = world.desired("direct", at(now));
        assert_eq!(desired.members[&person("grace")].until, None, "{now}");
        assert_eq!(world.timeline().next_change(at(now)), None, "{now}");
    }
}

#[test]
fn a_nested_group_keeps_its_own_lead_and_lag() {
    let world = World::new()
        .group("inner", &["schedule:acme/P1"])
        .group("outer", &["group:inner", "schedule:acme/P2"])
        .edges("inner", 60, 0)
        .edges("outer", 600, 600)
        .schedule("P1", &[("PGRACE", "08:00", "16:00")])
        .schedule("P2", &[("PADA", "08:00", "16:00")]);
    for (now, members) in [
        ("07:50", vec!["ada"]),
        ("07:58:59", vec!["ada"]),
        ("07:59", vec!["ada", "grace"]),
        ("16:00", vec!["ada"]),
        ("16:10", vec![]),
    ] {
        assert_eq!(world.members("outer", at(now)), members, "{now}");
    }
    let desired = world.desired("outer", at("10:00"));
    let cause = desired.members[&person("grace")].causes.first().unwrap();
    assert_eq!(
        cause.to_string(),
        "member of group inner: on call on schedule acme/P1 \
         from 2026-11-22T08:00:00Z until 2026-11-22T16:00:00Z"
    );
}

#[test]
fn blocked_people_are_kept_aside_with_what_they_would_have() {
    let mut world = World::payments()
        .group("outer", &["group:payments-oncall"])
        .schedule(
            "P1",
            &[("PGRACE", "08:00", "16:00"), ("PADA", "08:00", "16:00")],
        );
    world.rule(PAYMENTS).blocked.insert(person("grace"));
    let timeline = world.timeline();
    assert_eq!(world.members(PAYMENTS, at("10:00")), ["ada"]);
    assert_eq!(
        world.members("outer", at("10:00")),
        ["ada"],
        "nesting does not lift a block"
    );
    assert!(
        timeline.groups[&group(PAYMENTS)]
            .blocked
            .contains_key(&person("grace"))
    );
    let everywhere = world.block("ada");
    assert!(everywhere.members(PAYMENTS, at("10:00")).is_empty());
    assert!(everywhere.members("outer", at("10:00")).is_empty());
}

#[test]
fn an_alias_beats_the_address_and_finds_people_without_one() {
    let mut world = World::payments().schedule(
        "P1",
        &[("PGRACE", "08:00", "16:00"), ("PGHOST", "08:00", "16:00")],
    );
    let unresolved = |world: &World| world.timeline().groups[&group(PAYMENTS)].unresolved.clone();
    assert_eq!(world.members(PAYMENTS, at("10:00")), ["grace"]);
    assert_eq!(unresolved(&world)[0].user.as_str(), "PGHOST");

    let aliases = &mut world.config.people.pagerduty;
    aliases.insert((acme(), "PGHOST".parse().unwrap()), person("ghost"));
    aliases.insert((acme(), "PGRACE".parse().unwrap()), person("hopper"));
    assert_eq!(world.members(PAYMENTS, at("10:00")), ["ghost", "hopper"]);
    assert!(unresolved(&world).is_empty());
}

#[test]
fn a_person_with_two_addresses_is_one_member_whom_one_block_stops() {
    let sources = ["schedule:acme/P1", "person:hopper@acme.example"];
    let mut world = World::new()
        .group(PAYMENTS, &sources)
        .schedule("P1", &[("PGRACE", "08:00", "16:00")]);
    assert_eq!(world.members(PAYMENTS, at("10:00")), ["grace", "hopper"]);
    let further = &mut world.config.people.addresses;
    further.insert(person("grace"), person("hopper"));
    assert_eq!(world.members(PAYMENTS, at("10:00")), ["hopper"]);
    world.config.people.blocked.insert(person("hopper"));
    assert!(world.members(PAYMENTS, at("10:00")).is_empty());
}

#[test]
fn somebody_who_is_in_no_list_of_people_is_unresolved() {
    let world = World::payments().schedule("P1", &[("PSTRANGER", "08:00", "16:00")]);
    let timeline = world.timeline();
    assert!(world.members(PAYMENTS, at("10:00")).is_empty());
    assert_eq!(timeline.groups[&group(PAYMENTS)].unresolved.len(), 1);
}

#[test]
fn what_cannot_be_relied_on_is_a_finding_of_its_group_alone() {
    let failed = |read_at: &str| Reading::Failed {
        read_at: maybe(read_at),
        reason: "timed out".into(),
    };
    let shifts = || BTreeSet::from([shift("PGRACE", maybe("08:00"), maybe("16:00"))]);
    let with = |reading| World::payments().schedule_of("P1", "P1", shifts(), reading);
    let mut never = World::payments();
    never.facts.pagerduty.clear();
    let source = || "schedule:acme/P1".to_owned();
    let unread = || Finding::SourceUnread {
        source: source(),
        reason: "timed out".into(),
    };
    for (case, world, finding, trust, members) in [
        ("complete", with(Reading::Complete), None, Trust::Fresh, 1),
        (
            "failed once",
            with(failed("09:30")),
            Some(unread()),
            Trust::Stale {
                read_at: at("09:30"),
            },
            1,
        ),
        (
            "failed always",
            with(failed("")),
            Some(unread()),
            Trust::Unknown,
            1,
        ),
        (
            "gone",
            with(Reading::Gone),
            Some(Finding::SourceGone { source: source() }),
            Trust::Unknown,
            1,
        ),
        (
            "not in the answer",
            World::payments(),
            Some(Finding::SourceGone { source: source() }),
            Trust::Unknown,
            0,
        ),
        (
            "never read",
            never,
            Some(Finding::NeverRead { pagerduty: acme() }),
            Trust::NeverRead,
            0,
        ),
    ] {
        let world = world.group("other", &["person:ada@acme.example"]);
        let timeline = world.timeline();
        let findings = &timeline.groups[&group(PAYMENTS)].findings;
        assert_eq!(findings.iter().next(), finding.as_ref(), "{case}");
        assert!(
            timeline.groups[&group("other")].findings.is_empty(),
            "{case}"
        );
        let desired = world.desired(PAYMENTS, at("10:00"));
        assert_eq!(
            (desired.trust, desired.members.len()),
            (trust, members),
            "{case}"
        );
        assert_eq!(
            world.desired("other", at("10:00")).trust,
            Trust::Fresh,
            "{case}"
        );
    }
}

#[test]
fn findings_and_age_come_up_from_nested_groups() {
    let world = World::payments().group("outer", &["group:payments-oncall"]);
    let outer = &world.timeline().groups[&group("outer")];
    assert_eq!(
        outer.findings,
        BTreeSet::from([Finding::SourceGone {
            source: "schedule:acme/P1".into()
        }])
    );
    assert_eq!(world.desired("outer", at("10:00")).trust, Trust::Unknown);
}

#[test]
fn a_group_is_as_old_as_its_oldest_source() {
    let failed = Reading::Failed {
        read_at: maybe("09:00"),
        reason: "500".into(),
    };
    let world = World::new()
        .group("both", &["schedule:acme/P1", "schedule:acme/P2"])
        .schedule("P1", &[])
        .schedule_of("P2", "P2", BTreeSet::new(), failed);
    let basis = world.timeline().groups[&group("both")].rota.unwrap();
    assert_eq!(basis.read_at, maybe("09:00"));
}

#[test]
fn grants_and_incidents_end_at_their_instant() {
    let world = World::new()
        .group("admins", &["incident:acme/service/S1"])
        .edges("admins", 300, 300)
        .grant("ada", "admins", "10:00", "12:00")
        .responder("grace", "11:00", "13:00");
    for (now, members) in [
        ("09:59:59", vec![]),
        ("10:00", vec!["ada"]),
        ("11:00", vec!["ada", "grace"]),
        ("11:59:59", vec!["ada", "grace"]),
        ("12:00", vec!["grace"]),
        ("12:59:59", vec!["grace"]),
        ("13:00", vec![]),
    ] {
        assert_eq!(
            world.members("admins", at(now)),
            members,
            "{now}: lead and lag are for shifts"
        );
    }
}

#[test]
fn the_next_change_is_the_next_edge_of_anybody() {
    let world = World::payments()
        .edges(PAYMENTS, 300, 600)
        .group("admins", &[])
        .schedule("P1", &[("PGRACE", "08:00", "16:00"), ("PADA", "16:00", "")])
        .grant("ada", "admins", "10:00:30", "12:00");
    for (now, next) in [
        ("00:00", "07:55"),
        ("07:54:59", "07:55"),
        ("07:55", "10:00:30"),
        ("10:00:30", "12:00"),
        ("12:00", "15:55"),
        ("15:55", "16:10"),
        ("16:10", ""),
    ] {
        assert_eq!(world.timeline().next_change(at(now)), maybe(next), "{now}");
    }
}

#[test]
fn nobody_is_told_to_expect_a_gap_that_does_not_come() {
    let entry = |opens: &str, closes: &str| Entry {
        opens_at: maybe(opens),
        closes_at: maybe(closes),
        cause: Cause::Standing,
    };
    for (case, entries, end) in [
        ("one", vec![entry("08:00", "12:00")], "12:00"),
        (
            "back to back",
            vec![entry("08:00", "12:00"), entry("12:00", "16:00")],
            "16:00",
        ),
        (
            "a second apart",
            vec![entry("08:00", "12:00"), entry("12:00:01", "16:00")],
            "12:00",
        ),
        (
            "overlapping",
            vec![entry("08:00", "12:00"), entry("11:00", "13:00")],
            "13:00",
        ),
        (
            "one inside the other",
            vec![entry("08:00", "16:00"), entry("09:00", "11:00")],
            "16:00",
        ),
        (
            "out of order",
            vec![
                entry("14:00", "16:00"),
                entry("12:00", "14:00"),
                entry("08:00", "12:00"),
            ],
            "16:00",
        ),
        (
            "no end",
            vec![entry("08:00", "12:00"), entry("12:00", "")],
            "",
        ),
        (
            "past ones do not count",
            vec![entry("06:00", "07:00"), entry("08:00", "12:00")],
            "12:00",
        ),
    ] {
        assert_eq!(run_end(&entries, at("10:00")), maybe(end), "{case}");
    }
}

/// Nights of twelve hours by the clock on the wall, from eight to eight, as PagerDuty turns them into instants.
fn nights(zone: &str, first: civil::Date, count: i64) -> Vec<(Timestamp, Timestamp)> {
    let wall = |date: civil::Date, hour| -> Zoned {
        date.at(hour, 0, 0, 0)
            .in_tz(zone)
            .expect("eight o'clock is never skipped")
    };
    let dates = (0..count).map(|n| first.checked_add(jiff::Span::new().days(n)).unwrap());
    dates
        .map(|date| {
            (
                wall(date, 20).timestamp(),
                wall(date.tomorrow().unwrap(), 8).timestamp(),
            )
        })
        .collect()
}

#[test]
fn lead_and_lag_are_exact_on_both_change_over_nights() {
    for (case, zone, date, hours) in [
        (
            "Berlin, spring",
            "Europe/Berlin",
            civil::date(2026, 3, 28),
            11,
        ),
        (
            "Berlin, autumn",
            "Europe/Berlin",
            civil::date(2026, 10, 24),
            13,
        ),
        (
            "New York, spring",
            "America/New_York",
            civil::date(2026, 3, 7),
            11,
        ),
        (
            "New York, autumn",
            "America/New_York",
            civil::date(2026, 10, 31),
            13,
        ),
    ] {
        let nights = nights(zone, date, 2);
        let (starts, ends) = nights[0];
        assert_eq!(
            ends.duration_since(starts),
            SignedDuration::from_hours(hours),
            "{case}"
        );
        let shifts = nights
            .iter()
            .map(|(starts, ends)| shift("PGRACE", Some(*starts), Some(*ends)));
        let shifts: BTreeSet<Shift> = shifts.collect();
        let world = World::payments().edges(PAYMENTS, 300, 600);
        let world = world.schedule_of("P1", "P1", shifts, Reading::Complete);
        let second = SignedDuration::from_secs(1);
        let opens = starts - SignedDuration::from_mins(5);
        let closes = ends + SignedDuration::from_mins(10);
        for (edge, now, there) in [
            ("before it opens", opens - second, false),
            ("as it opens", opens, true),
            ("before it closes", closes - second, true),
            ("as it closes", closes, false),
        ] {
            assert_eq!(
                world.members(PAYMENTS, now).len(),
                usize::from(there),
                "{case}, {edge}"
            );
        }
        let until = world.desired(PAYMENTS, starts).members[&person("grace")].until;
        assert_eq!(until, Some(closes), "{case}");
    }
}
