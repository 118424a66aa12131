//! The approver's other ports: secrets that are there, a bus and a later that remember what they took.

use super::sent::SECRET;
use super::store::Memory;
use access_approver::{Deps, Later, Systems};
use access_core::config::{SecretRef, SlackConfig};
use access_core::id::GroupName;
use access_core::ports::{Bus, BusError, OutboxEntry, Wake};
use async_trait::async_trait;
use function_kit::{Freshness, SecretError};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Value, json};
use slack_client::{FixedToken, SlackClient};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// What is to be handed over as events of the bus.
#[derive(Default)]
pub(crate) struct Ports(Mutex<Vec<Value>>);

/// An approver over this store and these ports.
pub(crate) fn deps(memory: &Arc<Memory>, ports: &Arc<Ports>) -> Deps {
    Deps::new(
        Arc::<Memory>::clone(memory),
        Arc::new(Secrets),
        Arc::<Ports>::clone(ports),
        Arc::<Ports>::clone(ports),
        Arc::<Ports>::clone(ports),
    )
}

impl Ports {
    /// Takes what the bus would deliver now.
    pub(crate) fn told(&self) -> Vec<Value> {
        self.with(std::mem::take)
    }

    fn with<T>(&self, act: impl FnOnce(&mut Vec<Value>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl Bus for Ports {
    async fn put(&self, entries: &[OutboxEntry]) -> Result<Vec<bool>, BusError> {
        let events = entries.iter().map(|entry| {
            let detail: Value =
                serde_json::from_str(&entry.event.detail()).expect("a detail is JSON");
            json!({"detail-type": entry.event.detail_type(), "detail": detail})
        });
        self.with(|told| told.extend(events));
        Ok(vec![true; entries.len()])
    }
}

#[async_trait]
impl Wake for Ports {
    async fn reconcile(&self, _: Timestamp, _: &BTreeSet<GroupName>) -> Result<(), String> {
        Ok(())
    }
}

#[async_trait]
impl Later for Ports {
    async fn later(&self, _: Timestamp, work: &Value) -> Result<(), String> {
        let event = json!({"detail-type": "Slack Work Requested", "detail": work});
        self.with(|told| told.push(event));
        Ok(())
    }
}

/// The client of the target's own Slack, and the secret that its requests are signed with.
struct Secrets;

#[async_trait]
impl Systems for Secrets {
    fn slack(&self, config: &SlackConfig) -> Result<Arc<SlackClient>, String> {
        let token = Arc::new(FixedToken::new("xoxb-a-token".to_owned()));
        let mut client = SlackClient::builder(token);
        if let Some(url) = &config.api_url {
            client = client.api_url(url.clone());
        }
        let client = client.build().map_err(|error| error.to_string())?;
        Ok(Arc::new(client))
    }

    async fn signing_secret(
        &self,
        _: &SecretRef,
        _: Freshness,
    ) -> Result<SecretString, SecretError> {
        Ok(SecretString::from(SECRET))
    }
}
