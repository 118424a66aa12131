//! What holds of every plan, whatever the world looks like.

use crate::config::Limits;
use crate::desired::Trust;
use crate::group::{Ownership, WhenEmpty};
use crate::id::AccountId;
use crate::matching::AccountMatch;
use crate::membership::{Member, Origin, Record, RecordState};
use crate::plan::{Action, HoldReason, Plan, Released, RemovalReason, Spent, Standing, check};
use crate::ports::JournalStage;
use crate::world::scene::{Scene, adding, apply, granted, on_call, removing, standing};
use crate::world::{FakeMemberships, FakeTarget, Life, account, at, binding, person};
use jiff::SignedDuration;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// An account as a random world has it: there or not, written down or not.
#[derive(Debug, Clone)]
struct Place {
    is_there: bool,
    record: Option<(u8, Origin, Member)>,
    is_protected: bool,
}

/// A person: wanted or not, matched or not, with the account of their name and one they had before.
#[derive(Debug, Clone)]
struct Human {
    wanted: Option<Member>,
    is_blocked: bool,
    is_matched: bool,
    now: Place,
    before: Place,
}

fn member() -> impl Strategy<Value = Member> {
    prop_oneof![
        Just(on_call("09:00")),
        Just(on_call("16:00")),
        Just(on_call("")),
        Just(granted("09:00")),
        Just(granted("16:00")),
        Just(standing()),
    ]
}

fn wanted() -> impl Strategy<Value = Member> {
    prop_oneof![
        Just(on_call("16:00")),
        Just(on_call("")),
        Just(granted("16:00")),
        Just(standing())
    ]
}

fn place(often: f64) -> impl Strategy<Value = Place> {
    let origin = prop_oneof![2 => Just(Origin::Added), 1 => Just(Origin::Found)];
    let record = proptest::option::weighted(often, (0..3_u8, origin, member()));
    let parts = (
        proptest::bool::weighted(often),
        record,
        proptest::bool::weighted(0.05),
    );
    parts.prop_map(|(is_there, record, is_protected)| Place {
        is_there,
        record,
        is_protected,
    })
}

fn human() -> impl Strategy<Value = Human> {
    let wanted = proptest::option::of(wanted());
    let flags = (proptest::bool::weighted(0.1), proptest::bool::weighted(0.8));
    (wanted, flags, place(0.6), place(0.2)).prop_map(|(wanted, flags, now, before)| Human {
        wanted: wanted.filter(|_| !flags.0),
        is_blocked: flags.0,
        is_matched: flags.1,
        now,
        before,
    })
}

fn scene() -> impl Strategy<Value = Scene> {
    let read_at = at("09:00");
    let trust = prop_oneof![
        3 => Just(Trust::Fresh),
        1 => Just(Trust::Stale { read_at }),
        1 => Just(Trust::Expired { read_at }),
        1 => Just(Trust::Unknown),
        1 => Just(Trust::NeverRead),
    ];
    let ownership = prop_oneof![Just(Ownership::Additive), Just(Ownership::Exclusive)];
    let when_empty = prop_oneof![Just(WhenEmpty::Hold), Just(WhenEmpty::Clear)];
    let limits = (0..6_usize, 0.0..=1.0_f64, 0..4_usize);
    let humans = proptest::collection::vec(human(), 0..6);
    let strangers = proptest::collection::vec(any::<bool>(), 0..3);
    let rules = (
        ownership,
        when_empty,
        trust,
        any::<bool>(),
        proptest::bool::weighted(0.1),
    );
    (humans, strangers, limits, rules).prop_map(|(humans, strangers, limits, rules)| {
        let (ownership, when_empty, trust, has_rota, is_removed) = rules;
        let mut scene = Scene::new();
        for (n, human) in humans.into_iter().enumerate() {
            scene = enter(scene, n, human, is_removed);
        }
        for (n, is_there) in strangers.into_iter().enumerate() {
            scene = if is_there {
                scene.holds(&format!("stranger-{n}"))
            } else {
                scene
            };
        }
        let (removals_max, removals_share_max, removals_min) = limits;
        scene.limits = Limits {
            removals_max,
            removals_share_max,
            removals_min,
        };
        (scene.ownership, scene.when_empty) = (ownership, when_empty);
        scene.desired.trust = trust;
        if is_removed {
            scene.standing = Standing::Removed;
        } else {
            let somebody = scene.desired.members.values().any(Member::is_rota);
            scene.desired.nobody_on_call = has_rota && !somebody;
        }
        scene
    })
}

fn enter(mut scene: Scene, n: usize, human: Human, is_removed: bool) -> Scene {
    let name = format!("person-{n}");
    if let Some(member) = human.wanted.filter(|_| !is_removed) {
        scene = scene.wants(&name, member);
        if !human.is_matched {
            scene = scene.unmatched(&name);
        }
    }
    if human.is_blocked {
        scene.blocked.insert(person(&name));
    }
    for (of, place) in [
        (name.clone(), human.now),
        (format!("{name}-before"), human.before),
    ] {
        if place.is_there {
            scene = scene.holds(&of);
        }
        if place.is_protected {
            scene.protected.insert(account(&of));
        }
        if let Some((state, origin, member)) = place.record {
            let (state, origin) = match state {
                0 => (RecordState::Present, origin),
                1 => (adding(&of), Origin::Added),
                _ => (removing(&of), origin),
            };
            scene = scene.record_of(&of, Some(&name), origin, member, state);
        }
    }
    scene
}

/// The accounts that should be there, worked out without the planner.
fn wanted_accounts(scene: &Scene) -> BTreeSet<AccountId> {
    let mut wanted = BTreeSet::new();
    for principal in scene.desired.members.keys() {
        match &scene.accounts[principal] {
            AccountMatch::Found { account } => {
                wanted.insert(account.clone());
            }
            AccountMatch::Unmatched { .. } => {
                let theirs = scene
                    .records
                    .values()
                    .filter(|record| record.principal.as_ref() == Some(principal));
                let there = theirs.filter(|record| scene.observed.contains(&record.account));
                wanted.extend(there.map(|record| record.account.clone()));
            }
        }
    }
    wanted
}

/// Whether Rotakey may remove what is not wanted.
fn is_ours_to_remove(scene: &Scene, of: &AccountId) -> bool {
    let added = scene
        .records
        .get(of)
        .is_some_and(|record| record.origin == Origin::Added);
    let exclusive =
        scene.ownership == Ownership::Exclusive && scene.standing == Standing::Configured;
    !scene.protected.contains(of) && (added || exclusive)
}

/// Removals of a plan, held or not.
fn removals(plan: &Plan) -> impl Iterator<Item = &crate::plan::Removal> {
    plan.removals
        .iter()
        .chain(plan.held.iter().map(|held| &held.removal))
}

fn boundless(mut scene: Scene) -> Scene {
    scene.limits = Limits {
        removals_max: usize::MAX,
        removals_share_max: 1.0,
        removals_min: 0,
    };
    scene
}

/// Every change has one outcome, but for removals that were begun and now wait.
fn settled_once(store: &FakeMemberships, plan: &Plan) -> Result<(), TestCaseError> {
    let open: BTreeSet<_> = plan.held.iter().map(|held| held.removal.change).collect();
    for (change, stages) in store.stages() {
        let count = |stage| stages.iter().filter(|known| **known == stage).count();
        let outcomes = count(JournalStage::Applied) + count(JournalStage::GivenUp);
        prop_assert_eq!(count(JournalStage::Decided), 1, "{}: {:?}", change, stages);
        prop_assert_eq!(
            outcomes,
            usize::from(!open.contains(&change)),
            "{}: {:?}",
            change,
            stages
        );
    }
    Ok(())
}

/// Additions that a plan gives up: their records stay for one more look.
fn given_up(plan: &Plan) -> BTreeSet<AccountId> {
    let settled = plan.settled.iter();
    let given_up = settled.filter(|settled| settled.action == Action::Add && !settled.done);
    given_up.map(|settled| settled.account.clone()).collect()
}

proptest! {
    #[test]
    fn a_plan_makes_the_target_hold_who_is_wanted(mut scene in scene()) {
        let before = scene.clone();
        let (target, store) = scene.outside();
        let (plan, report) = scene.sweep(&target, &store);
        prop_assert!(report.is_clean());
        let mut expected = wanted_accounts(&before);
        expected.extend(before.observed.iter().filter(|of| !is_ours_to_remove(&before, of)).cloned());
        expected.extend(plan.held.iter().map(|held| held.removal.account.clone()));
        prop_assert_eq!(target.holds(), expected);
        for (principal, member) in &scene.desired.members {
            if let AccountMatch::Found { account } = &scene.accounts[principal] {
                let record = &scene.records[account];
                prop_assert_eq!((&record.member, record.state), (member, RecordState::Present));
                prop_assert_eq!(record.principal.as_ref(), Some(principal));
            }
        }
        settled_once(&store, &plan)?;
    }

    #[test]
    fn a_second_plan_only_forgets_what_was_given_up_and_a_third_is_empty(mut scene in scene()) {
        let (target, store) = scene.outside();
        let (first, _) = scene.sweep(&target, &store);
        let held = first.held_id.into_iter().collect();
        let second = scene.plan_after(&held, &[]);
        prop_assert_eq!(&second.forgotten, &given_up(&first));
        let rest = Plan { forgotten: BTreeSet::new(), ..second.clone() };
        prop_assert!(rest.is_empty(), "{}", rest);
        prop_assert_eq!(&second.drift, &first.drift);
        apply(scene.now, &second, &target, &store);
        scene.look(&target, &store);
        let third = scene.plan_after(&held, &[]);
        prop_assert!(third.is_empty(), "{}", third);
    }

    #[test]
    fn an_addition_that_comes_late_is_taken_back(mut scene in scene()) {
        scene.ownership = Ownership::Additive;
        let (target, store) = scene.outside();
        let (first, _) = scene.sweep(&target, &store);
        for late in given_up(&first) {
            scene.observed.insert(late.clone());
            // Of somebody wanted who has no account any more, what is there counts.
            let stays = scene.protected.contains(&late) || wanted_accounts(&scene).contains(&late);
            prop_assert!(stays || removals(&scene.plan()).any(|removal| removal.account == late));
        }
    }

    #[test]
    fn the_order_of_groups_does_not_matter(scenes in proptest::collection::vec(scene(), 1..4)) {
        let drafts = || scenes.iter().enumerate().map(|(n, scene)| {
            let mut plan = scene.draft();
            plan.binding.group = format!("group-{n}").parse().unwrap();
            plan
        });
        let limits = scenes[0].limits;
        let (mut forward, mut backward): (Vec<_>, Vec<_>) = (drafts().collect(), drafts().rev().collect());
        check(&mut forward, 0, &mut Spent::default(), &limits, &BTreeSet::new(), &[]);
        check(&mut backward, 0, &mut Spent::default(), &limits, &BTreeSet::new(), &[]);
        backward.reverse();
        prop_assert_eq!(forward, backward);
    }

    #[test]
    fn what_rotakey_did_not_add_is_left_alone_in_an_additive_group(mut scene in scene()) {
        scene.ownership = Ownership::Additive;
        let unmanaged = |of: &&AccountId| scene.records.get(*of).is_none_or(|record| record.origin == Origin::Found);
        let unmanaged: BTreeSet<_> = scene.observed.iter().filter(unmanaged).cloned().collect();
        prop_assert!(removals(&scene.plan()).all(|removal| !unmanaged.contains(&removal.account)));
        let (target, store) = scene.outside();
        scene.sweep(&target, &store);
        prop_assert!(unmanaged.is_subset(&target.holds()));
    }

    #[test]
    fn protected_accounts_are_never_removed(scene in scene()) {
        prop_assert!(removals(&scene.plan()).all(|removal| !scene.protected.contains(&removal.account)));
    }

    #[test]
    fn removals_beyond_the_limit_are_held_and_additions_are_not(scene in scene()) {
        let (draft, plan) = (scene.draft(), scene.plan());
        prop_assert_eq!(&plan.additions, &draft.additions);
        let waits = |removal: &&crate::plan::Removal| removal.counts() && removal.why != RemovalReason::Blocked;
        prop_assert!(plan.removals.iter().filter(waits).count() <= scene.limits.removals_max);
        let all = |plan: &Plan| removals(plan).map(|removal| removal.change).collect::<BTreeSet<_>>();
        prop_assert_eq!(all(&plan), all(&draft), "held, and not lost");
    }

    #[test]
    fn a_block_never_waits(scene in scene()) {
        let plan = scene.plan();
        for held in &plan.held {
            let whose = held.removal.principal.as_ref();
            prop_assert!(whose.is_none_or(|who| !scene.blocked.contains(who)), "{}", plan);
        }
    }

    #[test]
    fn what_is_left_of_a_released_plan_goes_ahead(scene in scene(), done in proptest::collection::vec(any::<bool>(), 12)) {
        let plan = scene.plan();
        prop_assume!(plan.held.iter().all(|held| held.reason != HoldReason::NeverRead));
        let released = [Released::new(plan.binding.clone(), &plan.held)];
        let mut rest = scene.clone();
        let done = plan.held.iter().zip(done).filter(|(_, done)| *done);
        let gone = done.map(|(held, _)| &held.removal).chain(&plan.removals);
        for removal in gone {
            rest.observed.remove(&removal.account);
            rest.records.remove(&removal.account);
        }
        let rest = rest.plan_after(&plan.held_id.into_iter().collect(), &released);
        prop_assert!(rest.held.is_empty(), "{}", rest);
        prop_assert_eq!(rest.held_id, None);
    }

    #[test]
    fn somebody_wanted_keeps_their_place(scene in scene()) {
        for removal in removals(&scene.plan()) {
            let Some(principal) = removal.principal.as_ref().filter(|who| scene.desired.members.contains_key(who)) else {
                continue;
            };
            let moved = AccountMatch::Found { account: removal.account.clone() } != scene.accounts[principal];
            let elsewhere = matches!(scene.accounts[principal], AccountMatch::Found { .. });
            prop_assert!(moved && elsewhere, "{} is wanted", principal);
        }
    }

    #[test]
    fn nobody_stays_on_a_grant_that_ended(mut scene in scene()) {
        let (target, store) = scene.outside();
        let now = scene.now;
        let ended = |record: &&Record| {
            let member = &record.member;
            !member.is_rota() && !member.causes.is_empty() && member.until.is_some_and(|until| until <= now)
        };
        let wanted = wanted_accounts(&scene);
        let ended: Vec<_> = scene.records.values().filter(ended).map(|record| record.account.clone()).collect();
        let gone = ended.iter().filter(|of| !wanted.contains(*of) && is_ours_to_remove(&scene, of));
        let gone: Vec<_> = gone.cloned().collect();
        scene.sweep(&target, &store);
        prop_assert!(gone.iter().all(|of| !target.holds().contains(of)));
    }

    #[test]
    fn cut_off_anywhere_and_run_again_ends_the_same(scene in scene(), cuts in proptest::collection::vec(0..12_usize, 1..4)) {
        let mut whole = boundless(scene);
        let mut cut = whole.clone();
        let (target, store) = whole.outside();
        whole.sweep(&target, &store);
        whole.sweep(&target, &store);

        let (mut members, mut kept) = (cut.observed.clone(), cut.outside().1);
        for effects in cuts {
            let life = Life::of(effects);
            let target = FakeTarget::holding(members).living(&life);
            let store = kept.living(&life);
            cut.look(&target, &store);
            apply(cut.now, &cut.plan(), &target, &store);
            (members, kept) = (target.holds(), store.revived());
            cut.now += SignedDuration::from_secs(60);
        }
        let target = FakeTarget::holding(members);
        let (_, report) = cut.sweep(&target, &kept);
        prop_assert!(report.is_clean());
        prop_assert_eq!(target.holds(), whole.observed.clone());
        let (plan, _) = cut.sweep(&target, &kept);
        prop_assert_eq!(target.holds(), whole.observed);
        prop_assert_eq!(kept.of(&binding()), whole.records);
        settled_once(&kept, &plan)?;
    }
}
