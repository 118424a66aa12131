//! The HTTP side: `/api/METHOD`, who is asking, and how often.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{AUTHORIZATION, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{any, post};
use serde_json::{Value, json};

use super::form::Form;
use super::hooks;
use super::limits::Tier;
use super::methods::{self, Call};
use super::refusal::Refusal;
use super::workspace::Workspace;
use crate::kit::{SimClock, Vendor};

/// Where response addresses are; what follows names one.
pub(super) const HOOKS: &str = "/hooks/";

/// How the kit names Slack's operations and forges its errors.
pub(super) const VENDOR: Vendor = Vendor {
    operation: |parts: &Parts| {
        let path = parts.uri.path();
        let is_hook = path.starts_with(HOOKS);
        let method = path.strip_prefix("/api/");
        method
            .or_else(|| is_hook.then_some("response_url"))
            .map(str::to_owned)
    },
    error_body: |status| {
        let code = match status {
            StatusCode::TOO_MANY_REQUESTS => "ratelimited",
            StatusCode::SERVICE_UNAVAILABLE => "service_unavailable",
            status if status.is_server_error() => "internal_error",
            _ => "invalid_arguments",
        };
        json!({"ok": false, "error": code})
    },
    more_follows: |body| {
        body.insert(
            "response_metadata".to_owned(),
            json!({"next_cursor": "bW9yZQ=="}),
        );
    },
};

#[derive(Clone)]
struct Shared {
    clock: SimClock,
    workspace: Arc<Mutex<Workspace>>,
}

pub(super) fn router(clock: SimClock, workspace: Arc<Mutex<Workspace>>) -> Router {
    Router::new()
        .route("/api/{method}", any(serve))
        .route("/hooks/{key}", post(take_reply))
        .with_state(Shared { clock, workspace })
}

async fn serve(
    State(shared): State<Shared>,
    Path(method): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let now = shared.clock.now();
    let mut workspace = shared
        .workspace
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    let form = match Form::parse(query.as_deref().unwrap_or_default(), &body) {
        Ok(form) => form,
        Err(refusal) => return Json(refusal.into_body()).into_response(),
    };
    let token = bearer(&headers).or(form.text("token"));
    if let Err(refusal) = workspace.tokens.admit(token) {
        return Json(refusal.into_body()).into_response();
    }
    let Some(method) = methods::find(&method) else {
        let refusal = Refusal::new("unknown_method").with("req_method", json!(method));
        return Json(refusal.into_body()).into_response();
    };
    let what = match (method.tier, form.text("channel")) {
        (Tier::Posting, Some(channel)) => format!("{} {channel}", method.name),
        _ => method.name.to_owned(),
    };
    if let Err(wait_seconds) = workspace.limits.count(&what, method.tier, now) {
        return limited(wait_seconds);
    }
    let allowed = workspace.tokens.allow(method.scope);
    let answer = allowed.and_then(|()| (method.answer)(&mut workspace, &Call { form, now }));
    let scopes = [("x-oauth-scopes", workspace.tokens.listed())];
    let body = answer.map_or_else(Refusal::into_body, accepted);
    (scopes, Json(body)).into_response()
}

async fn take_reply(
    State(shared): State<Shared>,
    Path(key): Path<String>,
    body: Bytes,
) -> Response {
    let now = shared.clock.now();
    let mut workspace = shared
        .workspace
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    match hooks::post(&mut workspace, &key, &body, now) {
        Ok(()) => Json(json!({"ok": true})).into_response(),
        Err((status, code)) => {
            let status = StatusCode::from_u16(status).expect("a hook refuses with a valid status");
            (status, Json(json!({"ok": false, "error": code}))).into_response()
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

fn accepted(mut body: Value) -> Value {
    body["ok"] = json!(true);
    body
}

fn limited(wait_seconds: i64) -> Response {
    let body = Refusal::new("ratelimited").into_body();
    let headers = [(RETRY_AFTER, wait_seconds.to_string())];
    (StatusCode::TOO_MANY_REQUESTS, headers, Json(body)).into_response()
}
