//! The HTTP side: `POST /` with the operation in `X-Amz-Target`.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};

use super::operations;
use super::refusal::{Refusal, Resource};
use super::store::Store;
use super::throttle::Throttle;
use crate::kit::{SimClock, Vendor};

const TARGET: &str = "x-amz-target";
const REQUEST_ID: &str = "x-amzn-requestid";

/// How the kit names the service's operations and forges its errors.
pub(super) const VENDOR: Vendor = Vendor {
    operation: |parts: &Parts| operation(&parts.headers).map(str::to_owned),
    error_body: |status| Refusal::of_status(status).into_body(),
    more_follows: |body| {
        body.insert("NextToken".to_owned(), json!("bW9yZQ=="));
    },
};

#[derive(Clone)]
struct Shared {
    clock: SimClock,
    store: Arc<Mutex<Store>>,
    throttle: Arc<Mutex<Throttle>>,
    requests: Arc<AtomicU64>,
}

pub(super) fn router(clock: SimClock, store: Arc<Mutex<Store>>, throttle: Throttle) -> Router {
    let throttle = Arc::new(Mutex::new(throttle));
    let shared = Shared {
        clock,
        store,
        throttle,
        requests: Arc::default(),
    };
    Router::new().route("/", post(serve)).with_state(shared)
}

async fn serve(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let number = shared.requests.fetch_add(1, Ordering::Relaxed) + 1;
    let answer = answer(&shared, &headers, &body);
    let (status, body) = match answer {
        Ok(body) => (StatusCode::OK, body),
        Err(refusal) => (refusal.status(), refusal.into_body()),
    };
    let wait = body["RetryAfterSeconds"].as_i64();
    let mut response = (status, body.to_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/x-amz-json-1.1"),
    );
    if let Ok(id) = format!("00000000-0000-4000-8000-{number:012x}").parse() {
        headers.insert(REQUEST_ID, id);
    }
    if let Some(wait) = wait {
        headers.insert(RETRY_AFTER, wait.into());
    }
    response
}

fn answer(shared: &Shared, headers: &HeaderMap, body: &[u8]) -> Result<Value, Refusal> {
    if !is_signed(headers) {
        return Err(Refusal::unsigned());
    }
    let now = shared.clock.now();
    let mut throttle = shared
        .throttle
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    throttle.count(now).map_err(Refusal::throttled)?;
    drop(throttle);
    let name = operation(headers).ok_or_else(Refusal::unknown_operation)?;
    let operation = operations::find(name).ok_or_else(Refusal::unknown_operation)?;
    let input: Value = serde_json::from_slice(body).map_err(|_| Refusal::unreadable())?;
    let mut store = shared.store.lock().unwrap_or_else(PoisonError::into_inner);
    match input["IdentityStoreId"].as_str() {
        None => return Err(Refusal::invalid("IdentityStoreId is missing")),
        Some(id) if id != store.id => {
            return Err(Refusal::not_found(Resource::IdentityStore, id));
        }
        Some(_) => {}
    }
    operation(&mut store, &input)
}

fn operation(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(TARGET)?
        .to_str()
        .ok()?
        .strip_prefix("AWSIdentityStore.")
}

/// Looks whether there is a signature, not whether it is right: the simulator has no secret.
fn is_signed(headers: &HeaderMap) -> bool {
    let value = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    value.is_some_and(|value| {
        value.starts_with("AWS4-HMAC-SHA256 ") && value.contains("/identitystore/")
    })
}
