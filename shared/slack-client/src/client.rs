//! The client: its construction, deadlines, repeats and the second look at a token.

use std::fmt;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use reqwest::redirect;
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tracing::debug;
use url::Url;

use crate::credential::{Freshness, TokenSource};
use crate::error::SlackError;
use crate::wire::{self, Answer, Method, Repeat};

/// Slack's public address of the Web API.
static API_URL: LazyLock<Url> =
    LazyLock::new(|| Url::parse("https://slack.com/api/").expect("a constant address parses"));
/// One request; Slack answers within a second or two.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// One call with its repeats, when the caller sets no deadline.
const CALL_TIMEOUT: Duration = Duration::from_mins(1);
/// Requests of one call at most, the first included.
const TRIES_MAX: usize = 4;
/// First pause between tries; doubled each time, with as much again at random.
const RETRY_DELAY: Duration = Duration::from_millis(250);

/// A Slack app's view of one workspace. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct SlackClient {
    inner: Arc<Inner>,
    deadline: Option<Instant>,
}

struct Inner {
    http: reqwest::Client,
    api_url: Url,
    tokens: Arc<dyn TokenSource>,
    request_timeout: Duration,
    retry_delay: Duration,
}

impl fmt::Debug for SlackClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlackClient")
            .field("api_url", &self.inner.api_url.as_str())
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// Settings of a [`SlackClient`], each with a default that suits Slack itself.
pub struct SlackClientBuilder {
    tokens: Arc<dyn TokenSource>,
    api_url: Option<Url>,
    request_timeout: Duration,
    retry_delay: Duration,
}

/// The client cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The address cannot have method names appended (`mailto:` and the like).
    #[error("`{0}` cannot be the address of an API")]
    ApiUrl(Url),
    /// The HTTP client could not start, for example for want of trusted certificates.
    #[error("cannot set up the http client")]
    Http(#[source] reqwest::Error),
}

impl SlackClientBuilder {
    /// Another address instead of `https://slack.com/api/`: a simulator, a proxy. Method names
    /// are appended to its path.
    #[must_use]
    pub fn api_url(mut self, api_url: Url) -> Self {
        self.api_url = Some(api_url);
        self
    }

    /// How long one request may take, 10 seconds by default.
    #[must_use]
    pub fn request_timeout(mut self, request_timeout: Duration) -> Self {
        self.request_timeout = request_timeout;
        self
    }

    /// The first pause between tries, a quarter of a second by default; it doubles each time.
    #[must_use]
    pub fn retry_delay(mut self, retry_delay: Duration) -> Self {
        self.retry_delay = retry_delay;
        self
    }

    /// Builds the client. Sends nothing and reads no token yet. Installs ring as the process's
    /// TLS provider if there is none.
    ///
    /// # Errors
    /// Fails when the address is no base, or the HTTP client cannot start.
    pub fn build(self) -> Result<SlackClient, BuildError> {
        let Self {
            tokens,
            api_url,
            request_timeout,
            retry_delay,
        } = self;
        let mut api_url = api_url.unwrap_or_else(|| API_URL.clone());
        if api_url.cannot_be_a_base() {
            return Err(BuildError::ApiUrl(api_url));
        }
        if !api_url.path().ends_with('/') {
            let path = format!("{}/", api_url.path());
            api_url.set_path(&path);
        }
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            // Losing a race to another client is fine: then a provider is there.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let mut builder = reqwest::Client::builder()
            // Slack does not redirect; following one would show the token to another host.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("rotakey/", env!("CARGO_PKG_VERSION")));
        if api_url.scheme() == "http" {
            // Reading the machine's root certificates takes longer than all else together; stand-ins need none.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(BuildError::Http)?;
        let inner = Inner {
            http,
            api_url,
            tokens,
            request_timeout,
            retry_delay,
        };
        Ok(SlackClient {
            inner: Arc::new(inner),
            deadline: None,
        })
    }
}

impl SlackClient {
    /// Starts building a client that takes its token from `tokens`.
    #[must_use]
    pub fn builder(tokens: Arc<dyn TokenSource>) -> SlackClientBuilder {
        SlackClientBuilder {
            tokens,
            api_url: None,
            request_timeout: REQUEST_TIMEOUT,
            retry_delay: RETRY_DELAY,
        }
    }

    /// The same client whose calls, with all repeats and waits, end by `deadline`.
    ///
    /// Without one, each call has 60 seconds of its own.
    #[must_use]
    pub fn with_deadline(&self, deadline: Instant) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            deadline: Some(deadline),
        }
    }

    /// One call: repeated as far as its method allows, until the deadline.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        form: &[(&'static str, String)],
    ) -> Result<T, SlackError> {
        let answer = self.call_answer(method, form).await?;
        Ok(answer.body)
    }

    /// The same, with what the answer's headers say.
    pub(crate) async fn call_answer<T: DeserializeOwned>(
        &self,
        method: Method,
        form: &[(&'static str, String)],
    ) -> Result<Answer<T>, SlackError> {
        self.repeat(method, |deadline| self.attempt(method.name, form, deadline))
            .await
    }

    /// Makes attempts until one succeeds, fails in a way that `method` may not follow with another, or the deadline
    /// that each attempt is given comes near.
    pub(crate) async fn repeat<T, A>(
        &self,
        method: Method,
        attempt: impl Fn(Instant) -> A,
    ) -> Result<T, SlackError>
    where
        A: Future<Output = Result<T, SlackError>>,
    {
        let deadline = self
            .deadline
            .unwrap_or_else(|| Instant::now() + CALL_TIMEOUT);
        let pauses = ExponentialBuilder::default()
            .with_min_delay(self.inner.retry_delay)
            .with_max_times(TRIES_MAX - 1)
            .with_jitter();
        (|| attempt(deadline))
            .retry(pauses)
            .when(|error| may_repeat(method, error))
            .adjust(|error, pause| pause_before_next(error, pause, deadline))
            .notify(|error, pause| {
                let pause_ms = pause.as_millis();
                debug!(
                    slack.method = method.name,
                    pause_ms, "repeating after: {error}"
                );
            })
            .await
    }

    /// One try: at most two requests, the second with a token that was read again.
    async fn attempt<T: DeserializeOwned>(
        &self,
        method: &'static str,
        form: &[(&'static str, String)],
        deadline: Instant,
    ) -> Result<Answer<T>, SlackError> {
        let used = self.token(method, Freshness::Cached).await?;
        match self.send(method, form, &used, deadline).await {
            // Refused for its token alone, so nothing happened and even a create may be sent again.
            Err(refused @ SlackError::InvalidAuth { .. }) => {
                let reread = self.token(method, Freshness::Reread).await?;
                if reread.expose_secret() == used.expose_secret() {
                    return Err(refused);
                }
                debug!(slack.method = method, "the bot token was rotated");
                self.send(method, form, &reread, deadline).await
            }
            other => other,
        }
    }

    async fn send<T: DeserializeOwned>(
        &self,
        method: &'static str,
        form: &[(&'static str, String)],
        token: &SecretString,
        deadline: Instant,
    ) -> Result<Answer<T>, SlackError> {
        let timeout = self.timeout(method, deadline)?;
        let address = self
            .inner
            .api_url
            .join(method)
            .expect("a method name is a relative address");
        wire::exchange(&self.inner.http, address, method, form, token, timeout).await
    }

    /// How long the next request may take.
    pub(crate) fn timeout(
        &self,
        method: &'static str,
        deadline: Instant,
    ) -> Result<Duration, SlackError> {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            let source = "the deadline has passed before sending".into();
            return Err(SlackError::Unreachable { method, source });
        }
        Ok(left.min(self.inner.request_timeout))
    }

    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.inner.http
    }

    pub(crate) fn api_url(&self) -> &Url {
        &self.inner.api_url
    }

    async fn token(
        &self,
        method: &'static str,
        freshness: Freshness,
    ) -> Result<SecretString, SlackError> {
        let token = self.inner.tokens.token(freshness).await;
        token.map_err(|source| SlackError::Credential { method, source })
    }
}

/// A rate limit refuses before doing anything, so any call may follow it; an unknown end may not.
fn may_repeat(method: Method, error: &SlackError) -> bool {
    match error {
        SlackError::RateLimited { .. } => true,
        SlackError::Unreachable { .. } => method.repeat == Repeat::Harmless,
        _ => false,
    }
}

/// The pause to take, or none when tries ran out or the next try would start after the deadline.
fn pause_before_next(
    error: &SlackError,
    pause: Option<Duration>,
    deadline: Instant,
) -> Option<Duration> {
    let pause = pause?;
    let pause = match error {
        // The jitter is added, never taken off: Slack's figure is the earliest moment.
        SlackError::RateLimited { retry_after, .. } => retry_after.saturating_add(pause),
        _ => pause,
    };
    let left = deadline.saturating_duration_since(Instant::now());
    (pause < left).then_some(pause)
}
