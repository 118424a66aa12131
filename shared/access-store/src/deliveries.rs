//! Webhooks that were dealt with: an item for each delivery, which deletes itself some time after it stops counting.

use crate::DynamoStore;
use crate::item::{LAYOUT, number, text};
use crate::key::{self, sortable};
use crate::table::{Update, Updated};
use access_core::id::{DeliveryId, PagerDutyName};
use access_core::ports::{DELIVERY_KEPT, Deliveries, StoreError};
use async_trait::async_trait;
use jiff::Timestamp;

#[async_trait]
impl Deliveries for DynamoStore {
    async fn is_delivered(
        &self,
        pagerduty: &PagerDutyName,
        delivery: &DeliveryId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let place = key::delivery(pagerduty, delivery);
        let Some(row) = self.table.get(&place).await? else {
            return Ok(false);
        };
        let until = row.time("known_until")?;
        let until = until.ok_or_else(|| row.malformed("it has no end"))?;
        Ok(now < until)
    }

    async fn keep_delivery(
        &self,
        pagerduty: &PagerDutyName,
        delivery: &DeliveryId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let until = now
            .saturating_add(DELIVERY_KEPT)
            .expect("durations saturate");
        let update = Update {
            key: key::delivery(pagerduty, delivery),
            change: "SET known_until = :until, expires_at_epoch = :end, v = :v",
            condition: "attribute_not_exists(known_until) OR known_until <= :now",
            values: vec![
                (":until", text(sortable(until))),
                // Whole seconds, so never before the end itself.
                (":end", number(until.as_second().saturating_add(1))),
                (":now", text(sortable(now))),
                (":v", number(LAYOUT)),
            ],
        };
        let updated = self.table.update(&update).await?;
        Ok(matches!(updated, Updated::Done(_)))
    }
}
