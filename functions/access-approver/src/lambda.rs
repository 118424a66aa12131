//! The approver as a Lambda function: a payload in, JSON out. Payloads are told apart by their shape.

mod afterwards;
mod door;

pub use afterwards::run;
pub use door::enter;

use crate::api;
use crate::deps::Deps;
use crate::http::{HttpReply, HttpRequest, NotHttp};
use crate::react::{ReactError, react};
use crate::slack;
use function_kit::metrics;
use jiff::Timestamp;
use lambda_runtime::Diagnostic;
use serde_json::Value;
use tracing::error;

/// The paths that Slack calls begin so; all others are the HTTP interface's.
const SLACK: &str = "/slack/";

/// Why an invocation counts as failed. An HTTP request never fails: it is answered.
#[derive(Debug, thiserror::Error)]
pub enum InvocationError {
    /// The payload comes from neither a Function URL nor the bus.
    #[error("the payload is neither a request of a Function URL nor an event of the bus")]
    Payload,
    /// The payload looked like HTTP.
    #[error(transparent)]
    Http(#[from] NotHttp),
    /// Not everybody could be told of an event.
    #[error(transparent)]
    React(#[from] ReactError),
}

/// Handles one Lambda event, and reports what it measured. Safe to repeat.
///
/// # Errors
/// [`InvocationError`]; an event of the bus is then delivered again.
pub async fn invoke(deps: &Deps, now: Timestamp, payload: Value) -> Result<Value, InvocationError> {
    metrics::reported(now, take(deps, now, payload)).await
}

async fn take(deps: &Deps, now: Timestamp, payload: Value) -> Result<Value, InvocationError> {
    if payload.get("detail-type").is_some() {
        let event = serde_json::from_value(payload).map_err(|_| InvocationError::Payload)?;
        react(deps, now, event)
            .await
            .inspect_err(|error| error!(%error, kind = error.kind(), "not everybody was told"))?;
        return Ok(Value::Null);
    }
    if payload.get("requestContext").is_some() {
        let request = HttpRequest::read(payload)?;
        return Ok(answer(deps, now, &request).await.into_payload());
    }
    Err(InvocationError::Payload)
}

/// Answers one HTTP request, whichever server brought it.
pub async fn answer(deps: &Deps, now: Timestamp, request: &HttpRequest) -> HttpReply {
    if request.path.starts_with(SLACK) {
        slack::answer(deps, now, request).await
    } else {
        api::answer(deps, now, request).await
    }
}

impl From<InvocationError> for Diagnostic {
    fn from(error: InvocationError) -> Self {
        let error_type = match &error {
            InvocationError::Payload => "UnknownPayload",
            InvocationError::Http(_) => "NotHttp",
            InvocationError::React(error) => error.kind(),
        };
        Self {
            error_type: error_type.to_owned(),
            error_message: error.to_string(),
        }
    }
}
