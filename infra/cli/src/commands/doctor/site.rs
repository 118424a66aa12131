//! What every look goes by: the configuration at hand, the time, and how secrets and systems are reached.

use crate::setup::Loaded;
use access_core::config::{Config, PagerDutyAccount, PagerDutyAuth, SecretRef};
use aws_config::SdkConfig;
use function_kit::{Freshness, SecretError, Secrets};
use jiff::Timestamp;
use oncall_poller::wiring::RealSystems;
use pagerduty_client::Credential;
use secrecy::{ExposeSecret, SecretString};
use slack_client::{FixedToken, SlackClient};
use std::sync::Arc;
use url::Url;

/// Everything that is looked at, and by what.
pub(super) struct Site<'a> {
    pub(super) now: Timestamp,
    pub(super) loaded: &'a Loaded,
    pub(super) aws: &'a SdkConfig,
    pub(super) secrets: Secrets,
    pub(super) systems: RealSystems,
}

impl<'a> Site<'a> {
    pub(super) fn new(now: Timestamp, loaded: &'a Loaded, aws: &'a SdkConfig) -> Self {
        Self {
            now,
            loaded,
            aws,
            secrets: Secrets::new(aws),
            systems: RealSystems::new(aws),
        }
    }

    pub(super) fn config(&self) -> &'a Config {
        &self.loaded.config
    }

    /// What proves to PagerDuty who is calling.
    pub(super) async fn credential(
        &self,
        account: &PagerDutyAccount,
    ) -> Result<Credential, SecretError> {
        let secret = &account.secret;
        match account.auth {
            PagerDutyAuth::ApiKey => Ok(Credential::ApiKey(self.secret(secret, "").await?)),
            PagerDutyAuth::ScopedOauth => {
                let client_id = self.secret(secret, "#client_id").await?;
                Ok(Credential::ScopedOauth {
                    client_id: client_id.expose_secret().to_owned(),
                    client_secret: self.secret(secret, "#client_secret").await?,
                })
            }
        }
    }

    /// A client with the bot token that is kept there; `None` when it cannot be read, or makes no client.
    pub(super) async fn slack(
        &self,
        token: &SecretRef,
        api_url: Option<&Url>,
    ) -> Option<SlackClient> {
        let token = self.secret(token, "").await.ok()?;
        let mut builder = SlackClient::builder(Arc::new(FixedToken::new(token)));
        if let Some(url) = api_url {
            builder = builder.api_url(url.clone());
        }
        builder.build().ok()
    }

    async fn secret(&self, secret: &SecretRef, key: &str) -> Result<SecretString, SecretError> {
        let reference = format!("{}{key}", secret.reference);
        self.secrets.get(&reference, Freshness::Cached).await
    }
}
