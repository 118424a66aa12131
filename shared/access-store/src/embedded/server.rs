//! HTTP before the engine: DynamoDB's JSON, for those who know the secret path, and for no web page.
//!
//! The engine comes with a server of its own, which takes any signature and lets every web page read its answers. A loopback
//! port is open to all pages and to every user of the machine, so the path is what keeps them out.

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// DynamoDB's own limit for one request.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
/// What stands before the name of an operation.
const TARGET: &str = "DynamoDB_20120810.";
/// The answer to an operation that is not served.
const UNKNOWN: &str = r#"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#;
/// How the engine marks, as it reads a request, that a value in it is refused.
const REFUSED: [&str; 3] = ["VALIDATION:", "VALIDATION_REQUEST:", "VALIDATION_AS_READ:"];

/// Serves the engine at `/SECRET`, with and without a slash at the end, and nothing anywhere else.
pub(super) fn router(database: Database, secret: &str) -> Router {
    Router::new()
        .route(&format!("/{secret}"), post(answer))
        .route(&format!("/{secret}/"), post(answer))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn(refuse_pages))
        .with_state(database)
}

/// Answers 403 to web pages: browsers say where a page came from, nothing else does.
async fn refuse_pages(request: Request, next: Next) -> Response {
    if request.headers().contains_key(header::ORIGIN) {
        return StatusCode::FORBIDDEN.into_response();
    }
    next.run(request).await
}

/// Asks the engine on this very thread: it answers in milliseconds, one request after the other.
async fn answer(State(database): State<Database>, headers: HeaderMap, body: Bytes) -> Response {
    let operation = headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok())
        .and_then(|target| target.strip_prefix(TARGET));
    let Some(done) = operation.and_then(|operation| run(&database, operation, &body)) else {
        return reply(StatusCode::BAD_REQUEST, UNKNOWN.to_owned());
    };
    match done {
        Ok(answer) => reply(StatusCode::OK, answer),
        Err(error) => {
            let status = StatusCode::from_u16(error.status_code());
            reply(status.unwrap_or(StatusCode::BAD_REQUEST), error.to_json())
        }
    }
}

/// `None`: the operation is none of those that the stores and their tests need.
fn run(database: &Database, operation: &str, body: &[u8]) -> Option<Result<String, DynoxideError>> {
    Some(match operation {
        "CreateTable" => call(body, |asked| database.create_table(asked)),
        "DescribeTable" => call(body, |asked| database.describe_table(asked)),
        "DescribeTimeToLive" => call(body, |asked| database.describe_time_to_live(asked)),
        "UpdateTimeToLive" => call(body, |asked| database.update_time_to_live(asked)),
        "GetItem" => call(body, |asked| database.get_item(asked)),
        "PutItem" => call(body, |asked| database.put_item(asked)),
        "UpdateItem" => call(body, |asked| database.update_item(asked)),
        "DeleteItem" => call(body, |asked| database.delete_item(asked)),
        "Query" => call(body, |asked| database.query(asked)),
        "Scan" => call(body, |asked| database.scan(asked)),
        "TransactWriteItems" => call(body, |asked| database.transact_write_items(asked)),
        _ => return None,
    })
}

fn call<Asked: DeserializeOwned, Answer: Serialize>(
    body: &[u8],
    run: impl FnOnce(Asked) -> Result<Answer, DynoxideError>,
) -> Result<String, DynoxideError> {
    let asked = serde_json::from_slice(body).map_err(|error| unreadable(&error))?;
    serde_json::to_string(&run(asked)?)
        .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}

fn unreadable(error: &serde_json::Error) -> DynoxideError {
    let text = error.to_string();
    let why = REFUSED.iter().find_map(|mark| text.strip_prefix(*mark));
    match why {
        Some(why) => DynoxideError::ValidationException(why.to_owned()),
        None => DynoxideError::SerializationException(text),
    }
}

fn reply(status: StatusCode, body: String) -> Response {
    let kind = (header::CONTENT_TYPE, "application/x-amz-json-1.0");
    (status, [kind], body).into_response()
}
