//! Requests as PagerDuty sends them, and as others might.

use hmac::{Hmac, KeyInit, Mac};
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, Method};
use serde_json::{Value, json};
use sha2::Sha256;
use std::path::Path;

/// What deliveries are signed with unless a test says otherwise.
pub(crate) const SECRET: &str = "the-webhook-secret";

/// One request to the receiver.
#[derive(Clone)]
pub(crate) struct Hook {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    secret: String,
}

impl Hook {
    /// A delivery to account `acme`, rightly signed.
    pub(crate) fn new(body: impl Into<Vec<u8>>) -> Self {
        let hook = Self {
            method: Method::POST,
            path: "/acme".to_owned(),
            headers: HeaderMap::new(),
            body: body.into(),
            secret: String::new(),
        };
        hook.header("x-webhook-id", "delivery-1")
            .header("x-webhook-subscription", "PWHSUB1")
            .signed_with(SECRET)
    }

    /// A delivery of the event in that fixture.
    pub(crate) fn fixture(name: &str) -> Self {
        Self::new(fixture(name))
    }

    /// A delivery of an event made here.
    pub(crate) fn event(event: &Value) -> Self {
        Self::new(json!({ "event": event }).to_string())
    }

    pub(crate) fn signed_with(self, secret: &str) -> Self {
        let signature = sign(secret, &self.body);
        let secret = secret.to_owned();
        let hook = self.header("x-pagerduty-signature", &signature);
        Self { secret, ..hook }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_str(value).unwrap();
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    pub(crate) fn without(mut self, name: &'static str) -> Self {
        self.headers.remove(name);
        self
    }

    /// A delivery of its own of an event of its own, which says the same.
    pub(crate) fn id(self, id: &str) -> Self {
        let mut body: Value = serde_json::from_slice(&self.body).unwrap();
        body["event"]["id"] = json!(id);
        let secret = self.secret.clone();
        let hook = self.body(body.to_string()).header("x-webhook-id", id);
        hook.signed_with(&secret)
    }

    /// The id of the event.
    pub(crate) fn event_id(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap();
        body["event"]["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn path(self, path: &str) -> Self {
        Self {
            path: path.to_owned(),
            ..self
        }
    }

    pub(crate) fn method(self, method: Method) -> Self {
        Self { method, ..self }
    }

    /// Another body under the same signature.
    pub(crate) fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            ..self
        }
    }
}

/// A signature as in `X-PagerDuty-Signature`.
pub(crate) fn sign(secret: &str, body: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    let digest = mac.chain_update(body).finalize().into_bytes();
    let hex = digest.iter().map(|byte| format!("{byte:02x}"));
    format!("v1={}", hex.collect::<String>())
}

pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/fixtures/pagerduty/webhooks"
    );
    std::fs::read(Path::new(folder).join(format!("{name}.json"))).unwrap()
}
