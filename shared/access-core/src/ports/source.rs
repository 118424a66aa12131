//! Reading the rota of one PagerDuty account.

use crate::facts::PagerDutyFacts;
use crate::id::{EscalationPolicyId, ScheduleId};
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// What one read should find out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// The covered span begins here.
    pub covers_from: Timestamp,
    /// The covered span ends here, excluded.
    pub covers_until: Timestamp,
    /// Schedules that groups name.
    pub schedules: BTreeSet<ScheduleId>,
    /// Whether every schedule of the account is wanted, for templates.
    pub all_schedules: bool,
    /// Escalation policies that groups name.
    pub escalation_policies: BTreeSet<EscalationPolicyId>,
}

/// One PagerDuty account's rota.
#[async_trait]
pub trait RotaSource: Send + Sync {
    /// Reads all that is asked, every list to its last page; `read_at` of the answer is `now`.
    ///
    /// `previous` lends names and addresses that need no new look-up, and the shifts of a single schedule that
    /// could not be read while everything else could ([`Reading::Failed`](crate::facts::Reading::Failed)).
    ///
    /// # Errors
    /// Fails rather than answer in part: a missing page would look like people going off call.
    async fn read(
        &self,
        now: Timestamp,
        ask: &Ask,
        previous: Option<&PagerDutyFacts>,
    ) -> Result<PagerDutyFacts, ReadError>;
}

/// Why PagerDuty could not be read; what was known before stays.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The credentials are refused, or lack a scope: somebody must act.
    #[error("PagerDuty refuses the credentials: {0}")]
    Refused(String),
    /// PagerDuty does not answer, answers with an error of its own, or asks to slow down: the next tick tries again.
    #[error("PagerDuty cannot be read now: {0}")]
    Unavailable(String),
    /// The answer is not what PagerDuty documents.
    #[error("PagerDuty's answer cannot be understood: {0}")]
    Malformed(String),
}
