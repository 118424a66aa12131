//! Real adapters for the poller's ports: the only place that knows which library stands behind which port.

mod counted;

pub use counted::Counted;

use crate::deps::{AccountSource, Deps, Systems};
use access_core::config::{PagerDutyAccount, PagerDutyAuth, SecretRef, TargetConfig, TargetKind};
use access_core::id::{PagerDutyName, TargetName};
use access_core::ports::{Bus, BusError, Clock, IncidentNotes, OutboxEntry, Target, WebhookSource};
use access_core::principal::Principal;
use access_sources::{PagerDutyNotes, PagerDutySource, Reads};
use access_store::DynamoStore;
use access_targets::{IdentityCenter, Pace, SlackUserGroup};
use async_trait::async_trait;
use aws_config::SdkConfig;
use function_kit::{BusEntry, Environment, EventBus, Freshness, Secrets, metrics};
use jiff::Timestamp;
use pagerduty_client::{Credential, CredentialError, CredentialSource};
use secrecy::{ExposeSecret, SecretString};
use slack_client::{TokenError, TokenSource};
use std::sync::Arc;
use std::time::Duration;

impl Deps {
    /// Wires the poller to AWS as `config` and `environment` say; sends nothing yet.
    #[must_use]
    pub fn wire(config: &SdkConfig, environment: &Environment) -> Self {
        let store = DynamoStore::new(
            aws_sdk_dynamodb::Client::new(config),
            environment.table.clone(),
        );
        let bus = EventBridge(EventBus::new(config, environment.bus.clone(), "rotakey"));
        Self::new(
            Arc::new(store),
            Arc::new(RealSystems::new(config)),
            Arc::new(bus),
            Arc::new(SystemClock),
        )
    }
}

/// The systems that a configuration names, reached over HTTP.
pub struct RealSystems {
    aws: SdkConfig,
    secrets: Arc<Secrets>,
    identity_center_pace: Option<Pace>,
}

impl RealSystems {
    /// Shares one cache of secrets among all clients.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            aws: config.clone(),
            secrets: Arc::new(Secrets::new(config)),
            identity_center_pace: None,
        }
    }

    /// Another pace of requests to Identity Center than AWS allows: for a simulator whose time runs fast.
    #[must_use]
    pub fn with_identity_center_pace(self, pace: Pace) -> Self {
        Self {
            identity_center_pace: Some(pace),
            ..self
        }
    }

    /// One PagerDuty account, for more than ports.
    ///
    /// # Errors
    /// In words, when the configuration makes no client.
    pub fn pagerduty(
        &self,
        account: &PagerDutyAccount,
        reads: Reads,
    ) -> Result<PagerDutySource, String> {
        let credentials = Kept {
            secrets: Arc::clone(&self.secrets),
            secret: account.secret.clone(),
            auth: Some(account.auth),
        };
        let client = access_sources::client(account, reads, Arc::new(credentials))
            .map_err(|error| error.to_string())?;
        Ok(PagerDutySource::new(client))
    }
}

impl Systems for RealSystems {
    fn source(
        &self,
        _name: &PagerDutyName,
        account: &PagerDutyAccount,
        reads: Reads,
    ) -> Result<Arc<dyn AccountSource>, String> {
        let source = self.pagerduty(account, reads)?;
        Ok(Arc::new(Counted::source(source)))
    }

    fn webhooks(
        &self,
        _name: &PagerDutyName,
        account: &PagerDutyAccount,
    ) -> Result<Arc<dyn WebhookSource>, String> {
        let source = self.pagerduty(account, Reads::Webhooks)?;
        Ok(Arc::new(Counted::source(source)))
    }

    fn notes(
        &self,
        _name: &PagerDutyName,
        account: &PagerDutyAccount,
        author: &Principal,
    ) -> Result<Arc<dyn IncidentNotes>, String> {
        let source = self.pagerduty(account, Reads::IncidentNotes)?;
        let client = source.client().clone();
        let notes = PagerDutyNotes::new(client.clone(), author);
        let notes = notes.map_err(|error| error.to_string())?;
        Ok(Arc::new(Counted::new(notes, client)))
    }

    fn target(&self, _name: &TargetName, target: &TargetConfig) -> Result<Arc<dyn Target>, String> {
        match &target.kind {
            TargetKind::IdentityCenter {
                identity_store_id,
                region,
            } => {
                let mut config = aws_sdk_identitystore::config::Builder::from(&self.aws);
                if let Some(region) = region {
                    config =
                        config.region(aws_sdk_identitystore::config::Region::new(region.clone()));
                }
                let client = aws_sdk_identitystore::Client::from_conf(config.build());
                let adapter = IdentityCenter::new(client, identity_store_id.clone());
                Ok(Arc::new(match &self.identity_center_pace {
                    Some(pace) => adapter.with_pace(pace.clone()),
                    None => adapter,
                }))
            }
            TargetKind::SlackUserGroup { secret, api_url } => {
                let token = Kept {
                    secrets: Arc::clone(&self.secrets),
                    secret: secret.clone(),
                    auth: None,
                };
                let mut client = slack_client::SlackClient::builder(Arc::new(token));
                if let Some(url) = api_url {
                    client = client.api_url(url.clone());
                }
                Ok(Arc::new(SlackUserGroup::new(
                    client.build().map_err(|error| error.to_string())?,
                )))
            }
        }
    }
}

/// A secret by reference, read when a client asks for it and again when what it had was refused.
struct Kept {
    secrets: Arc<Secrets>,
    secret: SecretRef,
    /// How PagerDuty takes it; `None` for other systems.
    auth: Option<PagerDutyAuth>,
}

impl Kept {
    async fn read(
        &self,
        key: &str,
        freshness: Freshness,
    ) -> Result<SecretString, function_kit::SecretError> {
        let reference = format!("{}{key}", self.secret.reference);
        let read = self.secrets.get(&reference, freshness).await;
        // It is read again where the vendor refused it.
        metrics::secret(&read, freshness == Freshness::Reread);
        read
    }
}

#[async_trait]
impl CredentialSource for Kept {
    async fn credential(
        &self,
        freshness: pagerduty_client::Freshness,
    ) -> Result<Credential, CredentialError> {
        let freshness = match freshness {
            pagerduty_client::Freshness::Cached => Freshness::Cached,
            pagerduty_client::Freshness::Reread => Freshness::Reread,
        };
        match self.auth {
            Some(PagerDutyAuth::ScopedOauth) => {
                let client_id = self
                    .read("#client_id", freshness)
                    .await
                    .map_err(CredentialError::new)?;
                // The same secret was read a moment ago: its other half must come from the same version.
                let client_secret = self
                    .read("#client_secret", Freshness::Cached)
                    .await
                    .map_err(CredentialError::new)?;
                Ok(Credential::ScopedOauth {
                    client_id: client_id.expose_secret().to_owned(),
                    client_secret,
                })
            }
            Some(PagerDutyAuth::ApiKey) | None => Ok(Credential::ApiKey(
                self.read("", freshness)
                    .await
                    .map_err(CredentialError::new)?,
            )),
        }
    }
}

#[async_trait]
impl TokenSource for Kept {
    async fn token(&self, freshness: slack_client::Freshness) -> Result<SecretString, TokenError> {
        let freshness = match freshness {
            slack_client::Freshness::Cached => Freshness::Cached,
            slack_client::Freshness::Reread => Freshness::Reread,
        };
        self.read("", freshness).await.map_err(TokenError::new)
    }
}

/// The owner's bus on EventBridge.
pub struct EventBridge(pub EventBus);

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
        self.0
            .put(&entries)
            .await
            .map_err(|error| BusError(error.to_string()))
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        function_kit::now()
    }

    async fn wait_until(&self, at: Timestamp) {
        let wait = at.duration_since(self.now());
        tokio::time::sleep(Duration::try_from(wait).unwrap_or_default()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_config::BehaviorVersion;
    use function_kit::metrics::{Metric, measured};

    /// A key that lies there.
    fn kept(reference: &str) -> Kept {
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(function_kit::http_client())
            .build();
        Kept {
            secrets: Arc::new(Secrets::new(&config)),
            secret: SecretRef {
                reference: reference.into(),
                line: 1,
            },
            auth: Some(PagerDutyAuth::ApiKey),
        }
    }

    #[tokio::test]
    async fn a_credential_that_is_missing_or_refused_is_counted() {
        use pagerduty_client::Freshness::{Cached, Reread};
        for (case, reference, freshness, expected) in [
            ("good", "env:PATH", Cached, None),
            ("refused", "env:PATH", Reread, Some(1.0)),
            ("missing", "env:ROTAKEY_NOT_THERE", Cached, Some(1.0)),
        ] {
            let kept = kept(reference);
            let (read, found) = measured(kept.credential(freshness)).await;
            assert_eq!(read.is_ok(), case != "missing", "{case}");
            let refused = found.of(Metric::SecretRefused).first().copied();
            assert_eq!(refused, expected, "{case}");
        }
    }
}
