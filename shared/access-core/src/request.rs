//! Requests and grants: who asked for what, what was decided, and how long it holds.
//!
//! A decision is a pure function from what is stored to a [`Step`]: the rows as they are to be, one version further,
//! and the events that tell of it. [`Requests::take`](crate::ports::Requests::take) writes a step whole or not at all,
//! and only over the versions it was made from: of two decisions at once, one is a
//! [`StoreError::Conflict`](crate::ports::StoreError::Conflict), and whoever reads again is told what the other decided.

mod ask;
mod decide;
mod due;
mod grant;
#[cfg(test)]
mod model;
mod reason;
mod refusal;
mod step;
#[cfg(test)]
mod tests;

pub use ask::{Verdict, WAITING_IN_GROUP_MAX, WAITING_MAX, ask, cancel, has_room};
pub use decide::{approve, deny};
pub use due::{end_due, escalate, facts, goes_by_config, over, time_out};
pub use grant::{hand_back, review, revoke};
pub use reason::{BadReason, REASON_CHARS_MAX, Reason};
pub use refusal::Refusal;
pub use step::Step;
pub(crate) use step::first_key;

use crate::facts::Grant;
use crate::id::{GrantId, GroupName, IdempotencyKey, RequestId, derived};
use crate::principal::Principal;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// One request for access, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Its id.
    pub id: RequestId,
    /// From 1; every change writes the next one, and only over the one before.
    pub version: u64,
    /// What was asked; never changes.
    pub asked: Asked,
    /// What became of it so far.
    pub state: RequestState,
}

/// What was asked, by whom and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Who asked; access is for themselves.
    pub by: Principal,
    /// Into which group.
    pub group: GroupName,
    /// For how long, counted from the approval.
    pub duration: SignedDuration,
    /// Why, in their words.
    pub reason: Reason,
    /// When.
    pub at: Timestamp,
    /// By which way it came.
    pub through: Channel,
    /// A new place, more time, or an emergency.
    pub kind: Kind,
    /// What the caller named the request by, so that a repeat is the same request.
    pub key: Option<IdempotencyKey>,
}

/// By which way a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Slack.
    Slack,
    /// The signed HTTP interface.
    Api,
}

/// What kind of access is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Kind {
    /// A place in the group.
    Access,
    /// More time for a grant that has not ended.
    Extension {
        /// The grant.
        grant: GrantId,
    },
    /// A place at once, loud, and reviewed afterwards.
    BreakGlass,
}

/// What became of a request so far. All but `Pending` are final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum RequestState {
    /// People are asked.
    Pending {
        /// Who agreed so far, each person once, in their order.
        approvals: Vec<Approval>,
        /// How many different approvers must agree, as the rule said when it was last looked at.
        needed: u32,
        /// From this instant on, the second list of approvers may decide too; `None`: there is none.
        escalates_at: Option<Timestamp>,
        /// When the escalation was written down and told; by then it may have been in force for a minute.
        escalated_at: Option<Timestamp>,
        /// From this instant on nobody can approve it any more, written down or not.
        times_out_at: Timestamp,
    },
    /// It was granted, or the grant that it names was extended.
    Approved {
        /// By whom.
        how: ApprovedHow,
        /// When: the grant's clock starts here.
        at: Timestamp,
        /// The grant.
        grant: GrantId,
    },
    /// An approver or a policy said no.
    Denied {
        /// Who.
        by: DeniedBy,
        /// When.
        at: Timestamp,
        /// Why, in the approver's words or the policies'.
        reason: String,
        /// Ids of the policies that decided, or that let the approver decide.
        policies: BTreeSet<String>,
    },
    /// Whoever asked took it back.
    Cancelled {
        /// Who.
        by: Principal,
        /// When.
        at: Timestamp,
    },
    /// Nobody decided in time.
    TimedOut {
        /// When the time was up, not when that was written.
        at: Timestamp,
    },
}

/// One approver's yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who; never the person who asked.
    pub by: Principal,
    /// When.
    pub at: Timestamp,
    /// Ids of the policies that let them.
    pub policies: BTreeSet<String>,
}

/// How a request came to be approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovedHow {
    /// By these people.
    ByPeople(Vec<Approval>),
    /// By policies, without asking anybody; their ids.
    ByPolicy(BTreeSet<String>),
    /// As an emergency, by policies; their ids.
    BreakGlass(BTreeSet<String>),
}

/// Who said no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeniedBy {
    /// An approver.
    Person(Principal),
    /// A policy, without asking anybody.
    Policy,
}

/// One grant as it is kept: the fact, its state, and what is still to be done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantRecord {
    /// The fact that desired membership is computed from.
    pub grant: Grant,
    /// From 1; every change writes the next one, and only over the one before.
    pub version: u64,
    /// Whether it was ended.
    pub state: GrantState,
    /// Whether somebody reviewed the emergency that it came from; `None`: it came from none.
    pub break_glass: Option<Review>,
}

/// Whether a grant was ended. One that is `Live` here is over all the same from its `expires_at` on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum GrantState {
    /// Not that anybody wrote.
    Live,
    /// It was.
    Ended {
        /// When membership ended: for one that expired, its `expires_at`.
        at: Timestamp,
        /// How.
        how: Ended,
    },
}

/// How a grant ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Ended {
    /// Its time was up.
    Expired,
    /// Its holder was done early.
    HandedBack {
        /// Its holder.
        by: Principal,
    },
    /// Somebody took it away.
    Revoked {
        /// Who.
        by: Principal,
        /// Why, in their words.
        reason: Reason,
        /// Ids of the policies that let them.
        policies: BTreeSet<String>,
    },
    /// Nobody may ask into the group any more: it left the configuration, or its request table did.
    RuleGone,
    /// The configuration blocks its holder.
    Blocked,
}

/// Whether somebody looked at a break-glass afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Review {
    /// Nobody yet.
    Open,
    /// Somebody did.
    Done {
        /// Who; never its holder.
        by: Principal,
        /// When.
        at: Timestamp,
        /// What they found.
        note: Reason,
    },
}

/// Ids of the Cedar policies that determined an answer.
pub type Policies = BTreeSet<String>;

/// The grant that an approval of this request makes. Two approvals at once name the same one.
#[must_use]
pub fn grant_of(request: RequestId) -> GrantId {
    derived(&["grant", &request.to_string()])
}

impl Request {
    /// Whether people can still decide at `now`: nobody did, and its time is not up.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        matches!(&self.state, RequestState::Pending { times_out_at, .. } if now < *times_out_at)
    }

    /// Whether the second list of approvers may decide at `now`, whether or not that was told yet.
    #[must_use]
    pub fn is_escalated(&self, now: Timestamp) -> bool {
        let RequestState::Pending { escalates_at, .. } = &self.state else {
            return false;
        };
        self.is_open(now) && escalates_at.is_some_and(|at| at <= now)
    }

    /// Who agreed, in their order; empty where nobody was asked.
    #[must_use]
    pub fn approvals(&self) -> &[Approval] {
        match &self.state {
            RequestState::Pending { approvals, .. }
            | RequestState::Approved {
                how: ApprovedHow::ByPeople(approvals),
                ..
            } => approvals,
            RequestState::Approved { .. }
            | RequestState::Denied { .. }
            | RequestState::Cancelled { .. }
            | RequestState::TimedOut { .. } => &[],
        }
    }

    /// The grant that it made or extended, once approved.
    #[must_use]
    pub fn grant(&self) -> Option<GrantId> {
        match &self.state {
            RequestState::Approved { grant, .. } => Some(*grant),
            RequestState::Pending { .. }
            | RequestState::Denied { .. }
            | RequestState::Cancelled { .. }
            | RequestState::TimedOut { .. } => None,
        }
    }
}

impl Request {
    /// One version further, in another state.
    fn next(&self, state: RequestState) -> Self {
        Self {
            state,
            ..self.further()
        }
    }

    /// One version further.
    fn further(&self) -> Self {
        Self {
            version: self.version + 1,
            ..self.clone()
        }
    }
}

impl RequestState {
    /// One word for people and programs: `pending`, `approved`, `denied`, `cancelled` or `timed out`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Pending { .. } => "pending",
            Self::Approved { .. } => "approved",
            Self::Denied { .. } => "denied",
            Self::Cancelled { .. } => "cancelled",
            Self::TimedOut { .. } => "timed out",
        }
    }
}

impl GrantRecord {
    /// When membership by it ends, or ended.
    #[must_use]
    pub fn ends_at(&self) -> Timestamp {
        match &self.state {
            GrantState::Live => self.grant.expires_at,
            GrantState::Ended { at, how: _ } => self.grant.expires_at.min(*at),
        }
    }

    /// Whether it holds its place at `now`, by comparison of times.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        matches!(self.state, GrantState::Live) && now < self.grant.expires_at
    }

    /// The fact for desired membership: a grant that ended early ends there, so that its removal is known to be meant.
    #[must_use]
    pub fn fact(&self) -> Grant {
        Grant {
            expires_at: self.ends_at(),
            ..self.grant.clone()
        }
    }

    /// Whether it came from a break-glass that nobody reviewed yet.
    #[must_use]
    pub fn awaits_review(&self) -> bool {
        matches!(self.break_glass, Some(Review::Open))
    }
}

impl Ended {
    /// In words, after "the grant ended:", without anybody's address.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::HandedBack { .. } => "handed back",
            Self::Revoked { .. } => "revoked",
            Self::RuleGone => "nobody may ask into the group any more",
            Self::Blocked => "its holder is blocked",
        }
    }
}
