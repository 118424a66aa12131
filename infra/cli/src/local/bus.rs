//! A local EventBridge bus: takes `PutEvents` as the service does, and hands events to whoever listens.

use super::guard::guard;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

/// Events kept for a listener that is busy; beyond that it misses the oldest.
const KEPT_MAX: usize = 4096;

/// The service's own limit for one call.
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
const ENTRIES_MAX: usize = function_kit::BUS_ENTRIES_MAX;

/// One event, as EventBridge delivers it.
/// <https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct BusEvent {
    /// Unique on this bus.
    pub id: String,
    /// The kind of event, in words.
    pub detail_type: String,
    /// Who sent it.
    pub source: String,
    /// When it happened, to the second, as the service keeps it.
    pub time: Timestamp,
    /// What happened.
    pub detail: Value,
}

/// A running bus. Dropping it stops it.
#[derive(Debug)]
pub struct Bus {
    url: String,
    events: broadcast::Sender<BusEvent>,
    server: JoinHandle<io::Result<()>>,
}

impl Bus {
    /// Listens on a free loopback port, to this machine alone, and to no web page on it.
    ///
    /// # Errors
    /// When there is none.
    pub async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let (events, _) = broadcast::channel(KEPT_MAX);
        let shared = Arc::new(Shared {
            events: events.clone(),
            count: AtomicU64::new(0),
        });
        let router = axum::Router::new()
            .route("/", post(put_events))
            .layer(from_fn(guard))
            .with_state(shared);
        let server = tokio::spawn(axum::serve(listener, router).into_future());
        Ok(Self {
            url,
            events,
            server,
        })
    }

    /// Where it answers: the endpoint for the AWS SDK.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Every event from now on.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<BusEvent> {
        self.events.subscribe()
    }

    /// The AWS configuration of a client that talks to this bus and to nothing else.
    #[must_use]
    pub fn aws(&self) -> aws_config::SdkConfig {
        super::aws_at(&self.url)
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.server.abort();
    }
}

struct Shared {
    events: broadcast::Sender<BusEvent>,
    count: AtomicU64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutEvents {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    source: Option<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    time: Option<f64>,
}

async fn put_events(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if headers
        .get("x-amz-target")
        .is_none_or(|target| target != "AWSEvents.PutEvents")
    {
        return refused(
            "UnknownOperationException",
            "only AWSEvents.PutEvents is known",
        );
    }
    let asked: PutEvents = match serde_json::from_slice(&body) {
        Ok(asked) => asked,
        Err(error) => return refused("SerializationException", &error.to_string()),
    };
    if !(1..=ENTRIES_MAX).contains(&asked.entries.len()) {
        return refused("ValidationException", "a call has 1 to 10 entries");
    }
    let results: Vec<Value> = asked
        .entries
        .into_iter()
        .map(|entry| shared.take(entry))
        .collect();
    let failed = results
        .iter()
        .filter(|result| result["ErrorCode"].is_string())
        .count();
    answer(
        StatusCode::OK,
        &json!({"FailedEntryCount": failed, "Entries": results}),
    )
}

impl Shared {
    /// Takes or refuses one entry, as the service does, each by itself.
    fn take(&self, entry: Entry) -> Value {
        let (Some(source), Some(detail_type), Some(detail)) =
            (entry.source, entry.detail_type, entry.detail)
        else {
            return json!({"ErrorCode": "InvalidArgument", "ErrorMessage": "Source, DetailType and Detail are required."});
        };
        let Some(detail) = serde_json::from_str(&detail).ok().filter(Value::is_object) else {
            return json!({"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."});
        };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "seconds since 1970 fit, and others are refused by jiff"
        )]
        let time = entry
            .time
            .and_then(|seconds| Timestamp::from_millisecond((seconds * 1000.0) as i64).ok());
        let id = format!("local-{}", self.count.fetch_add(1, Ordering::Relaxed));
        // Nobody listening is no failure: a bus without rules takes events too.
        let _listeners = self.events.send(BusEvent {
            id: id.clone(),
            detail_type,
            source,
            time: time.unwrap_or_else(function_kit::now),
            detail,
        });
        json!({"EventId": id})
    }
}

fn refused(code: &str, message: &str) -> Response {
    answer(
        StatusCode::BAD_REQUEST,
        &json!({"__type": code, "message": message}),
    )
}

fn answer(status: StatusCode, body: &Value) -> Response {
    let kind = (header::CONTENT_TYPE, "application/x-amz-json-1.1");
    (status, [kind], body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use function_kit::{BusEntry, EventBus};

    #[tokio::test]
    async fn the_real_adapter_puts_events_on_it() {
        let bus = Bus::start().await.unwrap();
        let mut events = bus.events();
        let client = EventBus::new(&bus.aws(), "rotakey", "rotakey");
        let at: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
        let entry = |detail: String| BusEntry {
            key: "test".to_owned(),
            detail_type: "Membership Changed".to_owned(),
            detail,
            at,
        };
        let entries: Vec<_> = (0..12).map(|n| entry(format!(r#"{{"n": {n}}}"#))).collect();
        assert_eq!(client.put(&entries).await.unwrap(), vec![true; 12]);
        for n in 0..12 {
            let event = events.recv().await.unwrap();
            assert_eq!((event.detail["n"].as_u64(), event.time), (Some(n), at));
            assert_eq!(event.source, "rotakey");
        }
        let refused = client.put(&[entry("no JSON".to_owned())]).await.unwrap();
        assert_eq!(refused, [false]);
    }

    #[tokio::test]
    async fn no_web_page_and_no_other_host_puts_events_on_it() {
        let bus = Bus::start().await.unwrap();
        let mut events = bus.events();
        let http = crate::local::tests::http();
        let entry = json!({"Source": "rotakey", "DetailType": "Test", "Detail": "{}"});
        let body = json!({"Entries": [entry]}).to_string();
        for (name, value, status) in [
            ("host", "rebound.example", 403),
            ("origin", "https://evil.example", 403),
            ("origin", "null", 403),
            ("x-forwarded-for", "203.0.113.9", 403),
            ("host", "localhost", 200),
        ] {
            let put = http.post(bus.url()).header(name, value);
            let put = put.header("x-amz-target", "AWSEvents.PutEvents");
            let answer = put.body(body.clone()).send().await.unwrap();
            assert_eq!(answer.status(), status, "{name}: {value}");
            let allowed = answer.headers().get("access-control-allow-origin");
            assert_eq!(allowed, None, "{name}: {value}");
        }
        assert_eq!(events.recv().await.unwrap().id, "local-0");
        assert!(events.try_recv().is_err(), "only one was taken");
    }
}
