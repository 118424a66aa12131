//! What Slack posts to an app, as signed bytes.

use std::collections::BTreeMap;
use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde_json::Value;
use sha2::Sha256;

use super::hooks::Hook;

/// One HTTP request: a POST of `body` to the app's address for commands, or for interactions.
#[derive(Clone)]
pub struct SlackRequest {
    /// Names in the case Slack writes them, and values.
    pub headers: Vec<(String, String)>,
    /// The bytes that are signed.
    pub body: Vec<u8>,
    pub(super) origin: Origin,
}

/// What somebody did to cause a request: how an answer to it is to be read.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// Typed a command.
    Command(Hook),
    /// Pressed something, or closed a dialog: the answer says nothing.
    Press,
    /// Sent off the dialog of this id.
    Submission(String),
    /// Nothing: made up by a test.
    Made,
}

impl SlackRequest {
    /// Signs a form.
    pub(super) fn new(
        fields: &[(&str, &str)],
        secret: &str,
        now: Timestamp,
        origin: Origin,
    ) -> Self {
        let body = serde_urlencoded::to_string(fields).expect("texts make a form");
        let mut request = Self {
            headers: Vec::new(),
            body: body.into_bytes(),
            origin,
        };
        request.sign(secret, now);
        request
    }

    /// A header's value, by any case of its name; empty without one.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let mut headers = self.headers.iter();
        let found = headers.find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    /// The fields of the form.
    ///
    /// # Panics
    /// If the body was changed to something else.
    #[must_use]
    pub fn fields(&self) -> BTreeMap<String, String> {
        serde_urlencoded::from_bytes(&self.body).expect("requests are forms")
    }

    /// The payload of an interaction.
    ///
    /// # Panics
    /// If the request is no interaction.
    #[must_use]
    pub fn payload(&self) -> Value {
        serde_json::from_str(&self.fields()["payload"]).expect("payloads are JSON")
    }

    /// The same request as Slack sends it once more after the first had no answer in time.
    #[must_use]
    pub fn retried(mut self, number: u32) -> Self {
        let headers = [
            ("X-Slack-Retry-Num", number.to_string()),
            ("X-Slack-Retry-Reason", "http_timeout".to_owned()),
        ];
        self.headers
            .extend(headers.map(|(name, value)| (name.to_owned(), value)));
        self
    }

    /// The same body, signed with another secret or at another time.
    #[must_use]
    pub fn signed_with(mut self, secret: &str, at: Timestamp) -> Self {
        self.sign(secret, at);
        self
    }

    /// The same request without a header, named in any case.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.headers
            .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    fn sign(&mut self, secret: &str, at: Timestamp) {
        let timestamp = at.as_second().to_string();
        let signature = sign_slack(&self.body, secret, &timestamp);
        let headers = [
            ("Accept", "application/json,*/*"),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)"),
            ("X-Slack-Request-Timestamp", timestamp.as_str()),
            ("X-Slack-Signature", signature.as_str()),
        ];
        self.headers = headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
    }
}

impl fmt::Debug for SlackRequest {
    /// What a failing test needs to tell requests apart; no signature.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SlackRequest")
            .field("body", &String::from_utf8_lossy(&self.body))
            .finish_non_exhaustive()
    }
}

/// A signature as in `X-Slack-Signature`: `v0=` and the hexadecimal HMAC-SHA256 of `v0:`, the time, `:` and the body.
///
/// # Panics
/// Never: any text can be a key.
#[must_use]
pub fn sign_slack(body: &[u8], secret: &str, timestamp: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    let mac = mac.expect("any length can be a key of HMAC");
    let mac = mac.chain_update(format!("v0:{timestamp}:").as_bytes());
    let digest = mac.chain_update(body).finalize().into_bytes();
    let hex = digest.iter().map(|byte| format!("{byte:02x}"));
    format!("v0={}", hex.collect::<String>())
}
