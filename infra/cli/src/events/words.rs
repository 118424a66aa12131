//! What an event says, in one sentence without a final stop; instants in UTC.

use crate::commands::forecast;
use crate::show::{count, span};
use access_core::event::{
    AccessApproved, AccessDenied, AccessRequested, ChangeFailed, ConfigurationApplied, Event,
    GrantEnded, MembershipChanged, WebhookDisabled, WebhookStop,
};
use access_core::group::Source;
use access_core::id::AccountId;
use access_core::plan::Action;
use access_core::principal::Principal;
use access_core::request::{ApprovedHow, DeniedBy, Ended, Kind};
use std::collections::BTreeSet;

/// The event in one sentence.
pub(crate) fn told(event: &Event) -> String {
    match event {
        Event::MembershipChanged(event) => membership(event),
        Event::ChangeFailed(event) => change_failed(event),
        Event::RemovalsHeld(event) => {
            let reasons: Vec<&str> = event.reasons.iter().map(String::as_str).collect();
            let removals = count(event.removals, "removal");
            format!(
                "{removals} held in {}: {}",
                event.binding,
                reasons.join("; ")
            )
        }
        Event::RemovalsReleased(event) => {
            let removals = count(event.removals, "removal");
            format!("{} let {removals} go in {}", event.by, event.binding)
        }
        Event::SyncFailed(event) => {
            let failures: Vec<&str> = event.failures.iter().map(String::as_str).collect();
            format!("a sync failed in part: {}", failures.join("; "))
        }
        Event::CoverageWarning(event) => {
            let words = forecast::words(&event.warning);
            match &event.group {
                Some(group) => format!("{group} from {:.0}: {words}", event.from),
                None => format!("from {:.0}: {words}", event.from),
            }
        }
        Event::AccessRequested(event) => requested(event),
        Event::ApprovalRecorded(event) => format!(
            "{} approved the request of {} for {}: {} of {} approvals",
            event.by, event.principal, event.group, event.approvals, event.needed
        ),
        Event::AccessApproved(event) => approved(event),
        Event::AccessDenied(event) => denied(event),
        Event::RequestCancelled(event) => {
            format!(
                "{} took the request for {} back",
                event.principal, event.group
            )
        }
        Event::RequestTimedOut(event) => format!(
            "nobody decided the request of {} for {} in time",
            event.principal, event.group
        ),
        Event::RequestEscalated(event) => format!(
            "{} may now decide the request of {} for {} too",
            sources(&event.to),
            event.principal,
            event.group
        ),
        Event::GrantEnded(event) => ended(event),
        Event::GrantExtended(event) => format!(
            "{} keeps the place in {} until {:.0}",
            event.principal, event.group, event.expires_at
        ),
        Event::BreakGlassUsed(event) => format!(
            "{} broke the glass into {} until {:.0}: {}",
            event.principal, event.group, event.expires_at, event.reason
        ),
        Event::BreakGlassReviewed(event) => format!(
            "{} reviewed the break-glass of {} into {}: {}",
            event.by, event.principal, event.group, event.note
        ),
        Event::WebhookDisabled(event) => disabled(event),
        Event::WebhookUnwatched(event) => format!(
            "whether the webhooks of {} are delivered is unknown: {}",
            event.pagerduty, event.reason
        ),
        Event::ConfigurationApplied(event) => applied(event),
    }
}

fn whose(principal: Option<&Principal>, account: &AccountId) -> String {
    match principal {
        Some(principal) => principal.to_string(),
        None => format!("account {account}"),
    }
}

fn membership(event: &MembershipChanged) -> String {
    let who = whose(event.principal.as_ref(), &event.account);
    match event.action {
        Action::Add => format!("{who} was added to {}: {}", event.binding, event.reason),
        Action::Remove => format!("{who} was removed from {}: {}", event.binding, event.reason),
    }
}

fn change_failed(event: &ChangeFailed) -> String {
    let who = whose(event.principal.as_ref(), &event.account);
    match event.action {
        Action::Add => format!(
            "{who} could not be added to {}: {}",
            event.binding, event.error
        ),
        Action::Remove => {
            format!(
                "{who} could not be removed from {}: {}",
                event.binding, event.error
            )
        }
    }
}

fn requested(event: &AccessRequested) -> String {
    let (who, group, time) = (&event.principal, &event.group, span(event.duration));
    match event.kind {
        Kind::Access => format!("{who} asked for {time} in {group}: {}", event.reason),
        Kind::Extension { .. } => {
            format!("{who} asked for {time} more in {group}: {}", event.reason)
        }
        Kind::BreakGlass => {
            format!(
                "{who} asked for {time} in {group} as an emergency: {}",
                event.reason
            )
        }
    }
}

fn approved(event: &AccessApproved) -> String {
    let how = match &event.how {
        ApprovedHow::ByPeople(approvals) => {
            let people: Vec<String> = approvals.iter().map(|it| it.by.to_string()).collect();
            format!("by {}", people.join(", "))
        }
        ApprovedHow::ByPolicy(policies) => format!("by policy {}", listed(policies)),
        ApprovedHow::BreakGlass(policies) => {
            format!("as an emergency, by policy {}", listed(policies))
        }
    };
    let (who, group, until) = (&event.principal, &event.group, event.expires_at);
    format!("{who} was granted {group} until {until:.0} {how}")
}

fn denied(event: &AccessDenied) -> String {
    let (who, group, reason) = (&event.principal, &event.group, &event.reason);
    match &event.by {
        DeniedBy::Person(by) => format!("{by} denied {who} {group}: {reason}"),
        DeniedBy::Policy => format!("a policy denied {who} {group}: {reason}"),
    }
}

fn ended(event: &GrantEnded) -> String {
    let (who, group) = (&event.principal, &event.group);
    match &event.ended {
        Ended::HandedBack { by: _ } => format!("{who} handed the place in {group} back"),
        Ended::Revoked { by, reason, .. } => {
            format!("{by} revoked the place of {who} in {group}: {reason}")
        }
        other @ (Ended::Expired | Ended::RuleGone | Ended::Blocked) => {
            format!("the place of {who} in {group} ended: {}", other.word())
        }
    }
}

fn disabled(event: &WebhookDisabled) -> String {
    let why = match event.why {
        WebhookStop::Refusals => "three deliveries in a row were refused",
        WebhookStop::SwitchedOff => "it is switched off",
    };
    let (account, subscription) = (&event.pagerduty, &event.subscription);
    format!("webhook subscription {subscription} of {account} gets nothing: {why}")
}

fn applied(event: &ConfigurationApplied) -> String {
    let (by, version) = (&event.by, event.version);
    match event.previous {
        Some(previous) => format!(
            "{by} put version {version} of the configuration into force, over version {previous}"
        ),
        None => format!("{by} put version {version} of the configuration into force, the first"),
    }
}

fn listed(policies: &BTreeSet<String>) -> String {
    let ids: Vec<&str> = policies.iter().map(String::as_str).collect();
    ids.join(", ")
}

fn sources(sources: &BTreeSet<Source>) -> String {
    let said: Vec<String> = sources.iter().map(ToString::to_string).collect();
    said.join(", ")
}
