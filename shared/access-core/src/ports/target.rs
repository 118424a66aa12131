//! The systems that hold access.

use crate::id::{AccountId, EntitlementName, TargetGroupId};
use crate::matching::AccountMatch;
use crate::plan::{Action, Observed};
use crate::principal::Principal;
use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// One change at a target, stripped of reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Add or remove.
    pub action: Action,
    /// Which account.
    pub account: AccountId,
}

/// What became of a step that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The target changed.
    Applied,
    /// It already was so.
    AlreadySo,
}

/// One system holding access.
#[async_trait]
pub trait Target: Send + Sync {
    /// Finds the account of each principal by e-mail address: compared whole, without case, never the first hit of a search.
    ///
    /// The answer names every principal asked for.
    ///
    /// # Errors
    /// Fails when any look-up fails: not finding an account and not being able to look are different answers.
    async fn find_accounts(
        &self,
        principals: &BTreeSet<Principal>,
    ) -> Result<BTreeMap<Principal, AccountMatch>, TargetError>;

    /// Reads one group there, by its name or its id, to the last member; `None`: there is no such group.
    ///
    /// # Errors
    /// Fails rather than return a partial answer: a missing page would read as drift.
    async fn observe(&self, entitlement: &EntitlementName)
    -> Result<Option<Observed>, TargetError>;

    /// Creates an empty group of that name.
    ///
    /// # Errors
    /// As the target says; after [`TargetError::Unreachable`] the group may exist: observe again before another try.
    async fn create(&self, entitlement: &EntitlementName) -> Result<TargetGroupId, TargetError>;

    /// Makes changes in one group, all of one kind, and answers each in its place.
    ///
    /// Every step is tried even if others fail; a repeat answers [`Outcome::AlreadySo`].
    async fn apply(
        &self,
        group: &TargetGroupId,
        steps: &[Step],
    ) -> Vec<Result<Outcome, TargetError>>;
}

/// Why a target did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// The credentials are refused or lack a right: somebody must act.
    #[error("the target refuses the credentials: {0}")]
    Denied(String),
    /// The group or account does not exist there.
    #[error("the target does not know it: {0}")]
    NotFound(String),
    /// The target will not make this change, now or later: somebody must act.
    #[error("the target refuses the change: {0}")]
    Refused(String),
    /// Too many calls; nothing was done.
    #[error("the target asks to slow down")]
    Throttled {
        /// How long to wait, if it said.
        retry_after: Option<Duration>,
    },
    /// No answer, or an answer that does not tell: it may have happened.
    #[error("the target gave no clear answer: {0}")]
    Unreachable(String),
}
