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

#[cfg(test)]
mod tests {
    use super::*;
    use aws_config::{BehaviorVersion, Region};
    use aws_sdk_eventbridge::config::{Credentials, SharedCredentialsProvider};
    use serde_json::{Value, json};
    use std::sync::Mutex;
    use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers};

    /// A bus that refuses some details a number of times, and keeps the details of each call.
    struct Fickle {
        refuses: Mutex<Vec<&'static str>>,
        calls: Mutex<Vec<Vec<String>>>,
    }

    impl Respond for &'static Fickle {
        fn respond(&self, request: &Request) -> ResponseTemplate {
            let body: Value = request.body_json().unwrap();
            let details: Vec<String> = body["Entries"]
                .as_array()
                .unwrap()
                .iter()
                .map(|entry| entry["Detail"].as_str().unwrap().to_owned())
                .collect();
            let mut refuses = self.refuses.lock().unwrap();
            let answer =
                |detail: &String| match refuses.iter().position(|refused| refused == detail) {
                    Some(at) => {
                        refuses.remove(at);
                        json!({"ErrorCode": "ThrottlingException"})
                    }
                    None => json!({"EventId": "e"}),
                };
            let entries: Vec<Value> = details.iter().map(answer).collect();
            self.calls.lock().unwrap().push(details);
            ResponseTemplate::new(200)
                .set_body_json(json!({"FailedEntryCount": 0, "Entries": entries}))
        }
    }

    async fn bus(refuses: Vec<&'static str>) -> (EventBus, &'static Fickle, MockServer) {
        let fickle: &'static Fickle = Box::leak(Box::new(Fickle {
            refuses: Mutex::new(refuses),
            calls: Mutex::default(),
        }));
        let server = MockServer::start().await;
        Mock::given(matchers::header("x-amz-target", "AWSEvents.PutEvents"))
            .respond_with(fickle)
            .mount(&server)
            .await;
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(server.uri())
            .region(Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::for_tests()))
            .http_client(crate::http_client())
            .build();
        (EventBus::new(&config, "rotakey", "rotakey"), fickle, server)
    }

    fn entries(count: usize) -> Vec<BusEntry> {
        let entry = |number| BusEntry {
            detail_type: "Test".to_owned(),
            detail: format!("{number}"),
            at: Timestamp::UNIX_EPOCH,
        };
        (0..count).map(entry).collect()
    }

    #[tokio::test]
    async fn entries_go_in_batches_of_ten_and_only_refused_ones_again() {
        let (bus, fickle, _server) = bus(vec!["3", "11"]).await;
        assert_eq!(bus.put(&entries(12)).await.unwrap(), vec![true; 12]);
        let calls: Vec<Vec<String>> = fickle.calls.lock().unwrap().clone();
        assert_eq!(calls.iter().map(Vec::len).collect::<Vec<_>>(), [10, 2, 2]);
        assert_eq!(calls[2], ["3", "11"]);
    }

    #[tokio::test]
    async fn an_entry_that_is_refused_for_good_is_answered_as_not_taken() {
        let (bus, _fickle, _server) = bus(vec!["1"; TRIES_MAX]).await;
        assert_eq!(bus.put(&entries(2)).await.unwrap(), [true, false]);
    }

    #[tokio::test]
    async fn nothing_is_sent_for_no_entries() {
        let (bus, fickle, _server) = bus(vec![]).await;
        assert!(bus.put(&[]).await.unwrap().is_empty());
        assert!(fickle.calls.lock().unwrap().is_empty());
    }
}
