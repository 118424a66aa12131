//! The request log: what was asked and what was answered, without any secret.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use super::Fault;

/// The newest requests kept in full; counts go on beyond it, so a long demo stays small.
const KEPT_MAX: usize = 100_000;

/// One request as the log keeps it. Headers and bodies are not kept, so no secret can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// 1 for the first request after [`RequestLog::reset`].
    pub number: u64,
    /// The simulated instant at which it came in.
    pub at: Timestamp,
    /// `GET /schedules/{id}`, or what the vendor calls the operation.
    pub operation: String,
    /// The HTTP method.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The raw query, empty if there was none.
    pub query: String,
    /// The status sent; `None` while it is handled, and for ever if the connection was cut.
    pub status: Option<u16>,
    /// The scripted fault it met.
    pub fault: Option<Fault>,
}

/// Every request a simulator got; clones share one log.
#[derive(Clone, Debug, Default)]
pub struct RequestLog {
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    total: u64,
    counts: BTreeMap<String, u64>,
    kept: VecDeque<Logged>,
}

impl RequestLog {
    /// The newest requests (up to 100,000), oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<Logged> {
        self.lock().kept.iter().cloned().collect()
    }

    /// Requests since the last [`reset`](Self::reset).
    #[must_use]
    pub fn total(&self) -> u64 {
        self.lock().total
    }

    /// Requests of one operation since the last [`reset`](Self::reset).
    #[must_use]
    pub fn count(&self, operation: &str) -> u64 {
        self.lock().counts.get(operation).copied().unwrap_or(0)
    }

    /// How many requests each operation got.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, u64> {
        self.lock().counts.clone()
    }

    /// Forgets everything and numbers from one again.
    pub fn reset(&self) {
        *self.lock() = State::default();
    }

    /// Notes a request before it is handled; answers its number.
    pub(super) fn begin(&self, mut entry: Logged) -> u64 {
        let mut state = self.lock();
        state.total += 1;
        entry.number = state.total;
        *state.counts.entry(entry.operation.clone()).or_default() += 1;
        if state.kept.len() == KEPT_MAX {
            state.kept.pop_front();
        }
        state.kept.push_back(entry);
        state.total
    }

    /// Notes the status sent; does nothing if the log was reset in between.
    pub(super) fn answered(&self, number: u64, status: u16) {
        let mut state = self.lock();
        let Some(first) = state.kept.front().map(|entry| entry.number) else {
            return;
        };
        let place = number.checked_sub(first).map(usize::try_from);
        if let Some(Ok(place)) = place
            && let Some(entry) = state.kept.get_mut(place)
        {
            entry.status = Some(status);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
