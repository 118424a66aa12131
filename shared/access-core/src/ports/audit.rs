//! The audit trail, entry by entry; added to only at the end of a stream.

use super::store::StoreError;
use crate::audit::{Entry, Head, StreamName};
use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};

/// The most entries that one [`AuditLog::append`] takes, so that it stays one transaction.
pub const APPENDED_MAX: usize = 40;

/// The audit trail.
#[async_trait]
pub trait AuditLog {
    /// The end of a stream; `None`: it has no entries.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn head(&self, stream: &StreamName) -> Result<Option<Head>, StoreError>;
    /// Every stream and its end.
    ///
    /// # Errors
    /// When not all can be read.
    async fn streams(&self) -> Result<BTreeMap<StreamName, Head>, StoreError>;
    /// Adds entries of one stream, at most [`APPENDED_MAX`], that follow `after`, and moves the stream's end. All or
    /// nothing; none of their keys may be in the stream.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the stream no longer ends there, or holds one of the keys. Or when it cannot be
    /// written.
    async fn append(&self, entries: &[Entry], after: Option<Head>) -> Result<(), StoreError>;
    /// Which of these events' keys the stream holds.
    ///
    /// # Errors
    /// When that cannot be read of all.
    async fn sealed(
        &self,
        stream: &StreamName,
        keys: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError>;
    /// At most `limit` entries of a stream in the order of their numbers, from number `from` on; fewer only at the end.
    ///
    /// # Errors
    /// When not all can be read.
    async fn entries(
        &self,
        stream: &StreamName,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError>;
}
