//! The owner's event bus: batches that it can take, and what it did not take is sent again.

use crate::causes::causes;
use aws_config::SdkConfig;
use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::error::SdkError;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use jiff::Timestamp;
use tracing::warn;

/// Most entries of one `PutEvents` call.
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
pub const BUS_ENTRIES_MAX: usize = 10;

/// Most bytes of all entries of one call: below the limit of 256 KB that AWS had for years, and so below any since.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html>
const BATCH_BYTES_MAX: usize = 256_000;

/// No bus takes a larger entry: a call holds less than 1 MB. Below that one goes alone, and the bus decides.
const ENTRY_BYTES_MAX: usize = 1024 * 1024;

/// What AWS counts for the time of an entry.
const TIME_BYTES: usize = 14;

/// Times that one batch is sent: a failed entry is nearly always a passing throttle.
const TRIES_MAX: usize = 3;

/// One event for the bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BusEntry {
    /// What the event is called in logs; it is not sent.
    pub key: String,
    /// The kind of event, in words.
    pub detail_type: String,
    /// JSON text.
    pub detail: String,
    /// When it happened.
    pub at: Timestamp,
}

/// The bus took nothing: it could not be reached, or refused every call as a whole.
#[derive(Debug, thiserror::Error)]
#[error("the event bus cannot be used: {0}")]
pub struct BusError(String);

/// Why one whole batch was not taken.
enum Failure {
    /// The bus answered so: another batch may fare better.
    Refused(String),
    /// There was no answer to understand.
    Unanswered(String),
}

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
    /// The service takes or refuses each entry by itself: only refused ones are sent again, a bounded number of times. A
    /// call that is refused as a whole stops no other; an entry too large for any call is not sent.
    ///
    /// # Errors
    /// [`BusError`] when no call succeeded; one whose end is unknown may have been taken, so a repeat may double its
    /// entries.
    pub async fn put(&self, entries: &[BusEntry]) -> Result<Vec<bool>, BusError> {
        let sizes: Vec<usize> = entries.iter().map(|entry| self.size(entry)).collect();
        let fits = |index: &usize| sizes[*index] < ENTRY_BYTES_MAX;
        for index in (0..entries.len()).filter(|index| !fits(index)) {
            let (key, bytes) = (&entries[index].key, sizes[index]);
            warn!(%key, bytes, "event {key} of {bytes} bytes is too large for any event bus");
        }
        let mut taken = vec![false; entries.len()];
        let (mut is_answered, mut failed) = (false, None);
        'tries: for _try in 0..TRIES_MAX {
            let open = (0..entries.len()).filter(|index| !taken[*index] && fits(index));
            for batch in batches(open.collect(), &sizes) {
                match self.batch(entries, &batch, &mut taken).await {
                    Ok(()) => is_answered = true,
                    Err(Failure::Refused(reason)) => {
                        let key = &entries[batch[0]].key;
                        warn!(%key, entries = batch.len(), %reason, "the event bus refused event {key} and those sent with it: {reason}");
                        failed = Some(reason);
                    }
                    Err(Failure::Unanswered(reason)) => {
                        warn!(%reason, "the event bus gave no answer: {reason}");
                        failed = Some(reason);
                        break 'tries;
                    }
                }
            }
            if !is_answered {
                break;
            }
        }
        match failed {
            Some(reason) if !is_answered => Err(BusError(reason)),
            _ => Ok(taken),
        }
    }

    async fn batch(
        &self,
        entries: &[BusEntry],
        batch: &[usize],
        taken: &mut [bool],
    ) -> Result<(), Failure> {
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
        let answer = answer.map_err(|error| match &error {
            SdkError::ServiceError(_) => Failure::Refused(causes(&error)),
            _ => Failure::Unanswered(causes(&error)),
        })?;
        for (index, result) in batch.iter().zip(answer.entries()) {
            taken[*index] = result.error_code().is_none();
        }
        Ok(())
    }

    /// Bytes of an entry as AWS counts them.
    fn size(&self, entry: &BusEntry) -> usize {
        TIME_BYTES + self.source.len() + entry.detail_type.len() + entry.detail.len()
    }

    fn request(&self, entry: &BusEntry) -> PutEventsRequestEntry {
        let BusEntry {
            key: _,
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

/// Cuts `open` into batches of at most ten that are small enough for one call; an entry that is not goes alone.
fn batches(open: Vec<usize>, sizes: &[usize]) -> Vec<Vec<usize>> {
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut bytes = 0;
    for index in open {
        let size = sizes[index];
        let has_room =
            |batch: &Vec<usize>| batch.len() < BUS_ENTRIES_MAX && bytes + size <= BATCH_BYTES_MAX;
        let fits = batches.last().is_some_and(has_room);
        if let Some(batch) = batches.last_mut().filter(|_| fits) {
            batch.push(index);
            bytes += size;
        } else {
            batches.push(vec![index]);
            bytes = size;
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_config::{BehaviorVersion, Region};
    use aws_sdk_eventbridge::config::{Credentials, SharedCredentialsProvider};
    use serde_json::{Value, json};
    use std::sync::Mutex;
    use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers};

    /// A call with such a detail is refused as a whole.
    const REFUSED_WHOLE: char = '!';

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
            if details
                .iter()
                .any(|detail| detail.starts_with(REFUSED_WHOLE))
            {
                self.calls.lock().unwrap().push(details);
                return ResponseTemplate::new(400).set_body_json(
                    json!({"__type": "ValidationException", "message": "too large"}),
                );
            }
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

    fn entry(detail: String) -> BusEntry {
        BusEntry {
            key: "1970/test".to_owned(),
            detail_type: "Test".to_owned(),
            detail,
            at: Timestamp::UNIX_EPOCH,
        }
    }

    fn entries(count: usize) -> Vec<BusEntry> {
        (0..count).map(|number| entry(number.to_string())).collect()
    }

    /// How many entries each call had.
    fn calls(bus: &Fickle) -> Vec<usize> {
        bus.calls.lock().unwrap().iter().map(Vec::len).collect()
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
    async fn a_batch_holds_no_more_than_a_call_may() {
        let (bus, fickle, _server) = bus(vec![]).await;
        let large = vec![entry("é".repeat(50_000)); 3];
        assert_eq!(bus.put(&large).await.unwrap(), [true; 3]);
        assert_eq!(calls(fickle), [2, 1], "bytes count, not letters");
    }

    #[tokio::test]
    async fn an_entry_too_large_for_any_call_is_not_sent_and_stops_no_other() {
        let (bus, fickle, _server) = bus(vec![]).await;
        let mut entries = entries(3);
        entries[1] = entry("x".repeat(ENTRY_BYTES_MAX));
        assert_eq!(bus.put(&entries).await.unwrap(), [true, false, true]);
        assert_eq!(calls(fickle), [2]);
    }

    #[tokio::test]
    async fn a_batch_that_is_refused_whole_stops_no_other() {
        let (bus, fickle, _server) = bus(vec![]).await;
        let refused = entry(format!("{REFUSED_WHOLE}{}", "x".repeat(BATCH_BYTES_MAX)));
        let mut entries = entries(12);
        entries.insert(0, refused.clone());
        let mut expected = vec![true; 13];
        expected[0] = false;
        assert_eq!(bus.put(&entries).await.unwrap(), expected);
        assert_eq!(calls(fickle), [1, 10, 2, 1, 1]);

        let error = bus.put(&[refused]).await.unwrap_err().to_string();
        assert!(error.contains("ValidationException"), "{error}");
        assert_eq!(calls(fickle).len(), 6, "not again where nothing was taken");
    }

    #[tokio::test]
    async fn nothing_is_sent_for_no_entries() {
        let (bus, fickle, _server) = bus(vec![]).await;
        assert!(bus.put(&[]).await.unwrap().is_empty());
        assert!(fickle.calls.lock().unwrap().is_empty());
    }
}
