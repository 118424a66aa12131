//! `[[group_template]]`: a group for every schedule that matches.

use super::groups::{Context, Terms, entitlement, terms};
use super::people::plain;
use super::raw::Table;
use super::report::At;
use super::value::Value;
use crate::group::GroupTemplate;
use crate::id::{GroupName, TeamId};

pub(super) const KEYS: [&str; 10] = [
    "name",
    "pagerduty",
    "schedule_names",
    "team",
    "entitlements",
    "lead",
    "lag",
    "when_empty",
    "ownership",
    "blocked",
];

/// Stands for the schedule's name in templates.
const SCHEDULE: &str = "{schedule}";

pub(super) fn template(context: &Context, table: &Table) -> Option<GroupTemplate> {
    let name = table.require("name", "\"{schedule}-oncall\"");
    let name = name.and_then(|value| template_name(&value));
    let pagerduty = table.require("pagerduty", "\"acme\"");
    let pagerduty = pagerduty.and_then(|value| context.names.accounts.used(&value));
    let schedule_names = table.get("schedule_names").and_then(|value| {
        let is_text = |text: &str| !text.trim().is_empty();
        plain(
            &value,
            "a pattern",
            "write names with * for any characters, or \"*\" for all",
            is_text,
        )
    });
    let team = table.get("team").and_then(|value| {
        value
            .parse::<TeamId>("write the id of a PagerDuty team, the end of the address of its page")
    });
    let listed = table.require("entitlements", "[\"aws:{schedule}-oncall\"]");
    let entitlements = listed.map_or_else(Vec::new, |value| template_entitlements(context, value));
    let Terms {
        lead,
        lag,
        when_empty,
        ownership,
        blocked_at,
    } = terms(context, table);
    Some(GroupTemplate {
        name: name?,
        pagerduty: pagerduty?,
        schedule_names: schedule_names.unwrap_or_else(|| "*".to_owned()),
        team: team.map(|team| team.value),
        entitlements,
        lead,
        lag,
        when_empty,
        ownership,
        blocked: blocked_at.into_keys().collect(),
    })
}

fn template_name(value: &Value) -> Option<String> {
    let text = value.text()?;
    let help = "write letters, digits, dashes, underscores, dots and once {schedule}, such as \"{schedule}-oncall\"";
    if !text.contains(SCHEDULE) {
        value.wrong(
            format!("every schedule's group would be named `{text}`"),
            help,
        );
        return None;
    }
    if let Err(error) = GroupName::new(text.replace(SCHEDULE, "x")) {
        value.wrong(error.to_string(), help);
        return None;
    }
    Some(text.to_owned())
}

fn template_entitlements(context: &Context, list: Value) -> Vec<String> {
    let values = list.list();
    let help = "put {schedule} into the name, such as \"aws:{schedule}-oncall\"";
    let mut found = Vec::new();
    for value in &values {
        let Some(At {
            value: entitlement, ..
        }) = entitlement(context, value)
        else {
            continue;
        };
        if !entitlement.name.as_str().contains(SCHEDULE) {
            let message = format!("every schedule's group would be granted on `{entitlement}`");
            value.wrong(message, help);
        }
        found.push(entitlement.to_string());
    }
    if values.is_empty() {
        list.wrong(
            "the groups of this template would be granted on nothing",
            help,
        );
    }
    found
}
