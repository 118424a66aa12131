//! Metrics on a page that Prometheus reads, for one machine.
//!
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>

use super::locked;
use super::measured::Measured;
use super::metric::{Kind, Metric};
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// Everything measured since the process began. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Scrape(Arc<Mutex<Totals>>);

/// Metrics of which nothing was heard yet are not in there.
type Totals = BTreeMap<Metric, Total>;

#[derive(Debug, Clone, PartialEq)]
enum Total {
    Sum(f64),
    Level(f64),
    /// As old as that, at that instant.
    Age(f64, Instant),
    Spread {
        /// How many values each bucket holds that fit in none before it; the last one is for those beyond all bounds.
        buckets: Vec<u64>,
        sum: f64,
    },
}

impl Scrape {
    /// The page, in version 0.0.4 of the text format. A counter or histogram of which nothing was heard stands at zero; a
    /// gauge of which nothing was heard is left out. An age grows until the next one is heard.
    #[must_use]
    pub fn text(&self) -> String {
        page(&locked(&self.0), Instant::now())
    }

    /// Adds what one piece of work measured.
    pub(super) fn take(&self, measured: &Measured) {
        let at = Instant::now();
        let mut totals = locked(&self.0);
        for (metric, values) in measured.iter() {
            let total = totals.entry(metric).or_insert_with(|| nothing(metric, at));
            for value in values {
                total.add(*value, metric.kind().bounds(), at);
            }
        }
    }
}

impl Total {
    fn add(&mut self, value: f64, bounds: &[f64], at: Instant) {
        match self {
            Self::Sum(sum) => *sum += value,
            Self::Level(level) => *level = value,
            Self::Age(age, since) => {
                *age = value;
                *since = at;
            }
            Self::Spread { buckets, sum } => {
                *sum += value;
                buckets[bounds.partition_point(|bound| *bound < value)] += 1;
            }
        }
    }
}

/// A metric before anything is heard of it.
fn nothing(metric: Metric, at: Instant) -> Total {
    match metric.kind() {
        Kind::Sum => Total::Sum(0.0),
        Kind::Level | Kind::Least => Total::Level(0.0),
        Kind::Age => Total::Age(0.0, at),
        Kind::Spread(bounds) => Total::Spread {
            buckets: vec![0; bounds.len() + 1],
            sum: 0.0,
        },
    }
}

fn page(totals: &Totals, at: Instant) -> String {
    let mut page = String::new();
    for metric in Metric::ALL {
        let is_gauge = matches!(metric.kind(), Kind::Level | Kind::Least | Kind::Age);
        let total = match totals.get(&metric) {
            Some(total) => total.clone(),
            None if is_gauge => continue,
            None => nothing(metric, at),
        };
        write_metric(&mut page, metric, &total, at).expect("a text takes whatever is written");
    }
    page
}

fn write_metric(page: &mut String, metric: Metric, total: &Total, at: Instant) -> fmt::Result {
    let (name, meaning) = (metric.scraped_name(), metric.meaning());
    let kind = match total {
        Total::Sum(_) => "counter",
        Total::Level(_) | Total::Age(..) => "gauge",
        Total::Spread { .. } => "histogram",
    };
    writeln!(page, "# HELP {name} {meaning}")?;
    writeln!(page, "# TYPE {name} {kind}")?;
    match total {
        Total::Sum(value) | Total::Level(value) => writeln!(page, "{name} {value}"),
        Total::Age(age, since) => {
            let age = age + at.saturating_duration_since(*since).as_secs_f64();
            writeln!(page, "{name} {age}")
        }
        Total::Spread { buckets, sum } => {
            let bounds = metric.kind().bounds().iter().map(ToString::to_string);
            let mut so_far = 0;
            for (bound, inside) in bounds.chain(["+Inf".to_owned()]).zip(buckets) {
                so_far += inside;
                writeln!(page, "{name}_bucket{{le=\"{bound}\"}} {so_far}")?;
            }
            writeln!(page, "{name}_sum {sum}")?;
            writeln!(page, "{name}_count {so_far}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn scraped(values: &[(Metric, f64)]) -> Scrape {
        let scrape = Scrape::default();
        for (metric, value) in values {
            // Each is a piece of work of its own.
            let mut measured = Measured::default();
            measured.note(*metric, *value);
            scrape.take(&measured);
        }
        scrape
    }

    /// The lines about one metric, without what they mean.
    fn about(page: &str, metric: Metric) -> Vec<String> {
        let name = metric.scraped_name();
        let lines = page.lines().filter(|line| !line.starts_with("# HELP"));
        let ours = lines.filter(|line| line.contains(name));
        ours.map(|line| line.replace(name, "it")).collect()
    }

    #[test]
    fn several_works_add_up_as_their_kind_says() {
        let text = scraped(&[
            (Metric::PagerDutyCalls, 4.0),
            (Metric::PagerDutyCalls, 3.0),
            (Metric::RemovalsHeld, 6.0),
            (Metric::RemovalsHeld, 0.0),
            (Metric::HandoffLag, 0.5),
            (Metric::HandoffLag, 1.0),
            (Metric::HandoffLag, 40.0),
            (Metric::HandoffLag, 9_000.0),
        ])
        .text();
        assert_eq!(
            about(&text, Metric::PagerDutyCalls),
            ["# TYPE it counter", "it 7"]
        );
        assert_eq!(
            about(&text, Metric::RemovalsHeld),
            ["# TYPE it gauge", "it 0"]
        );
        assert_eq!(
            about(&text, Metric::HandoffLag),
            [
                "# TYPE it histogram",
                "it_bucket{le=\"1\"} 2",
                "it_bucket{le=\"2\"} 2",
                "it_bucket{le=\"5\"} 2",
                "it_bucket{le=\"10\"} 2",
                "it_bucket{le=\"30\"} 2",
                "it_bucket{le=\"60\"} 3",
                "it_bucket{le=\"120\"} 3",
                "it_bucket{le=\"300\"} 3",
                "it_bucket{le=\"900\"} 3",
                "it_bucket{le=\"3600\"} 3",
                "it_bucket{le=\"+Inf\"} 4",
                "it_sum 9041.5",
                "it_count 4",
            ]
        );
    }

    #[test]
    fn what_nothing_was_heard_of_is_zero_or_not_there() {
        let text = Scrape::default().text();
        assert_eq!(
            about(&text, Metric::WebhooksTaken),
            ["# TYPE it counter", "it 0"]
        );
        assert!(text.contains("rotakey_handoff_lag_seconds_count 0\n"));
        assert_eq!(about(&text, Metric::SweepAge), Vec::<String>::new());
        let types: Vec<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE "))
            .collect();
        let gauges = Metric::ALL
            .iter()
            .filter(|metric| matches!(metric.kind(), Kind::Level | Kind::Least | Kind::Age));
        assert_eq!(types.len(), Metric::ALL.len() - gauges.count(), "{types:?}");
    }

    #[test]
    fn an_age_grows_while_nothing_is_heard() {
        let heard = Instant::now();
        let totals = Totals::from([(Metric::SweepAge, Total::Age(2.5, heard))]);
        for (later, expected) in [(0, "it 2.5"), (60, "it 62.5")] {
            let text = page(&totals, heard + Duration::from_secs(later));
            assert_eq!(about(&text, Metric::SweepAge)[1], expected);
        }
    }
}
