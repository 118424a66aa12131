//! From text to a checked [`Config`], noting every mistake on the way.

use super::error::ConfigErrors;
use super::groups::{self, Context, Group};
use super::names::Names;
use super::raw::Table;
use super::report::Report;
use super::{Config, access, api, canonical, check, limits, people, systems, targets, template};
use crate::group::GroupRule;
use std::collections::BTreeMap;
use toml::de::{DeTable, Error};

const KEYS: [&str; 11] = [
    "pagerduty",
    "target",
    "slack",
    "group",
    "group_template",
    "access",
    "api",
    "person",
    "blocked",
    "limits",
    "sweep",
];

/// Reads and checks a whole configuration. Any text has an answer.
pub(super) fn parse(file: &str, text: &str) -> Result<Config, ConfigErrors> {
    let report = Report::new(file, text);
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        misspelt_toml(&report, error);
    }
    // What is left of a broken document would be full of mistakes that nobody made.
    if let Some(errors) = report.take() {
        return Err(errors);
    }
    let config = read(&report, document.get_ref());
    match report.take() {
        Some(errors) => Err(errors),
        None => Ok(config),
    }
}

fn misspelt_toml(report: &Report, error: &Error) {
    let span = error.span().unwrap_or_default();
    let (message, wanted) = match error.message().split_once(", expected ") {
        Some((message, wanted)) => (message, format!("expected {wanted}")),
        None => (
            error.message(),
            "see https://toml.io for how TOML is written".to_owned(),
        ),
    };
    let written = report.written(span.clone());
    match message {
        "duplicate key" => {
            let message = format!("duplicate key `{written}`");
            report.add(span.start, message, "keep one of them");
        }
        "string values must be quoted" => {
            report.add(span.start, message, "write the value in quotes");
        }
        _ => report.add(span.start, message, wanted),
    }
}

/// Reads everything; what it answers is a configuration only if nothing was noted.
fn read<'a>(report: &'a Report<'a>, document: &'a DeTable<'a>) -> Config {
    let top = Table::new(report, "the file", 0, document, &KEYS);
    let mut names = Names::new(&top);
    let pagerduty = top.tables("pagerduty", "[[pagerduty]]", &systems::PAGERDUTY_KEYS);
    let pagerduty = names.accounts.read(&pagerduty, systems::pagerduty);
    let targets = top.tables("target", "[[target]]", &targets::KEYS);
    let targets = names.targets.read(&targets, targets::target);
    targets::check_distinct(report, &names.targets, &targets);
    let slack = top.table("slack", "[slack]", &systems::SLACK_KEYS);
    let limits = top.table("limits", "[limits]", &limits::LIMITS_KEYS);
    let sweep = top.table("sweep", "[sweep]", &limits::SWEEP_KEYS);
    let sweep = limits::sweep(sweep.as_ref());

    let tables = top.tables("group", "[[group]]", &groups::KEYS);
    let tables = tables
        .into_iter()
        .map(|table| (names.groups.declare(&table), table));
    let tables: Vec<_> = tables.collect();
    let context = Context {
        report,
        names,
        sweep,
        pagerduty: &pagerduty,
    };
    let groups = tables
        .into_iter()
        .filter_map(|(name, table)| groups::group(&context, name, &table));
    let mut groups: Vec<Group> = groups.collect();
    let templates = top.tables("group_template", "[[group_template]]", &template::KEYS);
    let templates = templates
        .iter()
        .filter_map(|table| template::template(&context, table));
    let templates = templates.collect();
    let access = top.table("access", "[access]", &access::KEYS);
    let access = access.map(|table| access::access(&context, &table));
    let api = top.table("api", "[api]", &api::KEYS);

    let people = top.tables("person", "[[person]]", &people::KEYS);
    let people = people::people(&context.names, &top.list("blocked"), &people);
    for group in &mut groups {
        canonical::group(&people.people, group);
    }
    check::one_group_per_entitlement(report, &groups);
    check::no_blocked_member(report, &people.blocked_at, &groups);
    check::no_cycle(report, &groups);

    let requests = groups
        .iter()
        .filter_map(|group| Some((group.name.clone(), group.request.clone()?)));
    let mut config = Config {
        pagerduty,
        targets,
        slack: slack.and_then(|table| systems::slack(&table)),
        requests: requests.collect(),
        access: access.unwrap_or_default(),
        api: api.map(|table| api::api(&table)),
        groups: groups
            .into_iter()
            .map(|group| (group.name.clone(), rule(group)))
            .collect::<BTreeMap<_, _>>(),
        templates,
        people: people.people,
        limits: limits::limits(limits.as_ref()),
        sweep,
    };
    canonical::rest(&mut config);
    config
}

fn rule(group: Group) -> GroupRule {
    let Group {
        name,
        sources,
        entitlements,
        terms,
        incident,
        request: _,
    } = group;
    GroupRule {
        name,
        sources: sources.into_iter().map(|source| source.value).collect(),
        entitlements: entitlements
            .into_iter()
            .map(|entitlement| entitlement.value)
            .collect(),
        lead: terms.lead,
        lag: terms.lag,
        incident,
        when_empty: terms.when_empty,
        ownership: terms.ownership,
        blocked: terms.blocked_at.into_keys().collect(),
    }
}
