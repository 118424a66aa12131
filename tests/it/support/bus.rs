//! A bus that remembers what it took.

use access_core::ports::{Bus, BusError, OutboxEntry};
use async_trait::async_trait;
use std::sync::{Mutex, PoisonError};

/// Takes every event, unless told to refuse.
#[derive(Default)]
pub(crate) struct RecordingBus {
    taken: Mutex<Vec<OutboxEntry>>,
}

impl RecordingBus {
    /// Everything taken so far, repeats included.
    pub(crate) fn taken(&self) -> Vec<OutboxEntry> {
        self.taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

#[async_trait]
impl Bus for RecordingBus {
    async fn put(&self, entries: &[OutboxEntry]) -> Result<Vec<bool>, BusError> {
        self.taken
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(entries.iter().cloned());
        Ok(vec![true; entries.len()])
    }
}
