//! Members at one instant: causes, `until`, trust, and what nobody on call means.

use super::*;
use crate::incident::Seen;
use crate::world::{World, at, incident, maybe, person};
use jiff::SignedDuration;
use proptest::prelude::*;

const PAYMENTS: &str = "payments-oncall";

#[test]
fn members_carry_every_cause_and_the_end_of_all() {
    let world = World::payments()
        .schedule(
            "P1",
            &[("PGRACE", "08:00", "12:00"), ("PGRACE", "12:00", "14:00")],
        )
        .grant("grace", PAYMENTS, "09:00", "13:00");
    for (now, causes, until) in [
        ("08:30", 1, "14:00"),
        ("09:00", 2, "14:00"),
        ("12:30", 2, "14:00"),
        ("13:00", 1, "14:00"),
    ] {
        let desired = world.desired(PAYMENTS, at(now));
        let member = &desired.members[&person("grace")];
        assert_eq!(
            (member.causes.len(), member.until),
            (causes, maybe(until)),
            "{now}"
        );
    }
}

#[test]
fn facts_are_fresh_then_stale_then_expired() {
    let world = World::payments().schedule("P1", &[("PGRACE", "", "")]);
    let read_at = at("10:00");
    let (stale, expired) = (Trust::Stale { read_at }, Trust::Expired { read_at });
    for (case, now, trust) in [
        ("as it is read", "10:00", Trust::Fresh),
        ("two refreshes later", "10:02", Trust::Fresh),
        ("a second more", "10:02:01", stale),
        ("an hour later", "11:00", stale),
        ("a second more than stale_max", "11:00:01", expired),
    ] {
        let desired = world.desired(PAYMENTS, at(now));
        assert_eq!(desired.trust, trust, "{case}");
        assert_eq!(
            desired.members.len(),
            1,
            "{case}: known shifts still open access"
        );
    }
}

#[test]
fn past_the_span_that_was_read_nothing_is_relied_on() {
    let mut world = World::payments().schedule("P1", &[("PGRACE", "", "")]);
    world.account().freshness.covers_until = at("10:01");
    let read_at = at("10:00");
    assert_eq!(world.desired(PAYMENTS, at("10:00:59")).trust, Trust::Fresh);
    assert_eq!(
        world.desired(PAYMENTS, at("10:01")).trust,
        Trust::Expired { read_at }
    );
}

#[test]
fn two_refreshes_are_never_less_than_two_minutes() {
    let mut sweep = SweepConfig::default();
    for (refresh, fresh_max) in [(10, 120), (60, 120), (300, 600)] {
        sweep.refresh = SignedDuration::from_secs(refresh);
        assert_eq!(
            sweep.fresh_max(),
            SignedDuration::from_secs(fresh_max),
            "{refresh}"
        );
    }
}

#[test]
fn nobody_on_call_is_said_of_rotas_only() {
    let world = World::new()
        .group("rota", &["schedule:acme/P1"])
        .group(
            "with-standing",
            &["schedule:acme/P1", "person:ada@acme.example"],
        )
        .group("around", &["group:rota"])
        .group("no-rota", &["incident:acme/service/S1"])
        .schedule("P1", &[("PGRACE", "08:00", "16:00")]);
    for (name, covered, after) in [
        ("rota", false, true),
        ("with-standing", false, true),
        ("around", false, true),
        ("no-rota", false, false),
    ] {
        assert_eq!(
            world.desired(name, at("10:00")).nobody_on_call,
            covered,
            "{name}"
        );
        assert_eq!(
            world.desired(name, at("16:00")).nobody_on_call,
            after,
            "{name}"
        );
    }
}

#[test]
fn whoever_left_with_an_incident_is_said_to_have_left_with_it() {
    let grace = || Seen::of("S1", &["PGRACE"]);
    let sources = &["incident:acme/service/S1", "schedule:acme/P1"];
    let world = World::new()
        .group("admins", sources)
        .group("outer", &["group:admins"])
        .schedule("P1", &[("PADA", "10:00", "12:00")])
        .sees("Q1", "08:00", "E1", grace())
        .sees("Q1", "09:00", "E2", Seen::resolved())
        .sees("Q2", "10:00", "E1", Seen::of("S1", &["PGRACE", "PADA"]))
        .sees("Q2", "11:00", "E2", Seen::resolved());
    let ended = |name, now| world.desired(name, at(now)).ended;
    for (now, expected) in [
        ("08:59:59", vec![]),
        ("09:00", vec![("Q1", "09:00")]),
        ("10:00", vec![]),
        ("11:00", vec![("Q1", "09:00"), ("Q2", "11:00")]),
    ] {
        for name in ["admins", "outer"] {
            let incidents = expected.iter().map(|(id, when)| (incident(id), at(when)));
            let incidents: BTreeMap<_, _> = incidents.collect();
            let grace = (!incidents.is_empty()).then(|| (person("grace"), incidents));
            assert_eq!(ended(name, now), grace.into_iter().collect(), "{now}");
        }
    }
    assert!(ended("admins", "12:00").contains_key(&person("ada")));
    let desired = world.desired("admins", at("12:00"));
    let json = serde_json::to_string(&desired).unwrap();
    assert_eq!(serde_json::from_str::<Desired>(&json).unwrap(), desired);
}

#[test]
fn every_group_is_answered_at_once() {
    let world = World::payments()
        .group("admins", &["person:ada@acme.example"])
        .schedule("P1", &[("PGRACE", "08:00", "16:00")]);
    let all = desired(&world.config, &world.facts, at("10:00"));
    let members: Vec<_> = all.values().map(|desired| desired.members.len()).collect();
    assert_eq!(members, [1, 1]);
}

/// Grants and incidents of two people, at many times.
fn facts() -> impl Strategy<Value = World> {
    let span = (0..12_u32, 1..12_u32);
    let entry = (any::<bool>(), any::<bool>(), span);
    proptest::collection::vec(entry, 0..8).prop_map(|entries| {
        let mut world = World::new().group("admins", &["incident:acme/service/S1"]);
        for (is_grant, is_grace, (from, hours)) in entries {
            let name = if is_grace { "grace" } else { "ada" };
            let (from, until) = (format!("{from:02}:00"), format!("{:02}:00", from + hours));
            world = if is_grant {
                world.grant(name, "admins", &from, &until)
            } else {
                world.responder(name, &from, &until)
            };
        }
        world
    })
}

proptest! {
    #[test]
    fn the_order_of_facts_does_not_matter(
        (world, shuffled) in facts().prop_flat_map(|world| {
            let grants = Just(world.facts.grants.clone()).prop_shuffle();
            (Just(world), grants).prop_map(|(world, grants)| {
                let mut shuffled = world.clone();
                shuffled.facts.grants = grants;
                (world, shuffled)
            })
        }),
        minute in 0..1440_i64,
    ) {
        let now = at("00:00") + SignedDuration::from_mins(minute);
        prop_assert_eq!(world.desired("admins", now), shuffled.desired("admins", now));
        prop_assert_eq!(world.timeline().next_change(now), shuffled.timeline().next_change(now));
    }

    #[test]
    fn nothing_changes_before_the_next_change(world in facts(), minute in 0..1440_i64) {
        let now = at("00:00") + SignedDuration::from_mins(minute);
        let members = |at| world.desired("admins", at).members;
        match world.timeline().next_change(now) {
            None => prop_assert_eq!(members(now), members(at("2200-01-01T00:00:00Z"))),
            Some(next) => {
                let causes = |at| members(at).into_values().map(|member| member.causes).collect::<Vec<_>>();
                prop_assert_eq!(causes(now), causes(next - SignedDuration::from_nanos(1)));
                prop_assert_ne!(causes(now), causes(next));
            }
        }
        for member in members(now).values() {
            prop_assert!(member.until.is_none_or(|until| until > now));
        }
    }
}
