//! Time on one machine: real, or running faster than that.

use access_core::ports::Clock;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use simulators::kit::SimClock;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

/// Longest single sleep; a wait for later looks again then. Tokio's timers end after two years.
const SLEEP_MAX: Duration = Duration::from_hours(1);

/// A clock that others can wait for; clones show the same time.
#[derive(Debug, Clone)]
pub struct LocalClock {
    pace: Arc<Mutex<Pace>>,
    changed: Arc<Notify>,
}

#[derive(Debug, Clone, Copy)]
enum Pace {
    /// The machine's clock.
    Real,
    /// `start` was shown at `began`, and time runs `speed` times as fast since.
    Running {
        start: Timestamp,
        began: Instant,
        speed: f64,
    },
}

impl LocalClock {
    /// The machine's clock.
    #[must_use]
    pub fn real() -> Self {
        Self::of(Pace::Real)
    }

    /// Shows `start` now, and runs `speed` times as fast as real time.
    ///
    /// # Panics
    /// Unless `speed` is a positive number.
    #[must_use]
    pub fn running(start: Timestamp, speed: f64) -> Self {
        assert!(speed > 0.0 && speed.is_finite(), "time goes forward");
        Self::of(Pace::Running {
            start,
            began: Instant::now(),
            speed,
        })
    }

    fn of(pace: Pace) -> Self {
        Self {
            pace: Arc::new(Mutex::new(pace)),
            changed: Arc::default(),
        }
    }

    /// How much faster than real time it runs.
    #[must_use]
    pub fn speed(&self) -> f64 {
        match *self.pace() {
            Pace::Real => 1.0,
            Pace::Running { speed, .. } => speed,
        }
    }

    /// Goes on from the time shown now at another speed; who waits, waits accordingly. The real clock keeps its own.
    ///
    /// # Panics
    /// Unless `speed` is a positive number.
    pub fn set_speed(&self, speed: f64) {
        assert!(speed > 0.0 && speed.is_finite(), "time goes forward");
        let mut pace = self.pace();
        if let Pace::Running { .. } = *pace {
            let (start, began) = (pace.now(), Instant::now());
            *pace = Pace::Running {
                start,
                began,
                speed,
            };
        }
        drop(pace);
        self.changed.notify_waiters();
    }

    /// The same time for the simulators.
    #[must_use]
    pub fn for_simulators(&self) -> SimClock {
        let clock = self.clone();
        SimClock::following(move || clock.now())
    }

    // A poisoned lock is read through: a pace cannot be half written.
    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long until `at` at the present speed; `None` when it has come.
    fn left(&self, at: Timestamp) -> Option<Duration> {
        let pace = *self.pace();
        let left = Duration::try_from(at.duration_since(pace.now())).ok()?;
        let speed = match pace {
            Pace::Real => 1.0,
            Pace::Running { speed, .. } => speed,
        };
        (!left.is_zero()).then(|| Duration::from_secs_f64(left.as_secs_f64() / speed))
    }
}

impl Pace {
    fn now(self) -> Timestamp {
        match self {
            Self::Real => function_kit::now(),
            Self::Running {
                start,
                began,
                speed,
            } => start + SignedDuration::from_secs_f64(began.elapsed().as_secs_f64() * speed),
        }
    }
}

#[async_trait]
impl Clock for LocalClock {
    fn now(&self) -> Timestamp {
        self.pace().now()
    }

    async fn wait_until(&self, at: Timestamp) {
        loop {
            // Asked for before the speed is looked at, so that no change falls between.
            let changed = self.changed.notified();
            let Some(left) = self.left(at) else { return };
            tokio::select! {
                () = sleep_until(Instant::now() + left.min(SLEEP_MAX)) => {}
                () = changed => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Timestamp {
        "2026-11-23T07:00:00Z".parse().unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_ends_at_its_instant_and_never_earlier() {
        let clock = LocalClock::running(start(), 600.0);
        let began = Instant::now();
        clock
            .wait_until(start() + SignedDuration::from_mins(10))
            .await;
        assert!(clock.now() >= start() + SignedDuration::from_mins(10));
        let real = began.elapsed();
        assert!(
            real >= Duration::from_secs(1) && real < Duration::from_millis(1100),
            "{real:?}"
        );
        clock.wait_until(start()).await;
        assert_eq!(began.elapsed(), real, "what has passed is not waited for");
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_keeps_to_a_new_speed() {
        let clock = LocalClock::running(start(), 1.0);
        let (waiting, began) = (clock.clone(), Instant::now());
        let wait = async {
            waiting
                .wait_until(start() + SignedDuration::from_hours(1))
                .await;
        };
        let change = async {
            tokio::task::yield_now().await;
            clock.set_speed(3600.0);
        };
        tokio::join!(wait, change);
        assert!(
            began.elapsed() < Duration::from_secs(2),
            "{:?}",
            began.elapsed()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn simulators_see_the_same_time() {
        let clock = LocalClock::running(start(), 60.0);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(
            clock.for_simulators().now(),
            start() + SignedDuration::from_mins(1)
        );
    }
}
