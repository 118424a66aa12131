//! The functions that the gateway serves; one more is one more line where the registry is made.

use access_core::ports::Clock;
use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use jiff::SignedDuration;
use lambda_runtime::{Context, Diagnostic, LambdaEvent};
use oncall_poller::{Deps, lambda};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use webhook_receiver::Received;

/// How Lambda answers for a function that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "camelCase")]
#[error("{error_type}: {error_message}")]
pub struct FunctionError {
    /// A fixed word per kind of error.
    pub error_type: String,
    /// What happened.
    pub error_message: String,
}

impl From<Diagnostic> for FunctionError {
    fn from(diagnostic: Diagnostic) -> Self {
        let Diagnostic {
            error_type,
            error_message,
        } = diagnostic;
        Self {
            error_type,
            error_message,
        }
    }
}

/// A function as it is invoked: JSON in, JSON out.
#[async_trait]
pub trait Function: Send + Sync {
    /// Handles one event.
    ///
    /// # Errors
    /// What the function's runtime would report.
    async fn invoke(&self, payload: Value) -> Result<Value, FunctionError>;
}

/// Functions by name: how each is invoked, and what answers on its URL.
#[derive(Clone, Default)]
pub struct Functions {
    pub(super) invoked: BTreeMap<String, Arc<dyn Function>>,
    pub(super) urls: BTreeMap<String, Router>,
}

impl Functions {
    /// No functions.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a function that is invoked; the last of a name stays.
    #[must_use]
    pub fn with(mut self, name: &str, function: Arc<dyn Function>) -> Self {
        self.invoked.insert(name.to_owned(), function);
        self
    }

    /// Adds what answers on a function's URL; it sees paths without `/lambda-url/NAME`.
    #[must_use]
    pub fn with_url(mut self, name: &str, router: Router) -> Self {
        self.urls.insert(name.to_owned(), router);
        self
    }
}

/// What answers on the webhook receiver's URL.
pub fn webhook_receiver(deps: webhook_receiver::Deps, clock: Arc<dyn Clock>) -> Router {
    Router::new()
        .fallback(receive_webhook)
        .with_state((Arc::new(deps), clock))
}

/// The receiver's name at the gateway.
pub const WEBHOOK_RECEIVER: &str = "webhook-receiver";

type Receiver = (Arc<webhook_receiver::Deps>, Arc<dyn Clock>);

async fn receive_webhook(
    State((deps, clock)): State<Receiver>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let received = Received {
        method: &method,
        path: uri.path(),
        headers: &headers,
        body: &body,
    };
    let reply = webhook_receiver::receive(&deps, clock.now(), received).await;
    reply.into_response().map(Body::from)
}

/// The poller, as Lambda would run it.
pub struct OncallPoller {
    deps: Deps,
    clock: Arc<dyn Clock>,
    timeout: SignedDuration,
}

impl OncallPoller {
    /// Its name at the gateway.
    pub const NAME: &str = "oncall-poller";

    /// Each invocation has to end within `timeout`, in the clock's time.
    #[must_use]
    pub fn new(deps: Deps, timeout: SignedDuration) -> Self {
        let clock = Arc::clone(&deps.clock);
        Self {
            deps,
            clock,
            timeout,
        }
    }
}

#[async_trait]
impl Function for OncallPoller {
    async fn invoke(&self, payload: Value) -> Result<Value, FunctionError> {
        let now = self.clock.now();
        let mut context = Context::default();
        let deadline = (now + self.timeout).as_millisecond();
        context.deadline = u64::try_from(deadline).unwrap_or_default();
        let event = LambdaEvent::new(payload, context);
        let answer = lambda::invoke(&self.deps, now, event).await;
        answer.map_err(|error| Diagnostic::from(error).into())
    }
}

/// The approver's name at the gateway.
pub const ACCESS_APPROVER: &str = "access-approver";

/// The approver, as Lambda would run it.
///
/// Whoever can invoke it can say who they are: it belongs on a URL (see [`function_url`](super::function_url())) and behind
/// the bus, never among the functions that the gateway invokes for anybody.
pub struct AccessApprover {
    deps: access_approver::Deps,
    clock: Arc<dyn Clock>,
}

impl AccessApprover {
    /// An approver that lives by this clock.
    #[must_use]
    pub fn new(deps: access_approver::Deps, clock: Arc<dyn Clock>) -> Self {
        Self { deps, clock }
    }
}

#[async_trait]
impl Function for AccessApprover {
    async fn invoke(&self, payload: Value) -> Result<Value, FunctionError> {
        let now = self.clock.now();
        let answer = access_approver::lambda::invoke(&self.deps, now, payload).await;
        answer.map_err(|error| Diagnostic::from(error).into())
    }
}
