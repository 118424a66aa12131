//! The webhook receiver under load: a process with one thread, and this one, which sends to it over loopback.
//!
//! A run whose store does not hold each event exactly once afterwards fails.

use acceptance::http;
use acceptance::load::Load;
use acceptance::receiver_process::{ReceiverProcess, WEBHOOK_SECRET, is_receiver, serve};
use acceptance::table::{Table, ms, percentile};
use access_store::embedded;
use futures::{StreamExt, stream};
use simulators::pagerduty::RawWebhook;
use std::time::{Duration, Instant};

/// Ten deliveries of each.
const INCIDENTS: u16 = 1_000;
/// Deliveries under way at once, in one run after the other.
const AT_ONCE: [usize; 3] = [1, 8, 32];

/// One thread here as well: on two cores, sender and receiver do not compete.
#[tokio::main(flavor = "current_thread")]
async fn main() {
    if is_receiver() {
        return serve().await;
    }
    let mut table = Table::new(&[
        "at once",
        "deliveries a second",
        "answer p50 (ms)",
        "answer p99 (ms)",
        "answer max (ms)",
        "handler p50 (ms)",
        "handler p99 (ms)",
        "handler max (ms)",
    ]);
    for at_once in AT_ONCE {
        table.row(&run(at_once).await);
    }
    table.print(&format!(
        "{} deliveries to the webhook receiver on one thread, {INCIDENTS} of them repeats; none lost, none kept twice",
        u32::from(INCIDENTS) * 10
    ));
}

/// Sends everything to a receiver of its own, and checks what became of it.
async fn run(at_once: usize) -> Vec<String> {
    let receiver = ReceiverProcess::start();
    let load = Load::new(
        function_kit::now(),
        INCIDENTS,
        &receiver.url,
        WEBHOOK_SECRET,
    );
    let http = http::client();
    let began = Instant::now();
    let answers: Vec<(u16, Duration)> = stream::iter(&load.deliveries)
        .map(|webhook| deliver(&http, webhook))
        .buffer_unordered(at_once)
        .collect()
        .await;
    let took = began.elapsed();
    let refused = answers.iter().filter(|(status, _)| *status != 202).count();
    assert_eq!(refused, 0, "every delivery is accepted");
    let store = embedded::store(&receiver.store).await;
    let store = store.expect("the receiver's store answers");
    let tally = load.tally(&store, function_kit::now()).await;
    assert_eq!(tally, load.whole(), "each event is kept, and kept once");
    let mut handled = receiver.finish();
    assert_eq!(handled.writes, load.writes(), "nothing is written twice");
    assert_eq!(handled.times.len(), load.deliveries.len());

    let a_second = load.deliveries.len() as u128 * 1_000 / took.as_millis();
    let mut answered: Vec<Duration> = answers.into_iter().map(|(_, time)| time).collect();
    let mut row = vec![at_once.to_string(), a_second.to_string()];
    for times in [&mut answered, &mut handled.times] {
        for percent in [50, 99, 100] {
            row.push(ms(percentile(times, percent), 2));
        }
    }
    row
}

/// Sends one; answers the status, and the time from sending it to having the whole answer.
async fn deliver(http: &reqwest::Client, webhook: &RawWebhook) -> (u16, Duration) {
    let request = http.post(&webhook.url).body(webhook.body.clone());
    let headers = webhook.headers.iter();
    let request = headers.fold(request, |request, (name, value)| {
        request.header(name, value)
    });
    let began = Instant::now();
    let answer = request.send().await.expect("the receiver answers");
    let status = answer.status().as_u16();
    let _whole = answer.bytes().await.expect("the answer arrives whole");
    (status, began.elapsed())
}
