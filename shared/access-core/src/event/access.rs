//! What is told of requests and grants, of held removals that were let go, and of changes that failed.

use crate::group::Source;
use crate::id::{AccountId, ChangeId, GrantId, GroupName, PlanId, RequestId};
use crate::plan::{Action, Binding};
use crate::principal::Principal;
use crate::request::{
    ApprovedHow, Asked, Channel, DeniedBy, Ended, Kind, Reason, Request, RequestState,
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// "Access Requested": somebody asked for access; what was decided at once is an event of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessRequested {
    /// The request.
    pub request: RequestId,
    /// Who asked, for themselves.
    pub principal: Principal,
    /// Into which group.
    pub group: GroupName,
    /// For how long, from the approval.
    pub duration: SignedDuration,
    /// Why, in their words.
    pub reason: Reason,
    /// By which way.
    pub through: Channel,
    /// A new place, more time, or an emergency.
    pub kind: Kind,
    /// Until when people may decide; `None` where nobody was asked.
    pub times_out_at: Option<Timestamp>,
    /// Ids of the policies that decided whether anybody is asked.
    pub policies: BTreeSet<String>,
}

impl AccessRequested {
    /// What is told of a request as it is kept: people may decide while it is pending.
    #[must_use]
    pub fn of(request: &Request, policies: BTreeSet<String>) -> Self {
        let Asked {
            by,
            group,
            duration,
            reason,
            at: _,
            through,
            kind,
            key: _,
        } = request.asked.clone();
        let times_out_at = match request.state {
            RequestState::Pending { times_out_at, .. } => Some(times_out_at),
            RequestState::Approved { .. }
            | RequestState::Denied { .. }
            | RequestState::Cancelled { .. }
            | RequestState::TimedOut { .. } => None,
        };
        Self {
            request: request.id,
            principal: by,
            group,
            duration,
            reason,
            through,
            kind,
            times_out_at,
            policies,
        }
    }
}

/// "Approval Recorded": one approver of several agreed. More are needed, or earlier approvals no longer count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovalRecorded {
    /// The request.
    pub request: RequestId,
    /// Who asked.
    pub principal: Principal,
    /// Into which group.
    pub group: GroupName,
    /// Who agreed.
    pub by: Principal,
    /// Ids of the policies that let them.
    pub policies: BTreeSet<String>,
    /// How many agreed so far.
    pub approvals: u32,
    /// How many must.
    pub needed: u32,
    /// Who agreed before and no longer counts: they may not approve it any more.
    #[serde(default)]
    pub dropped: BTreeSet<Principal>,
}

/// "Access Approved": a request was granted; the membership itself is told by "Membership Changed".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessApproved {
    /// The request.
    pub request: RequestId,
    /// The grant that it made or extended.
    pub grant: GrantId,
    /// Who gets access.
    pub principal: Principal,
    /// To which group.
    pub group: GroupName,
    /// Why, in their words.
    pub reason: Reason,
    /// A new place, more time, or an emergency.
    pub kind: Kind,
    /// Who or what approved it.
    pub how: ApprovedHow,
    /// Membership begins, or began.
    pub starts_at: Timestamp,
    /// Membership ends.
    pub expires_at: Timestamp,
}

/// "Access Denied": an approver or a policy said no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessDenied {
    /// The request.
    pub request: RequestId,
    /// Who asked.
    pub principal: Principal,
    /// Into which group.
    pub group: GroupName,
    /// Who said no.
    pub by: DeniedBy,
    /// Why.
    pub reason: String,
    /// Ids of the policies that decided, or that let the approver decide.
    pub policies: BTreeSet<String>,
}

/// "Request Cancelled": whoever asked took it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestCancelled {
    /// The request.
    pub request: RequestId,
    /// Who asked, and took it back.
    pub principal: Principal,
    /// Into which group.
    pub group: GroupName,
}

/// "Request Timed Out": nobody decided in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestTimedOut {
    /// The request.
    pub request: RequestId,
    /// Who asked.
    pub principal: Principal,
    /// Into which group.
    pub group: GroupName,
    /// When the time was up.
    pub at: Timestamp,
}

/// "Request Escalated": the second list of approvers may decide from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestEscalated {
    /// The request.
    pub request: RequestId,
    /// Who asked.
    pub principal: Principal,
    /// Into which group.
    pub group: GroupName,
    /// The second list.
    pub to: BTreeSet<Source>,
    /// Until when people may decide.
    pub times_out_at: Timestamp,
}

/// "Grant Ended": a grant no longer makes a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantEnded {
    /// The grant.
    pub grant: GrantId,
    /// The request that it came from.
    pub request: RequestId,
    /// Who held it.
    pub principal: Principal,
    /// In which group.
    pub group: GroupName,
    /// When it was to end.
    pub expires_at: Timestamp,
    /// When it ended.
    pub at: Timestamp,
    /// How.
    pub ended: Ended,
}

/// "Grant Extended": a grant ends later than it was to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantExtended {
    /// The grant.
    pub grant: GrantId,
    /// The request for more time.
    pub request: RequestId,
    /// Who holds it.
    pub principal: Principal,
    /// In which group.
    pub group: GroupName,
    /// When it was to end.
    pub before: Timestamp,
    /// When it ends now.
    pub expires_at: Timestamp,
}

/// "Break Glass Used": somebody let themselves in without an approval; somebody has to review it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakGlassUsed {
    /// The request.
    pub request: RequestId,
    /// The grant that it made.
    pub grant: GrantId,
    /// Who.
    pub principal: Principal,
    /// Into which group.
    pub group: GroupName,
    /// Why, in their words.
    pub reason: Reason,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Ids of the policies that let them.
    pub policies: BTreeSet<String>,
}

/// "Break Glass Reviewed": somebody looked at it afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakGlassReviewed {
    /// The grant.
    pub grant: GrantId,
    /// The request that it came from.
    pub request: RequestId,
    /// Who used it.
    pub principal: Principal,
    /// In which group.
    pub group: GroupName,
    /// Who reviewed it.
    pub by: Principal,
    /// What they found.
    pub note: Reason,
}

/// "Removals Released": a person let held removals go; they happen with the next sweep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovalsReleased {
    /// The held plan.
    pub plan: PlanId,
    /// Which group and entitlement.
    pub binding: Binding,
    /// How many removals.
    pub removals: usize,
    /// Who let them go, as they named themselves or were named.
    pub by: String,
    /// Since when they were held: a plan that is held again has the same id. `None`: told by an older version.
    #[serde(default)]
    pub since: Option<Timestamp>,
}

/// "Change Failed": a target refused a change or did not answer; every sweep tries it again, and it is told once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeFailed {
    /// The change.
    pub change: ChangeId,
    /// Which group and entitlement.
    pub binding: Binding,
    /// To be added or removed.
    pub action: Action,
    /// Who; `None` for an account that Rotakey knows nothing of.
    pub principal: Option<Principal>,
    /// The account in the target.
    pub account: AccountId,
    /// What the target said.
    pub error: String,
}
