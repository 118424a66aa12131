//! What people can do and ask: one function for each, whichever way they come.
//!
//! Each reads the facts, asks the policies, makes a pure decision of core's, and writes it under the versions that it was
//! made from. Where another decision came first it reads again, so that whoever lost is told what the other decided.

mod ask;
mod brief;
mod decide;
mod end;
mod judge;
mod release;
mod see;
mod take;

pub use ask::ask;
pub use brief::{Briefing, OnCall, OpenIncident, briefing};
pub use decide::{approve, cancel, deny};
pub use end::{hand_back, review, revoke};
pub use release::release;
pub(crate) use see::requests_by;
pub use see::{Requestable, grants, request, requestable, requests};
pub(crate) use take::{Untold, tell_rest};

use access_core::id::{GroupName, IdempotencyKey, PagerDutyName};
use access_core::ports::StoreError;
use access_core::principal::Principal;
use access_core::request::{Channel, Kind, Reason, Refusal};
use jiff::SignedDuration;
use std::collections::BTreeSet;

use crate::configured::Unconfigured;

/// Who acts, and by which way. The principal is proven: by Slack's signature and user id, or by the signed identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Who.
    pub principal: Principal,
    /// By which way they came.
    pub through: Channel,
}

/// What somebody asks for, for themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Into which group.
    pub group: GroupName,
    /// For how long, counted from the approval.
    pub duration: SignedDuration,
    /// Why, in their words.
    pub reason: Reason,
    /// A new place, more time, or an emergency.
    pub kind: Kind,
    /// What the caller names the request by: a repeat is then the same request.
    pub key: Option<IdempotencyKey>,
}

/// Why nothing was done. The texts are for people and hold no address; [`Refused::code`] is for programs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// What no policy can allow.
    #[error(transparent)]
    Refusal(#[from] Refusal),
    /// A policy forbids it, or none permits it.
    #[error("{}", words(.why))]
    Policy {
        /// Why, in words; may be empty.
        why: Vec<String>,
        /// Ids of the policies that decided; empty where none permits it.
        policies: BTreeSet<String>,
    },
    /// Who is on call matters here, and is not known now: until it is, the answer is no.
    #[error(
        "this depends on who is on call or at work on an incident, and too little is known of that now in PagerDuty account {}: nothing was decided, try again later",
        names(.accounts)
    )]
    Unknown {
        /// The PagerDuty accounts whose facts are too old.
        accounts: BTreeSet<PagerDutyName>,
    },
    /// There is no such thing, or none that this person may see.
    #[error("there is no such request, grant, group or plan, or you may not see it")]
    NotFound,
    /// The caller has named another wish by this key before.
    #[error("this idempotency key already names another request")]
    KeyTaken,
    /// The configuration or the store cannot be used now. It may have happened: look, then try again.
    #[error("{0}; try again")]
    Unavailable(String),
}

impl Refused {
    /// A fixed word per kind.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refusal(refusal) => match refusal {
                Refusal::AlreadyResolved(_) => "already-resolved",
                Refusal::TimedOut(_) => "timed-out",
                Refusal::OwnRequest => "own-request",
                Refusal::AlreadyApprovedBy(_) => "already-approved",
                Refusal::TooLong { .. } => "too-long",
                Refusal::NoTime => "no-time",
                Refusal::NotLive => "not-live",
                Refusal::NoRule(_) => "no-rule",
                Refusal::Blocked(_) => "blocked",
                Refusal::NotYours => "not-yours",
                Refusal::TooMany { .. } => "too-many",
                Refusal::NotYet(_) => "not-yet",
                Refusal::NothingToDo => "nothing-to-do",
            },
            Self::Policy { .. } => "policy",
            Self::Unknown { .. } => "unknown-on-call",
            Self::NotFound => "not-found",
            Self::KeyTaken => "key-taken",
            Self::Unavailable(_) => "unavailable",
        }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(_) => Self::NotFound,
            other => Self::Unavailable(other.to_string()),
        }
    }
}

impl From<Unconfigured> for Refused {
    fn from(error: Unconfigured) -> Self {
        Self::Unavailable(error.to_string())
    }
}

fn words(why: &[String]) -> String {
    if why.is_empty() {
        "no policy permits this".to_owned()
    } else {
        why.join("; ")
    }
}

fn names(accounts: &BTreeSet<PagerDutyName>) -> String {
    let names: Vec<&str> = accounts.iter().map(PagerDutyName::as_str).collect();
    names.join(", ")
}
