//! What to change in one target group, and what must wait for a person.
//!
//! [`draft`] compares desired and observed membership; [`check`] holds what is suspicious in all plans of a sweep together.

mod check;
mod draft;
mod reason;
mod released;
mod show;
#[cfg(test)]
mod tests;

pub use check::{Spent, check};
pub use draft::{Situation, Standing, draft};
pub(crate) use reason::{Crew, hold_reason};
pub use released::Released;

use crate::group::Entitlement;
use crate::id::{AccountId, ChangeId, GroupName, PlanId, TargetGroupId};
use crate::matching::Unmatched;
use crate::membership::{Member, Record};
use crate::principal::Principal;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One group on one entitlement: the unit of planning, applying and recording.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Binding {
    /// The group.
    pub group: GroupName,
    /// What its members get.
    pub entitlement: Entitlement,
}

/// What a target group holds, read to the last page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The target's own id of the group.
    pub id: TargetGroupId,
    /// Every account in it.
    pub members: BTreeSet<AccountId>,
}

/// All that is to be done to one target group, in the order in which it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What it is for.
    pub binding: Binding,
    /// The target's own id of the group.
    pub target_group: TargetGroupId,
    /// Memberships there now, before any change.
    pub present: usize,
    /// How many of them are Rotakey's to remove: what the share of the removal budget is a share of.
    pub removable: usize,
    /// Changes of an earlier sweep whose outcome the target now shows.
    pub settled: Vec<Settled>,
    /// People to add; always carried out.
    pub additions: Vec<Addition>,
    /// People to remove.
    pub removals: Vec<Removal>,
    /// Removals that wait.
    pub held: Vec<HeldRemoval>,
    /// The id that releases [`Plan::held`]; `None` when nothing is held.
    pub held_id: Option<PlanId>,
    /// Records to rewrite because causes or ends moved, without a change at the target.
    pub records: Vec<Record>,
    /// Records of memberships that ended without Rotakey: taken away by somebody else, and no longer wanted.
    pub forgotten: BTreeSet<AccountId>,
    /// Differences that are not Rotakey's to mend.
    pub drift: BTreeSet<Drift>,
    /// Wanted people without a usable account, or with one that is not theirs alone.
    pub unmatched: BTreeMap<Principal, Unmatched>,
}

/// One account to add.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addition {
    /// The change.
    pub change: ChangeId,
    /// Who.
    pub principal: Principal,
    /// The account in the target.
    pub account: AccountId,
    /// Why, and until when.
    pub member: Member,
    /// Whether an earlier sweep already decided it and wrote that down.
    pub begun: bool,
}

/// One account to remove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// The change.
    pub change: ChangeId,
    /// Whose it is; `None` for an account that Rotakey knows nothing of.
    pub principal: Option<Principal>,
    /// The account in the target.
    pub account: AccountId,
    /// Why.
    pub why: RemovalReason,
    /// The record to keep until the target confirms.
    pub record: Record,
    /// Whether an earlier sweep already decided it and wrote that down.
    pub begun: bool,
}

/// Why an account is removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum RemovalReason {
    /// The shift or grant that gave access ended when it was expected to, or the incident is known to have ended.
    Ended {
        /// When.
        at: Timestamp,
    },
    /// The reasons went away before their time: an override, a swap, a changed configuration.
    NoLongerWanted,
    /// Nothing ever asked for this account, and the group holds exactly the wanted people.
    NeverWanted,
    /// The configuration blocks this person.
    Blocked,
    /// The group, or its entitlement, left the configuration.
    GroupRemoved,
}

/// A removal that waits, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldRemoval {
    /// The removal.
    pub removal: Removal,
    /// Why it waits.
    pub reason: HoldReason,
}

/// Why a removal waits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "hold")]
pub enum HoldReason {
    /// PagerDuty has not been read for a while; the next complete read decides.
    AwaitsFreshRead {
        /// When it was read.
        read_at: Timestamp,
    },
    /// PagerDuty has not been read for longer than `stale_max`.
    FactsExpired {
        /// When it was read.
        read_at: Timestamp,
    },
    /// A source is gone or was never read, or what is known of an incident cannot be understood.
    SourceUnknown,
    /// A PagerDuty account was never read; its first complete read decides.
    NeverRead,
    /// Nobody is on call: the last people stay.
    NobodyOnCall,
    /// People are on call, and none of them has an account here: the last people stay.
    NobodyMatched,
    /// The plan removes too many at once.
    GroupBudget {
        /// Removals that count.
        removals: usize,
        /// Memberships that are Rotakey's to remove.
        present: usize,
    },
    /// The sweep as a whole removes too many at once.
    SweepBudget {
        /// Removals that count, in all groups.
        removals: usize,
        /// Memberships that are Rotakey's to remove, in all groups.
        present: usize,
    },
}

/// A change of an earlier sweep, settled by what the target shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The change.
    pub change: ChangeId,
    /// Whether it was an addition or a removal.
    pub action: Action,
    /// Whether the target shows it done; otherwise it is given up, no longer wanted.
    pub done: bool,
    /// The account.
    pub account: AccountId,
    /// Whose it is, if anybody's.
    pub principal: Option<Principal>,
    /// The record as it now stands; `None`: there is no membership left to describe.
    pub record: Option<Record>,
}

/// One kind of change at a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Make an account a member.
    Add,
    /// End its membership.
    Remove,
}

/// A difference that is not Rotakey's to mend.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "drift")]
pub enum Drift {
    /// A member that nothing asked for, in a group whose other members are not Rotakey's.
    Unmanaged {
        /// The account.
        account: AccountId,
    },
    /// A member that may never be removed.
    Protected {
        /// The account.
        account: AccountId,
    },
}

impl Plan {
    /// A plan that does nothing yet, for a group with `present` memberships.
    #[must_use]
    pub fn empty(binding: Binding, target_group: TargetGroupId, present: usize) -> Self {
        Self {
            binding,
            target_group,
            present,
            removable: present,
            settled: Vec::new(),
            additions: Vec::new(),
            removals: Vec::new(),
            held: Vec::new(),
            held_id: None,
            records: Vec::new(),
            forgotten: BTreeSet::new(),
            drift: BTreeSet::new(),
            unmatched: BTreeMap::new(),
        }
    }

    /// A plan that only forgets what was written down about these accounts.
    #[must_use]
    pub fn forgetting(
        binding: Binding,
        target_group: TargetGroupId,
        forgotten: BTreeSet<AccountId>,
    ) -> Self {
        Self {
            forgotten,
            ..Self::empty(binding, target_group, 0)
        }
    }

    /// Whether carrying it out would change nothing: neither the target nor a record.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.additions.is_empty()
            && self.removals.is_empty()
            && self.settled.is_empty()
            && self.records.is_empty()
            && self.forgotten.is_empty()
    }

    /// Whether it goes on with what an earlier sweep began: a request of that sweep may still be on its way to the
    /// target, so the group has to be looked at once more.
    #[must_use]
    pub fn continues(&self) -> bool {
        !self.settled.is_empty()
            || self.additions.iter().any(|addition| addition.begun)
            || self.removals.iter().any(|removal| removal.begun)
    }

    /// Held removals that a person should hear of: all but those that only await the next read.
    pub fn told(&self) -> impl Iterator<Item = &HeldRemoval> {
        self.held.iter().filter(|held| held.reason.is_told())
    }
}

impl HoldReason {
    /// Whether a person should hear of it.
    #[must_use]
    pub fn is_told(&self) -> bool {
        !matches!(self, Self::AwaitsFreshRead { .. } | Self::NeverRead)
    }

    /// Whether a removal budget holds it, and not the age or absence of facts.
    #[must_use]
    pub fn is_budget(&self) -> bool {
        matches!(self, Self::GroupBudget { .. } | Self::SweepBudget { .. })
    }
}

impl Removal {
    /// Whether it counts against the removal budget: what ended when expected does not.
    #[must_use]
    pub fn counts(&self) -> bool {
        !matches!(self.why, RemovalReason::Ended { .. })
    }

    /// Whether a removal budget may hold it. A block never waits, though it counts.
    fn may_wait(&self) -> bool {
        self.counts() && !matches!(self.why, RemovalReason::Blocked)
    }
}
