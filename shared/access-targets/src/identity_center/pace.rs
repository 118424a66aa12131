//! Keeps the process below AWS's limit on requests to one identity store.

use governor::clock::Clock;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// Requests a second to an identity store, all operations together: the quota AWS gives to begin with
/// (IAM Identity Center quotas, "Identity Store API throttle limits").
const REQUESTS_PER_SECOND: NonZeroU32 = NonZeroU32::new(20).expect("20 is not zero");

/// The share of a second's requests that may go out at once. Burst and refill together make up the limit, so that no
/// span of a second ever sees more.
const BURST_SHARE: u32 = 5;

/// The paces of this process, by identity store.
static SHARED: LazyLock<Mutex<BTreeMap<String, Pace>>> = LazyLock::new(Mutex::default);

/// How fast requests go out; copies share one allowance.
#[derive(Clone)]
pub struct Pace(Option<Arc<DefaultDirectRateLimiter>>);

impl Pace {
    /// At most so many requests in any span of a second; from two on, a fifth of them at once.
    #[must_use]
    pub fn per_second(requests: NonZeroU32) -> Self {
        Self(Some(Arc::new(RateLimiter::direct(quota(requests)))))
    }

    /// As fast as they come: for a simulator without limits.
    #[must_use]
    pub fn unlimited() -> Self {
        Self(None)
    }

    /// Twenty a second, shared by everything in this process that speaks to this identity store.
    #[must_use]
    pub fn shared(identity_store_id: &str) -> Self {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared
            .entry(identity_store_id.to_owned())
            .or_insert_with(|| Self::per_second(REQUESTS_PER_SECOND))
            .clone()
    }

    /// Waits for the right to send one request.
    pub(super) async fn take(&self) {
        let Self(Some(limiter)) = self else { return };
        while let Err(not_until) = limiter.check() {
            tokio::time::sleep(not_until.wait_time_from(limiter.clock().now())).await;
        }
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self(Some(_)) => "Pace(limited)",
            Self(None) => "Pace(unlimited)",
        })
    }
}

fn quota(requests: NonZeroU32) -> Quota {
    let at_once = (requests.get() / BURST_SHARE).max(1);
    let refill = requests.get().saturating_sub(at_once).max(1);
    let rate = |n| NonZeroU32::new(n).expect("held to at least one above");
    Quota::per_second(rate(refill)).allow_burst(rate(at_once))
}

#[cfg(test)]
mod tests {
    use super::*;
    use governor::clock::FakeRelativeClock;
    use std::time::Duration;

    #[test]
    fn no_span_of_a_second_sees_more_than_the_limit() {
        let clock = FakeRelativeClock::default();
        let limiter = RateLimiter::direct_with_clock(quota(REQUESTS_PER_SECOND), clock.clone());
        let mut sent: Vec<u64> = Vec::new();
        for millis in 0..10_000 {
            while limiter.check().is_ok() {
                sent.push(millis);
            }
            clock.advance(Duration::from_millis(1));
        }
        let within = |from: u64| {
            sent.iter()
                .filter(|at| (from..from + 1_000).contains(*at))
                .count()
        };
        let busiest = (0..9_000).map(within).max();
        // The clock here moves by the millisecond, which may cost one.
        assert!(matches!(busiest, Some(19 | 20)), "{busiest:?}");
        assert!(sent.len() > 150, "{} in ten seconds", sent.len());
    }

    #[test]
    fn one_identity_store_has_one_pace_in_the_process() {
        let limiter = |store| Pace::shared(store).0.expect("a shared pace is limited");
        assert!(Arc::ptr_eq(&limiter("d-1"), &limiter("d-1")));
        assert!(!Arc::ptr_eq(&limiter("d-1"), &limiter("d-2")));
    }
}
