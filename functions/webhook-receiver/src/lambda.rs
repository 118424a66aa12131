//! The receiver as a Lambda function behind a Function URL.

use crate::deps::Deps;
use crate::receive::{Received, receive};
use jiff::Timestamp;
use lambda_http::{Body, Request, Response};

/// Answers one HTTP request. `lambda_http` has undone base64, so that the bytes are those that were signed.
pub async fn handle(deps: &Deps, now: Timestamp, request: Request) -> Response<Body> {
    let received = Received {
        method: request.method(),
        path: request.uri().path(),
        headers: request.headers(),
        body: request.body(),
    };
    let reply = receive(deps, now, received).await;
    reply.into_response().map(Body::from)
}
