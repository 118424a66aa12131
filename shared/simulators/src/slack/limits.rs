//! Rate limits per method, in Slack's tiers.
//!
//! <https://docs.slack.dev/apis/web-api/rate-limits>

use std::collections::{BTreeMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

/// Whether the workspace limits calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateLimits {
    /// As Slack's tiers say, counted on the simulated clock: with a clock that stands still, a
    /// used-up limit stays used up.
    Enforced,
    /// Any number of calls.
    Off,
}

/// How often a method may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tier {
    /// 20 a minute.
    Two,
    /// 50 a minute.
    Three,
    /// 100 a minute.
    Four,
    /// One a second in each channel.
    Posting,
    /// Not in a tier: several hundred a minute.
    Generous,
}

impl Tier {
    fn calls_in(self) -> (usize, SignedDuration) {
        let minute = SignedDuration::from_mins(1);
        match self {
            Tier::Two => (20, minute),
            Tier::Three => (50, minute),
            Tier::Four => (100, minute),
            Tier::Posting => (1, SignedDuration::from_secs(1)),
            Tier::Generous => (600, minute),
        }
    }
}

/// The calls of the last minute.
#[derive(Debug)]
pub(super) struct Limits {
    mode: RateLimits,
    calls: BTreeMap<String, VecDeque<Timestamp>>,
}

impl Limits {
    pub(super) fn new(mode: RateLimits) -> Self {
        Self {
            mode,
            calls: BTreeMap::new(),
        }
    }

    /// Counts a call of `what` (a method, or a method and a channel).
    ///
    /// # Errors
    /// With the whole seconds to wait, at least one. A refused call does not count.
    pub(super) fn count(&mut self, what: &str, tier: Tier, now: Timestamp) -> Result<(), i64> {
        if self.mode == RateLimits::Off {
            return Ok(());
        }
        let (calls_max, span) = tier.calls_in();
        let calls = self.calls.entry(what.to_owned()).or_default();
        // A clock that was set back must not leave calls of the future behind.
        calls.retain(|at| *at <= now && now.duration_since(*at) < span);
        if calls.len() < calls_max {
            calls.push_back(now);
            return Ok(());
        }
        let oldest = calls.front().expect("a full window holds a call");
        let left = span - now.duration_since(*oldest);
        let part = i64::from(left.subsec_nanos() > 0);
        Err((left.as_secs() + part).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_after_the_first_call_there_is_room_for_one() {
        let start = Timestamp::UNIX_EPOCH;
        let mut limits = Limits::new(RateLimits::Enforced);
        for second in 0..20 {
            let at = start + SignedDuration::from_secs(second);
            limits.count("usergroups.list", Tier::Two, at).unwrap();
        }
        let cases = [
            (20, Err(40)),
            (59, Err(1)),
            (60, Ok(())),
            (60, Err(1)),
            (61, Ok(())),
        ];
        for (second, expected) in cases {
            let at = start + SignedDuration::from_secs(second);
            assert_eq!(
                limits.count("usergroups.list", Tier::Two, at),
                expected,
                "at {second}"
            );
        }
        limits.count("usergroups.create", Tier::Two, start).unwrap();
    }
}
