//! Groups that templates make of schedules.

use super::*;
use crate::group::{GroupTemplate, WhenEmpty};

fn template(name: &str, entitlement: &str) -> GroupTemplate {
    GroupTemplate {
        name: name.into(),
        pagerduty: acme(),
        schedule_names: "*".into(),
        team: None,
        entitlements: vec![entitlement.into()],
        lead: SignedDuration::ZERO,
        lag: SignedDuration::ZERO,
        when_empty: WhenEmpty::Hold,
        ownership: None,
        blocked: BTreeSet::new(),
    }
}

fn named(world: World, id: &str, name: &str) -> World {
    let shifts = BTreeSet::from([shift("PGRACE", maybe("08:00"), maybe("16:00"))]);
    world.schedule_of(id, name, shifts, Reading::Complete)
}

#[test]
fn templates_make_a_group_for_every_schedule_that_matches() {
    let mut world = named(named(World::new(), "P1", "Payments (EU)"), "P2", "Search");
    world.config.templates = vec![template("{schedule}-oncall", "aws:{schedule}")];
    assert_eq!(world.members("payments-eu-oncall", at("10:00")), ["grace"]);
    let made = &world.timeline().groups[&group("search-oncall")];
    assert_eq!(
        made.rule.entitlements,
        BTreeSet::from(["aws:search".parse().unwrap()])
    );
    let origin = GroupOrigin::Template {
        pagerduty: acme(),
        schedule: "P2".parse().unwrap(),
    };
    assert_eq!(made.origin, origin);

    world.config.templates[0].schedule_names = "PAY*".into();
    assert_eq!(world.timeline().groups.len(), 1);
    world.config.templates[0].team = Some("PTEAM".parse().unwrap());
    assert!(world.timeline().groups.is_empty());
}

#[test]
fn two_schedules_never_share_a_group_or_an_entitlement() {
    let twins = || named(named(World::new(), "P1", "Payments"), "P2", "payments!");
    let cases = [
        (
            "group",
            "{schedule}-oncall",
            "aws:{schedule}-{schedule}",
            "aws:payments-payments",
        ),
        (
            "entitlement",
            "{schedule}-oncall",
            "aws:Everyone",
            "aws:Everyone",
        ),
    ];
    for (case, name, entitlement, taken) in cases {
        let mut world = twins();
        world.config.templates = vec![template(name, entitlement)];
        let timeline = world.timeline();
        assert_eq!(timeline.groups.len(), 1, "{case}");
        let finding = Finding::NameTaken {
            name: taken.into(),
            schedule: "P2".parse().unwrap(),
        };
        assert_eq!(timeline.findings, BTreeSet::from([finding]), "{case}");
    }
    let mut written = named(World::new().group("payments-oncall", &[]), "P1", "Payments");
    written.config.templates = vec![template("{schedule}-oncall", "aws:{schedule}")];
    let timeline = written.timeline();
    assert_eq!(
        timeline.groups[&group(PAYMENTS)].origin,
        GroupOrigin::Written,
        "the written one stays"
    );
    assert_eq!(timeline.findings.len(), 1);
}

#[test]
fn a_name_without_letters_makes_no_group() {
    let mut world = named(World::new(), "P1", "…");
    world.config.templates = vec![template("{schedule}-oncall", "aws:{schedule}")];
    let timeline = world.timeline();
    assert!(timeline.groups.is_empty());
    assert!(matches!(
        timeline.findings.first(),
        Some(Finding::BadName { .. })
    ));
}
