//! What targets hold of an explained membership, from records, account matches and held plans.

use super::{Explanation, Verdict};
use crate::config::Config;
use crate::desired::Desired;
use crate::group::Entitlement;
use crate::id::{AccountId, TargetName};
use crate::matching::{AccountMatch, Unmatched};
use crate::membership::{Origin, Record, RecordState};
use crate::plan::{Binding, Crew, HoldReason, hold_reason};
use crate::ports::HeldPlan;
use crate::principal::Principal;
use crate::timeline::Timeline;
use serde::Serialize;
use std::collections::BTreeMap;

/// What is written down now; an explanation of another instant is better left without.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The principal's records, as [`Memberships::records_of`](crate::ports::Memberships::records_of) answers them.
    pub records: &'a [(Binding, Record)],
    /// Accounts that were looked up; one that is missing was not.
    pub accounts: &'a BTreeMap<(TargetName, Principal), AccountMatch>,
    /// Plans whose removals wait for a person.
    pub held: &'a [HeldPlan],
}

/// How one entitlement of the group stands for the principal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// What the group's members get.
    pub entitlement: Entitlement,
    /// The principal's account there, where it is known.
    pub account: Option<AccountId>,
    /// How it stands.
    #[serde(flatten)]
    pub state: EffectState,
}

/// How an entitlement stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum EffectState {
    /// A member and wanted, as of the last sweep.
    Present {
        /// Whether Rotakey made the membership.
        origin: Origin,
    },
    /// The addition is under way; the target has not confirmed it.
    Adding,
    /// Wanted, and nothing is written down yet: the next sweep adds it.
    ToAdd,
    /// Wanted, and there is no usable account.
    Unmatched {
        /// Why not.
        reason: Unmatched,
    },
    /// The removal is under way; the target has not confirmed it.
    Removing,
    /// No longer wanted; the removal waits.
    Held {
        /// Why.
        hold: HoldReason,
    },
    /// No longer wanted, and nothing holds the removal: the next sweep sees to it.
    ToRemove {
        /// What Rotakey only found is removed in exclusive groups alone.
        origin: Origin,
    },
}

impl Explanation {
    /// Adds how every entitlement of the group stands; what is neither wanted nor written down is left out.
    #[must_use]
    pub fn with_effects(mut self, timeline: &Timeline, config: &Config, known: &Known<'_>) -> Self {
        let wanted = matches!(self.verdict, Verdict::Member { .. });
        let group = timeline.groups.get(&self.group);
        let desired = group.map(|group| group.at(self.at, &config.sweep));
        let mut effects: BTreeMap<Entitlement, Vec<Effect>> = BTreeMap::new();
        for (binding, record) in known
            .records
            .iter()
            .filter(|(binding, _)| binding.group == self.group)
        {
            let granted =
                group.is_some_and(|group| group.rule.entitlements.contains(&binding.entitlement));
            let state = match record.state {
                _ if wanted && granted => standing(record),
                RecordState::Removing { .. } => EffectState::Removing,
                RecordState::Present | RecordState::Adding { .. } => {
                    let derived = || self.derived_hold(group?, desired.as_ref()?, record);
                    let hold = planned_hold(known.held, binding, record).or_else(derived);
                    hold.map_or(
                        EffectState::ToRemove {
                            origin: record.origin,
                        },
                        |hold| EffectState::Held { hold },
                    )
                }
            };
            let effect = Effect {
                entitlement: binding.entitlement.clone(),
                account: Some(record.account.clone()),
                state,
            };
            effects
                .entry(binding.entitlement.clone())
                .or_default()
                .push(effect);
        }
        let granted = group
            .filter(|_| wanted)
            .into_iter()
            .flat_map(|group| &group.rule.entitlements);
        for entitlement in granted {
            let found = effects.entry(entitlement.clone()).or_default();
            if found.is_empty() {
                found.push(self.unrecorded(config, known, entitlement));
            }
        }
        self.effects = effects.into_values().flatten().collect();
        self
    }

    /// A wanted entitlement of which nothing is written down.
    fn unrecorded(&self, config: &Config, known: &Known<'_>, entitlement: &Entitlement) -> Effect {
        let key = (entitlement.target.clone(), self.principal.clone());
        let alias = config.people.accounts.get(&key);
        let (account, state) = match (alias, known.accounts.get(&key)) {
            (Some(account), _) | (None, Some(AccountMatch::Found { account })) => {
                (Some(account.clone()), EffectState::ToAdd)
            }
            (None, Some(AccountMatch::Unmatched { reason })) => {
                (None, EffectState::Unmatched { reason: *reason })
            }
            (None, None) => (None, EffectState::ToAdd),
        };
        Effect {
            entitlement: entitlement.clone(),
            account,
            state,
        }
    }

    fn derived_hold(
        &self,
        group: &crate::timeline::GroupTimeline,
        desired: &Desired,
        record: &Record,
    ) -> Option<HoldReason> {
        let blocked = matches!(self.verdict, Verdict::Blocked { .. });
        // Accounts of the others are not known here; a plan that they hold is among those that wait.
        let crew = if desired.nobody_on_call {
            Crew::Nobody
        } else {
            Crew::Reachable
        };
        hold_reason(
            self.at,
            desired,
            crew,
            group.rule.when_empty,
            &record.member,
            blocked,
        )
    }
}

/// How a wanted membership stands by its record.
fn standing(record: &Record) -> EffectState {
    match record.state {
        RecordState::Present => EffectState::Present {
            origin: record.origin,
        },
        RecordState::Adding { .. } => EffectState::Adding,
        RecordState::Removing { .. } => EffectState::Removing,
    }
}

/// Why a plan that waits for a person holds this record's removal.
fn planned_hold(held: &[HeldPlan], binding: &Binding, record: &Record) -> Option<HoldReason> {
    let plans = held
        .iter()
        .filter(|plan| plan.binding == *binding && plan.released.is_none());
    let mut removals = plans.flat_map(|plan| &plan.removals);
    removals
        .find(|held| held.removal.account == record.account)
        .map(|held| held.reason.clone())
}
