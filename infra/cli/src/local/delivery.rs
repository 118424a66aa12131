//! The rule on the local bus that hands Rotakey's events to the approver: one after another, and again where it failed.

use super::bus::BusEvent;
use super::functions::{ACCESS_APPROVER, Function};
use super::rule::RECONCILE_REQUESTED;
use access_core::ports::Clock;
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, warn};

/// Whose events they are; a bus may carry others.
pub(super) const SOURCE: &str = "rotakey";

/// When an event that failed is handed over again: twice, as Lambda does.
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>
const AGAIN_AFTER: [SignedDuration; 2] =
    [SignedDuration::from_mins(1), SignedDuration::from_mins(2)];

/// A running rule. Dropping it hands no more events over, and leaves the one under way alone.
#[derive(Debug)]
pub(super) struct Delivery {
    stop: CancellationToken,
    passing: JoinHandle<()>,
    again: TaskTracker,
}

impl Delivery {
    /// Hands every event but wishes to reconcile to the approver: first those of `left`, then those of the bus.
    pub(super) fn start(
        left: Vec<BusEvent>,
        events: Receiver<BusEvent>,
        approver: Arc<dyn Function>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let (stop, again) = (CancellationToken::new(), TaskTracker::new());
        let hands = Hands {
            approver,
            clock,
            stop: stop.clone(),
            again: again.clone(),
        };
        let passing = tokio::spawn(hands.pass_on(left, events));
        Self {
            stop,
            passing,
            again,
        }
    }

    /// Hands over what is on the bus already, and nothing that comes later; returns when that has ended, or after `max`: then
    /// it is cut off. What fails now is not tried again. What waits for a person is in the store all the same.
    pub(super) async fn stop(mut self, max: Duration) {
        self.stop.cancel();
        self.again.close();
        let ended = async {
            // It cannot fail but by a panic, which was reported where it happened.
            let _ended = (&mut self.passing).await;
            self.again.wait().await;
        };
        let in_time = tokio::time::timeout(max, ended).await.is_ok();
        if !in_time {
            warn!("telling people of an event did not end in time, and was cut off");
            self.passing.abort();
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// What handing over takes.
struct Hands {
    approver: Arc<dyn Function>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
    again: TaskTracker,
}

impl Hands {
    async fn pass_on(self, left: Vec<BusEvent>, mut events: Receiver<BusEvent>) {
        for event in left {
            if self.stop.is_cancelled() {
                break;
            }
            self.hand_over(&event).await;
        }
        while let Some(next) = self.stop.run_until_cancelled(events.recv()).await {
            match next {
                Ok(event) => self.take(&event).await,
                Err(RecvError::Lagged(missed)) => warn_of(missed),
                Err(RecvError::Closed) => return,
            }
        }
        // What is on the bus has left the store's outbox: the next start would not find all of it.
        loop {
            match events.try_recv() {
                Ok(event) => self.take(&event).await,
                Err(TryRecvError::Lagged(missed)) => warn_of(missed),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    async fn take(&self, event: &BusEvent) {
        if is_wanted(event) {
            self.hand_over(event).await;
        }
    }

    async fn hand_over(&self, event: &BusEvent) {
        let payload = json!(event);
        let Err(error) = self.approver.invoke(payload.clone()).await else {
            return;
        };
        let kind = &event.detail_type;
        warn!(%error, "{ACCESS_APPROVER} failed on `{kind}`, which is handed over again");
        let (approver, clock) = (Arc::clone(&self.approver), Arc::clone(&self.clock));
        let stop = self.stop.clone();
        self.again.spawn(async move {
            stop.run_until_cancelled(try_again(approver, clock, payload))
                .await;
        });
    }
}

fn warn_of(missed: u64) {
    warn!(
        events = missed,
        "{missed} events were missed: nobody is told of them"
    );
}

fn is_wanted(event: &BusEvent) -> bool {
    event.source == SOURCE && event.detail_type != RECONCILE_REQUESTED
}

async fn try_again(approver: Arc<dyn Function>, clock: Arc<dyn Clock>, payload: Value) {
    for pause in AGAIN_AFTER {
        clock.wait_until(clock.now() + pause).await;
        match approver.invoke(payload.clone()).await {
            Ok(_) => return,
            Err(error) => warn!(%error, "{ACCESS_APPROVER} failed on it again"),
        }
    }
    error!("an event is given up: nobody is told of it");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::clock::LocalClock;
    use crate::local::functions::FunctionError;
    use async_trait::async_trait;
    use std::sync::atomic::{AtomicU32, Ordering};
    use tokio::sync::{broadcast, mpsc};

    /// More than any of the tests takes.
    const LONG: Duration = Duration::from_mins(1);

    /// An approver that fails so many times first.
    struct Stubborn {
        seen: mpsc::UnboundedSender<Value>,
        failures: AtomicU32,
    }

    #[async_trait]
    impl Function for Stubborn {
        async fn invoke(&self, payload: Value) -> Result<Value, FunctionError> {
            self.seen.send(payload).unwrap();
            let left = self.failures.load(Ordering::SeqCst);
            if left == 0 {
                return Ok(Value::Null);
            }
            self.failures.store(left - 1, Ordering::SeqCst);
            Err(FunctionError {
                error_type: "Failed".to_owned(),
                error_message: "not now".to_owned(),
            })
        }
    }

    fn event(source: &str, detail_type: &str) -> BusEvent {
        BusEvent {
            id: "local-1".to_owned(),
            detail_type: detail_type.to_owned(),
            source: source.to_owned(),
            time: "2026-11-23T08:00:00Z".parse().unwrap(),
            detail: json!({}),
        }
    }

    fn start(
        left: Vec<BusEvent>,
        failures: u32,
    ) -> (
        Delivery,
        broadcast::Sender<BusEvent>,
        mpsc::UnboundedReceiver<Value>,
    ) {
        let (sender, seen) = mpsc::unbounded_channel();
        let approver = Stubborn {
            seen: sender,
            failures: AtomicU32::new(failures),
        };
        let (bus, events) = broadcast::channel(64);
        let clock = LocalClock::running("2026-11-23T08:00:00Z".parse().unwrap(), 3600.0);
        let delivery = Delivery::start(left, events, Arc::new(approver), Arc::new(clock));
        (delivery, bus, seen)
    }

    #[tokio::test]
    async fn what_was_left_and_what_rotakey_tells_goes_to_the_approver_and_nothing_else_does() {
        let left = vec![event("rotakey", "Removals Held")];
        let (delivery, bus, mut seen) = start(left, 0);
        for (source, detail_type) in [
            ("rotakey", RECONCILE_REQUESTED),
            ("somebody.else", "Access Requested"),
            ("rotakey", "Access Requested"),
            ("rotakey", "Slack Work Requested"),
        ] {
            bus.send(event(source, detail_type)).unwrap();
        }
        for expected in ["Removals Held", "Access Requested", "Slack Work Requested"] {
            assert_eq!(seen.recv().await.unwrap()["detail-type"], expected);
        }
        delivery.stop(LONG).await;
        assert!(seen.try_recv().is_err());
    }

    #[tokio::test]
    async fn what_is_on_the_bus_is_handed_over_before_the_end() {
        let (delivery, bus, mut seen) = start(Vec::new(), 0);
        // Nothing of it has been looked at when the end is asked for.
        for detail_type in ["Membership Changed", RECONCILE_REQUESTED, "Grant Ended"] {
            bus.send(event("rotakey", detail_type)).unwrap();
        }
        delivery.stop(LONG).await;
        for expected in ["Membership Changed", "Grant Ended"] {
            assert_eq!(seen.try_recv().unwrap()["detail-type"], expected);
        }
        assert!(seen.try_recv().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn an_event_that_failed_comes_again_twice_and_stops_no_other() {
        let (delivery, bus, mut seen) = start(Vec::new(), 4);
        bus.send(event("rotakey", "Access Requested")).unwrap();
        bus.send(event("rotakey", "Access Approved")).unwrap();
        for expected in ["Access Requested", "Access Approved"] {
            assert_eq!(seen.recv().await.unwrap()["detail-type"], expected);
        }
        // Each a second time, which fails, and a third.
        for _ in 0..4 {
            seen.recv().await.unwrap();
        }
        delivery.stop(LONG).await;
        assert!(seen.try_recv().is_err());
    }
}
