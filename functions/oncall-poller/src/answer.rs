//! What an invocation answers, and when it counts as failed.

use access_core::config::ConfigErrors;
use access_core::event::Warning;
use access_core::facts::Freshness;
use access_core::id::{GroupName, PagerDutyName, SweepId};
use access_core::plan::Plan;
use access_core::ports::StoreError;
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What was planned and done; as JSON the answer of a direct invoke.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Answer {
    /// The sweep; `None` for a dry run.
    pub sweep: Option<SweepId>,
    /// Nothing was changed or written.
    pub dry_run: bool,
    /// Another sweep was under way, and this tick left the work to it.
    pub busy: bool,
    /// Nothing was left to do: a run that began at this instant has done what was wished.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub covered_at: Option<Timestamp>,
    /// Plans of the bindings that were looked at.
    pub plans: Vec<Plan>,
    /// Changes that targets confirmed.
    pub changes: usize,
    /// What is wrong with groups, each of which holds its own removals.
    pub findings: BTreeMap<GroupName, BTreeSet<Warning>>,
    /// What failed; everything else was done.
    pub failures: BTreeSet<Failure>,
    /// How old the facts of each PagerDuty account are.
    pub freshness: BTreeMap<PagerDutyName, Freshness>,
}

/// One thing that failed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Failure {
    /// A PagerDuty account, a binding, the bus.
    pub subject: String,
    /// What happened, without addresses.
    pub error: String,
}

impl Failure {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "callers hand over what they have, borrowed or owned"
    )]
    pub(crate) fn new(subject: impl ToString, error: impl ToString) -> Self {
        Self {
            subject: subject.to_string(),
            error: error.to_string(),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.subject, self.error)
    }
}

impl Answer {
    /// Removals that wait for a person.
    #[must_use]
    pub fn held(&self) -> usize {
        self.plans.iter().map(|plan| plan.told().count()).sum()
    }
}

/// Why nothing could be done at all.
#[derive(Debug, thiserror::Error)]
pub enum PollerError {
    /// No configuration was stored yet.
    #[error("no configuration is stored: run `rotakey apply`")]
    NotConfigured,
    /// The stored configuration is refused by this version.
    #[error("the stored configuration (version {version}) is refused: {errors}")]
    BadConfig {
        /// Its version.
        version: u64,
        /// What is wrong.
        errors: ConfigErrors,
    },
    /// An account or target of the configuration makes no client.
    #[error("{what} cannot be used: {reason}")]
    Unusable {
        /// Which one.
        what: String,
        /// Why not.
        reason: String,
    },
    /// A group that was asked for does not exist.
    #[error("there is no group `{0}`")]
    NoSuchGroup(GroupName),
    /// The store could not be used; includes a lease held by another sweep.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PollerError {
    /// A fixed word per kind: alarms and callers match on it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NotConfigured => "NotConfigured",
            Self::BadConfig { .. } => "BadConfig",
            Self::Unusable { .. } => "Unusable",
            Self::NoSuchGroup(_) => "NoSuchGroup",
            Self::Store(StoreError::Leased { .. }) => "Leased",
            Self::Store(_) => "Store",
        }
    }
}
