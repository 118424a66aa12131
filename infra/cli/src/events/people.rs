//! Who is behind an event, and whose access it is about.

use access_core::event::{Event, Warning};
use access_core::principal::Principal;
use access_core::request::{ApprovedHow, DeniedBy, Ended};
use std::fmt;

/// Who made something happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Actor<'a> {
    /// A person who is known.
    Person(&'a Principal),
    /// Somebody, as they named themselves or were named.
    Named(&'a str),
    /// Rotakey itself: a rule, a policy, or the time.
    Rotakey,
}

impl fmt::Display for Actor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Person(principal) => fmt::Display::fmt(principal, f),
            Self::Named(name) => f.pad(name),
            Self::Rotakey => f.pad("rotakey"),
        }
    }
}

/// Who made it happen.
pub(crate) fn actor(event: &Event) -> Actor<'_> {
    match event {
        Event::AccessRequested(event) => Actor::Person(&event.principal),
        Event::RequestCancelled(event) => Actor::Person(&event.principal),
        Event::BreakGlassUsed(event) => Actor::Person(&event.principal),
        Event::ApprovalRecorded(event) => Actor::Person(&event.by),
        Event::BreakGlassReviewed(event) => Actor::Person(&event.by),
        Event::AccessApproved(event) => match &event.how {
            ApprovedHow::ByPeople(approvals) => approvals
                .last()
                .map_or(Actor::Rotakey, |approval| Actor::Person(&approval.by)),
            ApprovedHow::ByPolicy(_) => Actor::Rotakey,
            ApprovedHow::BreakGlass(_) => Actor::Person(&event.principal),
        },
        Event::AccessDenied(event) => match &event.by {
            DeniedBy::Person(by) => Actor::Person(by),
            DeniedBy::Policy => Actor::Rotakey,
        },
        Event::GrantEnded(event) => match &event.ended {
            Ended::HandedBack { by } | Ended::Revoked { by, .. } => Actor::Person(by),
            Ended::Expired | Ended::RuleGone | Ended::Blocked => Actor::Rotakey,
        },
        Event::RemovalsReleased(event) => Actor::Named(&event.by),
        Event::ConfigurationApplied(event) => Actor::Named(&event.by),
        Event::MembershipChanged(_)
        | Event::RemovalsHeld(_)
        | Event::ChangeFailed(_)
        | Event::SyncFailed(_)
        | Event::CoverageWarning(_)
        | Event::RequestTimedOut(_)
        | Event::RequestEscalated(_)
        | Event::GrantExtended(_)
        | Event::WebhookDisabled(_)
        | Event::WebhookUnwatched(_) => Actor::Rotakey,
    }
}

/// Whose access it is about; `None`: nobody's, or an account of which nothing is known.
pub(crate) fn concerned(event: &Event) -> Option<&Principal> {
    match event {
        Event::MembershipChanged(event) => event.principal.as_ref(),
        Event::ChangeFailed(event) => event.principal.as_ref(),
        Event::CoverageWarning(event) => match &event.warning {
            Warning::Unmatched { principal, .. } => Some(principal),
            Warning::Uncovered | Warning::Unresolved { .. } | Warning::Finding { .. } => None,
        },
        Event::AccessRequested(event) => Some(&event.principal),
        Event::ApprovalRecorded(event) => Some(&event.principal),
        Event::AccessApproved(event) => Some(&event.principal),
        Event::AccessDenied(event) => Some(&event.principal),
        Event::RequestCancelled(event) => Some(&event.principal),
        Event::RequestTimedOut(event) => Some(&event.principal),
        Event::RequestEscalated(event) => Some(&event.principal),
        Event::GrantEnded(event) => Some(&event.principal),
        Event::GrantExtended(event) => Some(&event.principal),
        Event::BreakGlassUsed(event) => Some(&event.principal),
        Event::BreakGlassReviewed(event) => Some(&event.principal),
        Event::RemovalsHeld(_)
        | Event::RemovalsReleased(_)
        | Event::SyncFailed(_)
        | Event::WebhookDisabled(_)
        | Event::WebhookUnwatched(_)
        | Event::ConfigurationApplied(_) => None,
    }
}
