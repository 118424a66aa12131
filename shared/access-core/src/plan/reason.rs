//! Why an account is removed, and why its removal waits.

use super::{HoldReason, RemovalReason, Situation, Standing};
use crate::desired::{Desired, Trust};
use crate::group::WhenEmpty;
use crate::membership::{Member, Record};
use jiff::Timestamp;

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
    pub(super) fn of(desired: &Desired) -> Self {
        if desired.nobody_on_call {
            Self::Nobody
        } else if desired.members.values().any(Member::is_rota) {
            Self::Unmatched
        } else {
            Self::Reachable
        }
    }
}

pub(super) fn why(situation: &Situation<'_>, record: &Record) -> RemovalReason {
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

pub(super) fn is_blocked(situation: &Situation<'_>, record: &Record) -> bool {
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
