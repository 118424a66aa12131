//! One request to the identity store: in its turn, in bounded time, repeated where that is harmless.

use super::failure::{Failed, Why};
use super::pace::Pace;
use aws_sdk_identitystore::Client;
use aws_sdk_identitystore::Error;
use aws_sdk_identitystore::config::http::HttpResponse;
use aws_sdk_identitystore::config::retry::RetryConfig;
use aws_sdk_identitystore::config::timeout::TimeoutConfig;
use aws_sdk_identitystore::error::SdkError;
use backon::{BackoffBuilder, ExponentialBuilder};
use std::time::Duration;
use tracing::debug;

/// One request; AWS answers in a tenth of a second. A removal with every repeat it may need still ends well within
/// the fifteen seconds that a sweep keeps free at the end of its lease.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(4);

/// Requests of one call at most, the first included.
const TRIES_MAX: usize = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// A longer wait is reported and not waited for: the next sweep comes within a minute.
const PAUSE_MAX: Duration = Duration::from_secs(3);

/// An operation of the service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation {
    name: &'static str,
    is_read: bool,
}

impl Operation {
    pub(super) const fn reading(name: &'static str) -> Self {
        Self {
            name,
            is_read: true,
        }
    }

    /// Never sent again after an unknown end: the next sweep looks at what became of it.
    pub(super) const fn writing(name: &'static str) -> Self {
        Self {
            name,
            is_read: false,
        }
    }

    pub(super) fn name(self) -> &'static str {
        self.name
    }
}

/// The way to one identity store.
#[derive(Debug)]
pub(super) struct Wire {
    pub(super) client: Client,
    pub(super) store_id: String,
    pace: Pace,
    first_pause: Duration,
}

impl Wire {
    pub(super) fn new(client: &Client, store_id: String, pace: Pace) -> Self {
        let config = client.config();
        let mut times = TimeoutConfig::builder();
        if let Some(given) = config.timeout_config() {
            times = times.take_unset_from(given.to_builder());
        }
        let ours = TimeoutConfig::builder().operation_attempt_timeout(REQUEST_TIME_MAX);
        let config = config
            .to_builder()
            .retry_config(RetryConfig::disabled())
            .timeout_config(times.take_unset_from(ours).build());
        Self {
            client: Client::from_conf(config.build()),
            store_id,
            pace,
            first_pause: FIRST_PAUSE,
        }
    }

    pub(super) fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    pub(super) fn set_first_pause(&mut self, pause: Duration) {
        self.first_pause = pause;
    }

    /// Sends a request. What refuses before doing anything is repeated for every operation; an unknown end only for
    /// reads, and only once. The same goes for an answer that something is missing but not what: an error page in the
    /// way must not pass for a group that is gone.
    pub(super) async fn call<T, E, F>(
        &self,
        operation: Operation,
        send: impl Fn() -> F,
    ) -> Result<T, Failed>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        Error: From<SdkError<E, HttpResponse>>,
    {
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(self.first_pause)
            .with_max_times(TRIES_MAX - 1)
            .with_jitter()
            .build();
        let mut doubted = false;
        loop {
            self.pace.take().await;
            let failed = match send().await {
                Ok(answer) => return Ok(answer),
                Err(error) => Failed::of(operation.name, error),
            };
            let pause = match &failed.why {
                Why::Throttled { retry_after } => pauses
                    .next()
                    .map(|pause| pause.max(retry_after.unwrap_or_default())),
                Why::Conflict {
                    is_concurrent: true,
                } => pauses.next(),
                Why::Unclear(_) | Why::Missing(None) if operation.is_read && !doubted => {
                    doubted = true;
                    pauses.next()
                }
                _ => None,
            };
            let Some(pause) = pause.filter(|pause| *pause <= PAUSE_MAX) else {
                return Err(failed);
            };
            let pause_ms = pause.as_millis();
            debug!(
                aws.operation = operation.name,
                pause_ms, "repeating `{}`", operation.name
            );
            tokio::time::sleep(pause).await;
        }
    }
}
