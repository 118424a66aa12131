//! What every API request passes: credentials, rate limit, headers; then its handler.

use std::future::Future;
use std::pin::Pin;

use axum::body::Bytes;
use axum::extract::{RawPathParams, RawQuery, State};
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, FROM};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::Value;

use super::problem::Problem;
use super::query::Query;
use crate::pagerduty::PagerDuty;

/// One authorised request, as handlers see it.
pub(super) struct Call<'a> {
    pub(super) account: &'a PagerDuty,
    pub(super) now: Timestamp,
    pub(super) query: Query,
    /// The `From` header: in whose name, for the operations that ask for it.
    pub(super) from: Option<&'a str>,
    path: Vec<String>,
    body: &'a [u8],
}

/// What a handler answers; `None` is 204.
pub(super) struct Answer(pub(super) StatusCode, pub(super) Option<Value>);

pub(super) type Handler = fn(&Call<'_>) -> Result<Answer, Problem>;

impl Answer {
    pub(super) fn ok(body: Value) -> Self {
        Self(StatusCode::OK, Some(body))
    }

    pub(super) fn no_content() -> Self {
        Self(StatusCode::NO_CONTENT, None)
    }
}

impl Call<'_> {
    /// The first id in the path.
    pub(super) fn id(&self) -> &str {
        &self.path[0]
    }

    /// The second id in the path.
    pub(super) fn sub_id(&self) -> &str {
        &self.path[1]
    }

    pub(super) fn json(&self) -> Result<Value, Problem> {
        serde_json::from_slice(self.body).map_err(|_| Problem::invalid("body must be JSON"))
    }
}

type Gated = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Wraps a handler as an axum one that enforces `scope`.
pub(super) fn gate(
    scope: &'static str,
    handler: Handler,
) -> impl Fn(State<PagerDuty>, Method, Uri, HeaderMap, RawPathParams, RawQuery, Bytes) -> Gated + Clone
{
    move |State(account), method, uri, headers, params, RawQuery(query), body| {
        let path = params.iter().map(|(_, value)| value.to_owned()).collect();
        Box::pin(async move {
            let v3 = uri.path().starts_with("/v3/");
            let call = Call {
                account: &account,
                now: account.now(),
                query: Query::parse(query.as_deref().unwrap_or_default()),
                from: headers.get(FROM).and_then(|value| value.to_str().ok()),
                path,
                body: &body,
            };
            pass(&call, scope, handler, &method, &headers, v3)
        })
    }
}

fn pass(
    call: &Call<'_>,
    scope: &str,
    handler: Handler,
    method: &Method,
    headers: &HeaderMap,
    v3: bool,
) -> Response {
    let value = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let who = match call
        .account
        .credentials()
        .identify(value(AUTHORIZATION), call.now)
    {
        Ok(who) => who,
        Err(problem) => return problem.answer(v3),
    };
    let rate = call.account.rates().count(&who.limited_as, call.now);
    let result = if rate.is_exceeded {
        Err(Problem::of_status(StatusCode::TOO_MANY_REQUESTS))
    } else {
        who.may(scope, method)
            .and_then(|()| acceptable(value(ACCEPT)))
            .and_then(|()| typed(method, value(CONTENT_TYPE)))
            .and_then(|()| handler(call))
    };
    let mut response = match result {
        Ok(Answer(status, Some(body))) => (status, axum::Json(body)).into_response(),
        Ok(Answer(status, None)) => status.into_response(),
        Err(problem) => problem.answer(v3),
    };
    rate.write(response.headers_mut());
    response
}

/// Version 2 of the API, any version, or nothing (which means the token's version, 2).
fn acceptable(accept: Option<&str>) -> Result<(), Problem> {
    let is_known = |kind: &str| {
        let (media, parameters) = kind.split_once(';').unwrap_or((kind, ""));
        let version = parameters
            .split(';')
            .find_map(|part| part.trim().strip_prefix("version="));
        let known = [
            "application/vnd.pagerduty+json",
            "application/json",
            "application/*",
            "*/*",
        ];
        known.contains(&media.trim()) && version.is_none_or(|version| version == "2")
    };
    match accept {
        Some(accept) if !accept.split(',').any(is_known) => {
            Err(Problem::invalid("Accept must allow version 2"))
        }
        _ => Ok(()),
    }
}

fn typed(method: &Method, content_type: Option<&str>) -> Result<(), Problem> {
    let has_body = method == Method::POST || method == Method::PUT;
    let is_json = content_type.is_some_and(|kind| kind.starts_with("application/json"));
    if has_body && !is_json {
        return Err(Problem::invalid("Content-Type must be application/json"));
    }
    Ok(())
}

pub(super) async fn no_such_route() -> Response {
    Problem::not_found().answer(false)
}
