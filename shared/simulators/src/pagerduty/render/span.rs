//! Spans of time, half-open, and the civil time behind them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// `start..end`, the end excluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

impl Span {
    pub(super) const ALWAYS: Self = Self {
        start: Timestamp::MIN,
        end: Timestamp::MAX,
    };

    pub(super) fn new(start: Timestamp, end: Timestamp) -> Self {
        Self { start, end }
    }

    /// The window a caller asks for; an empty one stands for the instant itself.
    pub(super) fn window(since: Timestamp, until: Timestamp) -> Self {
        let instant = since.saturating_add(jiff::SignedDuration::from_nanos(1));
        Self::new(since, until.max(instant.unwrap_or(Timestamp::MAX)))
    }

    pub(super) fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    pub(super) fn contains(self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// The common part, unless it is empty.
    pub(super) fn intersect(self, other: Self) -> Option<Self> {
        let common = Self::new(self.start.max(other.start), self.end.min(other.end));
        (common.start < common.end).then_some(common)
    }
}

/// What is left of `spans` (disjoint) without `taken`.
pub(super) fn subtract(spans: &[Span], taken: Span) -> Vec<Span> {
    let mut left = Vec::with_capacity(spans.len() + 1);
    for span in spans {
        if !span.overlaps(taken) {
            left.push(*span);
            continue;
        }
        if span.start < taken.start {
            left.push(Span::new(span.start, taken.start));
        }
        if taken.end < span.end {
            left.push(Span::new(taken.end, span.end));
        }
    }
    left
}

/// The instant of a civil time: skipped times move forward, repeated ones are the first.
pub(super) fn instant(at: DateTime, zone: &TimeZone) -> Timestamp {
    zone.to_ambiguous_timestamp(at)
        .compatible()
        .expect("civil times of schedules lie within jiff's years")
}

/// The civil time of an instant.
pub(super) fn civil(at: Timestamp, zone: &TimeZone) -> DateTime {
    zone.to_datetime(at)
}
