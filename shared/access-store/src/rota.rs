//! Rotas: packed snapshots in chunks, which become current when a small item names them.
//!
//! Chunks lie under a random id. What makes them a version is one transaction, written last: the head of the account, the version at its
//! time, and the end of the version before. A crash earlier leaves chunks that nothing names.

use crate::DynamoStore;
use crate::action::{Action, Unit};
use crate::item::{Item, Row, number, text};
use crate::key::{self, AFTER, VERSION, sortable};
use crate::query::Query;
use crate::schema::EXPIRY;
use crate::table::{IN_FLIGHT, Table, Update};
use access_core::facts::{Freshness, Rota};
use access_core::id::PagerDutyName;
use access_core::ports::{Fence, RotaHistory, StoreError};
use async_trait::async_trait;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use futures::stream::{self, StreamExt, TryStreamExt};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use uuid::Uuid;

/// Bytes of a chunk: an item holds 400 KB, its names and keys included.
pub(crate) const CHUNK_BYTES_MAX: usize = 350_000;
/// Unpacked, a rota is text of some hundred bytes a shift: a gigabyte is no rota.
const ROTA_BYTES_MAX: usize = 1 << 30;
/// A superseded version stays readable this long.
const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);
/// Its chunks stay longer, so that a version that can still be found can still be read.
const CHUNKS_KEPT: SignedDuration = SignedDuration::from_hours(430 * 24);

/// One snapshot: where it is and from when on it was current.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Version {
    pagerduty: PagerDutyName,
    /// Current from here on: when its read began, or when the version before became current, if that is later.
    at: Timestamp,
    freshness: Freshness,
    /// What its chunks lie under.
    id: String,
    chunks: usize,
}

#[async_trait]
impl RotaHistory for DynamoStore {
    async fn rotas(&self) -> Result<BTreeMap<PagerDutyName, Rota>, StoreError> {
        let mut reads = Vec::new();
        for row in self.table.query(&Query::of(key::ROTAS)).await? {
            let version: Version = row.body()?;
            row.lies_at(&key::rota_head(&version.pagerduty))?;
            reads.push(snapshot(&self.table, version));
        }
        stream::iter(reads)
            .buffer_unordered(IN_FLIGHT)
            .map_ok(|(version, rota)| (version.pagerduty, rota))
            .try_collect()
            .await
    }

    async fn save_rota(
        &self,
        fence: Fence,
        pagerduty: &PagerDutyName,
        rota: &Rota,
        freshness: &Freshness,
    ) -> Result<(), StoreError> {
        let before: Option<Version> = self
            .table
            .get(&key::rota_head(pagerduty))
            .await?
            .map(|row| row.body())
            .transpose()?;
        let packed = pack(
            &serde_json::to_vec(rota)
                .expect("rotas hold only texts, numbers, lists and maps with text keys"),
        );
        let version = Version {
            pagerduty: pagerduty.clone(),
            at: before
                .as_ref()
                .map_or(freshness.read_at, |before| before.at.max(freshness.read_at)),
            freshness: *freshness,
            id: Uuid::new_v4().to_string(),
            chunks: packed.len().div_ceil(CHUNK_BYTES_MAX),
        };
        put_chunks(&self.table, &version, &packed).await?;
        self.table
            .fenced(fence, vec![commit(&version, before.as_ref())])
            .await?;
        if let Some(before) = before {
            // The new version is current whatever becomes of this: old chunks that keep no expiry only take up room.
            if let Err(error) = expire_chunks(&self.table, &before, version.at).await {
                tracing::warn!(%pagerduty, %error, "chunks of a superseded rota were not given an expiry");
            }
        }
        Ok(())
    }

    async fn rota_at(
        &self,
        pagerduty: &PagerDutyName,
        at: Timestamp,
    ) -> Result<Option<(Rota, Freshness)>, StoreError> {
        let until = format!("{VERSION}{}", sortable(at));
        let versions = Query {
            from: Some(VERSION.to_owned()),
            to: Some(until),
            ..Query::of(key::rota_partition(pagerduty))
        };
        let Some(row) = self.table.last(&versions).await? else {
            return Ok(None);
        };
        let version: Version = row.body()?;
        row.lies_at(&key::rota_version(pagerduty, version.at))?;
        // Expiry deletes in no strict order: what followed this version may be gone before it.
        let superseded = row
            .text("superseded_at")?
            .is_some_and(|end| end <= sortable(at).as_str());
        if superseded {
            return Ok(None);
        }
        let (version, rota) = snapshot(&self.table, version).await?;
        Ok(Some((rota, version.freshness)))
    }
}

/// Makes a version the current one.
fn commit(version: &Version, before: Option<&Version>) -> Unit {
    let head = Item::new(key::rota_head(&version.pagerduty), version);
    let mut actions = vec![
        Action::Put(head),
        Action::Put(Item::new(
            key::rota_version(&version.pagerduty, version.at),
            version,
        )),
    ];
    if let Some(before) = before.filter(|before| before.at != version.at) {
        let item = Item::new(key::rota_version(&before.pagerduty, before.at), before);
        let item = item
            .with("superseded_at", text(sortable(version.at)))
            .with(EXPIRY, number(seconds(version.at, KEPT)));
        actions.push(Action::Put(item));
    }
    Unit::again(actions)
}

fn seconds(at: Timestamp, later: SignedDuration) -> i64 {
    at.saturating_add(later)
        .expect("durations saturate")
        .as_second()
}

async fn put_chunks(table: &Table, version: &Version, packed: &[u8]) -> Result<(), StoreError> {
    let item = |(number, chunk): (usize, &[u8])| {
        Item::bare(key::rota_chunk(&version.pagerduty, &version.id, number))
            .with_bytes("chunk", chunk.to_vec())
    };
    let items: Vec<_> = packed
        .chunks(CHUNK_BYTES_MAX)
        .enumerate()
        .map(item)
        .collect();
    let writes: Vec<_> = items.iter().map(|item| table.put(item)).collect();
    stream::iter(writes)
        .buffer_unordered(IN_FLIGHT)
        .try_collect()
        .await
}

async fn expire_chunks(
    table: &Table,
    version: &Version,
    superseded_at: Timestamp,
) -> Result<(), StoreError> {
    for chunk in 0..version.chunks {
        let update = Update {
            key: key::rota_chunk(&version.pagerduty, &version.id, chunk),
            change: "SET expires_at_epoch = :end",
            condition: "attribute_exists(chunk)",
            values: vec![(":end", number(seconds(superseded_at, CHUNKS_KEPT)))],
        };
        table.update(&update).await?;
    }
    Ok(())
}

async fn snapshot(table: &Table, version: Version) -> Result<(Version, Rota), StoreError> {
    let from = key::chunks(&version.id);
    let to = format!("{from}{AFTER}");
    let rows = table
        .query(&Query {
            from: Some(from),
            to: Some(to),
            ..Query::of(key::rota_partition(&version.pagerduty))
        })
        .await?;
    let malformed = |reason: String| StoreError::Malformed {
        what: format!("rota {} of {}", version.id, version.at),
        reason,
    };
    if rows.len() != version.chunks {
        return Err(malformed(format!(
            "it has {} chunks instead of {}",
            rows.len(),
            version.chunks
        )));
    }
    let chunks: Result<Vec<&[u8]>, _> = rows.iter().map(|row: &Row| row.bytes("chunk")).collect();
    let unpacked =
        unpack(&chunks?.concat(), ROTA_BYTES_MAX).map_err(|error| malformed(error.to_string()))?;
    let rota = serde_json::from_slice(&unpacked)
        .map_err(|error| malformed(format!("it is no rota, at column {}", error.column())))?;
    Ok((version, rota))
}

/// Bytes as gzip.
pub(crate) fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed
        .write_all(bytes)
        .and_then(|()| packed.finish())
        .expect("memory takes every byte")
}

/// The bytes that were packed, at most `bytes_max` of them; gzip's own checksum is verified.
///
/// # Errors
/// When the bytes are damaged or unpack to more.
pub(crate) fn unpack(packed: &[u8], bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    GzDecoder::new(packed)
        .take(bytes_max as u64 + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() > bytes_max {
        Err(io::Error::other(format!(
            "it unpacks to more than {bytes_max} bytes"
        )))
    } else {
        Ok(bytes)
    }
}
