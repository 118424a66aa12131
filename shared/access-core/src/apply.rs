//! Carrying out a plan: additions first, then removals; every outcome is kept, and no failure stops another change.

#[cfg(test)]
mod tests;

use crate::event::MembershipChanged;
use crate::id::{AccountId, ChangeId};
use crate::membership::{Cause, Member, Origin, Record, RecordState};
use crate::plan::{Action, Addition, Plan, Removal};
use crate::ports::{Fence, Memberships, Outcome, Step, StoreError, Target, TargetError};
use crate::principal::Principal;
use jiff::Timestamp;

/// Changes sent to a target before the clock is looked at again: at 20 calls a second, a few seconds' work.
const STEPS_PER_BATCH: usize = 25;

/// A change that the target confirmed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// What happened, as told to the bus.
    pub event: MembershipChanged,
    /// Whether the target changed, or already was so.
    pub outcome: Outcome,
    /// The record as it now stands; `None` after a removal.
    pub record: Option<Record>,
}

/// A change that failed; it stays open and the next sweep tries again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeFailure {
    /// The change.
    pub change: ChangeId,
    /// Added or removed.
    pub action: Action,
    /// The account in the target.
    pub account: AccountId,
    /// Whose it is, if anybody's.
    pub principal: Option<Principal>,
    /// What the target said.
    pub error: TargetError,
}

/// What became of one plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Confirmed changes.
    pub applied: Vec<Applied>,
    /// Failed changes.
    pub failed: Vec<ChangeFailure>,
    /// Changes left for the next sweep because this one ran out of time.
    pub left: usize,
    /// The store failed or was taken over by a later sweep; what it could not note is settled by the next one.
    pub store: Option<StoreError>,
}

impl Report {
    /// Nothing was done, because the store did not take what has to be written down before.
    #[must_use]
    pub fn not_begun(plan: &Plan, error: StoreError) -> Self {
        Self {
            left: plan.additions.len() + plan.removals.len(),
            store: Some(error),
            ..Self::default()
        }
    }

    /// Whether everything was done and written down.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.failed.is_empty() && self.left == 0 && self.store.is_none()
    }
}

/// What a plan is carried out with.
#[derive(Clone, Copy)]
pub struct Hands<'a> {
    /// The target that holds the group.
    pub target: &'a dyn Target,
    /// Where decisions and outcomes are written down.
    pub store: &'a (dyn Memberships + Sync),
    /// The lease under which this is done.
    pub fence: Fence,
    /// Whether the lease still holds: asked between batches, so that an overtaken sweep stops.
    pub goes_on: &'a (dyn Fn() -> bool + Sync),
}

/// Writes every change down as decided, carries it out, and writes down what became of it.
///
/// Safe to run again after any interruption: what was begun keeps its id, and a change is journalled once.
pub async fn carry_out(now: Timestamp, plan: &Plan, hands: &Hands<'_>) -> Report {
    let mut report = Report::default();
    if let Err(error) = hands.store.begin(hands.fence, now, plan).await {
        return Report::not_begun(plan, error);
    }
    let additions: Vec<_> = plan
        .additions
        .iter()
        .map(|addition| added(plan, addition))
        .collect();
    let removals: Vec<_> = plan
        .removals
        .iter()
        .map(|removal| removed(plan, removal))
        .collect();
    for changes in additions
        .chunks(STEPS_PER_BATCH)
        .chain(removals.chunks(STEPS_PER_BATCH))
    {
        if report.store.is_some() || !(hands.goes_on)() {
            report.left += changes.len();
            continue;
        }
        batch(now, plan, changes, hands, &mut report).await;
    }
    report
}

async fn batch(
    now: Timestamp,
    plan: &Plan,
    changes: &[Applied],
    hands: &Hands<'_>,
    report: &mut Report,
) {
    let steps: Vec<_> = changes
        .iter()
        .map(|change| Step {
            action: change.event.action,
            account: change.event.account.clone(),
        })
        .collect();
    let outcomes = hands.target.apply(&plan.target_group, &steps).await;
    assert_eq!(
        outcomes.len(),
        steps.len(),
        "a target answers every step in its place"
    );
    for (change, outcome) in changes.iter().zip(outcomes) {
        let noted = match outcome {
            Ok(outcome) => {
                let applied = Applied {
                    outcome,
                    ..change.clone()
                };
                let noted = hands
                    .store
                    .finish(hands.fence, now, &plan.binding, &applied)
                    .await;
                report.applied.push(applied);
                noted
            }
            Err(error) => {
                let MembershipChanged {
                    change,
                    action,
                    account,
                    principal,
                    ..
                } = change.event.clone();
                let failure = ChangeFailure {
                    change,
                    action,
                    account,
                    principal,
                    error,
                };
                let noted = hands
                    .store
                    .fail(hands.fence, now, &plan.binding, &failure)
                    .await;
                report.failed.push(failure);
                noted
            }
        };
        if let Err(error) = noted {
            report.store.get_or_insert(error);
        }
    }
}

fn added(plan: &Plan, addition: &Addition) -> Applied {
    let Addition {
        change,
        principal,
        account,
        member,
        begun: _,
    } = addition.clone();
    let event = MembershipChanged {
        change,
        binding: plan.binding.clone(),
        action: Action::Add,
        principal: Some(principal.clone()),
        account: account.clone(),
        causes: member.causes.clone(),
        reason: in_words(&member),
        until: member.until,
    };
    let record = Record {
        account,
        principal: Some(principal),
        origin: Origin::Added,
        member,
        state: RecordState::Present,
    };
    Applied {
        event,
        outcome: Outcome::Applied,
        record: Some(record),
    }
}

fn removed(plan: &Plan, removal: &Removal) -> Applied {
    let Removal {
        change,
        principal,
        account,
        why,
        record,
        begun: _,
    } = removal.clone();
    let event = MembershipChanged {
        change,
        binding: plan.binding.clone(),
        action: Action::Remove,
        principal,
        account,
        causes: record.member.causes,
        reason: why.to_string(),
        until: record.member.until,
    };
    Applied {
        event,
        outcome: Outcome::Applied,
        record: None,
    }
}

/// Every cause, in words.
#[must_use]
pub fn in_words(member: &Member) -> String {
    member
        .causes
        .iter()
        .map(Cause::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}
