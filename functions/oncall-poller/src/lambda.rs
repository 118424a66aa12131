//! The poller as a Lambda function: payload in, JSON out, and a failed invocation where anything failed.

use crate::answer::{Answer, PollerError};
use crate::deps::Deps;
use crate::handler::handle;
use crate::invocation::{Invocation, UnknownPayload};
use jiff::Timestamp;
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::Value;
use tracing::error;

/// Why an invocation counts as failed.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// The payload is none of the poller's.
    #[error(transparent)]
    Payload(#[from] UnknownPayload),
    /// Nothing could be done.
    #[error(transparent)]
    Poller(#[from] PollerError),
    /// Something failed, and everything else was done.
    #[error("{} things failed; everything else was done: {}", .0.failures.len(), in_words(.0))]
    Partial(Box<Answer>),
}

fn in_words(answer: &Answer) -> String {
    answer
        .failures
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

/// Handles one Lambda event.
///
/// # Errors
/// When nothing could be done, and when anything failed: a partial failure must not look like success. A direct invoke
/// that wants the plans of a partly failed sync finds them in the journal.
///
/// # Panics
/// Never: an answer can always become JSON.
pub async fn invoke(
    deps: &Deps,
    now: Timestamp,
    event: LambdaEvent<Value>,
) -> Result<Value, InvocationError> {
    let deadline = i64::try_from(event.context.deadline)
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let deadline = deadline.unwrap_or(now);
    let invocation = Invocation::parse(event.payload)?;
    let answer = handle(deps, now, deadline, &invocation)
        .await
        .inspect_err(|error| error!(%error, kind = error.kind(), "nothing could be done"))?;
    if answer.failures.is_empty() {
        return Ok(
            serde_json::to_value(&answer).expect("an answer holds only texts, numbers and lists")
        );
    }
    Err(InvocationError::Partial(Box::new(answer)))
}

impl From<InvocationError> for Diagnostic {
    fn from(error: InvocationError) -> Self {
        let error_type = match &error {
            InvocationError::Payload(_) => "UnknownPayload",
            InvocationError::Poller(error) => error.kind(),
            InvocationError::Partial(_) => "PartialFailure",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: error.to_string(),
        }
    }
}
