//! The service's rate limit, which all operations share.

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};

/// Requests a second over all operations; the quota AWS gives an instance to begin with.
const CALLS_MAX: usize = 20;
const SPAN: SignedDuration = SignedDuration::from_secs(1);

/// Whether the service limits calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttling {
    /// Twenty a second, counted on the simulated clock: with a clock that stands still, the
    /// twenty-first call and all after it are refused.
    Enforced,
    /// Any number of calls.
    Off,
}

/// The calls of the last second.
#[derive(Debug)]
pub(super) struct Throttle {
    mode: Throttling,
    calls: VecDeque<Timestamp>,
}

impl Throttle {
    pub(super) fn new(mode: Throttling) -> Self {
        Self {
            mode,
            calls: VecDeque::new(),
        }
    }

    /// Counts a call; a refused one does not count.
    ///
    /// # Errors
    /// With the whole seconds to wait.
    pub(super) fn count(&mut self, now: Timestamp) -> Result<(), i64> {
        if self.mode == Throttling::Off {
            return Ok(());
        }
        // A clock that was set back must not leave calls of the future behind.
        self.calls
            .retain(|at| *at <= now && now.duration_since(*at) < SPAN);
        if self.calls.len() < CALLS_MAX {
            self.calls.push_back(now);
            return Ok(());
        }
        Err(SPAN.as_secs())
    }
}
