//! What each event is in OCSF.

use super::class::{Activity, Class, Severity, Status};
use super::objects;
use access_core::event::{ChangeFailed, CoverageWarning, Event, MembershipChanged, Warning};
use access_core::id::GroupName;
use access_core::plan::{Action, Binding};
use access_core::principal::Principal;
use serde_json::Value;

const ASSIGN: Activity = Activity::of(1, "Assign Privileges");
const REVOKE: Activity = Activity::of(2, "Revoke Privileges");
const ADD_USER: Activity = Activity::of(3, "Add User");
const REMOVE_USER: Activity = Activity::of(4, "Remove User");

/// The parts of a record that depend on the event.
#[derive(Debug)]
pub(super) struct Mapped<'a> {
    pub(super) class: Class,
    pub(super) activity: Activity,
    pub(super) severity: Severity,
    pub(super) status: Status,
    pub(super) status_detail: Option<String>,
    pub(super) user: Option<Value>,
    pub(super) group: Option<&'a GroupName>,
    pub(super) privileges: Vec<String>,
    pub(super) resource: Option<Value>,
}

impl<'a> Mapped<'a> {
    /// Something about Rotakey itself.
    fn base(severity: Severity, status: Status) -> Self {
        Self {
            class: Class::Base,
            activity: Activity::EVENT,
            severity,
            status,
            status_detail: None,
            user: None,
            group: None,
            privileges: Vec::new(),
            resource: None,
        }
    }

    /// Something about a target's group, of which the entitlement is what its members get.
    fn group(binding: &'a Binding, activity: Activity) -> Self {
        Self {
            class: Class::GroupManagement,
            activity,
            group: Some(&binding.group),
            privileges: vec![binding.entitlement.to_string()],
            resource: Some(objects::resource("entitlement", &binding.entitlement)),
            ..Self::base(Severity::Informational, Status::Success)
        }
    }

    /// Something about one person's access; the privilege is the place in the group.
    fn access(principal: &Principal, group: &GroupName, activity: Activity) -> Self {
        Self {
            class: Class::UserAccess,
            activity,
            user: Some(objects::user(principal)),
            privileges: vec![group.to_string()],
            resource: Some(objects::resource("group", group)),
            ..Self::base(Severity::Informational, Status::Success)
        }
    }

    /// Somebody lacks an account.
    fn account(user: Value) -> Self {
        Self {
            class: Class::AccountChange,
            activity: Activity::other("Account Missing"),
            user: Some(user),
            ..Self::base(Severity::Medium, Status::Failure)
        }
    }

    fn severe(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    fn went(self, status: Status) -> Self {
        Self { status, ..self }
    }

    fn because(self, detail: &(impl ToString + ?Sized)) -> Self {
        let status_detail = Some(detail.to_string());
        Self {
            status_detail,
            ..self
        }
    }
}

/// What an event is that this program does not know.
pub(super) fn unknown() -> Mapped<'static> {
    Mapped::base(Severity::Unknown, Status::Unknown)
}

/// What the event is.
pub(super) fn mapped(event: &Event) -> Mapped<'_> {
    let other = Activity::other;
    match event {
        Event::MembershipChanged(event) => membership(event),
        Event::ChangeFailed(event) => change_failed(event),
        Event::RemovalsHeld(event) => {
            let reasons: Vec<&str> = event.reasons.iter().map(String::as_str).collect();
            Mapped::group(&event.binding, other("Hold Removals"))
                .severe(Severity::Medium)
                .went(Status::Other("Held"))
                .because(&reasons.join("; "))
        }
        Event::RemovalsReleased(event) => {
            Mapped::group(&event.binding, other("Release Removals")).severe(Severity::Low)
        }
        Event::CoverageWarning(event) => coverage(event),
        Event::AccessRequested(event) => {
            Mapped::access(&event.principal, &event.group, other("Request Access"))
                .went(Status::Other("Requested"))
                .because(&event.reason)
        }
        Event::ApprovalRecorded(event) => {
            let so_far = format!("{} of {} approvals", event.approvals, event.needed);
            Mapped::access(&event.principal, &event.group, other("Approve In Part"))
                .went(Status::Other("Pending"))
                .because(&so_far)
        }
        Event::AccessApproved(event) => {
            Mapped::access(&event.principal, &event.group, ASSIGN).because(&event.reason)
        }
        Event::AccessDenied(event) => Mapped::access(&event.principal, &event.group, ASSIGN)
            .went(Status::Failure)
            .because(&event.reason),
        Event::RequestCancelled(event) => {
            Mapped::access(&event.principal, &event.group, other("Cancel Request"))
        }
        Event::RequestTimedOut(event) => {
            Mapped::access(&event.principal, &event.group, other("Time Out Request"))
                .went(Status::Failure)
        }
        Event::RequestEscalated(event) => {
            Mapped::access(&event.principal, &event.group, other("Escalate Request"))
                .severe(Severity::Low)
        }
        Event::GrantEnded(event) => {
            Mapped::access(&event.principal, &event.group, REVOKE).because(event.ended.word())
        }
        Event::GrantExtended(event) => {
            Mapped::access(&event.principal, &event.group, other("Extend Privileges"))
        }
        Event::BreakGlassUsed(event) => {
            Mapped::access(&event.principal, &event.group, other("Break Glass"))
                .severe(Severity::High)
                .because(&event.reason)
        }
        Event::BreakGlassReviewed(event) => {
            Mapped::access(&event.principal, &event.group, other("Review Break Glass"))
                .because(&event.note)
        }
        Event::SyncFailed(event) => {
            let failures: Vec<&str> = event.failures.iter().map(String::as_str).collect();
            Mapped::base(Severity::Medium, Status::Failure).because(&failures.join("; "))
        }
        Event::WebhookDisabled(_) => Mapped::base(Severity::Medium, Status::Failure),
        Event::WebhookUnwatched(event) => {
            Mapped::base(Severity::Low, Status::Failure).because(&event.reason)
        }
        Event::ConfigurationApplied(event) => {
            Mapped::base(Severity::Informational, Status::Success).because(&event.by)
        }
    }
}

fn activity(action: Action) -> Activity {
    match action {
        Action::Add => ADD_USER,
        Action::Remove => REMOVE_USER,
    }
}

fn membership(event: &MembershipChanged) -> Mapped<'_> {
    Mapped {
        user: Some(objects::holder(event.principal.as_ref(), &event.account)),
        ..Mapped::group(&event.binding, activity(event.action)).because(&event.reason)
    }
}

fn change_failed(event: &ChangeFailed) -> Mapped<'_> {
    Mapped {
        user: Some(objects::holder(event.principal.as_ref(), &event.account)),
        ..Mapped::group(&event.binding, activity(event.action))
            .severe(Severity::Medium)
            .went(Status::Failure)
            .because(&event.error)
    }
}

fn coverage(event: &CoverageWarning) -> Mapped<'_> {
    match &event.warning {
        Warning::Unmatched {
            principal,
            target,
            reason,
        } => Mapped::account(objects::user(principal)).because(&format!("{target}: {reason}")),
        Warning::Unresolved { pagerduty, user } => {
            Mapped::account(objects::pagerduty_user(pagerduty, user))
        }
        Warning::Uncovered => Mapped::base(Severity::Medium, Status::Other("Uncovered")),
        Warning::Finding { finding } => {
            Mapped::base(Severity::Medium, Status::Failure).because(finding)
        }
    }
}
