//! A webhook as bytes, ready to be sent, lost or repeated by hand.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::WebhookSubscription;

/// One HTTP request: a POST of `body` to `url`.
#[derive(Clone, PartialEq, Eq)]
pub struct RawWebhook {
    /// Where it goes.
    pub url: String,
    /// Names in the case PagerDuty writes them, and values.
    pub headers: Vec<(String, String)>,
    /// The bytes that are signed.
    pub body: Vec<u8>,
}

impl RawWebhook {
    /// Signs and addresses a body.
    pub(super) fn new(subscription: &WebhookSubscription, webhook_id: &str, body: &[u8]) -> Self {
        let secrets = [&subscription.secret].into_iter();
        let secrets = secrets.chain(&subscription.second_secret);
        let signatures: Vec<_> = secrets.map(|secret| sign_webhook(body, secret)).collect();
        let signatures = signatures.join(",");
        let headers = [
            ("Accept", "application/json"),
            ("Content-Type", "application/json"),
            ("User-Agent", "PagerDuty-Webhook/V3.0"),
            ("X-PagerDuty-Signature", signatures.as_str()),
            ("X-Webhook-Id", webhook_id),
            ("X-Webhook-Subscription", subscription.id.as_str()),
        ];
        Self {
            url: subscription.url.clone(),
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            body: body.to_vec(),
        }
    }

    /// A header's value, by any case of its name; empty without one.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let mut headers = self.headers.iter();
        let found = headers.find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value)
    }

    /// What stands under `event`.
    ///
    /// # Panics
    /// If the body was changed to something else.
    #[must_use]
    pub fn event(&self) -> Value {
        let mut body: Value = serde_json::from_slice(&self.body).expect("webhooks are JSON");
        body["event"].take()
    }
}

impl fmt::Debug for RawWebhook {
    /// What a failing test needs to tell webhooks apart; no signature.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let event = self.event();
        f.debug_struct("RawWebhook")
            .field("url", &self.url)
            .field("webhook_id", &self.header("X-Webhook-Id"))
            .field("event_type", &event["event_type"])
            .field("occurred_at", &event["occurred_at"])
            .finish_non_exhaustive()
    }
}

/// A signature as in `X-PagerDuty-Signature`: `v1=` and the hexadecimal HMAC-SHA256 of the body, keyed with the
/// secret's text as it is.
///
/// # Panics
/// Never: any text can be a key.
#[must_use]
pub fn sign_webhook(body: &[u8], secret: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    let mac = mac.expect("any length can be a key of HMAC");
    let digest = mac.chain_update(body).finalize().into_bytes();
    let hex = digest.iter().map(|byte| format!("{byte:02x}"));
    format!("v1={}", hex.collect::<String>())
}
