//! A store that refuses some writes for good, as it does with what is too large, and takes all others.

use super::choke::{BODY_BYTES_MAX, forward};
use acceptance::http;
use access_store::DynamoStore;
use access_store::embedded::{TABLE, client};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use simulators::kit::Server;
use std::sync::{Arc, Mutex, PoisonError};

/// A proxy in front of a store.
pub(crate) struct Refusal {
    upstream: Arc<Upstream>,
    server: Server,
}

struct Upstream {
    http: reqwest::Client,
    url: String,
    /// A write that holds all of these is refused; none of them: nothing is.
    refused: Mutex<Vec<String>>,
}

impl Refusal {
    /// On a loopback port; refuses nothing yet.
    pub(crate) async fn in_front_of(url: &str) -> Self {
        let upstream = Arc::new(Upstream {
            http: http::client(),
            url: url.trim_end_matches('/').to_owned(),
            refused: Mutex::default(),
        });
        let router = Router::new()
            .fallback(pass)
            .with_state(Arc::clone(&upstream));
        let server = Server::start(router).await;
        Self {
            upstream,
            server: server.expect("a loopback port is free"),
        }
    }

    /// From now on refuses every write that holds all of these texts, and no other; none of them: nothing.
    pub(crate) fn refuse(&self, texts: &[&str]) {
        let texts = texts.iter().map(ToString::to_string).collect();
        *self.upstream.refused() = texts;
    }

    /// The store behind it.
    pub(crate) fn store(&self) -> Arc<DynamoStore> {
        Arc::new(DynamoStore::new(client(self.server.url()), TABLE))
    }
}

impl Upstream {
    fn refused(&self) -> std::sync::MutexGuard<'_, Vec<String>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refuses(&self, operation: &str, body: &[u8]) -> bool {
        let refused = self.refused();
        let body = String::from_utf8_lossy(body);
        operation.contains("Write")
            && !refused.is_empty()
            && refused.iter().all(|text| body.contains(text.as_str()))
    }
}

async fn pass(State(upstream): State<Arc<Upstream>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX).await;
    let body = body.expect("a small body arrives whole");
    let operation = parts.headers.get("x-amz-target");
    let operation = operation.and_then(|operation| operation.to_str().ok());
    if upstream.refuses(operation.unwrap_or_default(), &body) {
        return refusal();
    }
    let request = Request::from_parts(parts, Body::from(body));
    forward(&upstream.http, &upstream.url, request).await
}

/// What nobody tries again.
fn refusal() -> Response {
    let exception = "com.amazon.coral.validate#ValidationException";
    let body = format!(r#"{{"__type":"{exception}","message":"refused"}}"#);
    let headers = [("content-type", "application/x-amz-json-1.0")];
    (StatusCode::BAD_REQUEST, headers, body).into_response()
}
