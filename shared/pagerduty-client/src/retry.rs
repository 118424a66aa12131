//! When and how often a failed call is sent again.

use std::time::Duration;

use backon::ExponentialBuilder;

use crate::error::Error;

/// The budget of retries of one call. Only calls that may be repeated safely are retried at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// How often a call is sent at most, the first time included; at least 1.
    pub tries_max: usize,
    /// The first wait, before jitter (up to as much again); doubled every time.
    pub delay_min: Duration,
    /// The longest wait, before jitter.
    pub delay_max: Duration,
    /// The shortest wait after a 429 that does not say when to come back.
    pub pause_without_headers: Duration,
    /// The longest wait that PagerDuty may ask for; a longer one fails the call at once.
    pub wait_max: Duration,
}

impl Default for RetryPolicy {
    /// Five tries within some ten seconds. PagerDuty's limits are per minute, so no wait need be longer.
    fn default() -> Self {
        Self {
            tries_max: 5,
            delay_min: Duration::from_millis(250),
            delay_max: Duration::from_secs(4),
            pause_without_headers: Duration::from_secs(2),
            wait_max: Duration::from_mins(1),
        }
    }
}

impl RetryPolicy {
    /// As many tries, without waiting in between: for tests.
    #[must_use]
    pub fn immediate() -> Self {
        Self {
            delay_min: Duration::ZERO,
            delay_max: Duration::ZERO,
            pause_without_headers: Duration::ZERO,
            ..Self::default()
        }
    }

    pub(crate) fn backoff(&self) -> ExponentialBuilder {
        ExponentialBuilder::new()
            .with_min_delay(self.delay_min)
            .with_max_delay(self.delay_max)
            .with_max_times(self.tries_max.saturating_sub(1))
            .with_jitter()
    }

    /// How long to wait after this failure, when the backoff says `delay`; `None` when that is too long.
    pub(crate) fn wait(&self, error: &Error, delay: Duration) -> Option<Duration> {
        let wait = match error {
            Error::RateLimited {
                retry_after: Some(asked),
                ..
            } => delay.max(*asked),
            Error::RateLimited { .. } => delay.max(self.pause_without_headers),
            _ => delay,
        };
        (wait <= self.wait_max).then_some(wait)
    }
}
