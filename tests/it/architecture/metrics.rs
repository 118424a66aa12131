//! What the template watches: metrics that the functions really record, and alarms that the runbook explains.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use function_kit::metrics::Metric;

use super::{assert_none, root};

/// The functions' own namespace, as the template writes it.
const NAMESPACE: &str = "\"Rotakey/${AWS::StackName}\"";

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("the file is text")
}

/// The resources of the template that are alarms: their lines by their name.
fn alarms(template: &str) -> BTreeMap<&str, Vec<&str>> {
    let mut resources: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut name = "";
    for line in template.lines() {
        let key = line
            .strip_prefix("  ")
            .and_then(|key| key.strip_suffix(':'));
        if let Some(key) = key.filter(|key| key.chars().all(char::is_alphanumeric)) {
            name = key;
        }
        resources.entry(name).or_default().push(line.trim());
    }
    resources.retain(|_, lines| lines.contains(&"Type: AWS::CloudWatch::Alarm"));
    assert!(!resources.is_empty(), "the template has alarms");
    resources
}

/// Names of metrics in the functions' own namespace that widgets of the dashboard show.
fn shown(template: &str) -> BTreeSet<&str> {
    let series = template.split("[\"Rotakey/${AWS::StackName}\", \"").skip(1);
    series.filter_map(|rest| rest.split('"').next()).collect()
}

/// Everything that the functions are made of and could record in.
fn sources(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            text.push_str(&sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).expect("sources are text");
            let production = source.split("#[cfg(test)]\nmod tests").next();
            text.push_str(production.unwrap_or_default());
        }
    }
    text
}

#[test]
fn what_the_template_watches_is_a_metric_and_every_metric_is_shown() {
    let template = read("infra/template.yaml");
    let told = format!("ROTAKEY_METRICS_NAMESPACE: !Sub {NAMESPACE}");
    assert!(template.contains(&told), "the functions are told: {told}");
    let metrics: BTreeSet<&str> = Metric::ALL.map(Metric::name).into();
    let mut findings = Vec::new();
    let namespace = format!("Namespace: !Sub {NAMESPACE}");
    for (alarm, lines) in alarms(&template) {
        let metric = lines
            .iter()
            .find_map(|line| line.strip_prefix("MetricName: "));
        if lines.contains(&namespace.as_str()) && !metric.is_some_and(|it| metrics.contains(it)) {
            findings.push(format!("alarm {alarm} watches {metric:?}"));
        }
    }
    let shown = shown(&template);
    let unknown = shown.difference(&metrics);
    findings.extend(unknown.map(|name| format!("the dashboard shows `{name}`")));
    let unseen = metrics.difference(&shown);
    findings.extend(unseen.map(|name| format!("the dashboard does not show {name}")));
    assert_none(
        &findings,
        "alarms and the dashboard go by `function_kit::metrics`, and leave none of them out",
    );
}

#[test]
fn every_metric_is_recorded_somewhere() {
    let mut text = read("shared/function-kit/src/metrics.rs");
    for function in ["oncall-poller", "webhook-receiver", "access-approver"] {
        text.push_str(&sources(
            &root().join("functions").join(function).join("src"),
        ));
    }
    let unused = Metric::ALL.into_iter().filter(|metric| {
        let used = format!("(Metric::{}", metric.name());
        !text.contains(&used)
    });
    let findings: Vec<_> = unused.map(|metric| metric.name().to_owned()).collect();
    assert_none(&findings, "a metric that nobody records is taken out");
}

#[test]
fn every_alarm_has_its_section_of_the_runbook_and_its_place_on_the_dashboard() {
    let template = read("infra/template.yaml");
    let runbook = read("infra/RUNBOOK.md");
    let sections: BTreeSet<&str> = runbook
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .collect();
    let alarms = alarms(&template);
    let mut findings = Vec::new();
    for (alarm, lines) in &alarms {
        if !sections.contains(alarm) {
            findings.push(format!("{alarm} has no section"));
        }
        let names_it = format!("RUNBOOK.md, {alarm}.\"");
        let description = lines.iter().find(|it| it.starts_with("AlarmDescription: "));
        if !description.is_some_and(|description| description.ends_with(&names_it)) {
            findings.push(format!("{alarm} does not name its section"));
        }
        if !template.contains(&format!("\"${{{alarm}.Arn}}\"")) {
            findings.push(format!("{alarm} is not on the dashboard"));
        }
    }
    let others = sections
        .iter()
        .filter(|section| !alarms.contains_key(*section));
    let others = others.filter(|section| **section != "By hand");
    findings.extend(others.map(|section| format!("`{section}` is no alarm")));
    assert_none(
        &findings,
        "an alarm has a section of infra/RUNBOOK.md, names it, and is on the dashboard",
    );
}
