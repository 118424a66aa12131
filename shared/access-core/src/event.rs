//! What Rotakey tells the owner's bus.

use crate::id::{
    AccountId, ChangeId, GroupName, PagerDutyName, PagerDutyUserId, PlanId, SweepId, TargetName,
};
use crate::matching::Unmatched;
use crate::membership::Causes;
use crate::plan::{Action, Binding};
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

impl Event {
    /// The `detail-type` on the bus.
    #[must_use]
    pub fn detail_type(&self) -> &'static str {
        match self {
            Self::MembershipChanged(_) => "Membership Changed",
            Self::RemovalsHeld(_) => "Removals Held",
            Self::SyncFailed(_) => "Sync Failed",
            Self::CoverageWarning(_) => "Coverage Warning",
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
        };
        json.expect("events hold only texts, numbers and lists")
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
