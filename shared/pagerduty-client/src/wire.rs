//! Sends requests one by one under a timeout and a deadline, and again where that is safe.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use backon::Retryable;
use reqwest::{RequestBuilder, Response, StatusCode, header::HeaderMap};
use tokio::time::{self, Instant};

use crate::{
    error::{Error, Operation},
    instance::Instance,
    limit,
    retry::RetryPolicy,
};

/// A page of 100 schedules with two weeks of entries stays below one megabyte; more than this is no answer.
const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// An answer read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Vec<u8>,
}

/// What every request needs, whichever host it goes to.
pub(crate) struct Line {
    pub(crate) instance: Instance,
    pub(crate) http: reqwest::Client,
    pub(crate) retry: RetryPolicy,
    pub(crate) call_timeout: Duration,
}

/// A line and the deadline of whoever is using it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Wire {
    line: Arc<Line>,
    deadline: Option<Instant>,
}

impl Wire {
    pub(crate) fn new(line: Line) -> Self {
        let line = Arc::new(line);
        let deadline = None;
        Self { line, deadline }
    }

    pub(crate) fn with_deadline(&self, deadline: Instant) -> Self {
        let line = Arc::clone(&self.line);
        let deadline = Some(self.deadline.map_or(deadline, |known| known.min(deadline)));
        Self { line, deadline }
    }

    pub(crate) fn instance(&self) -> &Instance {
        &self.line.instance
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.line.http
    }

    pub(crate) fn retry(&self) -> &RetryPolicy {
        &self.line.retry
    }

    /// Sends one request, once. Failures that may pass come back as errors: 408 and 5xx as `Unreachable`, 429 as
    /// `RateLimited`. `learn` sees the headers of every answer.
    pub(crate) async fn send_once(
        &self,
        operation: &Operation,
        request: RequestBuilder,
        learn: impl FnOnce(&HeaderMap),
    ) -> Result<Answer, Error> {
        let timeout = self.timeout(operation)?;
        let response = request.timeout(timeout).send().await;
        let response = response.map_err(|error| self.cut(operation, None, error))?;
        let status = response.status();
        learn(response.headers());
        match status {
            StatusCode::TOO_MANY_REQUESTS => Err(Error::RateLimited {
                operation: operation.clone(),
                retry_after: limit::retry_after(response.headers()),
            }),
            status if status == StatusCode::REQUEST_TIMEOUT || status.is_server_error() => {
                Err(Error::Unreachable {
                    operation: operation.clone(),
                    status: Some(status.as_u16()),
                    source: None,
                })
            }
            status => {
                let body = self.read(operation, response).await?;
                Ok(Answer { status, body })
            }
        }
    }

    /// Runs `attempt` until it succeeds, fails for good, or the budget or the deadline is spent.
    pub(crate) async fn retrying<T, F, Fut>(
        &self,
        operation: &Operation,
        attempt: F,
    ) -> Result<T, Error>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, Error>>,
    {
        let is_late = AtomicBool::new(false);
        let outcome = attempt
            .retry(self.line.retry.backoff())
            .when(|error| matches!(error, Error::RateLimited { .. } | Error::Unreachable { .. }))
            .adjust(|error, delay| {
                let wait = self.line.retry.wait(error, delay?)?;
                is_late.store(self.is_late_after(wait), Ordering::Relaxed);
                (!is_late.load(Ordering::Relaxed)).then_some(wait)
            })
            .notify(|error, wait| {
                let wait_ms = wait.as_millis();
                tracing::debug!(operation = %operation, error = error.kind(), wait_ms, "trying {operation} again");
            })
            .await;
        match outcome {
            Err(error) if is_late.load(Ordering::Relaxed) => Err(Error::DeadlinePassed {
                operation: operation.clone(),
                source: Some(Box::new(error)),
            }),
            outcome => outcome,
        }
    }

    /// Awaits something that has no timeout of its own, but never past the deadline.
    pub(crate) async fn in_time<T>(
        &self,
        operation: &Operation,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        match self.deadline {
            Some(deadline) => time::timeout_at(deadline, work)
                .await
                .unwrap_or_else(|_| Err(late(operation))),
            None => work.await,
        }
    }

    /// Waits, unless that would end past the deadline: then it fails at once.
    pub(crate) async fn pause(&self, operation: &Operation, wait: Duration) -> Result<(), Error> {
        if self.is_late_after(wait) {
            return Err(late(operation));
        }
        time::sleep(wait).await;
        Ok(())
    }

    /// Fails once the deadline has come.
    pub(crate) fn check_time(&self, operation: &Operation) -> Result<(), Error> {
        if self.is_late_after(Duration::ZERO) {
            return Err(late(operation));
        }
        Ok(())
    }

    fn is_late_after(&self, wait: Duration) -> bool {
        self.deadline
            .is_some_and(|deadline| Instant::now() + wait >= deadline)
    }

    /// The time that one request may take: the usual timeout, or what is left until the deadline.
    fn timeout(&self, operation: &Operation) -> Result<Duration, Error> {
        let usual = self.line.call_timeout;
        let Some(deadline) = self.deadline else {
            return Ok(usual);
        };
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(late(operation));
        }
        Ok(usual.min(left))
    }

    async fn read(&self, operation: &Operation, mut response: Response) -> Result<Vec<u8>, Error> {
        let status = response.status().as_u16();
        let mut body = Vec::new();
        loop {
            let chunk = response.chunk().await;
            let Some(chunk) = chunk.map_err(|error| self.cut(operation, Some(status), error))?
            else {
                return Ok(body);
            };
            if body.len() + chunk.len() > BODY_BYTES_MAX {
                return Err(Error::Malformed {
                    operation: operation.clone(),
                    what: format!("it is longer than {BODY_BYTES_MAX} bytes"),
                });
            }
            body.extend_from_slice(&chunk);
        }
    }

    /// A failure of the network layer. Its URL holds search texts, so it is taken out.
    fn cut(&self, operation: &Operation, status: Option<u16>, error: reqwest::Error) -> Error {
        let failure = Error::Unreachable {
            operation: operation.clone(),
            status,
            source: Some(Box::new(error.without_url())),
        };
        if self.is_late_after(Duration::ZERO) {
            return Error::DeadlinePassed {
                operation: operation.clone(),
                source: Some(Box::new(failure)),
            };
        }
        failure
    }
}

fn late(operation: &Operation) -> Error {
    Error::DeadlinePassed {
        operation: operation.clone(),
        source: None,
    }
}
