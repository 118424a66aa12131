//! The owner's event bus: batches of ten, and what the bus did not take is sent again.

use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::DisplayErrorContext;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use jiff::Timestamp;

/// Most entries of one `PutEvents` call.
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
pub const BUS_ENTRIES_MAX: usize = 10;

/// Times that one batch is sent: a failed entry is nearly always a passing throttle.
const TRIES_MAX: usize = 3;

/// One event for the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusEntry {
    /// The kind of event, in words.
    pub detail_type: String,
    /// JSON text.
    pub detail: String,
    /// When it happened.
    pub at: Timestamp,
}

/// The bus could not be reached; what was sent before stays sent.
#[derive(Debug, thiserror::Error)]
#[error("the event bus cannot be reached: {0}")]
pub struct BusError(String);

/// A custom EventBridge bus.
#[derive(Debug, Clone)]
pub struct EventBus {
    client: Client,
    name: String,
    source: &'static str,
}

impl EventBus {
    /// Events are put on the bus called `name` (or its ARN), from `source`.
    #[must_use]
    pub fn new(config: &SdkConfig, name: impl Into<String>, source: &'static str) -> Self {
        Self {
            client: Client::new(config),
            name: name.into(),
            source,
        }
    }

    /// Puts every entry on the bus and answers, in their order, which of them it took.
    ///
    /// The service takes or refuses each entry by itself: only refused ones are sent again, a bounded number of times.
    ///
    /// # Errors
    /// [`BusError`] when a whole call fails; entries of earlier batches may have been taken, so a repeat may double them.
    pub async fn put(&self, entries: &[BusEntry]) -> Result<Vec<bool>, BusError> {
        let mut taken = vec![false; entries.len()];
        for _try in 0..TRIES_MAX {
            let open: Vec<usize> = (0..entries.len()).filter(|index| !taken[*index]).collect();
            for batch in open.chunks(BUS_ENTRIES_MAX) {
                self.batch(entries, batch, &mut taken).await?;
            }
        }
        Ok(taken)
    }

    async fn batch(
        &self,
        entries: &[BusEntry],
        batch: &[usize],
        taken: &mut [bool],
    ) -> Result<(), BusError> {
        let requests = batch
            .iter()
            .map(|index| self.request(&entries[*index]))
            .collect();
        let answer = self
            .client
            .put_events()
            .set_entries(Some(requests))
            .send()
            .await;
        let answer = answer.map_err(|error| BusError(DisplayErrorContext(&error).to_string()))?;
        for (index, result) in batch.iter().zip(answer.entries()) {
            taken[*index] = result.error_code().is_none();
        }
        Ok(())
    }

    fn request(&self, entry: &BusEntry) -> PutEventsRequestEntry {
        let BusEntry {
            detail_type,
            detail,
            at,
        } = entry;
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(self.source)
            .detail_type(detail_type)
            .detail(detail)
            .time(DateTime::from_millis(at.as_millisecond()))
            .build()
    }
}
