//! The poller as a Lambda function: payload in, JSON out, and a failed invocation where anything failed.

use crate::answer::{Failure, PollerError};
use crate::deps::Deps;
use crate::handler::handle;
use crate::invocation::{Invocation, UnknownPayload};
use function_kit::metrics;
use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Diagnostic, LambdaEvent};
use serde_json::Value;
use std::collections::BTreeSet;
use tracing::error;

/// The time of an invocation of which no deadline is told: `cargo lambda watch` names an instant of 1970. As in the
/// stack's template.
const TIME_UNTOLD: SignedDuration = SignedDuration::from_secs(120);

/// Why an invocation counts as failed.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// The payload is none of the poller's.
    #[error(transparent)]
    Payload(#[from] UnknownPayload),
    /// Nothing could be done.
    #[error(transparent)]
    Poller(#[from] PollerError),
    /// Something failed, and everything else was done. In words only: the runtime logs whatever is in here, and an answer
    /// names people.
    #[error("{failed} failed; everything else was done: {what}")]
    Partial {
        /// How many.
        failed: usize,
        /// What.
        what: String,
    },
}

impl InvocationError {
    fn partial(failures: &BTreeSet<Failure>) -> Self {
        let what: Vec<String> = failures.iter().map(ToString::to_string).collect();
        Self::Partial {
            failed: failures.len(),
            what: what.join("; "),
        }
    }
}

/// Handles one Lambda event, and reports what it measured.
///
/// # Errors
/// When nothing could be done, and when anything failed: a partial failure must not look like success. A direct invoke
/// that wants the plans of a partly failed sync finds them in the journal.
pub async fn invoke(
    deps: &Deps,
    now: Timestamp,
    event: LambdaEvent<Value>,
) -> Result<Value, InvocationError> {
    metrics::reported(now, answer(deps, now, event)).await
}

async fn answer(
    deps: &Deps,
    now: Timestamp,
    event: LambdaEvent<Value>,
) -> Result<Value, InvocationError> {
    let deadline = i64::try_from(event.context.deadline)
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok());
    let deadline = deadline
        .filter(|deadline| *deadline > now)
        .unwrap_or(now + TIME_UNTOLD);
    let invocation = Invocation::parse(event.payload)?;
    let answer = handle(deps, now, deadline, &invocation)
        .await
        .inspect_err(|error| error!(%error, kind = error.kind(), "nothing could be done"))?;
    if answer.failures.is_empty() {
        return Ok(
            serde_json::to_value(&answer).expect("an answer holds only texts, numbers and lists")
        );
    }
    Err(InvocationError::partial(&answer.failures))
}

impl From<InvocationError> for Diagnostic {
    fn from(error: InvocationError) -> Self {
        let error_type = match &error {
            InvocationError::Payload(_) => "UnknownPayload",
            InvocationError::Poller(error) => error.kind(),
            InvocationError::Partial { .. } => "PartialFailure",
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: error.to_string(),
        }
    }
}
