//! The webhook port over PagerDuty: which subscriptions do not deliver.

use crate::error::read_error;
use crate::ids::ours;
use crate::source::PagerDutySource;
use access_core::event::WebhookStop;
use access_core::id::WebhookSubscriptionId;
use access_core::ports::{ReadError, WebhookSource};
use async_trait::async_trait;
use pagerduty_client::WebhookSubscription;
use std::collections::BTreeMap;

#[async_trait]
impl WebhookSource for PagerDutySource {
    async fn stopped_webhooks(
        &self,
    ) -> Result<BTreeMap<WebhookSubscriptionId, WebhookStop>, ReadError> {
        let listed = self.client.webhook_subscriptions().await;
        let mut stopped = BTreeMap::new();
        for one in listed.map_err(|error| read_error(&error))? {
            if let Some(why) = stop(&one) {
                stopped.insert(ours(&one.id)?, why);
            }
        }
        Ok(stopped)
    }
}

fn stop(one: &WebhookSubscription) -> Option<WebhookStop> {
    if one.is_active {
        let is_disabled = one.delivery.is_temporarily_disabled;
        is_disabled.then_some(WebhookStop::Refusals)
    } else {
        Some(WebhookStop::SwitchedOff)
    }
}
