//! The outbox: one partition, sorted by key, emptied as the bus takes events.

use crate::DynamoStore;
use crate::item::{Item, Row};
use crate::key;
use crate::query::Query;
use crate::table::IN_FLIGHT;
use access_core::ports::{Outbox, OutboxEntry, StoreError, Unsent};
use async_trait::async_trait;
use futures::stream::{self, StreamExt, TryStreamExt};

/// An event as it waits.
pub(crate) fn item(entry: &OutboxEntry) -> Item {
    Item::new(key::outbox(&entry.key), entry)
}

fn read(row: &Row) -> Result<OutboxEntry, StoreError> {
    let entry: OutboxEntry = row.body()?;
    row.lies_at(&key::outbox(&entry.key))?;
    Ok(entry)
}

#[async_trait]
impl Outbox for DynamoStore {
    async fn unsent(&self) -> Result<Unsent, StoreError> {
        let mut unsent = Unsent::default();
        for row in self.table.query_each(&Query::of(key::OUTBOX)).await? {
            match row.in_known_layout().and_then(|row| read(&row)) {
                Ok(entry) => unsent.entries.push(entry),
                // Of another version, or damaged: it stays where it is for a program that understands it, and the others are
                // told all the same. To go on is safe here, as it is nowhere else: no membership follows from an event.
                Err(StoreError::Malformed { what, reason }) => {
                    unsent.unread.insert(what, reason);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(unsent)
    }

    async fn post(&self, entries: &[OutboxEntry]) -> Result<(), StoreError> {
        let items: Vec<_> = entries.iter().map(item).collect();
        let writes: Vec<_> = items.iter().map(|item| self.table.put_new(item)).collect();
        stream::iter(writes)
            .buffer_unordered(IN_FLIGHT)
            .try_for_each(|_| async { Ok(()) })
            .await
    }

    async fn sent(&self, keys: &[String]) -> Result<(), StoreError> {
        let keys: Vec<_> = keys.iter().map(|entry| key::outbox(entry)).collect();
        let deletions: Vec<_> = keys.iter().map(|key| self.table.delete(key)).collect();
        stream::iter(deletions)
            .buffer_unordered(IN_FLIGHT)
            .try_for_each(|()| async { Ok(()) })
            .await
    }
}
