//! Metrics in lines of the log, from which CloudWatch takes them: nothing is called, and nobody waits.
//!
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use super::measured::Measured;
use super::metric::Metric;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::io::Write;

/// Values of one metric in one line, as CloudWatch allows.
pub(super) const VALUES_MAX: usize = 100;

/// Metrics in one line, as CloudWatch allows.
const METRICS_MAX: usize = 100;

const _: () = assert!(
    Metric::ALL.len() <= METRICS_MAX,
    "all metrics stand in one line"
);

/// Writes batches to standard output.
pub(super) struct Embedded {
    pub(super) namespace: String,
    pub(super) function: &'static str,
}

impl Embedded {
    /// Writes what was measured, each line whole. What cannot be written is lost: no work fails for its metrics.
    pub(super) fn write(&self, now: Timestamp, measured: &Measured) {
        let mut text = String::new();
        for line in lines(now, &self.namespace, self.function, measured) {
            text.push_str(&line);
            text.push('\n');
        }
        // Past the log's own writer, which would wrap it in an object of its own.
        let mut output = std::io::stdout().lock();
        let written = output.write_all(text.as_bytes());
        let _lost = written.and_then(|()| output.flush());
    }
}

/// What was measured, in as many lines as the limits ask for: none where nothing was.
pub(super) fn lines(
    now: Timestamp,
    namespace: &str,
    function: &str,
    measured: &Measured,
) -> Vec<String> {
    let longest = measured.iter().map(|(_, values)| values.len()).max();
    let parts = longest.unwrap_or_default().div_ceil(VALUES_MAX);
    let parts = (0..parts).map(|part| {
        let shares = measured.iter().filter_map(|(metric, values)| {
            let share = values.chunks(VALUES_MAX).nth(part)?;
            Some((metric, share))
        });
        shares.collect::<Vec<_>>()
    });
    parts
        .map(|shares| line(now, namespace, function, &shares))
        .collect()
}

fn line(now: Timestamp, namespace: &str, function: &str, shares: &[(Metric, &[f64])]) -> String {
    let metrics: Vec<Value> = shares
        .iter()
        .map(|(metric, _)| json!({"Name": metric.name(), "Unit": metric.unit().as_str()}))
        .collect();
    // One set of dimensions, and that empty: a metric is one series, whichever function told it.
    let about = json!({
        "Timestamp": now.as_millisecond(),
        "CloudWatchMetrics": [
            {"Namespace": namespace, "Dimensions": [[]], "Metrics": metrics},
        ],
    });
    let mut line = Map::new();
    line.insert("_aws".to_owned(), about);
    line.insert("function".to_owned(), json!(function));
    for (metric, values) in shares {
        let value = match values {
            [value] => json!(value),
            values => json!(values),
        };
        line.insert(metric.name().to_owned(), value);
    }
    Value::Object(line).to_string()
}
