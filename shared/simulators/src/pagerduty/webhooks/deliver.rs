//! Sends webhooks, one after the other, over real HTTP.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::{Client, StatusCode, redirect};
use rustls::{ClientConfig, RootCertStore};
use tokio::sync;

use super::outbox::{DeliveryReport, Outcome};
use super::raw::RawWebhook;
use crate::pagerduty::PagerDuty;

/// The HTTP client, made when first needed, and the turn of whoever uses it.
#[derive(Debug, Default)]
pub(in crate::pagerduty) struct Sender {
    http: OnceLock<Client>,
    turn: sync::Mutex<()>,
}

impl Sender {
    fn http(&self) -> &Client {
        self.http.get_or_init(|| {
            // Receivers are on loopback and speak plain HTTP. TLS is set up without roots, and by hand: choosing a
            // provider for the whole process would take that choice from the program that is tested.
            let ring = Arc::new(rustls::crypto::ring::default_provider());
            let tls = ClientConfig::builder_with_provider(ring)
                .with_safe_default_protocol_versions()
                .expect("ring speaks the usual versions")
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth();
            Client::builder()
                .tls_backend_preconfigured(tls)
                .no_proxy()
                .redirect(redirect::Policy::none())
                .build()
                .expect("an HTTP client without certificates can be set up anywhere")
        })
    }
}

impl PagerDuty {
    /// Sends every webhook that is due at the clock's time, one after the other, until none is: those of one
    /// subscription and incident in order, the next only when the one before was accepted or dropped.
    ///
    /// As at PagerDuty: any 2xx within 5 seconds accepts; a timeout, no connection, 5xx and 429 are tried again for
    /// 48 hours; anything else drops the webhook, and three drops in a row disable the subscription for 24 hours, its
    /// queue and what happens meanwhile being lost. Calls that overlap take turns.
    pub async fn deliver_webhooks(&self) -> DeliveryReport {
        let _turn = self.sender().turn.lock().await;
        // One instant for the whole round: with a fast clock a failing receiver would keep it going for ever.
        let now = self.now();
        let mut report = DeliveryReport::default();
        loop {
            let outgoing = self.outbox().next(now, &mut report);
            let Some(outgoing) = outgoing else {
                break;
            };
            let outcome = outcome(self.post_webhook(&outgoing.raw).await);
            if outgoing.is_repeated {
                // The first answer counts, as the sender of a duplicate knows nothing of it.
                self.post_webhook(&outgoing.raw).await;
                report.repeated += 1;
            }
            self.outbox().sent(&outgoing, outcome, now, &mut report);
        }
        report.waiting = self.outbox().waiting();
        report
    }

    /// Takes all webhooks out of the queues, in the order things happened, whether due or not: a test may then
    /// permute, lose and repeat them by hand.
    #[must_use]
    pub fn take_webhooks(&self) -> Vec<RawWebhook> {
        self.outbox().take()
    }

    /// Sends one webhook as it is; answers the HTTP status, or `None` if there was none in time.
    pub async fn post_webhook(&self, webhook: &RawWebhook) -> Option<u16> {
        let answer_within = self.outbox().answer_within;
        let post = self.sender().http().post(&webhook.url);
        let post = webhook.headers.iter().fold(post, |post, (name, value)| {
            post.header(name.as_str(), value.as_str())
        });
        let sent = post
            .timeout(answer_within)
            .body(webhook.body.clone())
            .send();
        let status = sent.await.ok()?.status();
        Some(status.as_u16())
    }

    /// Has the next `count` webhooks that are due vanish instead of being sent.
    pub fn lose_webhooks(&self, count: usize) {
        self.outbox().mischief.lose = count;
    }

    /// Has the next `count` webhooks that are sent be sent twice, with one `X-Webhook-Id`.
    pub fn repeat_webhooks(&self, count: usize) {
        self.outbox().mischief.repeat = count;
    }

    /// Whether the newest incident's webhooks go first, the other way round than things happened. Those of one
    /// incident stay in order.
    pub fn reorder_webhooks(&self, reorder: bool) {
        self.outbox().mischief.is_reordering = reorder;
    }

    /// Sets how long a receiver may take to answer, in real time: 5 seconds at first, as at PagerDuty.
    pub fn set_webhook_timeout(&self, timeout: Duration) {
        self.outbox().answer_within = timeout;
    }
}

fn outcome(status: Option<u16>) -> Outcome {
    let Some(status) = status.and_then(|status| StatusCode::from_u16(status).ok()) else {
        return Outcome::Failed;
    };
    if status.is_success() {
        return Outcome::Accepted;
    }
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        return Outcome::Failed;
    }
    Outcome::Refused
}
