//! Putting events into their chains.

use super::{Entry, Hash, Head, StreamName};
use crate::ports::{APPENDED_MAX, AuditLog, OutboxEntry, StoreError};
use std::collections::{BTreeMap, BTreeSet};

/// How often a chain is looked at again that somebody else added to in between; two flushes at once rarely meet twice.
const TRIES_MAX: usize = 5;

/// The entries that events make after `head`, in their order; all of them belong to `stream`.
///
/// Equal events after an equal head make equal entries, on every machine.
#[must_use]
#[expect(
    clippy::missing_panics_doc,
    reason = "the detail of an event is JSON that was just written"
)]
pub fn seal(stream: &StreamName, head: Option<Head>, events: &[&OutboxEntry]) -> Vec<Entry> {
    let (mut seq, mut previous) = head.map_or((0, Hash::NONE), |head| (head.seq, head.hash));
    let mut entries = Vec::with_capacity(events.len());
    for OutboxEntry { key, at, event } in events.iter().copied() {
        seq += 1;
        let detail = serde_json::from_str(&event.detail()).expect("an event writes valid JSON");
        let mut entry = Entry {
            stream: stream.clone(),
            seq,
            at: *at,
            key: key.clone(),
            detail_type: event.detail_type().to_owned(),
            detail,
            previous,
            hash: Hash::NONE,
        };
        entry.hash = entry.computed();
        previous = entry.hash;
        entries.push(entry);
    }
    entries
}

/// Puts events into the chains of their streams; those that are there already are left out. Answers the streams of which
/// not all could be, and why: no stream stops another.
///
/// Safe to repeat and to run twice at once: a chain holds each key once.
pub async fn keep<L: AuditLog + Sync + ?Sized>(
    log: &L,
    events: &[OutboxEntry],
) -> BTreeMap<StreamName, StoreError> {
    let mut streams: BTreeMap<StreamName, Vec<&OutboxEntry>> = BTreeMap::new();
    for entry in events {
        let stream = StreamName::of(&entry.event);
        streams.entry(stream).or_default().push(entry);
    }
    let mut failed = BTreeMap::new();
    for (stream, events) in streams {
        if let Err(error) = patiently(log, &stream, &events).await {
            failed.insert(stream, error);
        }
    }
    failed
}

async fn patiently<L: AuditLog + Sync + ?Sized>(
    log: &L,
    stream: &StreamName,
    events: &[&OutboxEntry],
) -> Result<(), StoreError> {
    for _ in 1..TRIES_MAX {
        match append(log, stream, events).await {
            Err(StoreError::Conflict(_)) => {}
            outcome => return outcome,
        }
    }
    append(log, stream, events).await
}

/// One try, from what the stream holds now.
async fn append<L: AuditLog + Sync + ?Sized>(
    log: &L,
    stream: &StreamName,
    events: &[&OutboxEntry],
) -> Result<(), StoreError> {
    let keys: BTreeSet<String> = events.iter().map(|entry| entry.key.clone()).collect();
    let known = log.sealed(stream, &keys).await?;
    let left = events.iter().filter(|entry| !known.contains(&entry.key));
    let left: Vec<&OutboxEntry> = left.copied().collect();
    if left.is_empty() {
        return Ok(());
    }
    let mut head = log.head(stream).await?;
    for events in left.chunks(APPENDED_MAX) {
        let entries = seal(stream, head, events);
        log.append(&entries, head).await?;
        head = entries.last().map(Entry::head);
    }
    Ok(())
}
