//! The lease: one item whose `fence` only ever rises.

use crate::DynamoStore;
use crate::item::{LAYOUT, Row, json, key_attributes, number, text};
use crate::key::{self, sortable};
use crate::table::{Update, Updated};
use access_core::ports::{Fence, Lease, Leases, StoreError, TickRecord};
use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

#[async_trait]
impl Leases for DynamoStore {
    async fn acquire(&self, now: Timestamp, until: Timestamp) -> Result<Lease, StoreError> {
        // A lost answer is asked for again by the SDK: the holder's own name lets that second try succeed.
        let holder = Uuid::new_v4().to_string();
        let update = Update {
            key: key::lease(),
            change: "SET fence = if_not_exists(fence, :zero) + :one, leased_until = :until, holder = :holder, v = :v",
            condition: "attribute_not_exists(leased_until) OR leased_until <= :now OR holder = :holder",
            values: vec![
                (":zero", number(0_u64)),
                (":one", number(1_u64)),
                (":until", text(sortable(until))),
                (":now", text(sortable(now))),
                (":holder", text(holder)),
                (":v", number(LAYOUT)),
            ],
        };
        match self.table.update(&update).await? {
            Updated::Done(mut set) => {
                set.extend(key_attributes(&update.key));
                Ok(Lease {
                    fence: fence(&Row::new(set)?)?,
                    until,
                })
            }
            Updated::Refused(Some(row)) => Err(StoreError::Leased {
                until: row
                    .time("leased_until")?
                    .ok_or_else(|| row.malformed("it has no end"))?,
            }),
            Updated::Refused(None) => Err(StoreError::Unavailable(
                "UpdateItem: the lease in the way was not shown".to_owned(),
            )),
        }
    }

    async fn release(&self, mine: Fence, record: &TickRecord) -> Result<(), StoreError> {
        let update = Update {
            key: key::lease(),
            change: "SET body = :body REMOVE leased_until, holder",
            condition: "fence = :mine AND attribute_exists(leased_until)",
            values: vec![(":body", json(record)), (":mine", number(mine.0))],
        };
        match self.table.update(&update).await? {
            Updated::Done(_) => Ok(()),
            // Released before, by this holder.
            Updated::Refused(Some(row)) if fence(&row)? == mine => Ok(()),
            Updated::Refused(_) => Err(StoreError::Overtaken),
        }
    }

    async fn keep(&self, mine: Fence, record: &TickRecord) -> Result<(), StoreError> {
        let update = Update {
            key: key::lease(),
            change: "SET body = :body",
            condition: "fence = :mine AND attribute_exists(leased_until)",
            values: vec![(":body", json(record)), (":mine", number(mine.0))],
        };
        match self.table.update(&update).await? {
            Updated::Done(_) => Ok(()),
            Updated::Refused(_) => Err(StoreError::Overtaken),
        }
    }

    async fn last_tick(&self) -> Result<Option<TickRecord>, StoreError> {
        match self.table.get(&key::lease()).await? {
            Some(row) => row.json("body"),
            None => Ok(None),
        }
    }
}

#[cfg(feature = "embedded")]
impl DynamoStore {
    /// Ends whatever lease there is, and outdates whoever held it; for a caller who knows that its holder is gone. What the
    /// holder left stays. A repeat changes nothing.
    pub(crate) async fn end_lease(&self) -> Result<(), StoreError> {
        let update = Update {
            key: key::lease(),
            change: "SET fence = if_not_exists(fence, :zero) + :one REMOVE leased_until, holder",
            condition: "attribute_exists(leased_until)",
            values: vec![(":zero", number(0_u64)), (":one", number(1_u64))],
        };
        // Where it is refused there is none.
        self.table.update(&update).await.map(drop)
    }
}

fn fence(row: &Row) -> Result<Fence, StoreError> {
    row.number("fence").map(Fence)
}
