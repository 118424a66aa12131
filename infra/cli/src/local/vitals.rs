//! What a service manager and a metrics collector ask: whether the process is up, whether it does its work, and in numbers.
//!
//! Served to this machine alone, with everything else that asks nobody who they are. No answer holds a name.

use super::pulse::{Beat, Pulse};
use access_core::ports::{Clock, Leases};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use function_kit::metrics::Scrape;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tracing::warn;

/// The store answers in milliseconds: one that takes so long is of no use.
const STORE_WITHIN: Duration = Duration::from_secs(2);

/// The text format of Prometheus.
/// <https://prometheus.io/docs/instrumenting/exposition_formats/>
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What the answers are made of.
#[derive(Clone)]
pub(super) struct Vitals {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) pulse: Arc<Pulse>,
    pub(super) store: Arc<dyn Leases + Send + Sync>,
    /// `None`: nothing is counted but the ticks.
    pub(super) metrics: Option<Scrape>,
}

/// Why the stack does not do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unready {
    /// It has just started.
    Starting,
    /// The store does not answer.
    Store,
    /// No tick has ended well for too long, and none badly.
    TickStale,
    /// Ticks fail.
    TickFailed,
}

impl Unready {
    /// A fixed word per kind: alarms match on it.
    fn code(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Store => "store",
            Self::TickStale => "tick-stale",
            Self::TickFailed => "tick-failed",
        }
    }
}

/// `/health`, `/ready` and `/metrics`.
pub(super) fn router(vitals: Vitals) -> Router {
    let metrics = get(async |State(vitals): State<Vitals>| page(&vitals));
    Router::new()
        .route("/health", get(async || health()))
        .route("/ready", get(ready))
        .route("/metrics", metrics)
        .with_state(vitals)
}

fn health() -> Response {
    answer(
        StatusCode::OK,
        json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}),
    )
}

async fn ready(State(vitals): State<Vitals>) -> Response {
    match vitals.unready().await {
        None => answer(StatusCode::OK, json!({"status": "ready"})),
        Some(why) => answer(
            StatusCode::SERVICE_UNAVAILABLE,
            json!({"status": "not-ready", "reason": why.code()}),
        ),
    }
}

fn page(vitals: &Vitals) -> Response {
    let counted = vitals.metrics.as_ref().map(Scrape::text);
    let text = counted.unwrap_or_default() + &age(vitals);
    ([(header::CONTENT_TYPE, TEXT_FORMAT)], text).into_response()
}

/// The age of the last good tick; an alarm on it needs no other.
fn age(vitals: &Vitals) -> String {
    const NAME: &str = "rotakey_last_tick_age_seconds";
    let age = vitals.pulse.age(vitals.clock.now()).as_secs_f64();
    format!(
        "# HELP {NAME} Time since a tick last succeeded, or since the start where none has.\n# TYPE {NAME} gauge\n{NAME} {age}\n"
    )
}

fn answer(status: StatusCode, body: Value) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

impl Vitals {
    /// Why the stack does not do its work; `None`: it does.
    async fn unready(&self) -> Option<Unready> {
        match tokio::time::timeout(STORE_WITHIN, self.store.last_tick()).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => {
                warn!(%error, "the store cannot be read: {error}");
                return Some(Unready::Store);
            }
            Err(_) => {
                warn!("the store does not answer");
                return Some(Unready::Store);
            }
        }
        match self.pulse.beat(self.clock.now()) {
            Beat::Steady => None,
            Beat::Starting => Some(Unready::Starting),
            Beat::Failing => Some(Unready::TickFailed),
            Beat::Stale => Some(Unready::TickStale),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::functions::Functions;
    use crate::local::gateway::{Gateway, Taken};
    use crate::local::pulse::TickEnd;
    use access_core::ports::{Fence, Lease, StoreError, TickRecord};
    use async_trait::async_trait;
    use jiff::{SignedDuration, Timestamp};
    use std::net::Ipv4Addr;

    /// Shows one time.
    struct Standing(Timestamp);

    #[async_trait]
    impl Clock for Standing {
        fn now(&self) -> Timestamp {
            self.0
        }

        async fn wait_until(&self, _: Timestamp) {}
    }

    /// A store that answers, says what is wrong, or hangs.
    enum Stand {
        Answers,
        Fails,
        Hangs,
    }

    #[async_trait]
    impl Leases for Stand {
        async fn acquire(&self, _: Timestamp, until: Timestamp) -> Result<Lease, StoreError> {
            Err(StoreError::Leased { until })
        }

        async fn release(&self, _: Fence, _: &TickRecord) -> Result<(), StoreError> {
            Err(StoreError::Overtaken)
        }

        async fn keep(&self, _: Fence, _: &TickRecord) -> Result<(), StoreError> {
            Err(StoreError::Overtaken)
        }

        async fn last_tick(&self) -> Result<Option<TickRecord>, StoreError> {
            match self {
                Self::Answers => Ok(None),
                Self::Fails => Err(StoreError::Unavailable("it is gone".to_owned())),
                Self::Hangs => std::future::pending().await,
            }
        }
    }

    fn start() -> Timestamp {
        "2026-11-23T07:00:00Z".parse().unwrap()
    }

    /// Ten minutes after the start, when the last tick ended as it did, so many seconds ago.
    fn vitals(store: Stand, last: Option<(i64, TickEnd)>) -> Vitals {
        let now = start() + SignedDuration::from_mins(10);
        let pulse = Pulse::new(start());
        if let Some((seconds_ago, end)) = last {
            pulse.note(now - SignedDuration::from_secs(seconds_ago), end);
        }
        Vitals {
            clock: Arc::new(Standing(now)),
            pulse: Arc::new(pulse),
            store: Arc::new(store),
            metrics: Some(Scrape::default()),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn whatever_is_in_the_way_has_its_word() {
        use TickEnd::{Done, Failed};
        for (case, vitals, expected) in [
            ("ready", vitals(Stand::Answers, Some((5, Done))), None),
            (
                "bad ticks",
                vitals(Stand::Answers, Some((5, Failed))),
                Some("tick-failed"),
            ),
            (
                "no ticks",
                vitals(Stand::Answers, Some((500, Done))),
                Some("tick-stale"),
            ),
            (
                "a store that fails",
                vitals(Stand::Fails, Some((5, Done))),
                Some("store"),
            ),
            (
                "a store that hangs",
                vitals(Stand::Hangs, Some((5, Done))),
                Some("store"),
            ),
        ] {
            let found = vitals.unready().await.map(Unready::code);
            assert_eq!(found, expected, "{case}");
        }
        let young = Vitals {
            clock: Arc::new(Standing(start())),
            ..vitals(Stand::Answers, None)
        };
        let found = young.unready().await.map(Unready::code);
        assert_eq!(found, Some("starting"));
    }

    #[tokio::test]
    async fn this_machine_is_answered_and_nobody_else() {
        let vitals = vitals(Stand::Answers, Some((5, TickEnd::Failed)));
        let any = (Ipv4Addr::LOCALHOST, 0).into();
        let taken = Taken::own(any).await.unwrap();
        let public = Taken::public(any).await.unwrap();
        let (gateway, _) = Gateway::serve(taken, Some(public), Functions::new(), router(vitals));
        let (own, public) = (gateway.url(), gateway.public_url().unwrap());
        let http = crate::local::tests::http();
        let ok = json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")});
        let not_ready = json!({"status": "not-ready", "reason": "tick-failed"});
        for (path, status, expected) in [("/health", 200, ok), ("/ready", 503, not_ready)] {
            let answer = http.get(format!("{own}{path}")).send().await.unwrap();
            assert_eq!(answer.status(), status, "{path}");
            assert_eq!(answer.json::<Value>().await.unwrap(), expected, "{path}");
        }
        let page = http.get(format!("{own}/metrics")).send().await.unwrap();
        assert_eq!(page.headers()[header::CONTENT_TYPE], TEXT_FORMAT);
        let page = page.text().await.unwrap();
        assert!(page.contains("\nrotakey_grants_ended_total 0\n"), "{page}");
        assert!(
            page.ends_with("\nrotakey_last_tick_age_seconds 600\n"),
            "{page}"
        );
        for path in ["/health", "/ready", "/metrics"] {
            let passed_on = http.get(format!("{own}{path}"));
            let passed_on = passed_on.header("X-Forwarded-For", "203.0.113.9");
            assert_eq!(passed_on.send().await.unwrap().status(), 403, "{path}");
            let elsewhere = http.get(format!("{public}{path}")).send().await.unwrap();
            assert_eq!(elsewhere.status(), 404, "{path}");
        }
    }
}
