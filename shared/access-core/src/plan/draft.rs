//! Desired against observed membership, account by account.

use super::reason::{Crew, hold_reason, is_blocked, why};
use super::{Action, Addition, Binding, Drift, HeldRemoval, Observed, Plan, Removal, Settled};
use crate::desired::Desired;
use crate::group::{Ownership, WhenEmpty};
use crate::id::{AccountId, ChangeId, derived};
use crate::matching::{AccountMatch, Unmatched};
use crate::membership::{Causes, Member, Origin, Record, RecordState};
use crate::principal::Principal;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Everything that a plan for one binding is made from.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The instant that membership is planned for.
    pub now: Timestamp,
    /// What the plan is for.
    pub binding: &'a Binding,
    /// Who should be a member.
    pub desired: &'a Desired,
    /// The account of every wanted principal, or why there is none.
    pub accounts: &'a BTreeMap<Principal, AccountMatch>,
    /// What the target holds.
    pub observed: &'a Observed,
    /// What earlier sweeps wrote down.
    pub records: &'a BTreeMap<AccountId, Record>,
    /// Whether memberships that Rotakey did not make are removed.
    pub ownership: Ownership,
    /// What nobody on call means.
    pub when_empty: WhenEmpty,
    /// Accounts that are never removed.
    pub protected: &'a BTreeSet<AccountId>,
    /// People whom the configuration blocks here, by all of their addresses.
    pub blocked: &'a BTreeSet<Principal>,
    /// Whether the configuration still has the binding.
    pub standing: Standing,
}

/// Whether the configuration still has a binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does.
    Configured,
    /// It does not: what Rotakey added is taken back.
    Removed,
}

/// Compares desired and observed membership.
///
/// Removals that rest on facts nobody can rely on are held here; budgets are [`check`](super::check)'s part.
#[must_use]
pub fn draft(situation: &Situation<'_>) -> Plan {
    let mut plan = Plan::empty(
        situation.binding.clone(),
        situation.observed.id.clone(),
        situation.observed.members.len(),
    );
    let wanted = wanted(situation, &mut plan);
    let ids = ChangeIds::of(situation);
    let crew = if wanted.values().any(|(_, member)| member.is_rota()) {
        Crew::Reachable
    } else {
        Crew::of(situation.desired)
    };
    let Situation {
        observed, records, ..
    } = situation;
    for (account, (principal, member)) in &wanted {
        let record = records.get(*account);
        if observed.members.contains(*account) {
            keep(&mut plan, account, principal, member, record);
        } else {
            add(&ids, &mut plan, account, principal, member, record);
        }
    }
    for account in &observed.members {
        if !wanted.contains_key(account) {
            remove(
                situation,
                &ids,
                crew,
                &mut plan,
                account,
                records.get(account),
            );
        }
    }
    for (account, record) in *records {
        if !wanted.contains_key(account) && !observed.members.contains(account) {
            forget(&mut plan, account, record);
        }
    }
    plan.removable -= plan.drift.len();
    plan
}

/// Wanted accounts; people without one are noted, and an account recorded as theirs stays. An account to which several
/// people lead is wanted while any of them is, as whoever stays longest, and all of them are noted.
fn wanted<'a>(
    situation: &Situation<'a>,
    plan: &mut Plan,
) -> BTreeMap<&'a AccountId, (&'a Principal, &'a Member)> {
    let mut wanted: BTreeMap<_, (&Principal, &Member)> = BTreeMap::new();
    let mut leading: BTreeMap<_, Vec<&Principal>> = BTreeMap::new();
    let mut unmatched = BTreeMap::new();
    for (principal, member) in &situation.desired.members {
        match situation.accounts.get(principal) {
            Some(AccountMatch::Found { account }) => {
                leading.entry(account).or_default().push(principal);
                let place = wanted.entry(account).or_insert((principal, member));
                if stays_longer(member, place.1) {
                    *place = (principal, member);
                }
            }
            Some(AccountMatch::Unmatched { reason }) => {
                unmatched.insert(principal.clone(), *reason);
            }
            None => {}
        }
    }
    for people in leading.into_values().filter(|people| people.len() > 1) {
        let shared = people.into_iter().cloned();
        unmatched.extend(shared.map(|principal| (principal, Unmatched::Shared)));
    }
    for (account, record) in situation.records {
        if wanted.contains_key(account) {
            continue;
        }
        let theirs = record
            .principal
            .as_ref()
            .and_then(|principal| situation.desired.members.get_key_value(principal));
        let stays = theirs.filter(|(principal, _)| match situation.accounts.get(*principal) {
            Some(AccountMatch::Found { .. }) => false,
            // Left in if it is there, but not put back: an account that the target no longer offers cannot be added.
            Some(AccountMatch::Unmatched { .. }) => situation.observed.members.contains(account),
            None => true,
        });
        if let Some((principal, member)) = stays {
            wanted.insert(account, (principal, member));
        }
    }
    plan.unmatched = unmatched;
    wanted
}

fn stays_longer(one: &Member, other: &Member) -> bool {
    match (one.until, other.until) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(one), Some(other)) => one > other,
    }
}

fn present(account: &AccountId, principal: &Principal, member: &Member, origin: Origin) -> Record {
    Record {
        account: account.clone(),
        principal: Some(principal.clone()),
        origin,
        member: member.clone(),
        state: RecordState::Present,
    }
}

fn settled(
    change: ChangeId,
    action: Action,
    done: bool,
    old: &Record,
    record: Option<Record>,
) -> Settled {
    Settled {
        change,
        action,
        done,
        account: old.account.clone(),
        principal: old.principal.clone(),
        record,
    }
}

/// Wanted and there.
fn keep(
    plan: &mut Plan,
    account: &AccountId,
    principal: &Principal,
    member: &Member,
    record: Option<&Record>,
) {
    let Some(old) = record else {
        plan.records
            .push(present(account, principal, member, Origin::Found));
        return;
    };
    let is_known = old.principal.as_ref() == Some(principal) && old.member == *member;
    if is_known && old.state == RecordState::Present {
        return;
    }
    let new = present(account, principal, member, old.origin);
    match old.state {
        RecordState::Present => plan.records.push(new),
        RecordState::Adding { change } => {
            plan.settled
                .push(settled(change, Action::Add, true, old, Some(new)));
        }
        RecordState::Removing { change } => {
            plan.settled
                .push(settled(change, Action::Remove, false, old, Some(new)));
        }
    }
}

/// Wanted and not there.
fn add(
    ids: &ChangeIds<'_>,
    plan: &mut Plan,
    account: &AccountId,
    principal: &Principal,
    member: &Member,
    record: Option<&Record>,
) {
    let begun = match record.map(|old| (old, old.state)) {
        Some((_, RecordState::Adding { change })) => Some(change),
        Some((old, RecordState::Removing { change })) => {
            plan.settled
                .push(settled(change, Action::Remove, true, old, None));
            None
        }
        Some((_, RecordState::Present)) | None => None,
    };
    plan.additions.push(Addition {
        change: begun.unwrap_or_else(|| ids.id(account, Action::Add)),
        principal: principal.clone(),
        account: account.clone(),
        member: member.clone(),
        begun: begun.is_some(),
    });
}

/// There and not wanted.
fn remove(
    situation: &Situation<'_>,
    ids: &ChangeIds<'_>,
    crew: Crew,
    plan: &mut Plan,
    account: &AccountId,
    record: Option<&Record>,
) {
    let ours = record.is_some_and(|record| record.origin == Origin::Added);
    let exclusive =
        situation.ownership == Ownership::Exclusive && situation.standing == Standing::Configured;
    if situation.protected.contains(account) || !(ours || exclusive) {
        let drift = if situation.protected.contains(account) {
            Drift::Protected {
                account: account.clone(),
            }
        } else {
            Drift::Unmanaged {
                account: account.clone(),
            }
        };
        plan.drift.insert(drift);
        if let Some(old) = record {
            let keeps = ours && situation.standing == Standing::Configured;
            leave(plan, old, keeps);
        }
        return;
    }
    let begun = match record.map(|old| (old, old.state)) {
        Some((_, RecordState::Removing { change })) => Some(change),
        Some((old, RecordState::Adding { change })) => {
            let new = Record {
                state: RecordState::Present,
                ..old.clone()
            };
            plan.settled
                .push(settled(change, Action::Add, true, old, Some(new)));
            None
        }
        Some((_, RecordState::Present)) | None => None,
    };
    let change = begun.unwrap_or_else(|| ids.id(account, Action::Remove));
    let record = record.cloned().unwrap_or_else(|| Record {
        account: account.clone(),
        principal: None,
        origin: Origin::Found,
        member: Member {
            causes: Causes::default(),
            until: None,
        },
        state: RecordState::Present,
    });
    let removal = Removal {
        change,
        principal: record.principal.clone(),
        account: account.clone(),
        why: why(situation, &record),
        record,
        begun: begun.is_some(),
    };
    let blocked = is_blocked(situation, &removal.record);
    match hold_reason(
        situation.now,
        situation.desired,
        crew,
        situation.when_empty,
        &removal.record.member,
        blocked,
    ) {
        Some(reason) => plan.held.push(HeldRemoval { removal, reason }),
        None => plan.removals.push(removal),
    }
}

/// There, not wanted, and not to be removed: what was under way ends, and only a protected member of ours keeps its
/// record, so that its removal comes back with the end of the protection.
fn leave(plan: &mut Plan, old: &Record, keeps: bool) {
    let kept = keeps.then(|| Record {
        state: RecordState::Present,
        ..old.clone()
    });
    match old.state {
        RecordState::Present if keeps => {}
        RecordState::Present => {
            plan.forgotten.insert(old.account.clone());
        }
        RecordState::Adding { change } => {
            plan.settled
                .push(settled(change, Action::Add, true, old, kept));
        }
        RecordState::Removing { change } => {
            plan.settled
                .push(settled(change, Action::Remove, false, old, kept));
        }
    }
}

/// Neither wanted nor there: only a record is left. That of an addition stays for one more look: should the addition
/// take effect late, the record shows that it is Rotakey's to take back.
fn forget(plan: &mut Plan, account: &AccountId, old: &Record) {
    match old.state {
        RecordState::Present => {
            plan.forgotten.insert(account.clone());
        }
        RecordState::Adding { change } => {
            let kept = Record {
                state: RecordState::Present,
                ..old.clone()
            };
            plan.settled
                .push(settled(change, Action::Add, false, old, Some(kept)));
        }
        RecordState::Removing { change } => {
            plan.settled
                .push(settled(change, Action::Remove, true, old, None));
        }
    }
}

/// Makes the ids of changes: one binding at one instant, so only the account and the action differ.
struct ChangeIds<'a> {
    binding: &'a Binding,
    now: String,
}

impl<'a> ChangeIds<'a> {
    fn of(situation: &Situation<'a>) -> Self {
        Self {
            binding: situation.binding,
            now: situation.now.to_string(),
        }
    }

    fn id(&self, account: &AccountId, action: Action) -> ChangeId {
        let Binding { group, entitlement } = self.binding;
        let action = match action {
            Action::Add => "add",
            Action::Remove => "remove",
        };
        derived(&[
            action,
            group.as_str(),
            entitlement.target.as_str(),
            entitlement.name.as_str(),
            account.as_str(),
            &self.now,
        ])
    }
}
