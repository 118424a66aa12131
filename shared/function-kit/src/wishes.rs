//! Wishes: single events on the bus that wake a function, put there in bounded time.

use crate::bus::{BusEntry, EventBus};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

/// What the bus may take: somebody waits for an answer, and what the wish is about is stored by then.
const WITHIN: Duration = Duration::from_secs(2);

/// Puts wishes on a bus.
pub struct Wishes {
    bus: EventBus,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

impl Wishes {
    /// Puts wishes on `bus`, and says when each was made by a clock of its own: the time of the request will not do. What
    /// a wish is about was stored after that, and a reconcile that began in between has not seen it.
    #[must_use]
    pub fn new(bus: EventBus, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self {
            bus,
            clock: Box::new(clock),
        }
    }

    /// "Reconcile Requested", which wakes the poller, for groups of these names; none named means all.
    ///
    /// # Errors
    /// In words, when the bus did not take it.
    pub async fn reconcile(&self, now: Timestamp, groups: &[&str]) -> Result<(), String> {
        let detail = json!({ "groups": groups, "requested_at": (self.clock)() });
        self.wish(now, "Reconcile Requested", &detail).await
    }

    /// Any other event, at most 256 KB of it.
    ///
    /// # Errors
    /// In words, when the bus did not take it.
    pub async fn wish(
        &self,
        now: Timestamp,
        detail_type: &str,
        detail: &Value,
    ) -> Result<(), String> {
        let entry = BusEntry {
            key: format!("{now}/{detail_type}"),
            detail_type: detail_type.to_owned(),
            detail: detail.to_string(),
            at: now,
        };
        let put = self.bus.put(std::slice::from_ref(&entry));
        match tokio::time::timeout(WITHIN, put).await {
            Ok(Ok(taken)) if taken.iter().all(|taken| *taken) => Ok(()),
            Ok(Ok(_)) => Err("the event bus refused the event".to_owned()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("the event bus did not answer in time".to_owned()),
        }
    }
}
