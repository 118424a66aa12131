//! What is told about PagerDuty's webhooks themselves.

use crate::id::{PagerDutyName, WebhookSubscriptionId};
use serde::{Deserialize, Serialize};

/// PagerDuty delivers nothing to a webhook subscription. What happens to incidents meanwhile is seen by the next read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookDisabled {
    /// The PagerDuty account.
    pub pagerduty: PagerDutyName,
    /// Which one.
    pub subscription: WebhookSubscriptionId,
    /// Why not.
    pub why: WebhookStop,
}

/// Why PagerDuty delivers nothing to a webhook subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookStop {
    /// Three deliveries in a row were refused: it is off for a day, unless somebody enables it before.
    Refusals,
    /// Its owner switched it off.
    SwitchedOff,
}

/// Nobody may ask whether an account's webhooks are delivered. Nothing else depends on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookUnwatched {
    /// The PagerDuty account.
    pub pagerduty: PagerDutyName,
    /// What is missing, in words.
    pub reason: String,
}

impl WebhookDisabled {
    /// The same as long as it stands so, so that it is told once; begins with the account and `/`.
    #[must_use]
    pub fn key(&self) -> String {
        let why = match self.why {
            WebhookStop::Refusals => "refusals",
            WebhookStop::SwitchedOff => "switched-off",
        };
        format!("{}/{}/{why}", self.pagerduty, self.subscription)
    }
}

impl WebhookUnwatched {
    /// The same as long as nobody may ask, whatever the words of the refusal; begins with the account and `/`.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}/unwatched", self.pagerduty)
    }
}
