//! Answers as people read them, and what they rest on.

use super::*;
use crate::facts::Reading;
use crate::incident::Seen;
use crate::matching::{AccountMatch, Unmatched};
use crate::membership::{Origin, RecordState};
use crate::plan::{Binding, HeldRemoval, HoldReason};
use crate::ports::HeldPlan;
use crate::world::scene::{Scene, adding, on_call, removing};
use crate::world::{World, account, at, binding, group, maybe, person};
use jiff::SignedDuration;
use std::collections::BTreeMap;

const PAYMENTS: &str = "payments-oncall";

fn ask(world: &World, name: &str, of: &str, now: &str) -> Explanation {
    explain(
        at(now),
        &world.timeline(),
        &world.config,
        &person(name),
        &group(of),
        at(now),
    )
}

/// Grace, then Ada, then Grace again.
fn rota() -> World {
    let shifts = [
        ("PGRACE", "06:00", "08:00"),
        ("PADA", "08:00", "16:00"),
        ("PGRACE", "16:00", "20:00"),
    ];
    World::payments()
        .edges(PAYMENTS, 300, 600)
        .schedule("P1", &shifts)
}

#[test]
fn a_member_hears_why_since_when_and_until_when() {
    insta::assert_snapshot!(ask(&rota(), "ada", PAYMENTS, "10:00"), @"
    ada@acme.example is a member of payments-oncall at 2026-11-22T10:00:00Z.
    Access opened at 2026-11-22T07:55:00Z and closes at 2026-11-22T16:10:00Z.
    Why: on call on schedule acme/P1 from 2026-11-22T08:00:00Z until 2026-11-22T16:00:00Z.
    ");
}

#[test]
fn an_incident_is_named_with_its_number_and_its_end() {
    let triggered = Seen::of("S1", &["PGRACE", "PGHOST"]).with(|said| said.number = Some(42));
    let mut world = World::new()
        .group("admins", &["incident:acme/service/S1"])
        .sees("Q1", "10:00", "E1", triggered);
    insta::assert_snapshot!(ask(&world, "grace", "admins", "10:30"), @"
    grace@acme.example is a member of admins at 2026-11-22T10:30:00Z.
    Access opened at 2026-11-22T10:00:00Z and closes at 2026-11-23T10:00:00Z.
    Why: working on incident acme/Q1 (#42) of service S1 from 2026-11-22T10:00:00Z.
    PagerDuty user acme/PGHOST would be a member then and has no e-mail address; if that is this person, say so under [[person]].
    ");
    world.rule("admins").incident.linger = SignedDuration::from_mins(30);
    world = world.sees("Q1", "11:00", "E2", Seen::resolved());
    insta::assert_snapshot!(ask(&world, "grace", "admins", "11:10"), @"
    grace@acme.example is a member of admins at 2026-11-22T11:10:00Z.
    Access opened at 2026-11-22T10:00:00Z and closes at 2026-11-22T11:30:00Z.
    Why: working on incident acme/Q1 (#42) of service S1 from 2026-11-22T10:00:00Z until 2026-11-22T11:00:00Z.
    PagerDuty user acme/PGHOST would be a member then and has no e-mail address; if that is this person, say so under [[person]].
    ");
    insta::assert_snapshot!(ask(&world, "grace", "admins", "12:00"), @"
    grace@acme.example is not a member of admins at 2026-11-22T12:00:00Z: nothing makes this person one then.
    Members come from incident:acme/service/S1.
    Before: working on incident acme/Q1 (#42) of service S1 from 2026-11-22T10:00:00Z until 2026-11-22T11:00:00Z; access closed at 2026-11-22T11:30:00Z.
    ");
}

#[test]
fn somebody_else_hears_of_their_nearest_shifts() {
    insta::assert_snapshot!(ask(&rota(), "grace", PAYMENTS, "10:00"), @"
    grace@acme.example is not a member of payments-oncall at 2026-11-22T10:00:00Z: nothing makes this person one then.
    Members come from schedule:acme/P1.
    Before: on call on schedule acme/P1 from 2026-11-22T06:00:00Z until 2026-11-22T08:00:00Z; access closed at 2026-11-22T08:10:00Z.
    Next: on call on schedule acme/P1 from 2026-11-22T16:00:00Z until 2026-11-22T20:00:00Z; access opens at 2026-11-22T15:55:00Z.
    ");
    insta::assert_snapshot!(ask(&rota(), "edsger", PAYMENTS, "10:00"), @"
    edsger@acme.example is not a member of payments-oncall at 2026-11-22T10:00:00Z: nothing makes this person one then.
    Members come from schedule:acme/P1.
    Nothing that is known names this person before or after.
    ");
}

#[test]
fn a_later_instant_goes_by_what_is_known_now() {
    let world = rota();
    let ask = |now| {
        let (ada, payments) = (person("ada"), group(PAYMENTS));
        let later = at("2026-11-23T10:00:00Z");
        explain(
            at(now),
            &world.timeline(),
            &world.config,
            &ada,
            &payments,
            later,
        )
    };
    assert_eq!(ask("10:00").trust, Some(Trust::Fresh));
    assert!(!ask("10:00").to_string().contains("removals"));
    // What is stale already stays so.
    let read_at = at("10:00");
    let expired = ask("2026-11-23T09:59:00Z").trust;
    assert_eq!(expired, Some(Trust::Expired { read_at }));
}

#[test]
fn the_answer_changes_at_the_second_of_the_edge() {
    let is_member = |now| {
        matches!(
            ask(&rota(), "ada", PAYMENTS, now).verdict,
            Verdict::Member { .. }
        )
    };
    for (now, there) in [
        ("07:54:59", false),
        ("07:55", true),
        ("16:09:59", true),
        ("16:10", false),
    ] {
        assert_eq!(is_member(now), there, "{now}");
    }
}

#[test]
fn opening_and_end_are_those_of_the_unbroken_run() {
    let shifts = [
        ("PGRACE", "06:00", "08:00"),
        ("PGRACE", "08:00", "12:00"),
        ("PGRACE", "12:00:01", "13:00"),
    ];
    let world = World::payments().schedule("P1", &shifts);
    let verdict = ask(&world, "grace", PAYMENTS, "09:00").verdict;
    let Verdict::Member {
        opens_at,
        until,
        reasons,
    } = verdict
    else {
        panic!("{verdict:?}")
    };
    assert_eq!(
        (opens_at, until, reasons.len()),
        (maybe("06:00"), maybe("12:00"), 1)
    );
    let endless = World::payments().schedule("P1", &[("PGRACE", "", "")]);
    let verdict = ask(&endless, "grace", PAYMENTS, "09:00").verdict;
    assert!(
        matches!(
            verdict,
            Verdict::Member {
                opens_at: None,
                until: None,
                ..
            }
        ),
        "{verdict:?}"
    );
}

#[test]
fn somebody_blocked_hears_what_they_would_have() {
    insta::assert_snapshot!(ask(&rota().block("ada"), "ada", PAYMENTS, "10:00"), @"
    ada@acme.example is not a member of payments-oncall at 2026-11-22T10:00:00Z: the configuration blocks this person everywhere.
    Without the block access would be open until 2026-11-22T16:10:00Z.
    Why: on call on schedule acme/P1 from 2026-11-22T08:00:00Z until 2026-11-22T16:00:00Z.
    ");
    insta::assert_snapshot!(ask(&rota().block("grace"), "grace", PAYMENTS, "10:00"), @"
    grace@acme.example is not a member of payments-oncall at 2026-11-22T10:00:00Z: the configuration blocks this person everywhere.
    Without the block nothing would make this person a member then.
    ");
}

#[test]
fn a_block_in_a_nested_group_is_named() {
    let mut world = rota().group("outer", &["group:payments-oncall"]);
    world.rule(PAYMENTS).blocked.insert(person("ada"));
    let verdict = ask(&world, "ada", "outer", "10:00").verdict;
    let Verdict::Blocked {
        everywhere,
        group: by,
        reasons,
        ..
    } = verdict
    else {
        panic!("{verdict:?}")
    };
    assert_eq!(
        (everywhere, by.as_str(), reasons.len()),
        (false, PAYMENTS, 1)
    );
    let later = ask(&world, "ada", "outer", "20:00").verdict;
    assert!(
        matches!(later, Verdict::NotMember { .. }),
        "the block keeps nothing from them then"
    );
}

#[test]
fn an_unknown_group_is_said_to_be_unknown() {
    insta::assert_snapshot!(ask(&rota(), "ada", "payments", "10:00"), @"There is no group payments at 2026-11-22T10:00:00Z: the configuration names none, and no template makes one.");
}

#[test]
fn people_without_an_address_and_findings_are_told() {
    let failed = Reading::Failed {
        read_at: maybe("09:30"),
        reason: "timed out".into(),
    };
    let ghost = [crate::world::shift(
        "PGHOST",
        maybe("08:00"),
        maybe("16:00"),
    )]
    .into();
    let world = World::payments().schedule_of("P1", "P1", ghost, failed);
    insta::assert_snapshot!(ask(&world, "ada", PAYMENTS, "10:00"), @"
    ada@acme.example is not a member of payments-oncall at 2026-11-22T10:00:00Z: nothing makes this person one then.
    Members come from schedule:acme/P1.
    Nothing that is known names this person before or after.
    PagerDuty user acme/PGHOST would be a member then and has no e-mail address; if that is this person, say so under [[person]].
    PagerDuty was last read completely at 2026-11-22T09:30:00Z: removals wait for the next complete read.
    To mend: schedule:acme/P1 could not be read: timed out.
    ");
    assert!(ask(&world, "ada", PAYMENTS, "16:00").unresolved.is_empty());
}

/// One line for each entitlement, given a record or none and a match or none.
fn effects(
    world: &World,
    name: &str,
    records: &[(Binding, crate::membership::Record)],
    found: Option<AccountMatch>,
    held: &[HeldPlan],
) -> String {
    let key = ("aws".parse().unwrap(), person(name));
    let accounts: BTreeMap<_, _> = found
        .into_iter()
        .map(|found| (key.clone(), found))
        .collect();
    let known = Known {
        records,
        accounts: &accounts,
        held,
    };
    let explanation = ask(world, name, PAYMENTS, "10:00");
    let explanation = explanation.with_effects(&world.timeline(), &world.config, &known);
    explanation
        .effects
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

fn record(state: RecordState, origin: Origin) -> (Binding, crate::membership::Record) {
    let scene = Scene::new().record_of("u-1", Some("ada"), origin, on_call("16:00"), state);
    (binding(), scene.records[&account("u-1")].clone())
}

#[test]
fn every_entitlement_says_how_it_stands() {
    let (wanted, ended) = (rota(), rota());
    let ended = World {
        facts: crate::facts::Facts::default(),
        ..ended
    };
    let cleared = World::payments().schedule("P1", &[("PGRACE", "08:00", "16:00")]);
    let unmatched = || {
        Some(AccountMatch::Unmatched {
            reason: Unmatched::Inactive,
        })
    };
    let found = || {
        Some(AccountMatch::Found {
            account: account("u-1"),
        })
    };
    let present = RecordState::Present;
    let one = |state| vec![record(state, Origin::Added)];
    let mut alias = rota();
    alias
        .config
        .people
        .accounts
        .insert(("aws".parse().unwrap(), person("ada")), account("u-7"));
    for (case, world, records, found, said) in [
        (
            "present",
            &wanted,
            one(present),
            None,
            "On aws:Operators: account u-1: a member, added by Rotakey.",
        ),
        (
            "adding",
            &wanted,
            one(adding("u-1")),
            None,
            "On aws:Operators: account u-1: being added; the target has not confirmed it yet.",
        ),
        (
            "matched",
            &wanted,
            vec![],
            found(),
            "On aws:Operators: account u-1: not added yet; the next sweep adds it.",
        ),
        (
            "not looked up",
            &wanted,
            vec![],
            None,
            "On aws:Operators: not added yet; the next sweep adds it.",
        ),
        (
            "unmatched",
            &wanted,
            vec![],
            unmatched(),
            "On aws:Operators: the account there is switched off.",
        ),
        (
            "alias",
            &alias,
            vec![],
            unmatched(),
            "On aws:Operators: account u-7: not added yet; the next sweep adds it.",
        ),
        (
            "gone",
            &cleared,
            one(present),
            None,
            "On aws:Operators: account u-1: still a member; the next sweep removes it.",
        ),
        (
            "going",
            &cleared,
            one(removing("u-1")),
            None,
            "On aws:Operators: account u-1: being removed; the target has not confirmed it yet.",
        ),
        (
            "unknown facts",
            &ended,
            one(present),
            None,
            "On aws:Operators: account u-1: still a member, the removal waits: waits for the first complete read of PagerDuty.",
        ),
        ("neither", &cleared, vec![], found(), ""),
    ] {
        assert_eq!(effects(world, "ada", &records, found, &[]), said, "{case}");
    }
}

#[test]
fn a_removal_that_waits_for_a_person_says_so() {
    let world = World::payments().schedule("P1", &[("PGRACE", "08:00", "16:00")]);
    let removal = Scene::new()
        .has("u-1", on_call("16:00"))
        .draft()
        .removals
        .remove(0);
    let reason = HoldReason::GroupBudget {
        removals: 6,
        present: 8,
    };
    let mut plan = HeldPlan {
        binding: binding(),
        removals: vec![HeldRemoval { removal, reason }],
        since: at("09:00"),
        released: None,
    };
    let records = [record(RecordState::Present, Origin::Added)];
    let said = effects(&world, "ada", &records, None, std::slice::from_ref(&plan));
    assert!(said.contains("6 of 8 memberships"), "{said}");
    plan.released = Some(("grace".into(), at("09:30")));
    let said = effects(&world, "ada", &records, None, &[plan]);
    assert!(said.contains("the next sweep removes it"), "{said}");
}

#[test]
fn programs_read_the_documented_shape() {
    let json = serde_json::to_value(ask(&rota(), "ada", PAYMENTS, "10:00")).unwrap();
    assert_eq!(json["verdict"], "member");
    assert_eq!(json["principal"], "ada@acme.example");
    assert_eq!(json["opens_at"], "2026-11-22T07:55:00Z");
    assert_eq!(json["until"], "2026-11-22T16:10:00Z");
    assert_eq!(json["reasons"][0]["cause"]["kind"], "shift");
    assert_eq!(json["trust"]["trust"], "fresh");
    assert!(json["effects"].as_array().unwrap().is_empty());
    let json = serde_json::to_value(ask(&rota(), "grace", PAYMENTS, "10:00")).unwrap();
    assert_eq!(json["verdict"], "not_member");
    assert_eq!(json["sources"][0], "schedule:acme/P1");
    assert_eq!(json["next"]["opens_at"], "2026-11-22T15:55:00Z");
}
