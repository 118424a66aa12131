//! The audit trail: a partition for each stream, whose end is an item of its own that every addition moves.

use crate::DynamoStore;
use crate::action::Action;
use crate::item::{Item, Row, number};
use crate::key::{self, AFTER};
use crate::query::Query;
use crate::table::IN_FLIGHT;
use access_core::audit::{Entry, Head, StreamName};
use access_core::ports::{APPENDED_MAX, AuditLog, StoreError};
use async_trait::async_trait;
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What the item of a stream's end holds.
#[derive(Serialize, Deserialize)]
struct Stored {
    stream: StreamName,
    head: Head,
}

/// The entries of a stream as they lie there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownEntries {
    /// What can be read, in the order in which it is kept.
    pub entries: Vec<Entry>,
    /// Why what lies in the place of an entry cannot be read, by the number that the place has: 0, which no entry has, for a
    /// place without one.
    pub unread: BTreeMap<u64, String>,
}

/// For whoever verifies the trail, and must not rely on what somebody may have touched.
impl DynamoStore {
    /// A whole stream; what cannot be read of it stands in no other entry's way.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn known_entries(&self, stream: &StreamName) -> Result<KnownEntries, StoreError> {
        let mut known = KnownEntries::default();
        for row in self.table.query_each(&entries_from(stream, 0)).await? {
            let place = row.key.sk.strip_prefix(key::ENTRY);
            let seq = place.and_then(|digits| digits.parse().ok());
            match row.in_known_layout().and_then(|row| read(&row)) {
                Ok(entry) => known.entries.push(entry),
                Err(StoreError::Malformed { what: _, reason }) => {
                    known.unread.insert(seq.unwrap_or_default(), reason);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(known)
    }

    /// Every stream that has an end, whatever that says.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn ended_streams(&self) -> Result<BTreeSet<StreamName>, StoreError> {
        let rows = self.table.query_each(&Query::of(key::AUDITS)).await?;
        let names = rows.iter().filter_map(|row| row.key.sk.parse().ok());
        Ok(names.collect())
    }

    /// Every stream of which anything lies there, by reading the whole table: for an embedded store, as a table on AWS may be
    /// large.
    ///
    /// # Errors
    /// When the store cannot be asked.
    pub async fn scanned_streams(&self) -> Result<BTreeSet<StreamName>, StoreError> {
        let partitions = self.table.partitions(key::AUDIT).await?;
        let names = partitions.iter().filter_map(|name| {
            let stream = name.strip_prefix(key::AUDIT)?;
            stream.parse().ok()
        });
        Ok(names.collect())
    }
}

#[async_trait]
impl AuditLog for DynamoStore {
    async fn head(&self, stream: &StreamName) -> Result<Option<Head>, StoreError> {
        let row = self.table.get(&key::audit_head(stream)).await?;
        let end = row.as_ref().map(end).transpose()?;
        Ok(end.map(|(_, head)| head))
    }

    async fn streams(&self) -> Result<BTreeMap<StreamName, Head>, StoreError> {
        let rows = self.table.query(&Query::of(key::AUDITS)).await?;
        rows.iter().map(end).collect()
    }

    async fn append(&self, entries: &[Entry], after: Option<Head>) -> Result<(), StoreError> {
        assert!(
            entries.len() <= APPENDED_MAX,
            "callers add a bounded number at once"
        );
        let Some(last) = entries.last() else {
            return Ok(());
        };
        let stored = Stored {
            stream: last.stream.clone(),
            head: last.head(),
        };
        let item = Item::new(key::audit_head(&last.stream), &stored);
        let item = item.with("revision", number(last.seq));
        let mut actions = vec![match after {
            None => Action::PutNew(item),
            Some(after) => Action::PutOver(item, after.seq),
        }];
        for entry in entries {
            let proof = Item::bare(key::audit_key(&entry.stream, &entry.key));
            let proof = proof.with("seq", number(entry.seq));
            actions.push(Action::PutNew(proof));
            let item = Item::new(key::audit_entry(&entry.stream, entry.seq), entry);
            actions.push(Action::PutNew(item));
        }
        if self.table.together(&actions).await? {
            return Ok(());
        }
        Err(StoreError::Conflict(format!(
            "audit stream {} went on since it was read",
            last.stream
        )))
    }

    async fn sealed(
        &self,
        stream: &StreamName,
        keys: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        let looks: Vec<_> = keys
            .iter()
            .map(|event| async move {
                let there = self.table.get(&key::audit_key(stream, event)).await?;
                Ok::<_, StoreError>(there.map(|_| event.clone()))
            })
            .collect();
        let sealed: Vec<Option<String>> = stream::iter(looks)
            .buffer_unordered(IN_FLIGHT)
            .try_collect()
            .await?;
        Ok(sealed.into_iter().flatten().collect())
    }

    async fn entries(
        &self,
        stream: &StreamName,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let query = entries_from(stream, from);
        let rows = self.table.first(&query, limit).await?;
        rows.iter().map(read).collect()
    }
}

/// The entries of a stream by their places, from a number on.
fn entries_from(stream: &StreamName, from: u64) -> Query {
    Query {
        from: Some(key::audit_entry(stream, from).sk),
        to: Some(format!("{}{AFTER}", key::ENTRY)),
        ..Query::of(key::audit(stream))
    }
}

fn end(row: &Row) -> Result<(StreamName, Head), StoreError> {
    let Stored { stream, head } = row.body()?;
    row.lies_at(&key::audit_head(&stream))?;
    Ok((stream, head))
}

/// An entry as it lies there. Whether it is in its place is for whoever verifies the chain to say: an entry that was moved
/// must be reported as damage, and must not keep the rest from being read.
fn read(row: &Row) -> Result<Entry, StoreError> {
    row.body()
}
