//! Sending the outbox: every event is sealed into the audit trail first, then put on the bus, then forgotten.

#[cfg(test)]
mod tests;

use crate::audit::{StreamName, keep};
use crate::ports::{AuditLog, Bus, BusError, Outbox, OutboxEntry, StoreError, Unsent};
use std::collections::BTreeMap;

/// What became of the unsent events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flushed {
    /// Events that are in the audit trail and that the bus took.
    pub sent: Vec<OutboxEntry>,
    /// Events that wait for the next flush, because they could not be sealed or because of the bus.
    pub left: usize,
    /// Those of them that the bus refused one by one.
    pub refused: usize,
    /// Streams that could not be added to, and why; their events wait.
    pub unsealed: BTreeMap<StreamName, StoreError>,
    /// Events that this program cannot understand, of another version or damaged, and are not counted as left: why, by
    /// where each lies. They wait for a program that does.
    pub unread: BTreeMap<String, String>,
    /// Why the bus took nothing, if it could not be reached.
    pub bus: Option<BusError>,
}

/// Seals every unsent event, puts it on the bus and forgets it. An event that cannot be understood or sealed, or that the
/// bus refuses, stays, and stops no other.
///
/// Safe to repeat and to run twice at once: an event is sealed once, and sent at least once with the same key.
///
/// # Errors
/// When the outbox cannot be read, or sent events not forgotten: then they are sent again.
pub async fn flush<S: Outbox + AuditLog + Sync + ?Sized>(
    store: &S,
    bus: &dyn Bus,
) -> Result<Flushed, StoreError> {
    let Unsent { entries, unread } = store.unsent().await?;
    if entries.is_empty() {
        return Ok(Flushed {
            unread,
            ..Flushed::default()
        });
    }
    let all = entries.len();
    let unsealed = keep(store, &entries).await;
    let is_sealed = |entry: &OutboxEntry| !unsealed.contains_key(&StreamName::of(&entry.event));
    let sealed: Vec<OutboxEntry> = entries.into_iter().filter(is_sealed).collect();
    let mut flushed = Flushed {
        sent: Vec::new(),
        left: all,
        refused: 0,
        unsealed,
        unread,
        bus: None,
    };
    if sealed.is_empty() {
        return Ok(flushed);
    }
    let taken = match bus.put(&sealed).await {
        Ok(taken) => taken,
        Err(error) => {
            flushed.bus = Some(error);
            return Ok(flushed);
        }
    };
    let sealed_count = sealed.len();
    let taken = sealed.into_iter().zip(taken).filter(|(_, taken)| *taken);
    let sent: Vec<OutboxEntry> = taken.map(|(entry, _)| entry).collect();
    let keys: Vec<String> = sent.iter().map(|entry| entry.key.clone()).collect();
    store.sent(&keys).await?;
    flushed.left = all - sent.len();
    flushed.refused = sealed_count - sent.len();
    flushed.sent = sent;
    Ok(flushed)
}
