//! What Rotakey tells the owner's bus.

mod access;
mod configuration;
#[cfg(test)]
mod tests;
mod webhook;

pub use access::{
    AccessApproved, AccessDenied, AccessRequested, ApprovalRecorded, BreakGlassReviewed,
    BreakGlassUsed, ChangeFailed, GrantEnded, GrantExtended, RemovalsReleased, RequestCancelled,
    RequestEscalated, RequestTimedOut,
};
pub use configuration::ConfigurationApplied;
pub use webhook::{WebhookDisabled, WebhookStop, WebhookUnwatched};

use crate::id::{
    AccountId, ChangeId, GroupName, PagerDutyName, PagerDutyUserId, PlanId, SweepId, TargetName,
};
use crate::matching::Unmatched;
use crate::membership::Causes;
use crate::plan::{Action, Binding};
use crate::ports::HeldPlan;
use crate::principal::Principal;
use crate::timeline::Finding;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One event; [`Event::detail`] is what the bus carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// "Membership Changed": a target confirmed an addition or a removal.
    MembershipChanged(MembershipChanged),
    /// "Removals Held": removals wait for a person.
    RemovalsHeld(RemovalsHeld),
    /// "Sync Failed": a read or a change failed; everything else was done.
    SyncFailed(SyncFailed),
    /// "Coverage Warning": somebody goes on call without an account, or nobody is on call.
    CoverageWarning(CoverageWarning),
    /// "Access Requested": somebody asked for access.
    AccessRequested(AccessRequested),
    /// "Approval Recorded": one approver of several agreed.
    ApprovalRecorded(ApprovalRecorded),
    /// "Access Approved": a request was granted.
    AccessApproved(AccessApproved),
    /// "Access Denied": an approver or a policy said no.
    AccessDenied(AccessDenied),
    /// "Request Cancelled": whoever asked took it back.
    RequestCancelled(RequestCancelled),
    /// "Request Timed Out": nobody decided in time.
    RequestTimedOut(RequestTimedOut),
    /// "Request Escalated": the second list of approvers may decide.
    RequestEscalated(RequestEscalated),
    /// "Grant Ended": a grant no longer makes a member.
    GrantEnded(GrantEnded),
    /// "Grant Extended": a grant ends later than it was to.
    GrantExtended(GrantExtended),
    /// "Break Glass Used": somebody let themselves in, and a review is due.
    BreakGlassUsed(BreakGlassUsed),
    /// "Break Glass Reviewed": somebody looked at it afterwards.
    BreakGlassReviewed(BreakGlassReviewed),
    /// "Removals Released": a person let held removals go.
    RemovalsReleased(RemovalsReleased),
    /// "Change Failed": a target refused a change or did not answer.
    ChangeFailed(ChangeFailed),
    /// "Webhook Disabled": PagerDuty delivers nothing to a webhook subscription.
    WebhookDisabled(WebhookDisabled),
    /// "Webhook Unwatched": nobody may ask whether an account's webhooks are delivered.
    WebhookUnwatched(WebhookUnwatched),
    /// "Configuration Applied": a version of the configuration was put into force.
    ConfigurationApplied(ConfigurationApplied),
}

/// A target confirmed an addition or a removal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MembershipChanged {
    /// The change; the same in every repeat of the event.
    pub change: ChangeId,
    /// Which group and entitlement.
    pub binding: Binding,
    /// Added or removed.
    pub action: Action,
    /// Who; `None` for an account that Rotakey knows nothing of.
    pub principal: Option<Principal>,
    /// The account in the target.
    pub account: AccountId,
    /// Why: the causes of the membership that begins, or of the one that ended.
    pub causes: Causes,
    /// Why, in words.
    pub reason: String,
    /// Until when the membership is expected to last, for an addition; when it was to end, for a removal.
    pub until: Option<Timestamp>,
}

/// Removals wait for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovalsHeld {
    /// What releases them.
    pub plan: PlanId,
    /// Which group and entitlement.
    pub binding: Binding,
    /// How many.
    pub removals: usize,
    /// Why, in words, each reason once.
    pub reasons: BTreeSet<String>,
}

impl RemovalsHeld {
    /// What is told of a held plan, again or for the first time.
    #[must_use]
    pub fn of(plan: PlanId, held: &HeldPlan) -> Self {
        let told = held.removals.iter().filter(|held| held.reason.is_told());
        Self {
            plan,
            binding: held.binding.clone(),
            removals: held.removals.len(),
            reasons: told.map(|held| held.reason.to_string()).collect(),
        }
    }
}

/// A read or a change failed; everything else was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncFailed {
    /// The sweep.
    pub sweep: SweepId,
    /// What failed, each once, without addresses.
    pub failures: BTreeSet<String>,
}

/// Somebody goes on call without an account, or nobody is on call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageWarning {
    /// The group; `None` for what keeps a template from making one.
    pub group: Option<GroupName>,
    /// What is the matter.
    pub warning: Warning,
    /// It begins.
    pub from: Timestamp,
    /// It ends, as far as is known.
    pub until: Option<Timestamp>,
}

/// What is the matter with a group in the coming days.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Warning {
    /// Nobody is on call.
    Uncovered,
    /// Somebody on call has no account in a target.
    Unmatched {
        /// Who.
        principal: Principal,
        /// Where not.
        target: TargetName,
        /// Why not.
        reason: Unmatched,
    },
    /// Somebody on call has no e-mail address that PagerDuty shows.
    Unresolved {
        /// The PagerDuty account.
        pagerduty: PagerDutyName,
        /// The PagerDuty user.
        user: PagerDutyUserId,
    },
    /// The group's configuration or sources need mending.
    Finding {
        /// What.
        finding: Finding,
    },
}

/// What the bus or the audit trail carries is no event of this program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAnEvent {
    /// Nothing of that detail type is known.
    #[error("`{0}` is no event that is known")]
    Unknown(String),
    /// The detail has another form. What it holds is not told: it may be somebody's address.
    #[error("the detail of a `{0}` has another form")]
    Malformed(String),
}

impl Event {
    /// The `detail-type` on the bus.
    #[must_use]
    pub fn detail_type(&self) -> &'static str {
        match self {
            Self::MembershipChanged(_) => "Membership Changed",
            Self::RemovalsHeld(_) => "Removals Held",
            Self::SyncFailed(_) => "Sync Failed",
            Self::CoverageWarning(_) => "Coverage Warning",
            Self::AccessRequested(_) => "Access Requested",
            Self::ApprovalRecorded(_) => "Approval Recorded",
            Self::AccessApproved(_) => "Access Approved",
            Self::AccessDenied(_) => "Access Denied",
            Self::RequestCancelled(_) => "Request Cancelled",
            Self::RequestTimedOut(_) => "Request Timed Out",
            Self::RequestEscalated(_) => "Request Escalated",
            Self::GrantEnded(_) => "Grant Ended",
            Self::GrantExtended(_) => "Grant Extended",
            Self::BreakGlassUsed(_) => "Break Glass Used",
            Self::BreakGlassReviewed(_) => "Break Glass Reviewed",
            Self::RemovalsReleased(_) => "Removals Released",
            Self::ChangeFailed(_) => "Change Failed",
            Self::WebhookDisabled(_) => "Webhook Disabled",
            Self::WebhookUnwatched(_) => "Webhook Unwatched",
            Self::ConfigurationApplied(_) => "Configuration Applied",
        }
    }

    /// The `detail` on the bus, as JSON text.
    #[must_use]
    #[expect(
        clippy::missing_panics_doc,
        reason = "nothing in an event can fail to become JSON"
    )]
    pub fn detail(&self) -> String {
        let json = match self {
            Self::MembershipChanged(event) => serde_json::to_string(event),
            Self::RemovalsHeld(event) => serde_json::to_string(event),
            Self::SyncFailed(event) => serde_json::to_string(event),
            Self::CoverageWarning(event) => serde_json::to_string(event),
            Self::AccessRequested(event) => serde_json::to_string(event),
            Self::ApprovalRecorded(event) => serde_json::to_string(event),
            Self::AccessApproved(event) => serde_json::to_string(event),
            Self::AccessDenied(event) => serde_json::to_string(event),
            Self::RequestCancelled(event) => serde_json::to_string(event),
            Self::RequestTimedOut(event) => serde_json::to_string(event),
            Self::RequestEscalated(event) => serde_json::to_string(event),
            Self::GrantEnded(event) => serde_json::to_string(event),
            Self::GrantExtended(event) => serde_json::to_string(event),
            Self::BreakGlassUsed(event) => serde_json::to_string(event),
            Self::BreakGlassReviewed(event) => serde_json::to_string(event),
            Self::RemovalsReleased(event) => serde_json::to_string(event),
            Self::ChangeFailed(event) => serde_json::to_string(event),
            Self::WebhookDisabled(event) => serde_json::to_string(event),
            Self::WebhookUnwatched(event) => serde_json::to_string(event),
            Self::ConfigurationApplied(event) => serde_json::to_string(event),
        };
        json.expect("events hold only texts, numbers and lists")
    }

    /// Reads an event back from what the bus carried, or the audit trail keeps.
    ///
    /// # Errors
    /// [`NotAnEvent`] for a detail type that this program does not know, or a detail that does not belong to it.
    pub fn read(detail_type: &str, detail: serde_json::Value) -> Result<Self, NotAnEvent> {
        let event = match detail_type {
            "Membership Changed" => serde_json::from_value(detail).map(Self::MembershipChanged),
            "Removals Held" => serde_json::from_value(detail).map(Self::RemovalsHeld),
            "Sync Failed" => serde_json::from_value(detail).map(Self::SyncFailed),
            "Coverage Warning" => serde_json::from_value(detail).map(Self::CoverageWarning),
            "Access Requested" => serde_json::from_value(detail).map(Self::AccessRequested),
            "Approval Recorded" => serde_json::from_value(detail).map(Self::ApprovalRecorded),
            "Access Approved" => serde_json::from_value(detail).map(Self::AccessApproved),
            "Access Denied" => serde_json::from_value(detail).map(Self::AccessDenied),
            "Request Cancelled" => serde_json::from_value(detail).map(Self::RequestCancelled),
            "Request Timed Out" => serde_json::from_value(detail).map(Self::RequestTimedOut),
            "Request Escalated" => serde_json::from_value(detail).map(Self::RequestEscalated),
            "Grant Ended" => serde_json::from_value(detail).map(Self::GrantEnded),
            "Grant Extended" => serde_json::from_value(detail).map(Self::GrantExtended),
            "Break Glass Used" => serde_json::from_value(detail).map(Self::BreakGlassUsed),
            "Break Glass Reviewed" => serde_json::from_value(detail).map(Self::BreakGlassReviewed),
            "Removals Released" => serde_json::from_value(detail).map(Self::RemovalsReleased),
            "Change Failed" => serde_json::from_value(detail).map(Self::ChangeFailed),
            "Webhook Disabled" => serde_json::from_value(detail).map(Self::WebhookDisabled),
            "Webhook Unwatched" => serde_json::from_value(detail).map(Self::WebhookUnwatched),
            "Configuration Applied" => {
                serde_json::from_value(detail).map(Self::ConfigurationApplied)
            }
            _ => return Err(NotAnEvent::Unknown(detail_type.to_owned())),
        };
        event.map_err(|_| NotAnEvent::Malformed(detail_type.to_owned()))
    }

    /// The group that it is about; `None`: no single one.
    #[must_use]
    pub fn group(&self) -> Option<&GroupName> {
        match self {
            Self::MembershipChanged(event) => Some(&event.binding.group),
            Self::RemovalsHeld(event) => Some(&event.binding.group),
            Self::RemovalsReleased(event) => Some(&event.binding.group),
            Self::ChangeFailed(event) => Some(&event.binding.group),
            Self::CoverageWarning(event) => event.group.as_ref(),
            Self::AccessRequested(event) => Some(&event.group),
            Self::ApprovalRecorded(event) => Some(&event.group),
            Self::AccessApproved(event) => Some(&event.group),
            Self::AccessDenied(event) => Some(&event.group),
            Self::RequestCancelled(event) => Some(&event.group),
            Self::RequestTimedOut(event) => Some(&event.group),
            Self::RequestEscalated(event) => Some(&event.group),
            Self::GrantEnded(event) => Some(&event.group),
            Self::GrantExtended(event) => Some(&event.group),
            Self::BreakGlassUsed(event) => Some(&event.group),
            Self::BreakGlassReviewed(event) => Some(&event.group),
            Self::SyncFailed(_)
            | Self::WebhookDisabled(_)
            | Self::WebhookUnwatched(_)
            | Self::ConfigurationApplied(_) => None,
        }
    }
}

impl CoverageWarning {
    /// The same for the same matter, however often it is found, so that it is told once; holds no address.
    ///
    /// An uncovered span is known by its end: its beginning passes out of what is read. One whose end becomes known
    /// is told again, with that end.
    #[must_use]
    pub fn key(&self) -> String {
        let group = self.group.as_ref().map_or("-", GroupName::as_str);
        match &self.warning {
            Warning::Uncovered => match self.until {
                Some(until) => format!("{group}/uncovered/{until}"),
                None => format!("{group}/uncovered"),
            },
            Warning::Unmatched {
                principal, target, ..
            } => format!("{group}/unmatched/{target}/{}", principal.id()),
            Warning::Unresolved { pagerduty, user } => {
                format!("{group}/unresolved/{pagerduty}/{user}")
            }
            Warning::Finding { finding } => format!("{group}/finding/{}", finding_key(finding)),
        }
    }
}

/// A finding without its reason, which may read differently each time.
fn finding_key(finding: &Finding) -> String {
    match finding {
        Finding::SourceGone { source } => format!("gone/{source}"),
        Finding::SourceUnread { source, reason: _ } => format!("unread/{source}"),
        Finding::NeverRead { pagerduty } => format!("never-read/{pagerduty}"),
        Finding::NameTaken { name, schedule } => format!("name-taken/{schedule}/{name}"),
        Finding::BadName {
            schedule,
            reason: _,
        } => format!("bad-name/{schedule}"),
    }
}
