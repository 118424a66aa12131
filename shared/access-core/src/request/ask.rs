//! Asking for access, and taking that back.

use super::decide::{denied, granted, open};
use super::grant::{is_blocked, later, rule_of};
use super::{
    ApprovedHow, Asked, DeniedBy, GrantRecord, Kind, Policies, Refusal, Request, RequestState, Step,
};
use crate::config::{Config, People, RequestRule};
use crate::event::{AccessRequested, Event, RequestCancelled};
use crate::id::RequestId;
use crate::principal::Principal;
use jiff::{SignedDuration, Timestamp};

/// What the policies say of a request at the moment at which it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// No. It is kept, denied.
    Deny {
        /// Ids of the policies that say so.
        policies: Policies,
        /// Why, for whoever asked.
        reason: String,
    },
    /// Yes, and nobody has to be asked.
    Approve {
        /// Ids of the policies that say so.
        policies: Policies,
    },
    /// People decide.
    Ask {
        /// Ids of the policies that say so.
        policies: Policies,
    },
}

impl Verdict {
    fn policies(&self) -> &Policies {
        match self {
            Self::Deny { policies, .. } | Self::Approve { policies } | Self::Ask { policies } => {
                policies
            }
        }
    }
}

/// Makes a request: denied, granted, or put to people, as the policies say. `asked.at` becomes `now`.
///
/// `extends` is the grant that an extension names, and is not looked at otherwise. A break-glass that the policies put to
/// people waits for them like any other request, and then needs no review.
///
/// # Errors
/// [`Refusal`] for what no policy can allow; then nothing is kept: no rule, no time or too much, a grant that is over or
/// another person's, a blocked person.
pub fn ask(
    now: Timestamp,
    config: &Config,
    id: RequestId,
    asked: Asked,
    verdict: Verdict,
    extends: Option<&GrantRecord>,
) -> Result<Step, Refusal> {
    let asked = Asked { at: now, ..asked };
    let rule = rule_of(config, &asked.group)?;
    fits(asked.duration, rule)?;
    theirs(now, &config.people, &asked, extends)?;
    let pending = pending(now, rule);
    let request = Request {
        id,
        version: 1,
        asked,
        state: pending,
    };
    let told = requested(&request, &verdict);
    let is_blocked = is_blocked(config, &request.asked.group, &request.asked.by);
    match verdict {
        Verdict::Deny { policies, reason } => {
            let by = DeniedBy::Policy;
            Ok(denied(now, request, by, reason, policies, Some(told)))
        }
        Verdict::Approve { .. } | Verdict::Ask { .. } if is_blocked => {
            Err(Refusal::Blocked(request.asked.by))
        }
        Verdict::Approve { policies } => {
            let how = if request.asked.kind == Kind::BreakGlass {
                ApprovedHow::BreakGlass(policies)
            } else {
                ApprovedHow::ByPolicy(policies)
            };
            granted(now, rule, request, how, extends, Some(told))
        }
        Verdict::Ask { .. } => Ok(Step::new(now, Some(request), None, vec![told])),
    }
}

/// Most requests of one person that wait for others at once: more would only hide those that matter.
pub const WAITING_MAX: usize = 20;
/// Most of them into one group.
pub const WAITING_IN_GROUP_MAX: usize = 3;

/// Whether one more request may be put to people; `pending` holds at least all that whoever asks has open.
///
/// # Errors
/// [`Refusal::TooMany`].
pub fn has_room(
    now: Timestamp,
    people: &People,
    asked: &Asked,
    pending: &[Request],
) -> Result<(), Refusal> {
    let open = pending.iter().filter(|request| request.is_open(now));
    let groups: Vec<_> = open
        .filter(|request| people.is_same(&request.asked.by, &asked.by))
        .map(|request| &request.asked.group)
        .collect();
    let same = groups.iter().filter(|group| ***group == asked.group);
    if same.count() >= WAITING_IN_GROUP_MAX {
        let max = WAITING_IN_GROUP_MAX;
        return Err(Refusal::TooMany { max });
    }
    if groups.len() >= WAITING_MAX {
        return Err(Refusal::TooMany { max: WAITING_MAX });
    }
    Ok(())
}

/// Takes a request back.
///
/// # Errors
/// [`Refusal`] unless it is open and `by` asked, by whichever of their addresses.
pub fn cancel(
    now: Timestamp,
    people: &People,
    request: &Request,
    by: &Principal,
) -> Result<Step, Refusal> {
    if !people.is_same(&request.asked.by, by) {
        return Err(Refusal::NotYours);
    }
    open(now, request)?;
    let state = RequestState::Cancelled {
        by: by.clone(),
        at: now,
    };
    let event = RequestCancelled {
        request: request.id,
        principal: by.clone(),
        group: request.asked.group.clone(),
    };
    let request = request.next(state);
    let events = vec![Event::RequestCancelled(event)];
    Ok(Step::new(now, Some(request), None, events))
}

/// Whether the group allows access for so long.
pub(super) fn fits(duration: SignedDuration, rule: &RequestRule) -> Result<(), Refusal> {
    if duration <= SignedDuration::ZERO {
        return Err(Refusal::NoTime);
    }
    if duration > rule.max {
        return Err(Refusal::TooLong { max: rule.max });
    }
    Ok(())
}

/// Whether an extension names a live grant of whoever asks, in the group that they name.
fn theirs(
    now: Timestamp,
    people: &People,
    asked: &Asked,
    extends: Option<&GrantRecord>,
) -> Result<(), Refusal> {
    let Kind::Extension { grant } = asked.kind else {
        return Ok(());
    };
    let named = extends.filter(|record| record.grant.id == grant);
    let record = named.ok_or(Refusal::NotLive)?;
    if !people.is_same(&record.grant.principal, &asked.by) {
        return Err(Refusal::NotYours);
    }
    if record.grant.group != asked.group || !record.is_live(now) {
        return Err(Refusal::NotLive);
    }
    Ok(())
}

fn pending(now: Timestamp, rule: &RequestRule) -> RequestState {
    let times_out_at = later(now, rule.timeout);
    let second = rule.escalate_after.filter(|_| !rule.escalate_to.is_empty());
    let escalates_at = second.map(|after| later(now, after));
    RequestState::Pending {
        approvals: Vec::new(),
        needed: rule.approvals.max(1),
        escalates_at: escalates_at.filter(|at| *at < times_out_at),
        escalated_at: None,
        times_out_at,
    }
}

fn requested(request: &Request, verdict: &Verdict) -> Event {
    let told = AccessRequested::of(request, verdict.policies().clone());
    let is_put_to_people = matches!(verdict, Verdict::Ask { .. });
    Event::AccessRequested(AccessRequested {
        times_out_at: told.times_out_at.filter(|_| is_put_to_people),
        ..told
    })
}
