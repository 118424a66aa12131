//! Why an account is removed, and why its removal waits.

use super::{HoldReason, RemovalReason, Situation, Standing};
use crate::desired::{Desired, Trust};
use crate::group::WhenEmpty;
use crate::membership::{Cause, Member, Record};
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
        _ if let Some(at) = ended_early(situation, record) => RemovalReason::Ended { at },
        // Before what a budget may hold: a block goes at once, whatever else is true of it.
        _ if is_blocked(situation, record) => RemovalReason::Blocked,
        _ if situation.standing == Standing::Removed => RemovalReason::GroupRemoved,
        _ if record.member.causes.is_empty() => RemovalReason::NeverWanted,
        _ => RemovalReason::NoLongerWanted,
    }
}

/// When the last incident or grant that made somebody a member ended, if every one did and so did all else that made them
/// one.
///
/// Nobody knows beforehand when an incident ends, or that a grant is handed back. What is known of its end explains the
/// removal; one of which nothing is known any more explains nothing.
fn ended_early(situation: &Situation<'_>, record: &Record) -> Option<Timestamp> {
    let incidents = situation.desired.ended.get(record.principal.as_ref()?);
    let grants = &situation.desired.ended_grants;
    let mut last = None;
    for cause in &record.member.causes {
        let grant = cause.grant().and_then(|grant| grants.get(&grant));
        match (cause.incident(), grant) {
            (Some((key, since)), _) => {
                let at = incidents?.get(&key).filter(|at| **at >= since)?;
                last = last.max(Some(*at));
            }
            (None, Some(at)) => last = last.max(Some(*at)),
            (None, None) => {
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
/// members and blocks are ours and never wait, but for an incident of which nobody can tell whether it is over.
pub(crate) fn hold_reason(
    now: Timestamp,
    desired: &Desired,
    crew: Crew,
    when_empty: WhenEmpty,
    recorded: &Member,
    blocked: bool,
) -> Option<HoldReason> {
    if blocked {
        return None;
    }
    if rests_on_unread(now, desired, recorded) {
        return Some(HoldReason::SourceUnknown);
    }
    let ours = !recorded.causes.is_empty() && !recorded.is_rota();
    if ours {
        return None;
    }
    match (desired.trust, crew) {
        (Trust::Stale { read_at }, _) => Some(HoldReason::AwaitsFreshRead { read_at }),
        (Trust::Expired { read_at }, _) => Some(HoldReason::FactsExpired { read_at }),
        (Trust::Unknown, _) => Some(HoldReason::SourceUnknown),
        (Trust::NeverRead, _) => Some(HoldReason::NeverRead),
        (Trust::Fresh, Crew::Reachable) => None,
        (Trust::Fresh, _) if when_empty == WhenEmpty::Clear => None,
        (Trust::Fresh, Crew::Nobody) => Some(HoldReason::NobodyOnCall),
        (Trust::Fresh, Crew::Unmatched) => Some(HoldReason::NobodyMatched),
    }
}

/// Whether an incident made somebody a member of which nothing can be told now. Not beyond the end that was known then:
/// no damage makes access last longer than the group's `max`.
fn rests_on_unread(now: Timestamp, desired: &Desired, recorded: &Member) -> bool {
    let unread = &desired.unread;
    let mut incidents = recorded.causes.iter().filter_map(Cause::incident);
    recorded.until.is_none_or(|until| until > now)
        && incidents.any(|(key, _)| unread.contains(&None) || unread.contains(&Some(key)))
}
