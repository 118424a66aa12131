//! Grants: made, extended, handed back, revoked, reviewed.

use super::{
    ApprovedHow, Ended, GrantRecord, GrantState, Policies, Reason, Refusal, Request, Review, Step,
    grant_of,
};
use crate::config::{Config, People, RequestRule};
use crate::event::{BreakGlassReviewed, Event, GrantEnded};
use crate::facts::Grant;
use crate::id::GroupName;
use crate::principal::Principal;
use jiff::{SignedDuration, Timestamp};

/// Hands a grant back: its holder is done.
///
/// # Errors
/// [`Refusal`] unless it is live and `by` holds it, by whichever of their addresses.
pub fn hand_back(
    now: Timestamp,
    people: &People,
    record: &GrantRecord,
    by: &Principal,
) -> Result<Step, Refusal> {
    if !people.is_same(&record.grant.principal, by) {
        return Err(Refusal::NotYours);
    }
    live(now, record)?;
    Ok(ended(
        now,
        record,
        now,
        Ended::HandedBack { by: by.clone() },
    ))
}

/// Takes a grant away. Whether `by` may do so is the policies' matter, and was asked before.
///
/// # Errors
/// [`Refusal`] when it is over already.
pub fn revoke(
    now: Timestamp,
    record: &GrantRecord,
    by: &Principal,
    reason: &Reason,
    policies: Policies,
) -> Result<Step, Refusal> {
    live(now, record)?;
    let how = Ended::Revoked {
        by: by.clone(),
        reason: reason.clone(),
        policies,
    };
    Ok(ended(now, record, now, how))
}

/// Reviews the break-glass that a grant came from, whether or not the grant has ended.
///
/// # Errors
/// [`Refusal::OwnRequest`] for whoever used it, [`Refusal::NothingToDo`] where none awaits a review.
pub fn review(
    now: Timestamp,
    config: &Config,
    record: &GrantRecord,
    by: &Principal,
    note: &Reason,
) -> Result<Step, Refusal> {
    if !record.awaits_review() {
        return Err(Refusal::NothingToDo);
    }
    let Grant {
        id,
        request,
        principal,
        group,
        starts_at: _,
        expires_at: _,
    } = record.grant.clone();
    if config.people.is_same(&principal, by) {
        return Err(Refusal::OwnRequest);
    }
    let event = BreakGlassReviewed {
        grant: id,
        request,
        principal,
        group,
        by: by.clone(),
        note: note.clone(),
    };
    let done = Review::Done {
        by: by.clone(),
        at: now,
        note: note.clone(),
    };
    let next = GrantRecord {
        version: record.version + 1,
        break_glass: Some(done),
        ..record.clone()
    };
    let events = vec![Event::BreakGlassReviewed(event)];
    Ok(Step::new(now, None, Some(next), events))
}

fn live(now: Timestamp, record: &GrantRecord) -> Result<(), Refusal> {
    if record.is_live(now) {
        Ok(())
    } else {
        Err(Refusal::NotLive)
    }
}

/// The grant that an approval makes; its clock starts now.
pub(super) fn made(now: Timestamp, request: &Request, how: &ApprovedHow) -> GrantRecord {
    let grant = Grant {
        id: grant_of(request.id),
        request: request.id,
        principal: request.asked.by.clone(),
        group: request.asked.group.clone(),
        starts_at: now,
        expires_at: later(now, request.asked.duration),
    };
    GrantRecord {
        grant,
        version: 1,
        state: GrantState::Live,
        break_glass: matches!(how, ApprovedHow::BreakGlass(_)).then_some(Review::Open),
    }
}

/// The grant with more time, counted from its end but never beyond `max` from now.
pub(super) fn extended(
    now: Timestamp,
    max: SignedDuration,
    record: &GrantRecord,
    duration: SignedDuration,
) -> Result<GrantRecord, Refusal> {
    live(now, record)?;
    let expires_at = later(record.grant.expires_at, duration).min(later(now, max));
    if expires_at <= record.grant.expires_at {
        return Err(Refusal::TooLong { max });
    }
    Ok(GrantRecord {
        grant: Grant {
            expires_at,
            ..record.grant.clone()
        },
        version: record.version + 1,
        ..record.clone()
    })
}

/// A grant that ended at `at`, as found now.
pub(super) fn ended(now: Timestamp, record: &GrantRecord, at: Timestamp, how: Ended) -> Step {
    let Grant {
        id,
        request,
        principal,
        group,
        starts_at: _,
        expires_at,
    } = record.grant.clone();
    let event = GrantEnded {
        grant: id,
        request,
        principal,
        group,
        expires_at,
        at,
        ended: how.clone(),
    };
    let next = GrantRecord {
        version: record.version + 1,
        state: GrantState::Ended { at, how },
        ..record.clone()
    };
    Step::new(now, None, Some(next), vec![Event::GrantEnded(event)])
}

/// The rule for asking into a group.
pub(super) fn rule_of<'a>(
    config: &'a Config,
    group: &GroupName,
) -> Result<&'a RequestRule, Refusal> {
    let known = config.groups.contains_key(group);
    let rule = config.requests.get(group).filter(|_| known);
    rule.ok_or_else(|| Refusal::NoRule(group.clone()))
}

/// Whether the configuration blocks somebody, everywhere or in this group.
pub(super) fn is_blocked(config: &Config, group: &GroupName, principal: &Principal) -> bool {
    let here = config.groups.get(group);
    let principal = &config.people.canonical(principal);
    config.people.blocked.contains(principal)
        || here.is_some_and(|rule| rule.blocked.contains(principal))
}

pub(super) fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by)
        .expect("a bounded duration is no calendar span")
}
