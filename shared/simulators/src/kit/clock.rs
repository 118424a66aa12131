//! The simulators' clock: set by a test, or running fast for the demo.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

/// A clock shared by everything in a simulated world; clones show the same time.
///
/// Simulators never read the machine's clock, so a test that does not move this one sees
/// time stand still.
#[derive(Clone)]
pub struct SimClock {
    mode: Arc<Mutex<Mode>>,
}

enum Mode {
    Standing(Timestamp),
    Following(Arc<dyn Fn() -> Timestamp + Send + Sync>),
}

impl SimClock {
    /// A clock that stands at `now` until [`set`](Self::set) or [`advance`](Self::advance).
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self {
            mode: Arc::new(Mutex::new(Mode::Standing(now))),
        }
    }

    /// A clock that asks `source` each time, for a world that shares its time with others.
    #[must_use]
    pub fn following(source: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self {
            mode: Arc::new(Mutex::new(Mode::Following(Arc::new(source)))),
        }
    }

    /// A clock that starts at `start` and runs `speed` times as fast as real time.
    #[must_use]
    pub fn accelerated(start: Timestamp, speed: f64) -> Self {
        let began = Instant::now();
        Self::following(move || {
            let passed = began.elapsed().as_secs_f64() * speed;
            start + SignedDuration::from_secs_f64(passed)
        })
    }

    /// The simulated instant.
    ///
    /// # Panics
    /// Never: a poisoned lock is read through, as a time cannot be half written.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        // The source is called outside the lock: it may itself read another clock.
        let source = match &*self.mode.lock().unwrap_or_else(PoisonError::into_inner) {
            Mode::Standing(now) => return *now,
            Mode::Following(source) => Arc::clone(source),
        };
        source()
    }

    /// Stops the clock at `now`; time may also go back.
    pub fn set(&self, now: Timestamp) {
        *self.mode.lock().unwrap_or_else(PoisonError::into_inner) = Mode::Standing(now);
    }

    /// Moves the clock by `by` from where it is and lets it stand there.
    ///
    /// # Panics
    /// If the result lies outside jiff's range of years.
    pub fn advance(&self, by: SignedDuration) {
        self.set(self.now() + by);
    }
}

impl fmt::Debug for SimClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SimClock({})", self.now())
    }
}
