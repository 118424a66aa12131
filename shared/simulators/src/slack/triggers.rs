//! Trigger ids: what lets an app open one dialog for somebody who just did something.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::refusal::Refusal;

/// For how long a trigger is good; Slack's own figure.
const LIFE: SignedDuration = SignedDuration::from_secs(3);

/// Every trigger given out.
#[derive(Debug, Default)]
pub(super) struct Triggers(BTreeMap<String, Trigger>);

#[derive(Debug)]
struct Trigger {
    user: String,
    given_at: Timestamp,
    is_exchanged: bool,
}

impl Triggers {
    /// A new trigger for `user`.
    pub(super) fn give(&mut self, user: &str, now: Timestamp) -> String {
        let number = self.0.len() + 1;
        let second = now.as_second();
        let id = format!("{number}.{second}.{number:032x}");
        let trigger = Trigger {
            user: user.to_owned(),
            given_at: now,
            is_exchanged: false,
        };
        self.0.insert(id.clone(), trigger);
        id
    }

    /// Whether the trigger is good now, and for whom.
    pub(super) fn check(&self, id: &str, now: Timestamp) -> Result<String, Refusal> {
        let Some(trigger) = self.0.get(id) else {
            return Err(Refusal::new("invalid_trigger_id"));
        };
        if trigger.is_exchanged {
            return Err(Refusal::new("exchanged_trigger_id"));
        }
        if now.duration_since(trigger.given_at) >= LIFE {
            return Err(Refusal::new("expired_trigger_id"));
        }
        Ok(trigger.user.clone())
    }

    /// Uses a trigger up.
    pub(super) fn exchange(&mut self, id: &str) {
        if let Some(trigger) = self.0.get_mut(id) {
            trigger.is_exchanged = true;
        }
    }
}
