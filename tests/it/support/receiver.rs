//! The webhook receiver of a world: the real one, with one secret, and a bus that keeps what it was asked for.

use super::World;
use access_core::config::SecretRef;
use access_core::id::GroupName;
use async_trait::async_trait;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
use function_kit::{Freshness, SecretError};
use jiff::Timestamp;
use oncall_poller::Sync as Wish;
use secrecy::SecretString;
use simulators::pagerduty::RawWebhook;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use webhook_receiver::{Deps, Received, Wake, WebhookSecrets, receive};

/// What the simulated PagerDuty signs with.
pub(crate) const WEBHOOK_SECRET: &str = "the-webhook-secret";

/// A receiver as it would run on AWS, in this process.
pub(crate) struct Receiver {
    deps: Deps,
    asked: Arc<Asked>,
}

/// Groups that were to be reconciled.
#[derive(Default)]
struct Asked(Mutex<Vec<BTreeSet<GroupName>>>);

struct OneSecret;

#[async_trait]
impl Wake for Asked {
    async fn reconcile(&self, _: Timestamp, groups: &BTreeSet<GroupName>) -> Result<(), String> {
        self.take(|asked| asked.push(groups.clone()));
        Ok(())
    }
}

impl Asked {
    fn take<T>(&self, with: impl FnOnce(&mut Vec<BTreeSet<GroupName>>) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl WebhookSecrets for OneSecret {
    async fn secrets(
        &self,
        _: &SecretRef,
        _: Option<&str>,
        _: Freshness,
    ) -> Result<Vec<SecretString>, SecretError> {
        Ok(vec![SecretString::from(WEBHOOK_SECRET)])
    }
}

impl World {
    /// A receiver of account `acme`.
    pub(crate) fn receiver(&self) -> Receiver {
        let asked = Arc::<Asked>::default();
        let store = Arc::clone(&self.store);
        Receiver {
            deps: Deps::new(store, Arc::new(OneSecret), Arc::clone(&asked) as _),
            asked,
        }
    }
}

impl Receiver {
    /// Takes one delivery, and answers its status.
    pub(crate) async fn take(&self, now: Timestamp, webhook: &RawWebhook) -> u16 {
        take(&self.deps, now, webhook).await
    }

    /// What the bus would wake the poller with, since the last time.
    pub(crate) fn wishes(&self) -> Vec<Wish> {
        let asked = self.asked.take(std::mem::take).into_iter();
        let wish = |groups| Wish {
            groups,
            ..Wish::default()
        };
        asked.map(wish).collect()
    }
}

/// Has a receiver with these ports take one delivery to account `acme`, and answers its status.
pub(crate) async fn take(deps: &Deps, now: Timestamp, webhook: &RawWebhook) -> u16 {
    let header = |(name, value): &(String, String)| {
        let name: HeaderName = name.parse().expect("a header's name");
        let value: HeaderValue = value.parse().expect("a header's value");
        (name, value)
    };
    let headers: HeaderMap = webhook.headers.iter().map(header).collect();
    let received = Received {
        method: &Method::POST,
        path: "/acme",
        headers: &headers,
        body: &webhook.body,
    };
    receive(deps, now, received).await.status.as_u16()
}
