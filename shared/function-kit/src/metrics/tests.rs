//! Batches: whose they are, and what CloudWatch gets of them.

use super::embedded::{VALUES_MAX, lines};
use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn noon() -> Timestamp {
    "2026-11-22T12:00:00.25Z".parse().unwrap()
}

fn of(values: &[(Metric, f64)]) -> Measured {
    let mut measured = Measured::default();
    for (metric, value) in values {
        measured.note(*metric, *value);
    }
    measured
}

fn parsed(measured: &Measured) -> Vec<Value> {
    let lines = lines(noon(), "Rotakey/test", "oncall-poller", measured);
    let parsed = lines.iter().map(|line| serde_json::from_str(line).unwrap());
    parsed.collect()
}

#[test]
fn a_batch_is_one_line_that_cloudwatch_understands() {
    let measured = of(&[
        (Metric::HandoffLag, 0.5),
        (Metric::HandoffLag, 31.0),
        (Metric::PagerDutyCalls, 4.0),
        (Metric::PagerDutyCalls, 3.0),
        (Metric::SweepAge, 0.0),
        (Metric::PlannedRemovals, 0.0),
    ]);
    let line = json!({
        "_aws": {
            "Timestamp": 1_795_348_800_250_i64,
            "CloudWatchMetrics": [{
                "Namespace": "Rotakey/test",
                "Dimensions": [[]],
                "Metrics": [
                    {"Name": "HandoffLag", "Unit": "Seconds"},
                    {"Name": "SweepAge", "Unit": "Seconds"},
                    {"Name": "PagerDutyCalls", "Unit": "Count"},
                ],
            }],
        },
        "function": "oncall-poller",
        "HandoffLag": [0.5, 31.0],
        "SweepAge": 0.0,
        "PagerDutyCalls": 7.0,
    });
    assert_eq!(parsed(&measured), [line]);
}

#[test]
fn where_nothing_was_measured_nothing_is_written() {
    assert_eq!(parsed(&Measured::default()), Vec::<Value>::new());
    let nothing = of(&[
        (Metric::PlannedAdditions, 0.0),
        (Metric::HandoffLag, f64::NAN),
        (Metric::RemovalsHeld, f64::INFINITY),
    ]);
    assert!(nothing.is_empty(), "{nothing:?}");
}

#[test]
fn several_values_become_what_their_kind_says() {
    for (metric, expected) in [
        (Metric::WebhooksTaken, &[9.0][..]),
        (Metric::RemovalsHeld, &[2.0]),
        (Metric::PagerDutyRateRemaining, &[1.0]),
        (Metric::SweepAge, &[2.0]),
        (Metric::HandoffLag, &[6.0, 1.0, 2.0]),
    ] {
        let measured = of(&[6.0, 1.0, 2.0].map(|value| (metric, value)));
        assert_eq!(measured.of(metric), expected, "{metric:?}");
    }
}

#[test]
fn every_metric_is_listed_once_and_named_once() {
    let listed: BTreeSet<Metric> = Metric::ALL.into();
    assert_eq!(listed.len(), Metric::ALL.len());
    let names: BTreeSet<&str> = Metric::ALL.map(Metric::name).into();
    let scraped: BTreeSet<&str> = Metric::ALL.map(Metric::scraped_name).into();
    assert_eq!((names.len(), scraped.len()), (19, 19));
    for metric in Metric::ALL {
        let name = metric.scraped_name();
        let is_counter = metric.kind() == Kind::Sum;
        assert_eq!(name.ends_with("_total"), is_counter, "{name}");
        let is_time = metric.unit() == Unit::Seconds;
        assert_eq!(name.ends_with("_seconds"), is_time, "{name}");
        assert_eq!(format!("{metric:?}"), metric.name());
        let bounds = metric.kind().bounds();
        assert!(bounds.is_sorted(), "{name}: {bounds:?}");
    }
}

#[test]
fn the_namespace_is_as_told_or_the_products_name() {
    for (told, expected) in [
        (Some("Rotakey/prod"), "Rotakey/prod"),
        (Some(""), "Rotakey"),
        (None, "Rotakey"),
    ] {
        assert_eq!(namespace(told.map(ToOwned::to_owned)), expected);
    }
}

#[tokio::test]
async fn work_side_by_side_keeps_its_values_apart() {
    let work = async |number: u32| {
        record(Metric::HandoffLag, f64::from(number));
        tokio::task::yield_now().await;
        record(Metric::HandoffLag, f64::from(number));
        number
    };
    let (one, two) = tokio::join!(measured(work(1)), measured(work(2)));
    assert_eq!((one.0, one.1.of(Metric::HandoffLag)), (1, &[1.0, 1.0][..]));
    assert_eq!((two.0, two.1.of(Metric::HandoffLag)), (2, &[2.0, 2.0][..]));
}

#[tokio::test]
async fn what_is_reported_within_measured_work_is_part_of_it() {
    let inner = reported(noon(), async { count(Metric::WebhooksTaken, 2) });
    let ((), found) = measured(async {
        count(Metric::WebhooksTaken, 1);
        inner.await;
    })
    .await;
    assert_eq!(found.of(Metric::WebhooksTaken), [3.0]);
    // Nobody measures here, and nobody minds.
    count(Metric::WebhooksTaken, 1);
}

#[tokio::test]
async fn what_is_scraped_is_what_was_reported() {
    let scrape = install_scrape();
    reported(noon(), async { count(Metric::GrantsEnded, 2) }).await;
    reported(noon(), async { count(Metric::GrantsEnded, 3) }).await;
    for page in [scrape, install_scrape()].map(|scrape| scrape.text()) {
        assert!(page.contains("\nrotakey_grants_ended_total 5\n"), "{page}");
    }
}

#[tokio::test]
async fn a_time_before_its_beginning_took_none() {
    let ((), found) = measured(async {
        seconds(Metric::HandoffLag, SignedDuration::from_millis(-250));
        seconds(Metric::HandoffLag, SignedDuration::from_millis(1_500));
    })
    .await;
    assert_eq!(found.of(Metric::HandoffLag), [0.0, 1.5]);
}

#[tokio::test]
async fn a_secret_counts_when_it_is_of_no_use() {
    let text = |text: &str| Ok(SecretString::from(text.to_owned()));
    let missing = SecretError::NoText {
        reference: "rotakey/slack".to_owned(),
    };
    for (case, read, was_refused, expected) in [
        ("good", text("xoxb"), false, &[] as &[f64]),
        ("refused before", text("xoxb"), true, &[1.0]),
        ("empty", text(""), false, &[1.0]),
        ("missing", Err(missing), false, &[1.0]),
    ] {
        let ((), found) = measured(async { secret(&read, was_refused) }).await;
        assert_eq!(found.of(Metric::SecretRefused), expected, "{case}");
    }
}

fn metric() -> impl Strategy<Value = Metric> {
    (0..Metric::ALL.len()).prop_map(|index| Metric::ALL[index])
}

/// Whole numbers, which no text rounds, and what no metric should ever be.
fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => any::<i32>().prop_map(f64::from),
        1 => Just(f64::MAX),
        1 => Just(f64::MIN),
        1 => Just(f64::NAN),
        1 => Just(f64::NEG_INFINITY),
    ]
}

proptest! {
    /// Whatever is measured stays within the limits of a line, and none of it is lost.
    #[test]
    fn any_batch_is_valid(values in vec((metric(), value()), 0..1_000), wide in 0..350_usize) {
        let mut measured = of(&values);
        for _value in 0..wide {
            measured.note(Metric::HandoffLag, 1.0);
        }
        let mut found = Measured::default();
        for line in parsed(&measured) {
            let [about] = line["_aws"]["CloudWatchMetrics"].as_array().unwrap().as_slice() else {
                panic!("one namespace a line: {line}");
            };
            prop_assert!(line["_aws"]["Timestamp"].is_i64());
            prop_assert_eq!(&about["Dimensions"], &json!([[]]));
            let named = about["Metrics"].as_array().unwrap();
            prop_assert!(!named.is_empty() && named.len() <= 100);
            // The rest of the line is `_aws`, `function`, and the values.
            prop_assert_eq!(line.as_object().unwrap().len(), named.len() + 2);
            for name in named {
                let metric = Metric::ALL.into_iter().find(|metric| metric.name() == name["Name"]);
                let metric = metric.unwrap();
                prop_assert_eq!(&name["Unit"], metric.unit().as_str());
                let value = &line[metric.name()];
                let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
                prop_assert!(!values.is_empty() && values.len() <= VALUES_MAX);
                for value in values {
                    found.note(metric, value.as_f64().unwrap());
                }
            }
        }
        prop_assert_eq!(found, measured);
    }
}
