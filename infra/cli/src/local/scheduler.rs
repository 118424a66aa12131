//! A local EventBridge Scheduler: one tick for the poller in every minute of the local clock.

use super::functions::{FunctionError, OncallPoller};
use super::gateway::Invoker;
use super::pulse::{Pulse, TickEnd};
use access_core::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, warn};

/// Ticks under way at once: the one that works, and as many as wait for it. AWS would send more, but each finds the
/// same work and leaves it to the first.
const TICKS_AT_ONCE: usize = 3;

/// A running schedule. Dropping it sends no more ticks, and leaves those under way alone.
#[derive(Debug)]
pub struct Scheduler {
    stop: CancellationToken,
    under_way: TaskTracker,
    timer: JoinHandle<()>,
}

impl Scheduler {
    /// Sends a tick at once, and then one at every full minute; notes in `pulse` how each ended.
    #[must_use]
    pub fn start(clock: Arc<dyn Clock>, invoker: Invoker, pulse: Arc<Pulse>) -> Self {
        let (stop, under_way) = (CancellationToken::new(), TaskTracker::new());
        let ticks = tick_on(clock, invoker, pulse, under_way.clone());
        let timer = tokio::spawn({
            let stop = stop.clone();
            async move {
                stop.run_until_cancelled(ticks).await;
            }
        });
        Self {
            stop,
            under_way,
            timer,
        }
    }

    /// Sends no more ticks, and returns when those under way have ended.
    pub async fn stop(mut self) {
        self.stop.cancel();
        // It cannot fail but by a panic, which was reported where it happened.
        let _ended = (&mut self.timer).await;
        self.under_way.close();
        self.under_way.wait().await;
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn tick_on(
    clock: Arc<dyn Clock>,
    invoker: Invoker,
    pulse: Arc<Pulse>,
    under_way: TaskTracker,
) {
    let places = Arc::new(Semaphore::new(TICKS_AT_ONCE));
    let mut at = clock.now();
    loop {
        clock.wait_until(at).await;
        let due = at;
        at = next_minute(clock.now());
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            debug!(%due, "a tick is left out: {TICKS_AT_ONCE} are under way");
            continue;
        };
        let (clock, invoker) = (Arc::clone(&clock), invoker.clone());
        let pulse = Arc::clone(&pulse);
        under_way.spawn(async move {
            let event = scheduled_event(due);
            if let Some(done) = invoker.invoke(OncallPoller::NAME, event).await {
                pulse.note(clock.now(), how_ended(due, done));
            } else {
                warn!("there is no function to tick");
            }
            drop(place);
        });
    }
}

/// The full minute after `now`.
fn next_minute(now: Timestamp) -> Timestamp {
    let minute = SignedDuration::from_mins(1).as_secs();
    let next = (now.as_second().div_euclid(minute) + 1) * minute;
    Timestamp::from_second(next).unwrap_or(Timestamp::MAX)
}

/// What EventBridge Scheduler sends unless told otherwise.
/// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html>
fn how_ended(due: Timestamp, done: Result<Value, FunctionError>) -> TickEnd {
    match done {
        Ok(answer) if answer["busy"] == true => TickEnd::Left,
        Ok(_) => TickEnd::Done,
        Err(error) => {
            warn!(%error, "the tick of {due} failed");
            TickEnd::Failed
        }
    }
}

fn scheduled_event(at: Timestamp) -> Value {
    json!({
        "version": "0",
        "source": "aws.scheduler",
        "detail-type": "Scheduled Event",
        "time": at,
        "detail": "{}",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::clock::LocalClock;
    use crate::local::functions::{Function, FunctionError, Functions};
    use crate::local::gateway::Gateway;
    use async_trait::async_trait;
    use tokio::sync::mpsc;

    struct Ticks(mpsc::UnboundedSender<Value>);

    #[async_trait]
    impl Function for Ticks {
        async fn invoke(&self, payload: Value) -> Result<Value, FunctionError> {
            self.0.send(payload).unwrap();
            Ok(Value::Null)
        }
    }

    #[test]
    fn ticks_fall_on_full_minutes() {
        for (now, next) in [
            ("2026-11-23T07:00:00Z", "2026-11-23T07:01:00Z"),
            ("2026-11-23T07:00:59.9Z", "2026-11-23T07:01:00Z"),
        ] {
            assert_eq!(next_minute(now.parse().unwrap()).to_string(), next, "{now}");
        }
    }

    #[test]
    fn a_tick_ends_as_its_answer_says() {
        let failed = FunctionError {
            error_type: "PartialFailure".to_owned(),
            error_message: "1 failed".to_owned(),
        };
        for (case, answer, expected) in [
            ("done", Ok(json!({"busy": false})), TickEnd::Done),
            ("nobody says", Ok(Value::Null), TickEnd::Done),
            ("left", Ok(json!({"busy": true})), TickEnd::Left),
            ("failed", Err(failed), TickEnd::Failed),
        ] {
            let due = "2026-11-23T07:00:00Z".parse().unwrap();
            assert_eq!(how_ended(due, answer), expected, "{case}");
        }
    }

    #[tokio::test]
    async fn every_minute_has_its_tick_and_stopping_ends_them() {
        let (sender, mut ticks) = mpsc::unbounded_channel();
        let functions = Functions::new().with(OncallPoller::NAME, Arc::new(Ticks(sender)));
        let (_gateway, invoker) = Gateway::start(([127, 0, 0, 1], 0).into(), functions)
            .await
            .unwrap();
        let clock = LocalClock::running("2026-11-23T07:00:30Z".parse().unwrap(), 6000.0);
        let began = clock.now();
        let pulse = Arc::new(Pulse::new(began));
        let scheduler = Scheduler::start(Arc::new(clock.clone()), invoker, Arc::clone(&pulse));
        let first = ticks.recv().await.unwrap();
        assert_eq!(first["detail-type"], "Scheduled Event");
        assert!(first["time"].as_str().unwrap() < "2026-11-23T07:01:00Z");
        for minute in ["2026-11-23T07:01:00Z", "2026-11-23T07:02:00Z"] {
            assert_eq!(ticks.recv().await.unwrap()["time"], minute);
        }
        scheduler.stop().await;
        let now = clock.now();
        assert!(
            pulse.age(now) < now.duration_since(began),
            "they are known to have succeeded"
        );
        while ticks.try_recv().is_ok() {}
        clock
            .wait_until(clock.now() + SignedDuration::from_mins(3))
            .await;
        assert!(ticks.try_recv().is_err(), "nothing ticks any more");
    }
}
