//! Release binaries from outside: the answer to a cold click in Slack, PagerDuty calls, writes, memory.

use acceptance::big_company::{Size, email};
use acceptance::function_url::request;
use acceptance::outside::{Cost, World};
use acceptance::runtime_api::{Binary, RuntimeApi};
use acceptance::table::{Table, median, ms, percentile};
use access_core::config::People;
use access_core::ports::{RequestFilter, Requests};
use access_core::request::cancel;
use serde_json::Value;
use simulators::kit::SimClock;
use simulators::slack::{RateLimits, SlackSim, SlackUser};
use std::time::Duration;

const TICK: &str = r#"{"version": "0", "detail-type": "Scheduled Event", "source": "aws.scheduler", "detail": "{}"}"#;
/// Reads PagerDuty, a minute old or not; the coming days are a matter of ticks.
const SWEEP: &str = r#"{"sync": {"groups": ["g0"], "dry_run": true}}"#;
/// Of the approver, for each thing that somebody types: enough for a 99th percentile.
const CLICKS: usize = 200;
/// Somebody in Slack who is not on call, and the channel where they type.
const USER: &str = "U0BENCHMARK";
const CHANNEL: &str = "C0BENCHMARK";

#[tokio::main]
async fn main() {
    clicks().await;
    sweeps().await;
}

/// What a click in Slack waits for when no process runs: each is a process of its own.
async fn clicks() {
    let slack = SlackSim::builder(SimClock::following(function_kit::now))
        .rate_limits(RateLimits::Off)
        .user(SlackUser::new(USER, &email(2), "Somebody"))
        .channel(CHANNEL);
    let slack = slack.start().await.expect("a loopback port is free");
    let size = Size {
        schedules: 4,
        people: 12,
        unassigned: 0,
    };
    let world = World::of(&size, &asking(&slack.api_url())).await;
    let (token, secret) = (slack.bot_token(), slack.signing_secret());
    let mut variables = world.variables().to_vec();
    variables.push(("SIMULATED_BOT_TOKEN", token.as_str()));
    variables.push(("SIMULATED_SIGNING_SECRET", secret.as_str()));
    let mut api = RuntimeApi::start().await;
    let poller = api.spawn(Binary::Poller, &variables);
    tick(&world, &mut api).await;
    drop(poller);

    let headings = ["typed", "median (ms)", "p99 (ms)", "max (ms)"];
    let mut table = Table::new(&headings);
    for (typed, says) in [
        ("/access help", "GROUP DURATION REASON"),
        ("/access", ""),
        ("/access admins 2h fixing refunds", "waits"),
    ] {
        let mut times = Vec::new();
        for _ in 0..CLICKS {
            times.push(click(&slack, &variables, typed, says).await);
            take_back(&world).await;
        }
        table.row(&[
            typed.to_owned(),
            ms(median(&mut times), 1),
            ms(percentile(&mut times, 99), 1),
            ms(percentile(&mut times, 100), 1),
        ]);
    }
    table.print(&format!(
        "From spawn of the approver's release binary to the answer to a Slack command, {CLICKS} starts each"
    ));
}

/// Starts a process for one command, and answers how long Slack would have waited.
async fn click(slack: &SlackSim, variables: &[(&str, &str)], typed: &str, says: &str) -> Duration {
    let (command, text) = typed.split_once(' ').unwrap_or((typed, ""));
    let mut api = RuntimeApi::start().await;
    let sent = slack.type_command(USER, CHANNEL, command, text);
    let payload = request("POST", "/slack/command", &sent.headers, &sent.body);
    let approver = api.spawn(Binary::Approver, variables);
    let (succeeded, answer, at) = api.invoke(&payload.to_string()).await;
    assert!(succeeded, "{answer}");
    let answer: Value = serde_json::from_str(&answer).expect("an answer is JSON");
    let body = answer["body"].as_str().unwrap_or_default();
    let is_right = answer["statusCode"] == 200 && body.contains(says);
    assert!(is_right && body.is_empty() == says.is_empty(), "{answer}");
    at - approver.started
}

/// Takes back what waits for a decision: nobody may have more than a few requests that do.
async fn take_back(world: &World) {
    let waiting = world.store.requests(&RequestFilter::Pending).await;
    for request in waiting.expect("the store is read") {
        let (now, nobody) = (function_kit::now(), People::default());
        let step = cancel(now, &nobody, &request, &request.asked.by);
        let taken = world.store.take(&step.expect("it waits")).await;
        taken.expect("nobody else decides");
    }
}

/// The chat-ops app, and a group to ask into.
fn asking(slack: &str) -> String {
    format!(
        r#"
[slack]
bot_token = "env:SIMULATED_BOT_TOKEN"
signing_secret = "env:SIMULATED_SIGNING_SECRET"
api_url = "{slack}"

[[group]]
name = "admins"
entitlements = ["aws:Admins"]
[group.request]
max = "4h"
approvers = ["person:{approver}"]
auto_approve_on_call = ["schedule:acme/PS00000"]
"#,
        approver = email(1),
    )
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
        let world = World::of(&size, "").await;
        let mut api = RuntimeApi::start().await;
        let poller = api.spawn(Binary::Poller, &world.variables());
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
