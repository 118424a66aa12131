//! Desired against observed membership, account by account.

use super::{
    Action, Addition, Binding, Drift, HeldRemoval, HoldReason, Observed, Plan, Removal,
    RemovalReason, Settled,
};
use crate::desired::{Desired, Trust};
use crate::group::{Ownership, WhenEmpty};
use crate::id::{AccountId, ChangeId, derived};
use crate::matching::AccountMatch;
use crate::membership::{Member, Origin, Record, RecordState};
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
    /// People whom the configuration blocks here.
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
    let crew = if wanted.values().any(|(_, member)| member.is_rota()) {
        Crew::Reachable
    } else {
        Crew::of(situation.desired)
    };
    let accounts: BTreeSet<&AccountId> = wanted
        .keys()
        .copied()
        .chain(&situation.observed.members)
        .chain(situation.records.keys())
        .collect();
    for account in accounts {
        let observed = situation.observed.members.contains(account);
        let record = situation.records.get(account);
        match wanted.get(account) {
            Some((principal, member)) if observed => {
                keep(&mut plan, account, principal, member, record);
            }
            Some((principal, member)) => {
                add(situation, &mut plan, account, principal, member, record);
            }
            None if observed => remove(situation, crew, &mut plan, account, record),
            None => forget(&mut plan, account, record),
        }
    }
    plan.removable -= plan.drift.len();
    plan
}

/// Whether somebody on call can be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Crew {
    /// Somebody has an account, or the group has no rota.
    Reachable,
    /// People are on call, and none of them has an account in the target.
    Unmatched,
    /// Nobody is on call.
    Nobody,
}

impl Crew {
    /// As far as can be said without the target's accounts of anybody.
    fn of(desired: &Desired) -> Self {
        if desired.nobody_on_call {
            Self::Nobody
        } else if desired.members.values().any(Member::is_rota) {
            Self::Unmatched
        } else {
            Self::Reachable
        }
    }
}

/// Wanted accounts; people without one are noted, and an account recorded as theirs stays.
fn wanted<'a>(
    situation: &Situation<'a>,
    plan: &mut Plan,
) -> BTreeMap<&'a AccountId, (&'a Principal, &'a Member)> {
    let mut wanted = BTreeMap::new();
    let mut unmatched = BTreeMap::new();
    for (principal, member) in &situation.desired.members {
        match situation.accounts.get(principal) {
            Some(AccountMatch::Found { account }) => {
                wanted.insert(account, (principal, member));
            }
            Some(AccountMatch::Unmatched { reason }) => {
                unmatched.insert(principal.clone(), *reason);
            }
            None => {}
        }
    }
    for (account, record) in situation.records {
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
            wanted.entry(account).or_insert((principal, member));
        }
    }
    plan.unmatched = unmatched;
    wanted
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
    let new = present(account, principal, member, old.origin);
    match old.state {
        RecordState::Present if *old != new => plan.records.push(new),
        RecordState::Present => {}
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
    situation: &Situation<'_>,
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
        change: begun.unwrap_or_else(|| new_change(situation, account, Action::Add)),
        principal: principal.clone(),
        account: account.clone(),
        member: member.clone(),
        begun: begun.is_some(),
    });
}

/// There and not wanted.
fn remove(
    situation: &Situation<'_>,
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
    let change = begun.unwrap_or_else(|| new_change(situation, account, Action::Remove));
    let record = record.cloned().unwrap_or_else(|| Record {
        account: account.clone(),
        principal: None,
        origin: Origin::Found,
        member: Member {
            causes: BTreeSet::new(),
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
        situation.desired.trust,
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
fn forget(plan: &mut Plan, account: &AccountId, record: Option<&Record>) {
    let Some(old) = record else { return };
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

fn why(situation: &Situation<'_>, record: &Record) -> RemovalReason {
    match record.member.until {
        // First, because it never counts: no budget may hold what had to end by now anyway.
        Some(at) if at <= situation.now => RemovalReason::Ended { at },
        _ if let Some(at) = incident_ended(situation, record) => RemovalReason::Ended { at },
        _ if situation.standing == Standing::Removed => RemovalReason::GroupRemoved,
        _ if is_blocked(situation, record) => RemovalReason::Blocked,
        _ if record.member.causes.is_empty() => RemovalReason::NeverWanted,
        _ => RemovalReason::NoLongerWanted,
    }
}

/// When the last incident that made somebody a member ended, if every one did and so did all else that made them one.
///
/// Nobody knows beforehand when an incident ends. What is known of its end explains the removal; an incident of which
/// nothing is known any more explains nothing.
fn incident_ended(situation: &Situation<'_>, record: &Record) -> Option<Timestamp> {
    let ended = situation.desired.ended.get(record.principal.as_ref()?)?;
    let mut last = None;
    for cause in &record.member.causes {
        match cause.incident() {
            Some((key, since)) => {
                let at = ended.get(&key).filter(|at| **at >= since)?;
                last = last.max(Some(*at));
            }
            None => {
                cause.ends_at().filter(|at| *at <= situation.now)?;
            }
        }
    }
    last
}

fn is_blocked(situation: &Situation<'_>, record: &Record) -> bool {
    let principal = record.principal.as_ref();
    principal.is_some_and(|principal| situation.blocked.contains(principal))
}

/// Why the removal of a recorded member must wait, whatever the budgets say, if it must; grants, incidents, standing
/// members and blocks are ours and never wait.
pub(crate) fn hold_reason(
    trust: Trust,
    crew: Crew,
    when_empty: WhenEmpty,
    recorded: &Member,
    blocked: bool,
) -> Option<HoldReason> {
    let ours = !recorded.causes.is_empty() && !recorded.is_rota();
    if ours || blocked {
        return None;
    }
    match (trust, crew) {
        (Trust::Stale { read_at }, _) => Some(HoldReason::AwaitsFreshRead { read_at }),
        (Trust::Expired { read_at }, _) => Some(HoldReason::FactsExpired { read_at }),
        (Trust::Unknown, _) => Some(HoldReason::SourceUnknown),
        (Trust::Fresh, Crew::Reachable) => None,
        (Trust::Fresh, _) if when_empty == WhenEmpty::Clear => None,
        (Trust::Fresh, Crew::Nobody) => Some(HoldReason::NobodyOnCall),
        (Trust::Fresh, Crew::Unmatched) => Some(HoldReason::NobodyMatched),
    }
}

fn new_change(situation: &Situation<'_>, account: &AccountId, action: Action) -> ChangeId {
    let binding = situation.binding;
    let action = match action {
        Action::Add => "add",
        Action::Remove => "remove",
    };
    derived(&[
        action,
        binding.group.as_str(),
        binding.entitlement.target.as_str(),
        binding.entitlement.name.as_str(),
        account.as_str(),
        &situation.now.to_string(),
    ])
}
