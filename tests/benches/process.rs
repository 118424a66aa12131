//! The poller's release binary from outside: process start, PagerDuty calls, writes, memory.
//!
//! Process start is the time from `spawn` to the first `GET next` and to the first answer, in a clean environment. It
//! leaves out what Lambda adds (micro-VM, download, CPU share, TLS): it is no Lambda cold start.

#[path = "support/mod.rs"]
mod support;

use access_core::ports::Configs;
use access_store::embedded::{Embedded, TABLE};
use axum::{Json, Router, routing::post};
use serde_json::{Value, json};
use simulators::identity_center::{IdentityCenterSim, IdentityUser, Throttling};
use simulators::kit::{Server, SimClock};
use simulators::pagerduty::PagerDuty;
use std::time::{Duration, Instant};
use support::big_company::{Size, big_company, email, groups};
use support::{Counter, Poller, RuntimeApi, Table, median, percentile};

const TICK: &str = r#"{"version": "0", "detail-type": "Scheduled Event", "source": "aws.scheduler", "detail": "{}"}"#;
/// A direct invoke that needs the store and nothing else: its answer is an error.
const PROBE: &str = r#"{"sync": {"groups": ["no-such-group"], "dry_run": true}}"#;
const STARTS: usize = 40;

/// Everything the process talks to.
struct World {
    pagerduty: PagerDuty,
    identity_center: IdentityCenterSim,
    writes: Counter,
    pagerduty_url: String,
    store_url: String,
    bus_url: String,
    _embedded: Embedded,
    _servers: Vec<Server>,
}

/// What one tick cost.
struct Cost {
    pagerduty_calls: u64,
    target_calls: u64,
    writes: u64,
    took: Duration,
}

#[tokio::main]
async fn main() {
    starts().await;
    sweeps().await;
}

async fn starts() {
    let world = World::start(&Size { schedules: 4, people: 12, unassigned: 0 }).await;
    let (mut ready, mut answered) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let mut api = RuntimeApi::start().await;
        let poller = world.spawn(&api);
        ready.push(api.ready().await - poller.started);
        let (_, _, at) = api.invoke(PROBE).await;
        answered.push(at - poller.started);
    }
    let mut table = Table::new(&["from spawn to", "median (ms)", "p95 (ms)", "max (ms)"]);
    for (name, times) in [("first request for work", &mut ready), ("first answer", &mut answered)] {
        let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
        table.row(&[name.to_owned(), ms(median(times)), ms(percentile(times, 95)), ms(percentile(times, 100))]);
    }
    table.print(&format!("Process start of the poller's release binary, {STARTS} starts"));
}

async fn sweeps() {
    let headings = ["schedules", "people", "PagerDuty calls, first tick", "calls, idle tick", "items written, idle tick", "target calls, idle tick", "ticks until in line", "idle tick (s)", "peak memory (MB)"];
    let mut table = Table::new(&headings);
    for size in [Size { schedules: 100, people: 300, unassigned: 5 }, Size { schedules: 1_000, people: 10_000, unassigned: 50 }] {
        let world = World::start(&size).await;
        let mut api = RuntimeApi::start().await;
        let poller = world.spawn(&api);
        let first = world.tick(&mut api).await;
        let (mut ticks, mut next) = (1, world.tick(&mut api).await);
        while next.target_calls > 0 {
            (ticks, next) = (ticks + 1, world.tick(&mut api).await);
        }
        table.row(&[
            size.schedules.to_string(),
            size.people.to_string(),
            first.pagerduty_calls.to_string(),
            next.pagerduty_calls.to_string(),
            next.writes.to_string(),
            next.target_calls.to_string(),
            ticks.to_string(),
            format!("{:.2}", next.took.as_secs_f64()),
            format!("{:.1}", poller.peak_memory() as f64 / 1e6),
        ]);
    }
    table.print("One sweep of the poller's release binary");
}

impl World {
    async fn start(size: &Size) -> Self {
        let clock = SimClock::following(function_kit::now);
        let pagerduty = big_company(&clock, size);
        pagerduty.add_api_key("simulated");
        let pagerduty_server = pagerduty.serve().await.expect("a loopback port is free");
        let mut identity_center = IdentityCenterSim::builder(clock.clone()).throttling(Throttling::Off);
        for number in 0..size.people {
            identity_center = identity_center.user(IdentityUser::new(&email(number), &email(number)));
        }
        let identity_center = identity_center.start().await.expect("a loopback port is free");
        let embedded = Embedded::start(None).await.expect("the embedded store starts");
        let text = config(pagerduty_server.url(), &identity_center.identity_store_id()) + &groups(size);
        let store = embedded.store().await.expect("the table is made");
        store.save_config(clock.now(), "bench", &text).await.expect("the configuration is stored");
        let (writes, store_server) = Counter::in_front_of(embedded.endpoint()).await;
        let bus = Router::new().route("/", post(take_events));
        let bus_server = Server::start(bus).await.expect("a loopback port is free");
        Self {
            pagerduty,
            identity_center,
            writes,
            pagerduty_url: pagerduty_server.url().to_owned(),
            store_url: store_server.url().to_owned(),
            bus_url: bus_server.url().to_owned(),
            _embedded: embedded,
            _servers: vec![pagerduty_server, store_server, bus_server],
        }
    }

    fn spawn(&self, api: &RuntimeApi) -> Poller {
        assert!(self.pagerduty_url.starts_with("http://127.0.0.1"), "nothing leaves the machine");
        api.spawn(&[
            ("ROTAKEY_TABLE", TABLE),
            ("ROTAKEY_BUS", "rotakey"),
            ("SIMULATED_KEY", "simulated"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "simulated"),
            ("AWS_SECRET_ACCESS_KEY", "simulated"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &self.store_url),
            ("AWS_ENDPOINT_URL_IDENTITYSTORE", self.identity_center.endpoint_url()),
            ("AWS_ENDPOINT_URL_EVENTBRIDGE", &self.bus_url),
        ])
    }

    async fn tick(&self, api: &mut RuntimeApi) -> Cost {
        let calls = || (self.pagerduty.log().total(), self.identity_center.kit().log.total(), self.writes.writes());
        let (before, began) = (calls(), Instant::now());
        let (succeeded, answer, at) = api.invoke(TICK).await;
        let after = calls();
        eprintln!("tick: {:.1} s, {} target calls{}", (at - began).as_secs_f64(), after.1 - before.1, if succeeded { "" } else { ", not yet in line" });
        assert!(succeeded || answer.contains("PartialFailure"), "{answer}");
        Cost { pagerduty_calls: after.0 - before.0, target_calls: after.1 - before.1, writes: after.2 - before.2, took: at - began }
    }
}

async fn take_events(Json(body): Json<Value>) -> Json<Value> {
    let entries = body["Entries"].as_array().map_or(0, Vec::len);
    Json(json!({"FailedEntryCount": 0, "Entries": vec![json!({"EventId": "e"}); entries]}))
}

fn config(pagerduty: &str, identity_store: &str) -> String {
    format!(
        r#"
[[pagerduty]]
name = "acme"
url = "https://acme.pagerduty.com"
auth = "api-key"
secret = "env:SIMULATED_KEY"
api_url = "{pagerduty}"
token_url = "{pagerduty}"

[[target]]
name = "aws"
kind = "identity-center"
identity_store_id = "{identity_store}"
create_groups = true
"#
    )
}
