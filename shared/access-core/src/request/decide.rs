//! People's decisions on a request.

use super::ask::fits;
use super::grant::{self, is_blocked, rule_of};
use super::{
    Approval, ApprovedHow, DeniedBy, GrantRecord, Kind, Policies, Reason, Refusal, Request,
    RequestState, Step,
};
use crate::config::{Config, RequestRule};
use crate::event::{
    AccessApproved, AccessDenied, ApprovalRecorded, BreakGlassUsed, Event, GrantExtended,
};
use crate::principal::Principal;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Counts one approver's yes; the last one that is needed makes the grant, or extends the one that is asked for.
///
/// The configuration decides as it is now: how many must agree, how long access may last, who is blocked. Approvals of
/// people whom it blocks since do not count, nor do those of `lapsed`, and what is told names them. Whether `by` may approve
/// at all is the policies' matter, and was asked before; `policies` are those that say so, and `lapsed` are those who agreed
/// and may not any more. `extends` is the grant that an extension names.
///
/// # Errors
/// [`Refusal`] when the request is not open, is `by`'s own or approved by them before, when the group's rule does not
/// allow it any more, when either person is blocked, or the grant to extend is over.
pub fn approve(
    now: Timestamp,
    config: &Config,
    request: &Request,
    extends: Option<&GrantRecord>,
    by: &Principal,
    policies: Policies,
    lapsed: &BTreeSet<Principal>,
) -> Result<Step, Refusal> {
    let group = &request.asked.group;
    open(now, request)?;
    may_decide(config, request, by)?;
    let rule = rule_of(config, group)?;
    if is_blocked(config, group, &request.asked.by) {
        return Err(Refusal::Blocked(request.asked.by.clone()));
    }
    fits(request.asked.duration, rule)?;
    let mut approvals = request.approvals().to_vec();
    let is_theirs = |approval: &Approval| config.people.is_same(&approval.by, by);
    if approvals.iter().any(is_theirs) {
        return Err(Refusal::AlreadyApprovedBy(by.clone()));
    }
    // Nor do those of whoever asked, or of one person twice, should the configuration only now say whose an address is.
    let mut counted = BTreeSet::from([config.people.canonical(&request.asked.by)]);
    let dropped: BTreeSet<Principal> = approvals
        .extract_if(.., |approval| {
            is_blocked(config, group, &approval.by)
                || lapsed.contains(&approval.by)
                || !counted.insert(config.people.canonical(&approval.by))
        })
        .map(|approval| approval.by)
        .collect();
    approvals.push(Approval {
        by: by.clone(),
        at: now,
        policies,
    });
    let needed = rule.approvals.max(1);
    if count(&approvals) >= needed {
        let is_told = !dropped.is_empty();
        let told = is_told.then(|| one_more(request, &approvals, needed, dropped));
        let how = ApprovedHow::ByPeople(approvals);
        return granted(now, rule, request.further(), how, extends, told);
    }
    Ok(recorded(now, request, approvals, needed, dropped))
}

/// Says no, for good.
///
/// # Errors
/// [`Refusal`] when the request is not open, is `by`'s own, or `by` is blocked.
pub fn deny(
    now: Timestamp,
    config: &Config,
    request: &Request,
    by: &Principal,
    reason: &Reason,
    policies: Policies,
) -> Result<Step, Refusal> {
    open(now, request)?;
    may_decide(config, request, by)?;
    let by = DeniedBy::Person(by.clone());
    let (request, reason) = (request.further(), reason.to_string());
    Ok(denied(now, request, by, reason, policies, None))
}

/// Whether anybody can still decide.
pub(super) fn open(now: Timestamp, request: &Request) -> Result<(), Refusal> {
    match &request.state {
        RequestState::Pending { times_out_at, .. } if now < *times_out_at => Ok(()),
        RequestState::Pending { times_out_at, .. } => Err(Refusal::TimedOut(*times_out_at)),
        RequestState::TimedOut { at } => Err(Refusal::TimedOut(*at)),
        RequestState::Approved { .. }
        | RequestState::Denied { .. }
        | RequestState::Cancelled { .. } => Err(Refusal::AlreadyResolved(request.state.clone())),
    }
}

/// What no policy can lift: nobody decides on their own request, and the blocked decide nothing.
fn may_decide(config: &Config, request: &Request, by: &Principal) -> Result<(), Refusal> {
    if config.people.is_same(&request.asked.by, by) {
        return Err(Refusal::OwnRequest);
    }
    if is_blocked(config, &request.asked.group, by) {
        return Err(Refusal::Blocked(by.clone()));
    }
    Ok(())
}

fn count(approvals: &[Approval]) -> u32 {
    u32::try_from(approvals.len()).unwrap_or(u32::MAX)
}

/// What is told of one more approval, the last of `approvals`.
fn one_more(
    request: &Request,
    approvals: &[Approval],
    needed: u32,
    dropped: BTreeSet<Principal>,
) -> Event {
    let last = approvals.last().expect("one was just added");
    Event::ApprovalRecorded(ApprovalRecorded {
        request: request.id,
        principal: request.asked.by.clone(),
        group: request.asked.group.clone(),
        by: last.by.clone(),
        policies: last.policies.clone(),
        approvals: count(approvals),
        needed,
        dropped,
    })
}

/// One of several agreed; `approvals` ends with theirs.
fn recorded(
    now: Timestamp,
    request: &Request,
    approvals: Vec<Approval>,
    needed: u32,
    dropped: BTreeSet<Principal>,
) -> Step {
    let event = one_more(request, &approvals, needed, dropped);
    let mut next = request.further();
    if let RequestState::Pending {
        approvals: known,
        needed: must,
        ..
    } = &mut next.state
    {
        *known = approvals;
        *must = needed;
    }
    Step::new(now, Some(next), None, vec![event])
}

/// Grants `request`, which has its new version already and still its old state; `told` goes before the rest.
pub(super) fn granted(
    now: Timestamp,
    rule: &RequestRule,
    request: Request,
    how: ApprovedHow,
    extends: Option<&GrantRecord>,
    told: Option<Event>,
) -> Result<Step, Refusal> {
    let record = match request.asked.kind {
        Kind::Access | Kind::BreakGlass => grant::made(now, &request, &how),
        Kind::Extension { grant } => {
            let named = extends.filter(|record| record.grant.id == grant);
            let record = named.ok_or(Refusal::NotLive)?;
            grant::extended(now, rule.max, record, request.asked.duration)?
        }
    };
    let mut events: Vec<_> = told.into_iter().collect();
    events.push(approved(&request, &record, &how));
    events.extend(extension(&request, &record, extends));
    events.extend(emergency(&request, &record, &how));
    let state = RequestState::Approved {
        how,
        at: now,
        grant: record.grant.id,
    };
    let request = Request { state, ..request };
    Ok(Step::new(now, Some(request), Some(record), events))
}

fn approved(request: &Request, record: &GrantRecord, how: &ApprovedHow) -> Event {
    Event::AccessApproved(AccessApproved {
        request: request.id,
        grant: record.grant.id,
        principal: request.asked.by.clone(),
        group: request.asked.group.clone(),
        reason: request.asked.reason.clone(),
        kind: request.asked.kind,
        how: how.clone(),
        starts_at: record.grant.starts_at,
        expires_at: record.grant.expires_at,
    })
}

/// What is told of more time for a grant, where that was asked for.
fn extension(
    request: &Request,
    record: &GrantRecord,
    extends: Option<&GrantRecord>,
) -> Option<Event> {
    let Kind::Extension { .. } = request.asked.kind else {
        return None;
    };
    Some(Event::GrantExtended(GrantExtended {
        grant: record.grant.id,
        request: request.id,
        principal: record.grant.principal.clone(),
        group: record.grant.group.clone(),
        before: extends?.grant.expires_at,
        expires_at: record.grant.expires_at,
    }))
}

/// What is told of a break-glass, where it was one.
fn emergency(request: &Request, record: &GrantRecord, how: &ApprovedHow) -> Option<Event> {
    let ApprovedHow::BreakGlass(policies) = how else {
        return None;
    };
    Some(Event::BreakGlassUsed(BreakGlassUsed {
        request: request.id,
        grant: record.grant.id,
        principal: request.asked.by.clone(),
        group: request.asked.group.clone(),
        reason: request.asked.reason.clone(),
        expires_at: record.grant.expires_at,
        policies: policies.clone(),
    }))
}

/// Denies `request`, which has its new version already; `told` goes before the rest.
pub(super) fn denied(
    now: Timestamp,
    request: Request,
    by: DeniedBy,
    reason: String,
    policies: Policies,
    told: Option<Event>,
) -> Step {
    let event = AccessDenied {
        request: request.id,
        principal: request.asked.by.clone(),
        group: request.asked.group.clone(),
        by: by.clone(),
        reason: reason.clone(),
        policies: policies.clone(),
    };
    let state = RequestState::Denied {
        by,
        at: now,
        reason,
        policies,
    };
    let request = Request { state, ..request };
    let events = told.into_iter().chain([Event::AccessDenied(event)]);
    let events = events.collect();
    Step::new(now, Some(request), None, events)
}
