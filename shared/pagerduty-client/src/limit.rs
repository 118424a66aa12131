//! Keeps below PagerDuty's rate limit, and out of its way when it says so.

use std::{
    num::NonZeroU32,
    sync::{
        Mutex,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter, clock::Clock};
use reqwest::header::{HeaderMap, HeaderName, RETRY_AFTER};
use tokio::time::Instant;

/// PagerDuty's limit for one API key or app, in calls per minute (its REST guide, "Rate limiting").
pub const CALLS_PER_MINUTE: NonZeroU32 = NonZeroU32::new(960).expect("960 is not zero");

/// The share of a minute's calls that may be made at once. The rest is spread over the minute, so that no span of
/// 60 seconds ever sees more than the limit: burst and refill together make it up.
const BURST_SHARE: u32 = 6;

const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// One per client; every copy of the client shares it.
pub(crate) struct Limit {
    ours: DefaultDirectRateLimiter,
    /// PagerDuty asked not to be called before this instant.
    closed_until: Mutex<Option<Instant>>,
    /// The last `ratelimit-remaining`; negative when none was seen.
    remaining: AtomicI64,
}

impl Limit {
    pub(crate) fn new(calls_per_minute: NonZeroU32) -> Self {
        let at_once = (calls_per_minute.get() / BURST_SHARE).max(1);
        let refill = calls_per_minute.get().saturating_sub(at_once).max(1);
        let rate = |n| NonZeroU32::new(n).expect("held to at least one above");
        let quota = Quota::per_minute(rate(refill)).allow_burst(rate(at_once));
        Self {
            ours: RateLimiter::direct(quota),
            closed_until: Mutex::new(None),
            remaining: AtomicI64::new(-1),
        }
    }

    /// Takes the right to make one call now, or says how long to wait before asking again.
    pub(crate) fn take(&self) -> Result<(), Duration> {
        let now = Instant::now();
        let closed_until = *self
            .closed_until
            .lock()
            .expect("nothing panics while holding it");
        if let Some(until) = closed_until
            && until > now
        {
            return Err(until - now);
        }
        self.ours
            .check()
            .map_err(|not_until| not_until.wait_time_from(self.ours.clock().now()))
    }

    /// How long PagerDuty still wants to be left alone.
    pub(crate) fn closed_for(&self) -> Option<Duration> {
        let until = (*self
            .closed_until
            .lock()
            .expect("nothing panics while holding it"))?;
        let wait = until.saturating_duration_since(Instant::now());
        (!wait.is_zero()).then_some(wait)
    }

    /// Keeps everyone away for a while; a longer wait already known stays.
    pub(crate) fn close_for(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut closed_until = self
            .closed_until
            .lock()
            .expect("nothing panics while holding it");
        if closed_until.is_none_or(|known| known < until) {
            *closed_until = Some(until);
        }
    }

    /// Learns from an answer's headers. They tell of the limit nearest to exhaustion, which may be another than ours.
    pub(crate) fn learn(&self, headers: &HeaderMap) {
        let Some(remaining) = number(headers, &REMAINING) else {
            return;
        };
        let shown = i64::try_from(remaining).unwrap_or(i64::MAX);
        self.remaining.store(shown, Ordering::Relaxed);
        if remaining == 0
            && let Some(reset) = number(headers, &RESET)
        {
            self.close_for(Duration::from_secs(reset));
        }
    }

    pub(crate) fn remaining(&self) -> Option<u64> {
        u64::try_from(self.remaining.load(Ordering::Relaxed)).ok()
    }
}

/// How long a 429 says to stay away. Both headers may be missing; both count seconds from now.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    number(headers, &RETRY_AFTER)
        .or_else(|| number(headers, &RESET))
        .map(Duration::from_secs)
}

/// Longest wait that is believed, in seconds; longer ones are taken for this. Keeps sums of times from overflowing.
const SECONDS_MAX: u64 = 86_400;

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    let text = headers.get(name)?.to_str().ok()?;
    let seconds: u64 = text.trim().parse().ok()?;
    Some(seconds.min(SECONDS_MAX))
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(HeaderName, &'static str)| {
            (name.clone(), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn a_burst_is_followed_by_a_wait() {
        let limit = Limit::new(CALLS_PER_MINUTE);
        let taken = (0..2_000).take_while(|_| limit.take().is_ok()).count();
        // A slow machine may see a few refills while counting.
        assert!((160..200).contains(&taken), "{taken}");
        assert!(
            limit
                .take()
                .is_err_and(|wait| wait <= Duration::from_millis(75))
        );
    }

    #[test]
    fn the_smallest_limit_still_lets_calls_through() {
        let limit = Limit::new(NonZeroU32::MIN);
        assert!(limit.take().is_ok());
        assert!(limit.take().is_err());
    }

    #[test]
    fn an_exhausted_limit_closes_until_its_reset() {
        let limit = Limit::new(CALLS_PER_MINUTE);
        limit.learn(&headers(&[(REMAINING, "17"), (RESET, "40")]));
        assert_eq!(limit.remaining(), Some(17));
        assert!(limit.take().is_ok());
        limit.learn(&headers(&[(REMAINING, "0"), (RESET, "40")]));
        assert!(
            limit
                .take()
                .is_err_and(|wait| wait > Duration::from_secs(30))
        );
        limit.close_for(Duration::from_secs(1));
        assert!(
            limit
                .closed_for()
                .is_some_and(|wait| wait > Duration::from_secs(30)),
            "the longer wait stays"
        );
    }

    #[test]
    fn waits_are_read_from_either_header() {
        let cases = [
            ("none", headers(&[]), None),
            ("reset", headers(&[(RESET, "7")]), Some(7)),
            (
                "retry-after first",
                headers(&[(RETRY_AFTER, "3"), (RESET, "7")]),
                Some(3),
            ),
            (
                "a date is not understood",
                headers(&[(RETRY_AFTER, "Wed, 21 Oct 2026 07:28:00 GMT")]),
                None,
            ),
            (
                "absurd",
                headers(&[(RETRY_AFTER, "99999999999999")]),
                Some(SECONDS_MAX),
            ),
        ];
        for (name, headers, seconds) in cases {
            assert_eq!(
                retry_after(&headers),
                seconds.map(Duration::from_secs),
                "{name}"
            );
        }
    }
}
