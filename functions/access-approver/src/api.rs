//! The approver's face for programs: JSON over HTTP, for whoever AWS or a token proves them to be.
//!
//! Nobody proven, nothing done; and what somebody may not see is answered as if it were not there. The routes are one table,
//! and the types on the wire describe themselves, so that the OpenAPI document cannot say anything else than what is done.

mod caller;
mod identity;
mod input;
mod openapi;
mod page;
mod perform;
mod problem;
mod routes;
mod shape;
mod view;
mod wire;

pub use wire::{
    ApprovalView, ApprovedWord, Because, EndedWord, Finding, GrantView, GrantWord, Grants,
    GroupView, Groups, KindWord, MoreTime, NewRequest, Nothing, ProblemView, RequestView,
    RequestWord, Requests, ReviewWord, Span, Through,
};

use crate::deps::Deps;
use crate::http::{HttpReply, HttpRequest};
use access_core::principal::PrincipalId;
use jiff::Timestamp;
use perform::{Call, perform};
use problem::Problem;
use routes::{Operation, find};
use tracing::{error, info, warn};

/// Answers one request.
pub(crate) async fn answer(deps: &Deps, now: Timestamp, request: &HttpRequest) -> HttpReply {
    let mut reply = attempt(deps, now, request)
        .await
        .unwrap_or_else(Problem::reply);
    // Who has access is nothing to keep on the way.
    reply.headers.insert("cache-control", "no-store".to_owned());
    reply
}

async fn attempt(deps: &Deps, now: Timestamp, request: &HttpRequest) -> Result<HttpReply, Problem> {
    input::bounded(request)?;
    let (route, id) = find(&request.method, &request.path)?;
    if route.operation == Operation::Document {
        let document = openapi::document();
        return Ok(HttpReply::json(200, "application/json", &document));
    }
    let actor = caller::caller(deps, now, request).await;
    let actor = actor.inspect_err(|problem| note(route.operation, None, problem))?;
    let principal = actor.principal.id();
    let call = Call {
        deps,
        now,
        actor,
        request,
        route,
        id,
    };
    let done = perform(&call).await;
    done.inspect_err(|problem| note(route.operation, Some(principal), problem))
}

/// One line for what was not done; what was done is told where it is written.
fn note(operation: Operation, principal: Option<PrincipalId>, problem: &Problem) {
    let code = problem.code;
    let principal = principal.map(tracing::field::display);
    match problem.status {
        503 => error!(
            ?operation,
            code,
            principal.id = principal,
            "{operation:?} is refused: {code}"
        ),
        401 | 403 => warn!(
            ?operation,
            code,
            principal.id = principal,
            "{operation:?} is refused: {code}"
        ),
        _ => info!(
            ?operation,
            code,
            principal.id = principal,
            "{operation:?} is refused: {code}"
        ),
    }
}
