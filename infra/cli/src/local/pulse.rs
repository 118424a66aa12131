//! How the ticks go: what readiness, the metrics and the service manager's watchdog rest on.

use jiff::{SignedDuration, Timestamp};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// For so long one tick that succeeded is enough: three more were due meanwhile.
pub const FRESH_FOR: SignedDuration = SignedDuration::from_mins(3);

/// How one tick ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TickEnd {
    /// What was due was done.
    Done,
    /// Another sweep was under way, and the work was left to it.
    Left,
    /// Something failed, or everything.
    Failed,
}

/// How the ticks go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// One succeeded no longer than [`FRESH_FOR`] ago.
    Steady,
    /// None did, and the last ones failed.
    Failing,
    /// None has ended since the start, which was no longer ago than that.
    Starting,
    /// None did for longer, and none failed either.
    Stale,
}

/// What came of the ticks of one stack so far.
#[derive(Debug)]
pub struct Pulse {
    started_at: Timestamp,
    ticks: Mutex<Ticks>,
}

/// When the last one of each kind was.
#[derive(Debug, Clone, Copy, Default)]
struct Ticks {
    success: Option<Timestamp>,
    failure: Option<Timestamp>,
    end: Option<Timestamp>,
}

impl Pulse {
    /// Of a stack that starts now.
    #[must_use]
    pub fn new(now: Timestamp) -> Self {
        Self {
            started_at: now,
            ticks: Mutex::default(),
        }
    }

    /// Notes that a tick ended now.
    pub fn note(&self, now: Timestamp, end: TickEnd) {
        let mut ticks = self.ticks();
        ticks.end = Some(now);
        match end {
            TickEnd::Done => ticks.success = Some(now),
            TickEnd::Failed => ticks.failure = Some(now),
            TickEnd::Left => {}
        }
    }

    /// How the ticks go.
    #[must_use]
    pub fn beat(&self, now: Timestamp) -> Beat {
        let ticks = *self.ticks();
        if is_fresh(now, ticks.success) {
            Beat::Steady
        } else if is_fresh(now, ticks.failure) {
            Beat::Failing
        } else if is_fresh(now, Some(self.started_at)) {
            Beat::Starting
        } else {
            Beat::Stale
        }
    }

    /// Whether ticks end at all, however they do; a process in which none does for [`FRESH_FOR`] hangs.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        let last = self.ticks().end.unwrap_or(self.started_at);
        is_fresh(now, Some(last))
    }

    /// How long ago a tick last succeeded, or, where none has, the stack started; never negative. After the clock was set
    /// back, by how much it lies in the future.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> SignedDuration {
        let since = self.ticks().success.unwrap_or(self.started_at);
        now.duration_since(since).abs()
    }

    // A poisoned lock is read through: times cannot be half written.
    fn ticks(&self) -> MutexGuard<'_, Ticks> {
        self.ticks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What lies far in the future is as stale as what is long past: the clock was set back, and no tick has ended since.
fn is_fresh(now: Timestamp, at: Option<Timestamp>) -> bool {
    at.is_some_and(|at| now.duration_since(at).abs() <= FRESH_FOR)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Some seconds after the start.
    fn at(seconds: i64) -> Timestamp {
        let start: Timestamp = "2026-11-23T07:00:00Z".parse().unwrap();
        start + SignedDuration::from_secs(seconds)
    }

    #[test]
    fn readiness_follows_the_ticks() {
        use Beat::{Failing, Stale, Starting, Steady};
        use TickEnd::{Done, Failed, Left};
        type Case = (
            &'static str,
            &'static [(i64, TickEnd)],
            i64,
            Beat,
            bool,
            i64,
        );
        let cases: [Case; 10] = [
            ("no tick yet", &[], 180, Starting, true, 180),
            ("none for too long", &[], 181, Stale, false, 181),
            ("a good one", &[(1, Done)], 181, Steady, true, 180),
            ("a good one long ago", &[(1, Done)], 182, Stale, false, 181),
            ("a bad one", &[(1, Failed)], 2, Failing, true, 2),
            (
                "a bad one after a good one",
                &[(1, Done), (60, Failed)],
                181,
                Steady,
                true,
                180,
            ),
            (
                "only bad ones since",
                &[(1, Done), (60, Failed), (120, Failed)],
                182,
                Failing,
                true,
                181,
            ),
            ("a bad one long ago", &[(1, Failed)], 182, Stale, false, 182),
            ("left to another", &[(1, Left)], 60, Starting, true, 60),
            (
                "always left to another",
                &[(1, Done), (120, Left), (180, Left)],
                190,
                Stale,
                true,
                189,
            ),
        ];
        for (case, ticks, now, beat, is_alive, age) in cases {
            let pulse = Pulse::new(at(0));
            for (second, end) in ticks {
                pulse.note(at(*second), *end);
            }
            assert_eq!(pulse.beat(at(now)), beat, "{case}");
            assert_eq!(pulse.is_alive(at(now)), is_alive, "{case}");
            assert_eq!(pulse.age(at(now)).as_secs(), age, "{case}");
        }
    }

    #[test]
    fn a_clock_that_was_set_back_makes_no_tick_young() {
        let pulse = Pulse::new(at(0));
        pulse.note(at(1), TickEnd::Done);
        for (now, beat, is_alive, age) in [
            (-179, Beat::Steady, true, 180),
            (-180, Beat::Starting, false, 181),
            (-3600, Beat::Stale, false, 3601),
        ] {
            assert_eq!(pulse.beat(at(now)), beat, "{now}");
            assert_eq!(pulse.is_alive(at(now)), is_alive, "{now}");
            assert_eq!(pulse.age(at(now)).as_secs(), age, "{now}");
        }
    }
}
