//! What one piece of work measured.

use super::metric::{Kind, Metric};
use std::collections::BTreeMap;

/// The furthest value from nothing that CloudWatch takes, rounded.
const VALUE_MAX: f64 = 1e108;

/// The values of one piece of work, by metric; several values of one metric as its kind says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measured(BTreeMap<Metric, Vec<f64>>);

impl Measured {
    /// Adds a value. Nothing is noted of what is no number, nor of a sum to which nothing comes.
    pub(super) fn note(&mut self, metric: Metric, value: f64) {
        let kind = metric.kind();
        let adds_nothing = kind == Kind::Sum && value <= 0.0;
        if !value.is_finite() || adds_nothing {
            return;
        }
        let value = value.clamp(-VALUE_MAX, VALUE_MAX);
        let values = self.0.entry(metric).or_default();
        match (kind, values.last_mut()) {
            (Kind::Sum, Some(sum)) => *sum = (*sum + value).min(VALUE_MAX),
            (Kind::Level | Kind::Age, Some(level)) => *level = value,
            (Kind::Least, Some(least)) => *least = least.min(value),
            (Kind::Spread(_), _) | (_, None) => values.push(value),
        }
    }

    /// Adds what other work measured.
    pub(super) fn add(&mut self, other: &Self) {
        for (metric, values) in other.iter() {
            for value in values {
                self.note(metric, *value);
            }
        }
    }

    /// The values of a metric: none, one, or for a spread any number, in the order in which they came.
    #[must_use]
    pub fn of(&self, metric: Metric) -> &[f64] {
        self.0.get(&metric).map_or(&[], Vec::as_slice)
    }

    /// Whether nothing was measured.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every metric that has values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Metric, &[f64])> {
        let all = self.0.iter();
        all.map(|(metric, values)| (*metric, values.as_slice()))
    }
}
