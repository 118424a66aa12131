//! The real adapters, pointed at simulators and not slowed down for vendors' sake.

use access_core::config::{PagerDutyAccount, TargetConfig, TargetKind};
use access_core::id::{PagerDutyName, TargetName};
use access_core::ports::{RotaSource, Target};
use access_sources::PagerDutySource;
use oncall_poller::Systems;
use pagerduty_client::StaticCredential;
use slack_client::{FixedToken, SlackClient};
use std::sync::Arc;
use url::Url;

/// The API key that the simulated PagerDuty takes.
pub(crate) const API_KEY: &str = "u+simulated";

/// Makes adapters whose addresses come from the configuration, and for Identity Center from here.
pub(crate) struct SimulatedSystems {
    pub(crate) identity_center: aws_sdk_identitystore::Client,
    pub(crate) bot_token: String,
    /// Where Slack answers; beats the configuration, so that a proxy can stand between.
    pub(crate) slack_url: Url,
}

impl Systems for SimulatedSystems {
    fn source(&self, _name: &PagerDutyName, account: &PagerDutyAccount) -> Result<Arc<dyn RotaSource>, String> {
        let client = access_sources::client(account, Arc::new(StaticCredential::api_key(API_KEY))).map_err(|error| error.to_string())?;
        Ok(Arc::new(PagerDutySource::new(client)))
    }

    fn target(&self, _name: &TargetName, target: &TargetConfig) -> Result<Arc<dyn Target>, String> {
        Ok(match &target.kind {
            TargetKind::IdentityCenter { identity_store_id, .. } => {
                Arc::new(access_targets::IdentityCenter::new(self.identity_center.clone(), identity_store_id.clone()))
            }
            TargetKind::SlackUserGroup { .. } => {
                let client = SlackClient::builder(Arc::new(FixedToken::new(self.bot_token.clone())));
                let client = client.api_url(self.slack_url.clone());
                Arc::new(access_targets::SlackUserGroup::new(client.build().map_err(|error| error.to_string())?))
            }
        })
    }
}
