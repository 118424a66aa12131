//! What a service manager and a metrics collector see of a served stack: `/health`, `/ready`, `/metrics`.

use crate::serve::{Served, until, url_in};
use crate::support::{ADA, Office};
use serde_json::{Value, json};
use simulators::kit::Fault;
use std::time::Duration;

/// What is answered to a question: the status, and the JSON.
async fn asked(url: &str, path: &str) -> (u16, Value) {
    let _first = rustls::crypto::ring::default_provider().install_default();
    let answer = reqwest::get(format!("{url}{path}")).await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

async fn is_not_ready_for(url: &str, reason: &str) -> bool {
    let (status, told) = asked(url, "/ready").await;
    status == 503 && told == json!({"status": "not-ready", "reason": reason})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_is_ready_once_a_tick_has_succeeded() {
    let office = Office::open().await;
    let slowly = Fault::Delay(Duration::from_secs(5));
    office.pagerduty.faults().on("*", 1, slowly);
    let served = tokio::task::block_in_place(|| Served::start(&office));
    let (status, told) = asked(&served.url, "/health").await;
    assert_eq!((status, &told["status"]), (200, &json!("ok")));
    assert_eq!(told["version"], env!("CARGO_PKG_VERSION"));
    assert!(is_not_ready_for(&served.url, "starting").await);
    let is_ready = async || asked(&served.url, "/ready").await.0 == 200;
    assert!(until(is_ready).await, "the first tick succeeds");
    assert_eq!(office.holds_ada(), (true, true));

    let page = reqwest::get(format!("{}/metrics", served.url)).await;
    let page = page.unwrap().text().await.unwrap();
    for name in [
        "rotakey_last_tick_age_seconds",
        "rotakey_sweep_age_seconds",
        "rotakey_planned_additions_total",
        "rotakey_pagerduty_calls_total",
        "rotakey_requests_made_total",
    ] {
        let is_there = page.contains(&format!("\n{name} "));
        assert!(is_there, "{name} is missing: {page}");
    }
    for secret in [ADA, crate::support::KEY, "Payments"] {
        assert!(!page.contains(secret), "{secret}: {page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_whose_ticks_fail_is_up_and_not_ready() {
    let office = Office::open().await;
    office.pagerduty.faults().always("*", Fault::status(401));
    let mut served =
        tokio::task::block_in_place(|| Served::start_with(&office, &["--public", "127.0.0.1:0"]));
    let failed = async || is_not_ready_for(&served.url, "tick-failed").await;
    assert!(until(failed).await, "PagerDuty refuses the key");
    assert_eq!(asked(&served.url, "/health").await.0, 200);
    let public = url_in(&tokio::task::block_in_place(|| served.line()));
    for path in ["/health", "/ready", "/metrics"] {
        assert_eq!(asked(&public, path).await.0, 404, "{path}");
    }
}
