//! The layer around every route: counts, logs, and lets scripted faults happen.

use std::io;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::{self, Next};
use axum::response::Response;
use serde_json::{Map, Value};

use super::server::Cut;
use super::{Faults, Logged, RequestLog, Server, SimClock, damage};

/// What the kit must know of a vendor to name its operations and to forge its errors.
#[derive(Clone, Copy, Debug)]
pub struct Vendor {
    /// The operation a request asks for; `None` names it `METHOD /matched/{path}`.
    pub operation: fn(&Parts) -> Option<String>,
    /// The body the vendor sends with an error status.
    pub error_body: fn(StatusCode) -> Value,
    /// Marks a page of a list as not the last one.
    pub more_follows: fn(&mut Map<String, Value>),
}

/// Clock, faults and request log of one simulator; clones share all three.
#[derive(Clone, Debug)]
pub struct Kit {
    /// The simulated time.
    pub clock: SimClock,
    /// The faults to come.
    pub faults: Faults,
    /// The requests so far.
    pub log: RequestLog,
    vendor: Vendor,
}

impl Kit {
    /// A kit without faults and with an empty log.
    #[must_use]
    pub fn new(vendor: Vendor, clock: SimClock) -> Self {
        Self {
            clock,
            faults: Faults::default(),
            log: RequestLog::default(),
            vendor,
        }
    }

    /// Serves `router` on a free loopback port, every request passing through this kit.
    ///
    /// # Errors
    /// If no loopback port can be bound.
    pub async fn serve(&self, router: Router) -> io::Result<Server> {
        let layer = middleware::from_fn_with_state(self.clone(), observe);
        Server::start(router.layer(layer)).await
    }
}

async fn observe(State(kit): State<Kit>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let operation = (kit.vendor.operation)(&parts).unwrap_or_else(|| {
        let matched = parts.extensions.get::<MatchedPath>();
        let path = matched.map_or_else(|| parts.uri.path(), MatchedPath::as_str);
        format!("{} {path}", parts.method)
    });
    let (method, path) = (parts.method.as_str(), parts.uri.path());
    let fault = kit.faults.claim(&operation, method, path);
    let number = kit.log.begin(Logged {
        number: 0,
        at: kit.clock.now(),
        method: method.to_owned(),
        path: path.to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        operation,
        status: None,
        fault: fault.clone(),
    });
    let request = Request::from_parts(parts, body);
    let response = match fault {
        None => next.run(request).await,
        Some(fault) => damage::answer(fault, &kit.vendor, request, next).await,
    };
    if response.extensions().get::<Cut>().is_none() {
        kit.log.answered(number, response.status().as_u16());
    }
    response
}
