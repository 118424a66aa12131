//! The client: one per account, built once, shared by clones.

use std::{
    collections::BTreeSet,
    fmt,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use reqwest::{
    StatusCode,
    header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, FROM},
    redirect,
};
use url::Url;

use crate::{
    answer,
    auth::{Authenticator, Pass},
    call::Call,
    credential::CredentialSource,
    error::Error,
    instance::Instance,
    limit::{CALLS_PER_MINUTE, Limit},
    retry::RetryPolicy,
    wire::{Answer, Line, Wire},
};

const ACCEPTED: &str = "application/vnd.pagerduty+json;version=2";
const CALL_TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The HTTP layer could not be set up; happens only on a broken machine, such as one without root certificates.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be set up")]
pub struct BuildError(#[source] reqwest::Error);

/// Sets up a [`Client`].
pub struct ClientBuilder {
    instance: Instance,
    credentials: Arc<dyn CredentialSource>,
    scopes: BTreeSet<String>,
    call_timeout: Duration,
    retry: RetryPolicy,
    calls_per_minute: NonZeroU32,
}

impl ClientBuilder {
    /// The scopes to ask for with scoped OAuth, such as `oncalls.read`; a call fails if one is not granted. API keys
    /// have no scopes.
    #[must_use]
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// How long one request may take, from connecting to the last byte; 10 seconds unless told.
    #[must_use]
    pub fn call_timeout(mut self, timeout: Duration) -> Self {
        self.call_timeout = timeout;
        self
    }

    /// When to try again.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// How many requests may be sent in any 60 seconds; PagerDuty's own limit of 960 unless told. Several processes
    /// that use the same key share PagerDuty's limit, so each may be given a part.
    #[must_use]
    pub fn calls_per_minute(mut self, calls: NonZeroU32) -> Self {
        self.calls_per_minute = calls;
        self
    }

    /// Makes the client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`BuildError`] when the HTTP layer cannot be set up.
    pub fn build(self) -> Result<Client, BuildError> {
        let http = http_client(&self.instance).map_err(BuildError)?;
        let wire = Wire::new(Line {
            instance: self.instance,
            http,
            retry: self.retry,
            call_timeout: self.call_timeout,
        });
        let shared = Arc::new(Shared {
            auth: Authenticator::new(self.credentials, self.scopes),
            limit: Limit::new(self.calls_per_minute),
            calls: AtomicU64::new(0),
        });
        Ok(Client { wire, shared })
    }
}

fn http_client(instance: &Instance) -> Result<reqwest::Client, reqwest::Error> {
    // A process that has chosen its cryptography already keeps it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .user_agent(concat!(
            env!("CARGO_PKG_NAME"),
            "/",
            env!("CARGO_PKG_VERSION")
        ))
        .redirect(redirect::Policy::none())
        .connect_timeout(CONNECT_TIMEOUT);
    let is_plain = |url: &Url| url.scheme() == "http";
    if is_plain(instance.api_url()) && is_plain(instance.identity_url()) {
        // Reading the machine's root certificates takes longer than all else together; stand-ins need none.
        return builder.tls_certs_only([]).build();
    }
    builder.build()
}

struct Shared {
    auth: Authenticator,
    limit: Limit,
    calls: AtomicU64,
}

/// A client of one PagerDuty account. Clones share connections, token, rate limit and counters.
#[derive(Clone)]
pub struct Client {
    wire: Wire,
    shared: Arc<Shared>,
}

impl Client {
    /// A client with the usual settings; `scopes` count for scoped OAuth only.
    ///
    /// # Errors
    /// As [`ClientBuilder::build`].
    pub fn new<S: Into<String>>(
        instance: Instance,
        credentials: Arc<dyn CredentialSource>,
        scopes: impl IntoIterator<Item = S>,
    ) -> Result<Self, BuildError> {
        Self::builder(instance, credentials).scopes(scopes).build()
    }

    /// Starts setting up a client.
    #[must_use]
    pub fn builder(instance: Instance, credentials: Arc<dyn CredentialSource>) -> ClientBuilder {
        ClientBuilder {
            instance,
            credentials,
            scopes: BTreeSet::new(),
            call_timeout: CALL_TIMEOUT,
            retry: RetryPolicy::default(),
            calls_per_minute: CALLS_PER_MINUTE,
        }
    }

    /// The same client for work that must be over by `deadline`; an earlier one that it had already stays.
    ///
    /// Calls that would have to wait past it fail at once with [`Error::DeadlinePassed`]; one that is under way is
    /// given up.
    #[must_use]
    pub fn with_deadline(&self, deadline: Instant) -> Self {
        let wire = self.wire.with_deadline(deadline.into());
        let shared = Arc::clone(&self.shared);
        Self { wire, shared }
    }

    /// The account that is called.
    #[must_use]
    pub fn instance(&self) -> &Instance {
        self.wire.instance()
    }

    /// How many requests went to the API since the client was built, retries included, token requests not.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.shared.calls.load(Ordering::Relaxed)
    }

    /// How many calls PagerDuty last said are left until its limit resets; `None` before it said so.
    #[must_use]
    pub fn rate_remaining(&self) -> Option<u64> {
        self.shared.limit.remaining()
    }

    /// Sends a call and answers the body of a success.
    pub(crate) async fn send(&self, call: &Call) -> Result<Vec<u8>, Error> {
        let Answer { status, body } = if call.is_idempotent() {
            self.wire
                .retrying(&call.operation, || self.attempt(call))
                .await?
        } else {
            // A token may be asked for twice, such a call may not be sent twice.
            self.wire
                .retrying(&call.operation, || self.pass(call, None))
                .await?;
            self.attempt(call).await?
        };
        if status.is_success() {
            return Ok(body);
        }
        Err(answer::failure(&call.operation, call.scope, status, &body))
    }

    /// One try. A 401 means that nothing was done: the credential is renewed and the call sent once more.
    async fn attempt(&self, call: &Call) -> Result<Answer, Error> {
        let pass = self.pass(call, None).await?;
        let answer = self.send_with(call, &pass).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        tracing::debug!(operation = %call.operation, "the credential was refused; renewing it");
        let pass = self.pass(call, Some(&pass)).await?;
        self.send_with(call, &pass).await
    }

    async fn pass(&self, call: &Call, refused: Option<&Pass>) -> Result<Pass, Error> {
        let pass = self.shared.auth.pass(&self.wire, refused);
        self.wire.in_time(&call.operation, pass).await
    }

    async fn send_with(&self, call: &Call, pass: &Pass) -> Result<Answer, Error> {
        self.wait_for_room(call).await?;
        let url = call.url(self.wire.instance().api_url());
        let mut request = self
            .wire
            .http()
            .request(call.method.clone(), url)
            .header(AUTHORIZATION, pass.header.clone())
            .header(ACCEPT, ACCEPTED)
            // PagerDuty's API document demands it even of calls without a body.
            .header(CONTENT_TYPE, "application/json");
        if let Some(from) = &call.from {
            request = request.header(FROM, from.clone());
        }
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        self.shared.calls.fetch_add(1, Ordering::Relaxed);
        let began = Instant::now();
        let limit = &self.shared.limit;
        let learn = |headers: &_| limit.learn(headers);
        let outcome = self.wire.send_once(&call.operation, request, learn).await;
        if let Err(Error::RateLimited { retry_after, .. }) = &outcome {
            let unsaid = self.wire.retry().pause_without_headers;
            limit.close_for(retry_after.unwrap_or(unsaid));
        }
        let elapsed_ms = began.elapsed().as_millis();
        let status = outcome.as_ref().ok().map(|answer| answer.status.as_u16());
        let error = outcome.as_ref().err().map(Error::kind);
        tracing::debug!(operation = %call.operation, status, error, elapsed_ms, "called PagerDuty");
        outcome
    }

    /// Waits until neither our own limit nor PagerDuty's stands in the way.
    async fn wait_for_room(&self, call: &Call) -> Result<(), Error> {
        while let Err(wait) = self.shared.limit.take() {
            if let Some(closed_for) = self.shared.limit.closed_for()
                && closed_for > self.wire.retry().wait_max
            {
                return Err(Error::RateLimited {
                    operation: call.operation.clone(),
                    retry_after: Some(closed_for),
                });
            }
            self.wire.pause(&call.operation, wait).await?;
        }
        self.wire.check_time(&call.operation)
    }
}

impl fmt::Debug for Client {
    /// Names the account; shows nothing of credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("instance", &self.wire.instance().to_string())
            .field("calls", &self.calls())
            .finish_non_exhaustive()
    }
}
