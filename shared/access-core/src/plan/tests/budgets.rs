//! The removal budget at its edges, in one group and over a sweep.

use crate::config::Limits;
use crate::id::{GroupName, PlanId};
use crate::plan::{self, HeldRemoval, HoldReason, Plan, Released, RemovalReason, Spent, Standing};
use crate::world::person;
use crate::world::scene::{Scene, granted, on_call};
use std::collections::BTreeSet;

/// A plan that removes `gone` of `present` members, for shifts that last until `until`.
fn plan(group: &str, gone: usize, present: usize, until: &str) -> Plan {
    let mut scene = Scene::new();
    for n in 0..present {
        let name = format!("{group}-{n}");
        scene = scene.has(&name, on_call(until));
        if n >= gone {
            scene = scene.wants(&name, on_call(until));
        }
    }
    let mut plan = scene.wants("newcomer", on_call(until)).draft();
    plan.binding.group = GroupName::new(group).unwrap();
    plan
}

fn limits(removals_max: usize, removals_share_max: f64, removals_min: usize) -> Limits {
    Limits {
        removals_max,
        removals_share_max,
        removals_min,
    }
}

fn nothing() -> BTreeSet<PlanId> {
    BTreeSet::new()
}

fn let_go(plan: &Plan) -> Released {
    Released::new(plan.binding.clone(), &plan.held)
}

/// Checks a sweep that no other came before.
fn check(
    plans: &mut [Plan],
    elsewhere: usize,
    limits: &Limits,
    held_before: &BTreeSet<PlanId>,
    released: &[Released],
) {
    let spent = &mut Spent::default();
    plan::check(plans, elsewhere, spent, limits, held_before, released);
}

#[test]
fn a_group_is_held_beyond_its_number_or_its_share() {
    for (case, gone, present, limits, held) in [
        ("none", 0, 4, limits(0, 0.0, 0), false),
        ("handoff in a group of one", 1, 1, limits(20, 0.5, 5), false),
        (
            "all, below the number from which shares count",
            4,
            4,
            limits(20, 0.5, 5),
            false,
        ),
        ("at that number, half", 5, 10, limits(20, 0.5, 5), false),
        (
            "at that number, more than half",
            5,
            9,
            limits(20, 0.5, 5),
            true,
        ),
        ("as many as allowed", 20, 100, limits(20, 0.5, 5), false),
        ("one more", 21, 100, limits(20, 0.5, 5), true),
        (
            "the number holds below the share's minimum",
            2,
            100,
            limits(1, 1.0, 5),
            true,
        ),
        ("a share of one", 9, 9, limits(20, 1.0, 5), false),
        (
            "no removal at all is allowed",
            1,
            100,
            limits(0, 1.0, 5),
            true,
        ),
    ] {
        let mut plans = [plan("payments", gone, present, "16:00")];
        let additions = plans[0].additions.clone();
        check(&mut plans, 0, &limits, &nothing(), &[]);
        let [plan] = plans;
        let expected = if held { (gone, 0) } else { (0, gone) };
        assert_eq!((plan.held.len(), plan.removals.len()), expected, "{case}");
        assert_eq!(plan.held_id.is_some(), held, "{case}");
        assert_eq!(plan.additions, additions, "{case}: additions go ahead");
    }
}

#[test]
fn what_ended_on_schedule_does_not_count() {
    let mut plans = [plan("payments", 50, 50, "10:00")];
    check(&mut plans, 0, &limits(0, 0.0, 0), &nothing(), &[]);
    assert_eq!((plans[0].held.len(), plans[0].removals.len()), (0, 50));
}

#[test]
fn no_budget_holds_a_grant_that_ended_whatever_else_is_true_of_it() {
    let ended = || Scene::new().has("grace", granted("10:00"));
    let mut blocked = ended();
    blocked.blocked.insert(person("grace"));
    let mut removed = ended();
    removed.standing = Standing::Removed;
    for (case, mut scene) in [
        ("alone", ended()),
        ("blocked", blocked),
        ("group removed", removed),
    ] {
        scene.limits = limits(0, 0.0, 0);
        assert_eq!(scene.plan().removals.len(), 1, "{case}");
    }
}

#[test]
fn a_sweep_is_held_beyond_the_budget_of_all_groups_together() {
    let all = |gone| [plan("a", gone, 100, "16:00"), plan("b", 10, 100, "16:00")];
    let mut within = all(10);
    check(&mut within, 0, &limits(20, 0.5, 5), &nothing(), &[]);
    assert!(within.iter().all(|plan| plan.held.is_empty()));

    let mut beyond = all(11);
    check(&mut beyond, 0, &limits(20, 0.5, 5), &nothing(), &[]);
    let reason = HoldReason::SweepBudget {
        removals: 21,
        present: 200,
    };
    for plan in &beyond {
        assert!(plan.removals.is_empty());
        assert!(plan.held.iter().all(|held| held.reason == reason), "{plan}");
        assert_eq!(plan.additions.len(), 1);
    }
}

#[test]
fn one_person_who_leaves_many_groups_is_no_mass_removal() {
    let leaves = |person: &str, group: usize| {
        let mut plan = Scene::new().has(person, on_call("16:00")).draft();
        plan.binding.group = format!("group-{group}").parse().unwrap();
        plan
    };
    let limits = limits(20, 0.5, 5);
    for (case, people, held) in [("one", 1, false), ("four", 4, false), ("five", 5, true)] {
        let plans = (0..12).map(|group| leaves(&format!("person-{}", group % people), group));
        let mut plans: Vec<_> = plans.collect();
        check(&mut plans, 0, &limits, &nothing(), &[]);
        assert!(
            plans.iter().all(|plan| plan.held.is_empty() != held),
            "{case}"
        );
    }
    let mut plans: Vec<_> = (0..21).map(|group| leaves("person", group)).collect();
    check(&mut plans, 0, &limits, &nothing(), &[]);
    let all_held = plans.iter().all(|plan| plan.held.len() == 1);
    assert!(all_held, "the number counts memberships");
}

#[test]
fn the_share_of_a_sweep_is_of_all_memberships_and_not_of_those_it_looks_at() {
    let sweep = || [plan("a", 3, 3, "16:00"), plan("b", 3, 3, "16:00")];
    for (elsewhere, held) in [(0, true), (5, true), (6, false), (100, false)] {
        let mut plans = sweep();
        check(&mut plans, elsewhere, &limits(20, 0.5, 5), &nothing(), &[]);
        assert!(
            plans.iter().all(|plan| plan.held.is_empty() != held),
            "{elsewhere}"
        );
    }
}

#[test]
fn sweeps_of_one_run_share_a_budget() {
    let mut spent = Spent::default();
    let mut sweep = |group: &str, gone, present, limits: &Limits| {
        let mut plans = [plan(group, gone, present, "16:00")];
        let elsewhere = 300 - present;
        plan::check(&mut plans, elsewhere, &mut spent, limits, &nothing(), &[]);
        let [plan] = plans;
        plan
    };
    let limits = limits(20, 0.5, 5);
    assert_eq!(sweep("a", 15, 100, &limits).removals.len(), 15);
    assert_eq!(sweep("b", 5, 100, &limits).removals.len(), 5, "twenty");
    let again = sweep("a", 15, 100, &limits);
    assert_eq!(again.removals.len(), 15, "the same ones, tried again");
    let beyond = sweep("c", 1, 100, &limits);
    let reason = HoldReason::SweepBudget {
        removals: 21,
        present: 300,
    };
    assert_eq!(beyond.held.len(), 1);
    assert_eq!(beyond.held[0].reason, reason, "one more");
    let ended = plan("c", 50, 100, "10:00");
    let mut plans = [ended];
    plan::check(&mut plans, 200, &mut spent, &limits, &nothing(), &[]);
    assert_eq!(plans[0].removals.len(), 50, "what ended is free");
}

#[test]
fn people_of_all_sweeps_of_one_run_count_for_the_share() {
    let mut spent = Spent::default();
    let limits = limits(20, 0.5, 5);
    for (group, held) in [("a", false), ("b", true)] {
        let mut plans = [plan(group, 3, 3, "16:00")];
        plan::check(&mut plans, 3, &mut spent, &limits, &nothing(), &[]);
        assert_eq!(plans[0].removals.is_empty(), held, "{group}");
    }
}

#[test]
fn what_a_person_released_leaves_the_budget_to_the_rest() {
    let limits = limits(20, 0.5, 5);
    let mut held = [plan("a", 30, 100, "16:00")];
    check(&mut held, 200, &limits, &nothing(), &[]);
    let known = BTreeSet::from([held[0].held_id.unwrap()]);
    let released = [let_go(&held[0])];
    for (case, left) in [("all of it", 30), ("what a target refused", 15)] {
        let mut spent = Spent::default();
        for (group, gone) in [("a", left), ("b", 20)] {
            let mut plans = [plan(group, gone, 100, "16:00")];
            plan::check(&mut plans, 200, &mut spent, &limits, &known, &released);
            assert_eq!(plans[0].removals.len(), gone, "{group}, {case}");
        }
    }
}

#[test]
fn a_release_lasts_until_all_that_it_named_is_done() {
    let limits = limits(1, 1.0, 5);
    let mut held = [plan("a", 30, 100, "16:00")];
    check(&mut held, 0, &limits, &nothing(), &[]);
    let known = BTreeSet::from([held[0].held_id.unwrap()]);
    let released = [let_go(&held[0])];
    for left in [30, 29, 2, 1] {
        let mut rest = [plan("a", left, 100, "16:00")];
        check(&mut rest, 0, &limits, &known, &released);
        assert_eq!((rest[0].removals.len(), rest[0].held_id), (left, None));
    }
    let mut elsewhere = [plan("b", 2, 100, "16:00")];
    check(&mut elsewhere, 0, &limits, &known, &released);
    assert_eq!(elsewhere[0].held.len(), 2, "another group's");
}

#[test]
fn no_budget_holds_a_block() {
    let blocked = |standing: Standing| {
        let mut scene = Scene::new().has("grace", on_call("16:00"));
        scene.blocked.insert(person("grace"));
        scene.standing = standing;
        let mut plan = scene.draft();
        plan.binding.group = GroupName::new("c").unwrap();
        plan
    };
    let limits = limits(20, 0.5, 5);
    for (case, a, b, standing) in [
        ("a group beyond its budget", 21, 0, Standing::Configured),
        ("a sweep beyond its budget", 11, 10, Standing::Configured),
        ("the block is one too many", 20, 0, Standing::Configured),
        ("of a group that is gone", 11, 10, Standing::Removed),
    ] {
        let (a, b) = (plan("a", a, 100, "16:00"), plan("b", b, 100, "16:00"));
        let others = a.removals.len() + b.removals.len();
        let mut plans = [a, b, blocked(standing)];
        check(&mut plans, 0, &limits, &nothing(), &[]);
        let [a, b, block] = plans;
        assert_eq!(a.held.len() + b.held.len(), others, "{case}");
        let gone: Vec<_> = block.removals.iter().map(|removal| &removal.why).collect();
        assert_eq!(gone, [&RemovalReason::Blocked], "{case}");
        assert_eq!((block.held.len(), block.held_id), (0, None), "{case}");
    }
}

#[test]
fn members_that_are_not_rotakeys_to_remove_do_not_thin_out_the_share() {
    let mut scene = (0..5).fold(Scene::new(), |scene, n| {
        scene.has(&format!("ours-{n}"), on_call("16:00"))
    });
    for n in 0..100 {
        scene = scene.holds(&format!("stranger-{n}"));
    }
    let reason = HoldReason::GroupBudget {
        removals: 5,
        present: 5,
    };
    let plan = scene.plan();
    assert_eq!(plan.held.len(), 5);
    assert!(plan.held.iter().all(|held| held.reason == reason), "{plan}");
}

#[test]
fn a_group_over_its_own_budget_does_not_hold_the_others() {
    let mut plans = [plan("a", 30, 100, "16:00"), plan("b", 10, 100, "16:00")];
    check(&mut plans, 0, &limits(20, 0.5, 5), &nothing(), &[]);
    assert_eq!((plans[0].held.len(), plans[1].held.len()), (30, 0));
}

#[test]
fn what_one_sweep_held_does_not_slip_through_a_smaller_one() {
    let mut sweep = [plan("a", 15, 100, "16:00"), plan("b", 15, 100, "16:00")];
    check(&mut sweep, 0, &limits(20, 0.5, 5), &nothing(), &[]);
    let held_before: BTreeSet<_> = sweep.iter().filter_map(|plan| plan.held_id).collect();
    assert_eq!(held_before.len(), 2);

    let mut alone = [plan("a", 15, 100, "16:00")];
    check(&mut alone, 0, &limits(20, 0.5, 5), &held_before, &[]);
    assert_eq!(alone[0].held.len(), 15, "the same removals");
    assert_eq!(alone[0].held_id, sweep[0].held_id, "have the same id");

    let mut other = [plan("a", 14, 100, "16:00")];
    check(&mut other, 0, &limits(20, 0.5, 5), &held_before, &[]);
    assert_eq!(
        other[0].removals.len(),
        14,
        "other removals are judged anew"
    );
}

#[test]
fn a_released_plan_goes_ahead_and_no_other() {
    let mut sweep = [plan("a", 30, 100, "16:00"), plan("b", 30, 100, "16:00")];
    check(&mut sweep, 0, &limits(20, 0.5, 5), &nothing(), &[]);
    let held_before: BTreeSet<_> = sweep.iter().filter_map(|plan| plan.held_id).collect();
    let released = [let_go(&sweep[0])];

    let mut next = [plan("a", 30, 100, "16:00"), plan("b", 30, 100, "16:00")];
    check(&mut next, 0, &limits(20, 0.5, 5), &held_before, &released);
    assert_eq!(
        (next[0].removals.len(), next[0].held.len(), next[0].held_id),
        (30, 0, None)
    );
    assert_eq!((next[1].removals.len(), next[1].held.len()), (0, 30));

    let mut more = [plan("a", 31, 100, "16:00")];
    check(&mut more, 0, &limits(20, 0.5, 5), &held_before, &released);
    assert_eq!(
        more[0].held.len(),
        31,
        "a release is for the removals it named"
    );
}

#[test]
fn letting_the_last_people_go_does_not_let_go_a_budget() {
    let mut empty = plan("a", 30, 100, "16:00");
    let held = empty.removals.drain(..).map(|removal| HeldRemoval {
        removal,
        reason: HoldReason::NobodyOnCall,
    });
    empty.held = held.collect();
    let mut plans = [empty];
    check(&mut plans, 0, &limits(20, 0.5, 5), &nothing(), &[]);
    let released = [let_go(&plans[0])];

    let mut covered = [plan("a", 30, 100, "16:00")];
    check(&mut covered, 0, &limits(20, 0.5, 5), &nothing(), &released);
    assert_eq!(covered[0].held.len(), 30);
}

#[test]
fn letting_go_a_budget_lets_go_what_the_plan_named_for_facts_and_no_more() {
    let on_facts = |mut plan: Plan, how_many: usize| {
        let removals = plan.removals.drain(..how_many);
        let held = removals.map(|removal| HeldRemoval {
            removal,
            reason: HoldReason::NobodyOnCall,
        });
        plan.held = held.collect();
        plan
    };
    let mut mixed = [on_facts(plan("a", 32, 100, "16:00"), 2)];
    check(&mut mixed, 0, &limits(20, 0.5, 5), &nothing(), &[]);
    assert_eq!(mixed[0].held.len(), 32);
    let released = [let_go(&mixed[0])];
    for (case, facts, gone) in [
        ("named for facts", 2, true),
        ("named for a budget", 3, false),
    ] {
        let mut rest = [on_facts(plan("a", facts, 100, "16:00"), facts)];
        check(&mut rest, 0, &limits(20, 0.5, 5), &nothing(), &released);
        assert_eq!(rest[0].held.is_empty(), gone, "{case}");
    }
}
