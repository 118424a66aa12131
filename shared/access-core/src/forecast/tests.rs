//! Uncovered hours, missing accounts, and warnings that are sent once.

use super::*;
use crate::event::CoverageWarning;
use crate::facts::Reading;
use crate::world::{World, account, at, group, maybe, person};

const PAYMENTS: &str = "payments-oncall";

type Accounts = BTreeMap<(TargetName, Principal), AccountMatch>;

fn look(world: &World, accounts: &Accounts, from: &str) -> Forecast {
    let until = at("2026-11-23T12:00:00Z");
    forecast(&world.timeline(), &world.config, accounts, at(from), until)
}

fn gaps(world: &World, from: &str) -> Vec<(Timestamp, Option<Timestamp>)> {
    let forecast = look(world, &Accounts::new(), from);
    forecast.groups[&group(PAYMENTS)]
        .uncovered
        .iter()
        .map(|gap| (gap.from, gap.until))
        .collect()
}

fn no_account(name: &str) -> Accounts {
    let reason = Unmatched::NoAccount;
    Accounts::from([(
        ("aws".parse().unwrap(), person(name)),
        AccountMatch::Unmatched { reason },
    )])
}

#[test]
fn uncovered_spans_lie_between_shifts_and_lead_and_lag_cover_nothing() {
    let day = "2026-11-23T00:00:00Z";
    for (case, shifts, expected) in [
        ("covered", vec![("PGRACE", "", "")], vec![]),
        (
            "handoff",
            vec![("PGRACE", "08:00", "16:00"), ("PADA", "16:00", day)],
            vec![],
        ),
        (
            "a second",
            vec![("PGRACE", "08:00", "16:00"), ("PADA", "16:00:01", day)],
            vec![("16:00", "16:00:01")],
        ),
        (
            "late start",
            vec![("PGRACE", "12:00", "")],
            vec![("10:00", "12:00")],
        ),
        (
            "early end",
            vec![("PGRACE", "", "20:00")],
            vec![("20:00", "")],
        ),
        ("nobody at all", vec![], vec![("10:00", "")]),
        (
            "only the past",
            vec![("PGRACE", "06:00", "08:00")],
            vec![("10:00", "")],
        ),
        (
            "one within another",
            vec![("PGRACE", "08:00", "20:00"), ("PADA", "11:00", "12:00")],
            vec![("20:00", "")],
        ),
        (
            "somebody without an address covers",
            vec![("PGHOST", "", "")],
            vec![],
        ),
    ] {
        let world = World::payments()
            .edges(PAYMENTS, 3600, 3600)
            .schedule("P1", &shifts);
        let expected: Vec<_> = expected
            .into_iter()
            .map(|(from, until)| (at(from), maybe(until)))
            .collect();
        assert_eq!(gaps(&world, "10:00"), expected, "{case}");
    }
}

#[test]
fn all_sources_of_a_group_cover_it_together() {
    let world = World::new()
        .group(
            PAYMENTS,
            &[
                "schedule:acme/P1",
                "escalation_policy:acme/PE#1",
                "group:inner",
            ],
        )
        .group("inner", &["schedule:acme/P2"])
        .schedule("P1", &[("PGRACE", "08:00", "12:00")])
        .policy(
            "PE",
            &[(1, "", "PADA", "12:00", "16:00"), (2, "", "PADA", "", "")],
        )
        .schedule("P2", &[("PGRACE", "18:00", "")])
        .block("ada");
    assert_eq!(
        gaps(&world, "10:00"),
        [(at("16:00"), maybe("18:00"))],
        "blocked people are on call too"
    );
}

#[test]
fn standing_members_and_grants_are_nobody_on_call() {
    let world = World::new()
        .group(PAYMENTS, &["schedule:acme/P1", "person:ada@acme.example"])
        .schedule("P1", &[])
        .grant("grace", PAYMENTS, "09:00", "12:00");
    assert_eq!(gaps(&world, "10:00"), [(at("10:00"), None)]);
}

#[test]
fn what_was_not_read_is_not_called_uncovered() {
    let nothing = || BTreeSet::new();
    let failed = Reading::Failed {
        read_at: maybe("09:00"),
        reason: "500".into(),
    };
    for (case, world) in [
        ("gone", World::payments()),
        (
            "failed",
            World::payments().schedule_of("P1", "P1", nothing(), failed),
        ),
    ] {
        let forecast = look(&world, &Accounts::new(), "10:00");
        let group = &forecast.groups[&group(PAYMENTS)];
        assert_eq!(
            (group.known_until, group.uncovered.len()),
            (None, 0),
            "{case}"
        );
        assert_eq!(group.findings.len(), 1, "{case}");
    }
    let past_the_read = World::payments().schedule("P1", &[]);
    assert!(gaps(&past_the_read, "2026-11-23T00:00:00Z").is_empty());
}

#[test]
fn people_are_asked_for_in_the_targets_they_will_need() {
    let day = [
        ("PGRACE", "08:00", "10:00"),
        ("PADA", "16:00", "20:00"),
        ("PGHOST", "20:00", ""),
    ];
    let world = World::payments()
        .schedule("P1", &day)
        .group("idle", &["person:grace@acme.example"]);
    let asked = |from, until| people(&world.timeline(), at(from), at(until));
    let only = |name| BTreeMap::from([("aws".parse().unwrap(), BTreeSet::from([person(name)]))]);
    assert_eq!(asked("10:00", "16:00"), BTreeMap::new());
    assert_eq!(asked("09:59:59", "16:00"), only("grace"));
    assert_eq!(asked("10:00", "16:00:01"), only("ada"));
}

#[test]
fn people_without_an_account_are_told_once_with_their_first_shift() {
    let shifts = [
        ("PADA", "12:00", "14:00"),
        ("PADA", "16:00", "18:00"),
        ("PGRACE", "14:00", "16:00"),
    ];
    let mut world = World::payments().schedule("P1", &shifts);
    let forecast = look(&world, &no_account("ada"), "10:00");
    let unmatched = &forecast.groups[&group(PAYMENTS)].unmatched;
    assert_eq!(unmatched.len(), 1);
    assert_eq!(
        (unmatched[0].from, unmatched[0].until),
        (at("12:00"), maybe("14:00"))
    );
    let under_way = look(&world, &no_account("ada"), "13:00");
    assert_eq!(
        under_way.groups[&group(PAYMENTS)].unmatched[0].from,
        at("13:00")
    );

    world
        .config
        .people
        .accounts
        .insert(("aws".parse().unwrap(), person("ada")), account("u-1"));
    assert!(
        look(&world, &no_account("ada"), "10:00").groups[&group(PAYMENTS)]
            .unmatched
            .is_empty(),
        "an alias helps"
    );
}

#[test]
fn the_same_matter_keeps_its_key_as_time_goes_by() {
    let day = "2026-11-23T00:00:00Z";
    let shifts = [("PADA", "12:00", "14:00"), ("PGHOST", "16:00", day)];
    let world = World::payments()
        .schedule("P1", &shifts)
        .group("broken", &["schedule:acme/PGONE"]);
    let keys = |from| -> BTreeSet<String> {
        let warnings = look(&world, &no_account("ada"), from).warnings();
        let keys: BTreeSet<_> = warnings.iter().map(CoverageWarning::key).collect();
        assert_eq!(keys.len(), warnings.len(), "one key each");
        assert!(keys.iter().all(|key| !key.contains('@')), "{keys:?}");
        keys
    };
    let early = keys("10:00");
    assert_eq!(early.len(), 5, "{early:?}");
    assert_eq!(keys("11:30"), early);
    let later = keys("15:00");
    assert!(later.is_subset(&early), "{later:?}");
    assert!(later.contains("payments-oncall/uncovered/2026-11-22T16:00:00Z"));
    assert!(later.contains("payments-oncall/unresolved/acme/PGHOST"));
    assert!(later.contains("broken/finding/gone/schedule:acme/PGONE"));
}

#[test]
fn a_forecast_reads_plainly() {
    let shifts = [("PADA", "12:00", "14:00"), ("PGHOST", "16:00", "18:00")];
    let world = World::payments()
        .schedule("P1", &shifts)
        .group("broken", &["schedule:acme/PGONE"])
        .group("search", &["schedule:acme/P2"])
        .schedule("P2", &[("PGRACE", "", "")]);
    insta::assert_snapshot!(look(&world, &no_account("ada"), "10:00"), @"
    From 2026-11-22T10:00:00Z until 2026-11-23T12:00:00Z
    broken:
      To mend: PagerDuty does not know schedule:acme/PGONE: mend the id, or take the source out.
    payments-oncall (known until 2026-11-23T00:00:00Z):
      nobody is on call from 2026-11-22T10:00:00Z until 2026-11-22T12:00:00Z.
      nobody is on call from 2026-11-22T14:00:00Z until 2026-11-22T16:00:00Z.
      nobody is on call from 2026-11-22T18:00:00Z, with no end known.
      ada@acme.example is on call from 2026-11-22T12:00:00Z until 2026-11-22T14:00:00Z without an account on aws: no account there has this e-mail address: create one, or name an alias under [[person]].
      PagerDuty user acme/PGHOST is on call from 2026-11-22T16:00:00Z until 2026-11-22T18:00:00Z without an e-mail address.
    search (known until 2026-11-23T00:00:00Z): nothing to see to
    ");
}

#[test]
fn findings_of_templates_are_told_of_no_group() {
    let forecast = Forecast {
        from: at("10:00"),
        until: at("12:00"),
        groups: BTreeMap::new(),
        findings: BTreeSet::from([Finding::BadName {
            schedule: "P1".parse().unwrap(),
            reason: "no letters".into(),
        }]),
    };
    let warnings = forecast.warnings();
    assert_eq!((warnings.len(), warnings[0].group.as_ref()), (1, None));
    assert_eq!(warnings[0].key(), "-/finding/bad-name/P1");
}
