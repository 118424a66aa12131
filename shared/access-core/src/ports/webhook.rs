//! Webhook subscriptions: whether PagerDuty still delivers, and the pings that arrived.

use super::source::ReadError;
use super::store::StoreError;
use crate::event::WebhookStop;
use crate::id::{PagerDutyName, WebhookSubscriptionId};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// A ping is known at least this long. Whoever sends one waits for seconds; the rest is for a look back.
pub const PING_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The webhook subscriptions of one PagerDuty account.
#[async_trait]
pub trait WebhookSource: Send + Sync {
    /// Every subscription of the account that does not deliver, also those that others made.
    ///
    /// # Errors
    /// Fails rather than answer in part; [`ReadError::Refused`] when the credential may not ask.
    async fn stopped_webhooks(
        &self,
    ) -> Result<BTreeMap<WebhookSubscriptionId, WebhookStop>, ReadError>;
}

/// Pings that arrived: how somebody who has sent one learns that deliveries come through.
#[async_trait]
pub trait Pings {
    /// Notes that a ping of a subscription has arrived; one that arrived later stays.
    ///
    /// # Errors
    /// When it cannot be written.
    async fn keep_ping(
        &self,
        pagerduty: &PagerDutyName,
        subscription: &WebhookSubscriptionId,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// When the last one arrived; `None` when none is known.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn last_ping(
        &self,
        pagerduty: &PagerDutyName,
        subscription: &WebhookSubscriptionId,
    ) -> Result<Option<Timestamp>, StoreError>;
}
