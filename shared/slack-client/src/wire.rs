//! One HTTP exchange: a form out, an `ok`/`error` envelope in.

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::error::{SlackError, classify};

/// Largest answer read, in bytes; a page of a thousand users has about two million.
const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Taken when a 429 does not say how long to wait; Slack's limits count by the minute.
const RETRY_AFTER_DEFAULT: Duration = Duration::from_secs(30);

/// A Web API method.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Method {
    /// Slack's name, which is also the last part of the address.
    pub(crate) name: &'static str,
    pub(crate) repeat: Repeat,
}

/// What sending a call twice does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// The same as sending it once.
    Harmless,
    /// A second group, a second message.
    Duplicates,
}

impl Method {
    /// A read, or a write of a whole state.
    pub(crate) const fn idempotent(name: &'static str) -> Self {
        Self {
            name,
            repeat: Repeat::Harmless,
        }
    }

    /// A call that makes something new each time.
    pub(crate) const fn creating(name: &'static str) -> Self {
        Self {
            name,
            repeat: Repeat::Duplicates,
        }
    }
}

/// What a call brought.
pub(crate) struct Answer<T> {
    pub(crate) body: T,
    /// What the token may do; empty when Slack did not say.
    pub(crate) scopes: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Envelope {
    ok: bool,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    needed: Option<String>,
}

/// Sends one request and reads the answer; never repeats it.
pub(crate) async fn exchange<T: DeserializeOwned>(
    http: &reqwest::Client,
    address: url::Url,
    method: &'static str,
    form: &[(&'static str, String)],
    token: &SecretString,
    timeout: Duration,
) -> Result<Answer<T>, SlackError> {
    let response = http
        .post(address)
        .header(AUTHORIZATION, bearer(method, token)?)
        .form(form)
        .timeout(timeout)
        .send()
        .await
        .map_err(|error| unreachable_by(method, error))?;
    check_status(method, &response)?;
    if !response.status().is_success() {
        return Err(by_status(method, response.status()));
    }
    let waits = retry_after(response.headers());
    let scopes = scopes(response.headers());
    let body = read_body(method, response).await?;
    let body = open(method, &body, waits)?;
    Ok(Answer { body, scopes })
}

/// Posts JSON to an address that needs no token, and whose good answers say nothing; never repeats it.
pub(crate) async fn post(
    http: &reqwest::Client,
    address: url::Url,
    method: &'static str,
    json: Vec<u8>,
    timeout: Duration,
) -> Result<(), SlackError> {
    let response = http
        .post(address)
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .body(json)
        .timeout(timeout)
        .send()
        .await
        .map_err(|error| unreachable_by(method, error))?;
    check_status(method, &response)?;
    let status = response.status();
    let body = read_body(method, response).await?;
    match (refusal_code(&body), status.is_success()) {
        (Some(code), _) => Err(classify(method, &code, None)),
        (None, true) => Ok(()),
        (None, false) => Err(by_status(method, status)),
    }
}

/// Slack's word of refusal in a body that is an envelope, or just that word.
fn refusal_code(body: &[u8]) -> Option<String> {
    if let Ok(Envelope { ok, error, .. }) = serde_json::from_slice(body) {
        return error.filter(|_| !ok);
    }
    let word = std::str::from_utf8(body).ok()?.trim();
    let is_code = word
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    (is_code && word.contains('_')).then(|| word.to_owned())
}

/// What the status alone says: too many calls, or an unknown end.
fn check_status(method: &'static str, response: &Response) -> Result<(), SlackError> {
    let status = response.status();
    if status == StatusCode::TOO_MANY_REQUESTS {
        let retry_after = retry_after(response.headers());
        return Err(SlackError::RateLimited {
            method,
            retry_after,
        });
    }
    if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT {
        let source = format!("http status {}", status.as_u16()).into();
        return Err(SlackError::Unreachable { method, source });
    }
    Ok(())
}

fn by_status(method: &'static str, status: StatusCode) -> SlackError {
    SlackError::Refused {
        method,
        code: format!("http_{}", status.as_u16()),
    }
}

/// Takes the answer out of its envelope.
fn open<T: DeserializeOwned>(
    method: &'static str,
    body: &[u8],
    retry_after: Duration,
) -> Result<T, SlackError> {
    let malformed = |error: serde_json::Error| SlackError::Malformed {
        method,
        source: position(&error),
    };
    let Envelope { ok, error, needed } = serde_json::from_slice(body).map_err(malformed)?;
    if ok {
        return serde_json::from_slice(body).map_err(malformed);
    }
    match error.as_deref() {
        Some("ratelimited" | "rate_limited") => Err(SlackError::RateLimited {
            method,
            retry_after,
        }),
        Some(code) => Err(classify(method, code, needed.as_deref())),
        None => Err(SlackError::Malformed {
            method,
            source: "refused without an error code".into(),
        }),
    }
}

/// Where reading stopped. Serde's own text may quote the body, which holds people's names.
fn position(error: &serde_json::Error) -> Box<dyn std::error::Error + Send + Sync> {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "the JSON ends too early",
        serde_json::error::Category::Data => "a JSON field is missing or of another kind",
        _ => "not JSON",
    };
    format!("{what}, at line {} column {}", error.line(), error.column()).into()
}

async fn read_body(method: &'static str, mut response: Response) -> Result<Vec<u8>, SlackError> {
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| unreachable_by(method, error))?
    {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            let source = "the answer is too large".into();
            return Err(SlackError::Malformed { method, source });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn bearer(method: &'static str, token: &SecretString) -> Result<HeaderValue, SlackError> {
    // A token with a line break is what a file with a trailing newline gives.
    let text = format!("Bearer {}", token.expose_secret().trim());
    let mut value = HeaderValue::from_str(&text).map_err(|_| SlackError::InvalidAuth {
        method,
        code: "unprintable_token".to_owned(),
    })?;
    value.set_sensitive(true);
    Ok(value)
}

fn retry_after(headers: &HeaderMap) -> Duration {
    headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map_or(RETRY_AFTER_DEFAULT, Duration::from_secs)
}

fn scopes(headers: &HeaderMap) -> BTreeSet<String> {
    let listed = headers
        .get("x-oauth-scopes")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let scopes = listed.split(',').map(str::trim);
    scopes
        .filter(|scope| !scope.is_empty())
        .map(str::to_owned)
        .collect()
}

fn unreachable_by(method: &'static str, error: reqwest::Error) -> SlackError {
    SlackError::Unreachable {
        method,
        source: error.without_url().into(),
    }
}
