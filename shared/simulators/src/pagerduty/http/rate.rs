//! Requests per minute of the simulated clock, counted per token.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use jiff::Timestamp;

#[derive(Debug)]
pub(in crate::pagerduty) struct RateLimit {
    per_minute: Option<u32>,
    minute: i64,
    used: BTreeMap<String, u32>,
}

/// Where one request stands.
#[derive(Debug)]
pub(super) struct Rate {
    pub(super) is_exceeded: bool,
    headers: Option<[(&'static str, u64); 3]>,
}

impl RateLimit {
    pub(in crate::pagerduty) fn per_minute(limit: u32) -> Self {
        Self {
            per_minute: Some(limit),
            minute: 0,
            used: BTreeMap::new(),
        }
    }

    pub(in crate::pagerduty) fn set(&mut self, per_minute: Option<u32>) {
        self.per_minute = per_minute;
        self.used.clear();
    }

    pub(super) fn count(&mut self, who: &str, now: Timestamp) -> Rate {
        let Some(limit) = self.per_minute else {
            return Rate {
                is_exceeded: false,
                headers: None,
            };
        };
        let minute = now.as_second().div_euclid(60);
        if minute != self.minute {
            self.minute = minute;
            self.used.clear();
        }
        let used = self.used.entry(who.to_owned()).or_default();
        let is_exceeded = *used >= limit;
        *used = limit.min(*used + 1);
        let reset = 60 - now.as_second().rem_euclid(60);
        Rate {
            is_exceeded,
            headers: Some([
                ("ratelimit-limit", limit.into()),
                ("ratelimit-remaining", (limit - *used).into()),
                ("ratelimit-reset", reset.unsigned_abs()),
            ]),
        }
    }
}

impl Rate {
    pub(super) fn write(&self, headers: &mut HeaderMap) {
        for (name, value) in self.headers.iter().flatten() {
            headers.insert(*name, (*value).into());
        }
    }
}
