//! The poller's release binary from outside: process start, PagerDuty calls, writes, memory.
//!
//! Process start is the time from `spawn` to the first `GET next` and to the first answer, in a clean environment. It
//! leaves out what Lambda adds (micro-VM, download, CPU share, TLS): it is no Lambda cold start.

use acceptance::big_company::{Size, big_company, email, groups};
use acceptance::outside::{Cost, World};
use acceptance::runtime_api::RuntimeApi;
use acceptance::table::{Table, median, percentile};
use simulators::kit::SimClock;
use std::time::Duration;

const TICK: &str = r#"{"version": "0", "detail-type": "Scheduled Event", "source": "aws.scheduler", "detail": "{}"}"#;
/// Reads PagerDuty, a minute old or not; the coming days are a matter of ticks.
const SWEEP: &str = r#"{"sync": {"groups": ["g0"], "dry_run": true}}"#;
/// A direct invoke that needs configuration and store and no other system: its answer is that there is no such plan.
const PROBE: &str = r#"{"sync": {"release": "00000000-0000-4000-8000-000000000000"}}"#;
const STARTS: usize = 40;

#[tokio::main]
async fn main() {
    starts().await;
    sweeps().await;
}

async fn starts() {
    let world = world(&Size {
        schedules: 4,
        people: 12,
        unassigned: 0,
    })
    .await;
    let (mut ready, mut answered) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let mut api = RuntimeApi::start().await;
        let poller = api.spawn(&world.variables());
        ready.push(api.ready().await - poller.started);
        let (_, _, at) = api.invoke(PROBE).await;
        answered.push(at - poller.started);
    }
    let mut table = Table::new(&["from spawn to", "median (ms)", "p95 (ms)", "max (ms)"]);
    for (name, times) in [
        ("first request for work", &mut ready),
        ("first answer", &mut answered),
    ] {
        let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
        table.row(&[
            name.to_owned(),
            ms(median(times)),
            ms(percentile(times, 95)),
            ms(percentile(times, 100)),
        ]);
    }
    table.print(&format!(
        "Process start of the poller's release binary, {STARTS} starts"
    ));
}

async fn sweeps() {
    let headings = [
        "schedules",
        "people",
        "PagerDuty calls, first tick with forecast",
        "PagerDuty calls, a sweep",
        "items written, idle tick",
        "target calls, idle tick",
        "ticks until in line",
        "idle tick (s)",
        "peak memory (MB)",
    ];
    let mut table = Table::new(&headings);
    for size in [
        Size {
            schedules: 100,
            people: 300,
            unassigned: 5,
        },
        Size {
            schedules: 1_000,
            people: 10_000,
            unassigned: 50,
        },
    ] {
        let world = world(&size).await;
        let mut api = RuntimeApi::start().await;
        let poller = api.spawn(&world.variables());
        let first = tick(&world, &mut api).await;
        let (mut ticks, mut next) = (1, tick(&world, &mut api).await);
        while next.target_calls > 0 {
            (ticks, next) = (ticks + 1, tick(&world, &mut api).await);
        }
        let sweep = invoke(&world, &mut api, SWEEP).await;
        table.row(&[
            size.schedules.to_string(),
            size.people.to_string(),
            first.pagerduty_calls.to_string(),
            sweep.pagerduty_calls.to_string(),
            next.writes.to_string(),
            next.target_calls.to_string(),
            ticks.to_string(),
            format!("{:.2}", next.took.as_secs_f64()),
            (poller.peak_memory() / 1_000_000).to_string(),
        ]);
    }
    table.print("One sweep of the poller's release binary");
}

async fn world(size: &Size) -> World {
    let pagerduty = big_company(&SimClock::following(function_kit::now), size);
    let people: Vec<String> = (0..size.people).map(email).collect();
    World::start(pagerduty, &people, &groups(size)).await
}

async fn tick(world: &World, api: &mut RuntimeApi) -> Cost {
    invoke(world, api, TICK).await
}

#[expect(clippy::print_stderr, reason = "progress of a run of minutes")]
async fn invoke(world: &World, api: &mut RuntimeApi, payload: &str) -> Cost {
    let (before, began) = (world.calls(), std::time::Instant::now());
    let (succeeded, answer, at) = api.invoke(payload).await;
    let cost = world.calls().since(&before, at - began);
    assert!(succeeded, "{answer}");
    eprintln!(
        "tick: {:.1} s, {} target calls",
        cost.took.as_secs_f64(),
        cost.target_calls
    );
    cost
}
