//! A proxy that counts what a process does to DynamoDB.

use crate::http;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use simulators::kit::Server;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Items written through the proxy.
#[derive(Clone)]
pub struct Counter(Arc<Inner>);

struct Inner {
    writes: AtomicU64,
    url: String,
    http: reqwest::Client,
}

impl Counter {
    /// Stands in front of `url`.
    ///
    /// # Panics
    /// When no loopback port is free.
    pub async fn in_front_of(url: &str) -> (Self, Server) {
        let counter = Self(Arc::new(Inner {
            writes: AtomicU64::new(0),
            url: url.to_owned(),
            http: http::client(),
        }));
        let server = Server::start(Router::new().fallback(pass).with_state(counter.clone()))
            .await
            .expect("a loopback port is free");
        (counter, server)
    }

    /// Items written so far; a condition check is no write.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.0.writes.load(Ordering::SeqCst)
    }
}

async fn pass(State(counter): State<Counter>, mut headers: HeaderMap, body: Bytes) -> Response {
    let target = headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok())
        .unwrap_or_default();
    counter
        .0
        .writes
        .fetch_add(written(target, &body), Ordering::SeqCst);
    headers.remove("host");
    let answer = counter
        .0
        .http
        .post(&counter.0.url)
        .headers(headers)
        .body(body)
        .send()
        .await
        .expect("the store answers");
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    headers.remove("transfer-encoding");
    (
        status,
        headers,
        answer.bytes().await.expect("the answer arrives whole"),
    )
        .into_response()
}

fn written(target: &str, body: &[u8]) -> u64 {
    match target.rsplit('.').next() {
        Some("PutItem" | "UpdateItem" | "DeleteItem") => 1,
        Some("TransactWriteItems") => {
            let body: Value = serde_json::from_slice(body).expect("the SDK sends JSON");
            let actions = body["TransactItems"]
                .as_array()
                .map_or(&[][..], Vec::as_slice);
            actions
                .iter()
                .filter(|action| action.get("ConditionCheck").is_none())
                .count() as u64
        }
        Some("BatchWriteItem") => {
            let body: Value = serde_json::from_slice(body).expect("the SDK sends JSON");
            let tables = body["RequestItems"]
                .as_object()
                .expect("a batch names tables");
            tables
                .values()
                .map(|items| items.as_array().map_or(0, Vec::len) as u64)
                .sum()
        }
        _ => 0,
    }
}
