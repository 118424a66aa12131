//! The owner's event bus.

use super::OutboxEntry;
use async_trait::async_trait;

/// Takes events; receivers drop repeats by the change or plan that an event names.
#[async_trait]
pub trait Bus: Send + Sync {
    /// Puts events on the bus and answers, in their order, which of them it took.
    ///
    /// # Errors
    /// When the bus cannot be reached; earlier ones may have been taken, and all are sent again later.
    async fn put(&self, entries: &[OutboxEntry]) -> Result<Vec<bool>, BusError>;
}

/// The bus cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BusError(pub String);
