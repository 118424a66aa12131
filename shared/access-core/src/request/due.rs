//! What time and the configuration end by themselves; the tick writes it down.
//!
//! Nothing waits for that: whatever is over is over by comparison of times, and desired membership leaves out whom the
//! configuration no longer lets in.

use super::decide::open;
use super::grant::{ended, is_blocked, rule_of};
use super::{Ended, GrantRecord, GrantState, Refusal, Request, RequestState, Step};
use crate::config::Config;
use crate::event::{Event, RequestEscalated, RequestTimedOut};
use crate::facts::Grant;
use jiff::Timestamp;

/// Everything that is due at `now` and not written down: grants that are over, requests that timed out or escalate.
/// Written and made again from what is then stored, nothing is left.
#[must_use]
pub fn end_due(
    now: Timestamp,
    config: &Config,
    requests: &[Request],
    grants: &[GrantRecord],
) -> Vec<Step> {
    let grants = grants.iter().filter_map(|record| {
        let (at, how) = over(now, config, record)?;
        Some(ended(now, record, at, how))
    });
    let requests = requests.iter().filter_map(|request| {
        let step = time_out(now, request).or_else(|_| escalate(now, config, request));
        step.ok()
    });
    grants.chain(requests).collect()
}

/// Whether a step of [`end_due`] rests on what the configuration says, and not on time alone. Whoever may go by an older
/// configuration than decisions were made by must not write it: it would end what was just granted.
#[must_use]
pub fn goes_by_config(step: &Step) -> bool {
    let grant = step.grant.as_ref().map(|record| &record.state);
    let request = step.request.as_ref().map(|request| &request.state);
    let ends = matches!(
        grant,
        Some(GrantState::Ended {
            how: Ended::RuleGone | Ended::Blocked,
            ..
        })
    );
    ends || matches!(request, Some(RequestState::Pending { .. }))
}

/// When and how a grant that is stored as live ended, if it did.
#[must_use]
pub fn over(now: Timestamp, config: &Config, record: &GrantRecord) -> Option<(Timestamp, Ended)> {
    let grant = &record.grant;
    if record.state != GrantState::Live {
        return None;
    }
    if grant.expires_at <= now {
        return Some((grant.expires_at, Ended::Expired));
    }
    if rule_of(config, &grant.group).is_err() {
        return Some((now, Ended::RuleGone));
    }
    is_blocked(config, &grant.group, &grant.principal).then_some((now, Ended::Blocked))
}

/// The grants that desired membership is computed from, each with the end that it has: what is over is over, written down
/// or not.
#[must_use]
pub fn facts(now: Timestamp, config: &Config, grants: &[GrantRecord]) -> Vec<Grant> {
    let fact = |record: &GrantRecord| {
        let fact = record.fact();
        match over(now, config, record) {
            Some((at, _)) => Grant {
                expires_at: fact.expires_at.min(at),
                ..fact
            },
            None => fact,
        }
    };
    grants.iter().map(fact).collect()
}

/// Writes down that nobody decided in time.
///
/// # Errors
/// [`Refusal::NotYet`] while there is time, [`Refusal::AlreadyResolved`] when somebody decided or this was written before.
pub fn time_out(now: Timestamp, request: &Request) -> Result<Step, Refusal> {
    let RequestState::Pending { times_out_at, .. } = &request.state else {
        return Err(Refusal::AlreadyResolved(request.state.clone()));
    };
    let at = *times_out_at;
    if now < at {
        return Err(Refusal::NotYet(at));
    }
    let event = RequestTimedOut {
        request: request.id,
        principal: request.asked.by.clone(),
        group: request.asked.group.clone(),
        at,
    };
    let next = request.next(RequestState::TimedOut { at });
    let events = vec![Event::RequestTimedOut(event)];
    Ok(Step::new(now, Some(next), None, events))
}

/// Writes down, and so tells, that the second list of approvers may decide.
///
/// # Errors
/// [`Refusal`] when the request is not open, has no second list, was escalated before, or is not due for it.
pub fn escalate(now: Timestamp, config: &Config, request: &Request) -> Result<Step, Refusal> {
    open(now, request)?;
    let rule = rule_of(config, &request.asked.group)?;
    let mut next = request.further();
    let RequestState::Pending {
        escalates_at: Some(at),
        escalated_at: escalated_at @ None,
        times_out_at,
        ..
    } = &mut next.state
    else {
        return Err(Refusal::NothingToDo);
    };
    if rule.escalate_to.is_empty() {
        return Err(Refusal::NothingToDo);
    }
    if now < *at {
        return Err(Refusal::NotYet(*at));
    }
    *escalated_at = Some(now);
    let event = RequestEscalated {
        request: request.id,
        principal: request.asked.by.clone(),
        group: request.asked.group.clone(),
        to: rule.escalate_to.clone(),
        times_out_at: *times_out_at,
    };
    let events = vec![Event::RequestEscalated(event)];
    Ok(Step::new(now, Some(next), None, events))
}
