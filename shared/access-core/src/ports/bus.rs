//! The owner's event bus, and whom a word on it wakes.

use super::OutboxEntry;
use crate::id::GroupName;
use async_trait::async_trait;
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Takes events; receivers drop repeats by the change or plan that an event names.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Puts events on the bus and answers, in their order, which of them it took.
    ///
    /// # Errors
    /// When the bus took nothing and refused nothing one by one, as while it cannot be reached. An unknown end may have
    /// been a success: all are sent again later.
    async fn put(&self, entries: &[OutboxEntry]) -> Result<Vec<bool>, BusError>;
}

/// Why the bus took nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BusError(pub String);

/// Asks for a reconcile.
#[async_trait]
pub trait Wake: Send + Sync {
    /// Asks that these groups be reconciled at once; none named means all. Asked twice, it is done twice, to no effect.
    ///
    /// # Errors
    /// In words, when nobody can be asked. The next tick does it then.
    async fn reconcile(&self, now: Timestamp, groups: &BTreeSet<GroupName>) -> Result<(), String>;
}
