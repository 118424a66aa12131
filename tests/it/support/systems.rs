//! The real adapters, pointed at simulators and not slowed down for vendors' sake.

use super::vault::Vault;
use access_core::config::{PagerDutyAccount, TargetConfig, TargetKind};
use access_core::id::{PagerDutyName, TargetName};
use access_core::ports::{IncidentNotes, Target, WebhookSource};
use access_core::principal::Principal;
use access_sources::{PagerDutyNotes, PagerDutySource, Reads};
use access_targets::Pace;
use oncall_poller::wiring::Counted;
use oncall_poller::{AccountSource, Systems};
use pagerduty_client::RetryPolicy;
use slack_client::SlackClient;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// The API key that the simulated PagerDuty takes at first.
pub(crate) const API_KEY: &str = "u+simulated";

/// Between two tries of one call: simulators need no rest.
const PAUSE: Duration = Duration::from_millis(1);

/// Makes adapters whose addresses come from the configuration, and for Identity Center from here.
pub(crate) struct SimulatedSystems {
    pub(crate) identity_center: aws_sdk_identitystore::Client,
    /// Where PagerDuty's key is kept.
    pub(crate) api_key: Arc<Vault>,
    /// Where Slack's bot token is kept.
    pub(crate) bot_token: Arc<Vault>,
    /// Where Slack answers; beats the configuration, so that a proxy can stand between.
    pub(crate) slack_url: Url,
}

impl SimulatedSystems {
    fn pagerduty(
        &self,
        account: &PagerDutyAccount,
        reads: Reads,
    ) -> Result<PagerDutySource, String> {
        let client = access_sources::client_builder(account, reads, Arc::clone(&self.api_key) as _)
            .map_err(|error| error.to_string())?;
        let client = client
            .retry(RetryPolicy::immediate())
            .calls_per_minute(NonZeroU32::MAX);
        let client = client.build().map_err(|error| error.to_string())?;
        Ok(PagerDutySource::new(client))
    }
}

impl Systems for SimulatedSystems {
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
        let notes = PagerDutyNotes::new(source.client().clone(), author);
        Ok(Arc::new(notes.map_err(|error| error.to_string())?))
    }

    fn target(&self, _name: &TargetName, target: &TargetConfig) -> Result<Arc<dyn Target>, String> {
        Ok(match &target.kind {
            TargetKind::IdentityCenter {
                identity_store_id, ..
            } => {
                let target = access_targets::IdentityCenter::new(
                    self.identity_center.clone(),
                    identity_store_id.clone(),
                );
                Arc::new(target.with_pace(Pace::unlimited()).with_first_pause(PAUSE))
            }
            TargetKind::SlackUserGroup { .. } => {
                let client = SlackClient::builder(Arc::clone(&self.bot_token) as _);
                let client = client.api_url(self.slack_url.clone()).retry_delay(PAUSE);
                Arc::new(access_targets::SlackUserGroup::new(
                    client.build().map_err(|error| error.to_string())?,
                ))
            }
        })
    }
}
