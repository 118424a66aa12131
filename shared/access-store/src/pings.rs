//! Pings that arrived: an item for each webhook subscription, which deletes itself long after the last one.

use crate::DynamoStore;
use crate::item::{LAYOUT, number, text};
use crate::key::{self, sortable};
use crate::table::Update;
use access_core::id::{PagerDutyName, WebhookSubscriptionId};
use access_core::ports::{PING_KEPT, Pings, StoreError};
use async_trait::async_trait;
use jiff::Timestamp;

#[async_trait]
impl Pings for DynamoStore {
    async fn keep_ping(
        &self,
        pagerduty: &PagerDutyName,
        subscription: &WebhookSubscriptionId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let until = at.saturating_add(PING_KEPT).expect("durations saturate");
        let update = Update {
            key: key::ping(pagerduty, subscription),
            change: "SET arrived_at = :at, expires_at_epoch = :end, v = :v",
            condition: "attribute_not_exists(arrived_at) OR arrived_at < :at",
            values: vec![
                (":at", text(sortable(at))),
                (":end", number(until.as_second().saturating_add(1))),
                (":v", number(LAYOUT)),
            ],
        };
        // Refused is one that arrived before what is known.
        self.table.update(&update).await.map(drop)
    }

    async fn last_ping(
        &self,
        pagerduty: &PagerDutyName,
        subscription: &WebhookSubscriptionId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let Some(row) = self.table.get(&key::ping(pagerduty, subscription)).await? else {
            return Ok(None);
        };
        let at = row.time("arrived_at")?;
        at.map(Some)
            .ok_or_else(|| row.malformed("it has no time of arrival"))
    }
}
