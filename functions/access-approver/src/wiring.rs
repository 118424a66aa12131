//! Real adapters for the approver's ports: the only place that knows which library stands behind which port.

use crate::deps::{Deps, Later, Systems};
use crate::react::SLACK_WORK_REQUESTED;
use access_core::config::{SecretRef, SlackConfig};
use access_core::id::GroupName;
use access_core::ports::{Bus, BusError, OutboxEntry, Wake};
use access_store::DynamoStore;
use async_trait::async_trait;
use aws_config::SdkConfig;
use function_kit::{
    BusEntry, Environment, EventBus, Freshness, SecretError, Secrets, Wishes, metrics,
};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;
use slack_client::{SlackClient, TokenError, TokenSource};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Deps {
    /// Wires the approver to AWS as `config` and `environment` say; sends nothing yet.
    #[must_use]
    pub fn wire(config: &SdkConfig, environment: &Environment) -> Self {
        let store = DynamoStore::new(
            aws_sdk_dynamodb::Client::new(config),
            environment.table.clone(),
        );
        let bus = EventBus::new(config, environment.bus.clone(), "rotakey");
        let bus = Arc::new(EventBridge::new(bus, function_kit::now));
        Self::new(
            Arc::new(store),
            Arc::new(RealSystems(Arc::new(Secrets::new(config)))),
            bus.clone(),
            bus.clone(),
            bus,
        )
    }
}

/// Slack over HTTP, and secrets by reference.
pub struct RealSystems(pub Arc<Secrets>);

#[async_trait]
impl Systems for RealSystems {
    fn slack(&self, config: &SlackConfig) -> Result<Arc<SlackClient>, String> {
        let token = BotToken {
            secrets: Arc::clone(&self.0),
            secret: config.bot_token.clone(),
        };
        let mut client = SlackClient::builder(Arc::new(token));
        if let Some(url) = &config.api_url {
            client = client.api_url(url.clone());
        }
        let client = client.build().map_err(|error| error.to_string())?;
        Ok(Arc::new(client))
    }

    async fn signing_secret(
        &self,
        reference: &SecretRef,
        freshness: Freshness,
    ) -> Result<SecretString, SecretError> {
        let read = self.0.get(&reference.reference, freshness).await;
        // It is read again for whoever signs by another one, a forger too: that says nothing against it.
        metrics::secret(&read, false);
        read
    }
}

/// The bot token, read when the client asks for it and again when the one it had was refused.
struct BotToken {
    secrets: Arc<Secrets>,
    secret: SecretRef,
}

#[async_trait]
impl TokenSource for BotToken {
    async fn token(&self, freshness: slack_client::Freshness) -> Result<SecretString, TokenError> {
        let freshness = match freshness {
            slack_client::Freshness::Cached => Freshness::Cached,
            slack_client::Freshness::Reread => Freshness::Reread,
        };
        let token = self.secrets.get(&self.secret.reference, freshness).await;
        // It is read again where Slack refused it.
        metrics::secret(&token, freshness == Freshness::Reread);
        token.map_err(TokenError::new)
    }
}

/// The owner's bus on EventBridge: for events, for wishes to reconcile, and for work that is put off.
pub struct EventBridge {
    bus: EventBus,
    wishes: Wishes,
}

impl EventBridge {
    /// Puts everything on `bus`, and says by `clock` when each wish was made.
    #[must_use]
    pub fn new(bus: EventBus, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self {
            wishes: Wishes::new(bus.clone(), clock),
            bus,
        }
    }
}

#[async_trait]
impl Bus for EventBridge {
    async fn put(&self, entries: &[OutboxEntry]) -> Result<Vec<bool>, BusError> {
        let entry = |entry: &OutboxEntry| BusEntry {
            key: entry.key.clone(),
            detail_type: entry.event.detail_type().to_owned(),
            detail: entry.event.detail(),
            at: entry.at,
        };
        let entries: Vec<BusEntry> = entries.iter().map(entry).collect();
        let taken = self.bus.put(&entries).await;
        taken.map_err(|error| BusError(error.to_string()))
    }
}

#[async_trait]
impl Wake for EventBridge {
    async fn reconcile(&self, now: Timestamp, groups: &BTreeSet<GroupName>) -> Result<(), String> {
        let names: Vec<&str> = groups.iter().map(GroupName::as_str).collect();
        self.wishes.reconcile(now, &names).await
    }
}

#[async_trait]
impl Later for EventBridge {
    async fn later(&self, now: Timestamp, work: &Value) -> Result<(), String> {
        self.wishes.wish(now, SLACK_WORK_REQUESTED, work).await
    }
}
