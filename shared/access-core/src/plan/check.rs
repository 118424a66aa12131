//! The removal budget: what is suspicious waits until a person names it.

use super::{Binding, HeldRemoval, HoldReason, Plan, Released, Removal};
use crate::config::Limits;
use crate::id::{AccountId, PlanId, derived};
use crate::principal::Principal;
use std::collections::{BTreeMap, BTreeSet};

/// What one run let go that counts against the removal budget, so that all its sweeps together keep to one budget.
///
/// A removal that a later sweep of the run tries again is one removal.
#[derive(Debug, Clone, Default)]
pub struct Spent {
    removals: BTreeMap<(Binding, AccountId), Option<Principal>>,
}

/// Holds removals beyond the budget of a group or of the whole sweep, then lets go what a person released.
///
/// A plan that a budget held before stays held until it is released or its removals differ, so that what one sweep
/// holds does not slip through a later, smaller one; what waited only for facts is free with them. Additions are never
/// held, and neither are blocks: they go at once, and still count against what waits beside them.
///
/// What is left of a released plan goes ahead like the whole: a release ends when all that it named is done, and not when
/// a target refused a part.
///
/// `elsewhere` is how many removable memberships the groups have that this sweep did not look at: a share is one of all
/// memberships, however few groups an event made due. `spent` is what earlier sweeps of the same run let go, and what
/// this one lets go is added to it; what a person released is nobody's budget.
pub fn check(
    plans: &mut [Plan],
    elsewhere: usize,
    spent: &mut Spent,
    limits: &Limits,
    held_before: &BTreeSet<PlanId>,
    released: &[Released],
) {
    let is_released = |plan: &Plan, why: Hold, accounts: &BTreeSet<&AccountId>| {
        let mut released = released.iter();
        released.any(|released| released.covers(&plan.binding, why, accounts))
    };
    for plan in plans.iter_mut() {
        let loss = Loss::of([&*plan], 0, &Spent::default());
        let again = |plan: &Plan| {
            let accounts = would_hold(plan);
            let id = || id_of(&plan.binding, Hold::Budget, &accounts);
            // What was let go is held, too, and let go below: it is nobody's budget.
            is_released(plan, Hold::Budget, &accounts)
                || (!held_before.is_empty() && held_before.contains(&id()))
        };
        if loss.removals > 0 && (loss.exceeds(limits) || again(plan)) {
            let (removals, present) = (loss.removals, loss.present);
            hold(plan, &HoldReason::GroupBudget { removals, present });
        }
    }
    let loss = Loss::of(plans.iter(), elsewhere, spent);
    if loss.exceeds(limits) {
        let (removals, present) = (loss.removals, loss.present);
        for plan in plans.iter_mut() {
            hold(plan, &HoldReason::SweepBudget { removals, present });
        }
    }
    for plan in plans.iter() {
        spent.add(plan);
    }
    for plan in plans {
        let held: BTreeSet<_> = plan.held.iter().map(|held| &held.removal.account).collect();
        let why = Hold::of(&plan.held);
        // Nobody who let something go meant what nothing was known of.
        let is_known = plan
            .held
            .iter()
            .all(|it| it.reason != HoldReason::NeverRead);
        let goes = is_known && is_released(plan, why, &held);
        plan.held_id = (!held.is_empty() && !goes).then(|| id_of(&plan.binding, why, &held));
        if goes {
            plan.removals
                .extend(plan.held.drain(..).map(|held| held.removal));
        }
    }
}

impl Spent {
    fn add(&mut self, plan: &Plan) {
        let removals = plan.removals.iter().filter(|removal| removal.counts());
        self.removals.extend(removals.map(|removal| {
            let place = (plan.binding.clone(), removal.account.clone());
            (place, removal.principal.clone())
        }));
    }
}

/// What plans take away together, with what was let go before them.
struct Loss {
    removals: usize,
    people: usize,
    present: usize,
}

impl Loss {
    fn of<'a>(
        plans: impl IntoIterator<Item = &'a Plan>,
        elsewhere: usize,
        spent: &'a Spent,
    ) -> Self {
        let before = spent.removals.iter();
        let before = before.map(|((binding, account), whose)| ((binding, account), whose.as_ref()));
        let mut gone: BTreeMap<(&Binding, &AccountId), Option<&Principal>> = before.collect();
        let mut present = elsewhere;
        for plan in plans {
            present += plan.removable;
            let removals = plan.removals.iter().filter(|removal| removal.counts());
            gone.extend(removals.map(|removal| {
                let place = (&plan.binding, &removal.account);
                (place, removal.principal.as_ref())
            }));
        }
        let (mut people, mut strangers) = (BTreeSet::new(), BTreeSet::new());
        for ((binding, account), whose) in &gone {
            match whose {
                Some(principal) => people.insert(*principal),
                None => strangers.insert((&binding.entitlement.target, *account)),
            };
        }
        Self {
            removals: gone.len(),
            people: people.len() + strangers.len(),
            present,
        }
    }

    /// The share counts from a number of people on, not of memberships: one override that feeds a dozen groups is one
    /// handoff, and no mass removal.
    fn exceeds(&self, limits: &Limits) -> bool {
        #[expect(
            clippy::cast_precision_loss,
            reason = "memberships are far fewer than 2^52"
        )]
        let share = self.removals as f64 > limits.removals_share_max * self.present as f64;
        self.removals > limits.removals_max || (self.people >= limits.removals_min && share)
    }
}

fn hold(plan: &mut Plan, reason: &HoldReason) {
    let (waiting, free): (Vec<_>, Vec<_>) = std::mem::take(&mut plan.removals)
        .into_iter()
        .partition(Removal::may_wait);
    plan.removals = free;
    plan.held
        .extend(waiting.into_iter().map(|removal| HeldRemoval {
            removal,
            reason: reason.clone(),
        }));
}

fn would_hold(plan: &Plan) -> BTreeSet<&AccountId> {
    let waiting = plan.removals.iter().filter(|removal| removal.may_wait());
    plan.held
        .iter()
        .map(|held| &held.removal)
        .chain(waiting)
        .map(|removal| &removal.account)
        .collect()
}

/// What a hold rests on: somebody who lets removals go although nobody is on call has not let go a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hold {
    Facts,
    Budget,
}

impl Hold {
    pub(super) fn of(held: &[HeldRemoval]) -> Self {
        if held.iter().any(|held| held.reason.is_budget()) {
            Self::Budget
        } else {
            Self::Facts
        }
    }
}

/// The id of holding just these accounts' removals, whatever the day.
fn id_of(binding: &Binding, why: Hold, accounts: &BTreeSet<&AccountId>) -> PlanId {
    let entitlement = binding.entitlement.to_string();
    let why = match why {
        Hold::Facts => "held for facts",
        Hold::Budget => "held for a budget",
    };
    let mut parts = vec![why, binding.group.as_str(), &entitlement];
    parts.extend(accounts.iter().map(|account| account.as_str()));
    derived(&parts)
}
