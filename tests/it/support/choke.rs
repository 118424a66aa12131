//! A proxy that dies: after a chosen number of requests nothing gets through any more, as if the process had been killed.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use simulators::kit::Server;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Largest body forwarded; DynamoDB's own limit is far below.
const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Where the killed process stops: before a request is delivered, or after it was, without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The request never arrives.
    BeforeDelivery,
    /// The request takes effect, and nobody hears of it.
    AfterDelivery,
}

/// Counts the requests of one process to several servers, and cuts them all at the chosen one.
#[derive(Clone)]
pub(crate) struct Choke {
    state: Arc<Budget>,
}

struct Budget {
    http: reqwest::Client,
    seen: AtomicU64,
    /// The number of the request that is cut, from 1; `u64::MAX`: none.
    last: u64,
    cut: Cut,
}

#[derive(Clone)]
struct Upstream {
    budget: Arc<Budget>,
    url: String,
}

impl Choke {
    /// Lets everything through, and counts.
    pub(crate) fn open() -> Self {
        Self::new(u64::MAX, Cut::BeforeDelivery)
    }

    /// Cuts request number `at`, from 1, and everything after it.
    pub(crate) fn at(at: u64, cut: Cut) -> Self {
        Self::new(at, cut)
    }

    fn new(last: u64, cut: Cut) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().expect("a plain client starts");
        Self { state: Arc::new(Budget { http, seen: AtomicU64::new(0), last, cut }) }
    }

    /// Requests seen so far, cut ones included.
    pub(crate) fn seen(&self) -> u64 {
        self.state.seen.load(Ordering::SeqCst)
    }

    /// A server on a loopback port that passes requests on to `url`.
    pub(crate) async fn in_front_of(&self, url: &str) -> Server {
        let upstream = Upstream { budget: Arc::clone(&self.state), url: url.trim_end_matches('/').to_owned() };
        Server::start(Router::new().fallback(pass).with_state(upstream)).await.expect("a loopback port is free")
    }
}

async fn pass(State(upstream): State<Upstream>, request: Request) -> Response {
    let Budget { http, seen, last, cut } = upstream.budget.as_ref();
    let number = seen.fetch_add(1, Ordering::SeqCst) + 1;
    if number > *last || (number == *last && *cut == Cut::BeforeDelivery) {
        return dead();
    }
    let answer = forward(http, &upstream.url, request).await;
    if number == *last { dead() } else { answer }
}

async fn forward(http: &reqwest::Client, url: &str, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let body = to_bytes(body, BODY_BYTES_MAX).await.expect("a small body arrives whole");
    let mut headers = parts.headers;
    headers.remove("host");
    headers.remove("content-length");
    let sent = http.request(parts.method, format!("{url}{path}")).headers(headers).body(body).send().await;
    let answer = sent.expect("the server behind the proxy answers");
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut response = Response::new(Body::from(answer.bytes().await.expect("a small answer arrives whole")));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response.headers_mut().remove("content-length");
    response.headers_mut().remove("transfer-encoding");
    response
}

/// What a client of a dead connection sees soon enough: an answer that no service gives.
fn dead() -> Response {
    StatusCode::IM_A_TEAPOT.into_response()
}
