//! A proxy that dies, or stands still: after a chosen number of requests nothing gets through any more, as if the process
//! had been killed; or not until it is let go, as if the process had been frozen.

use acceptance::http::client;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use simulators::kit::Server;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;

/// Largest body forwarded; DynamoDB's own limit is far below.
pub(super) const BODY_BYTES_MAX: usize = 32 * 1024 * 1024;

/// Where the process stops: before a request is delivered, or after it was, without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The request never arrives.
    BeforeDelivery,
    /// The request takes effect, and nobody hears of it.
    AfterDelivery,
}

/// Counts the requests of one process to several servers, and cuts or holds them all from the chosen one on.
#[derive(Clone)]
pub(crate) struct Choke {
    state: Arc<Budget>,
}

struct Budget {
    http: reqwest::Client,
    seen: AtomicU64,
    /// The number of the request that is cut, from 1.
    last: u64,
    cut: Cut,
    /// `None`: what is cut stays cut.
    gate: Option<watch::Sender<Gate>>,
    names: Mutex<Vec<String>>,
}

/// How far a process has come that is to stand still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gate {
    Ahead,
    Reached,
    Open,
}

#[derive(Clone)]
struct Upstream {
    budget: Arc<Budget>,
    url: String,
}

impl Choke {
    /// Cuts request number `at`, from 1, and everything after it.
    pub(crate) fn at(at: u64, cut: Cut) -> Self {
        Self::new(at, cut, None)
    }

    /// Holds request number `at`, from 1, or the answer to it, and everything after it, until [`Choke::let_go`].
    pub(crate) fn pausing_at(at: u64, cut: Cut) -> Self {
        Self::new(at, cut, Some(watch::Sender::new(Gate::Ahead)))
    }

    fn new(last: u64, cut: Cut, gate: Option<watch::Sender<Gate>>) -> Self {
        Self {
            state: Arc::new(Budget {
                http: client(),
                seen: AtomicU64::new(0),
                last,
                cut,
                gate,
                names: Mutex::default(),
            }),
        }
    }

    /// What was asked for so far, in order: the operation of an AWS service, or a path.
    pub(crate) fn names(&self) -> Vec<String> {
        self.state
            .names
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Returns once the process stands still; never, if it never does.
    pub(crate) async fn reached(&self) {
        match &self.state.gate {
            Some(gate) => drop(gate.subscribe().wait_for(|gate| *gate != Gate::Ahead).await),
            None => std::future::pending().await,
        }
    }

    /// Lets a process that stands still go on.
    pub(crate) fn let_go(&self) {
        if let Some(gate) = &self.state.gate {
            gate.send_replace(Gate::Open);
        }
    }

    /// A server on a loopback port that passes requests on to `url`.
    pub(crate) async fn in_front_of(&self, url: &str) -> Server {
        let upstream = Upstream {
            budget: Arc::clone(&self.state),
            url: url.trim_end_matches('/').to_owned(),
        };
        Server::start(Router::new().fallback(pass).with_state(upstream))
            .await
            .expect("a loopback port is free")
    }
}

async fn pass(State(upstream): State<Upstream>, request: Request) -> Response {
    let Budget {
        http,
        seen,
        last,
        cut,
        gate,
        names,
    } = upstream.budget.as_ref();
    let number = seen.fetch_add(1, Ordering::SeqCst) + 1;
    names
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(name(&request));
    let is_last = number == *last;
    if number > *last || (is_last && *cut == Cut::BeforeDelivery) {
        match gate {
            Some(gate) => hold(gate).await,
            None => return dead(),
        }
    }
    let answer = forward(http, &upstream.url, request).await;
    if is_last && *cut == Cut::AfterDelivery {
        match gate {
            Some(gate) => hold(gate).await,
            None => return dead(),
        }
    }
    answer
}

async fn hold(gate: &watch::Sender<Gate>) {
    gate.send_if_modified(|gate| {
        std::mem::replace(
            gate,
            if *gate == Gate::Ahead {
                Gate::Reached
            } else {
                *gate
            },
        ) == Gate::Ahead
    });
    // An error means that the gate is gone, and with it the test.
    drop(gate.subscribe().wait_for(|gate| *gate == Gate::Open).await);
}

fn name(request: &Request) -> String {
    let operation = request
        .headers()
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok());
    operation.map_or_else(
        || request.uri().path().to_owned(),
        |target| target.rsplit('.').next().unwrap_or(target).to_owned(),
    )
}

pub(super) async fn forward(http: &reqwest::Client, url: &str, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let body = to_bytes(body, BODY_BYTES_MAX)
        .await
        .expect("a small body arrives whole");
    let mut headers = parts.headers;
    headers.remove("host");
    headers.remove("content-length");
    let sent = http
        .request(parts.method, format!("{url}{path}"))
        .headers(headers)
        .body(body)
        .send()
        .await;
    let answer = sent.expect("the server behind the proxy answers");
    let (status, headers) = (answer.status(), answer.headers().clone());
    let mut response = Response::new(Body::from(
        answer.bytes().await.expect("a small answer arrives whole"),
    ));
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
