//! `[group.incident]` and `priorities`: which incidents count for a group, and for how long.

use super::duration::duration;
use super::groups::Context;
use super::raw::Table;
use super::report::{At, joined, nearest};
use super::value::Value;
use crate::group::Source;
use crate::id::PriorityName;
use crate::incident::{IncidentTerms, Urgency};
use jiff::SignedDuration;

pub(super) const KEYS: [&str; 5] = [
    "acknowledged_only",
    "urgency",
    "priority_at_least",
    "linger",
    "max",
];

const LINGER_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);
const MAX_MIN: SignedDuration = SignedDuration::from_mins(1);
const MAX_MAX: SignedDuration = SignedDuration::from_hours(30 * 24);
const PRIORITY_HELP: &str = "write the name of an incident priority, such as \"P1\"";

/// Reads the terms of a group's incidents; `is_whole`: no source of the group is missing in `sources`.
pub(super) fn terms(
    context: &Context,
    table: &Table,
    sources: &[At<Source>],
    is_whole: bool,
) -> IncidentTerms {
    let default = IncidentTerms::default();
    let has_incidents = sources
        .iter()
        .any(|source| matches!(source.value, Source::Incident { .. }));
    if is_whole && !has_incidents {
        let message = "no source of this group is an incident";
        let help = "add one, such as \"incident:acme/service/PSVC001\", or take [group.incident] out; nested groups have their own";
        table.report.add(table.at, message, help);
    }
    let acknowledged_only = table
        .get("acknowledged_only")
        .and_then(|value| value.boolean());
    let urgency = table
        .get("urgency")
        .and_then(|value| value.choice(&[("any", None), ("high", Some(Urgency::High))]));
    let priority = table.get("priority_at_least");
    let span = |key, range| {
        let value = table.get(key)?;
        duration(&value, &range)
    };
    IncidentTerms {
        acknowledged_only: acknowledged_only.unwrap_or(default.acknowledged_only),
        urgency: urgency.flatten(),
        priority_at_least: priority.and_then(|value| priority_of(context, &value, sources)),
        linger: span("linger", SignedDuration::ZERO..=LINGER_MAX).unwrap_or(default.linger),
        max: span("max", MAX_MIN..=MAX_MAX).unwrap_or(default.max),
    }
}

/// Reads a priority; every account whose incidents the group names must list it.
fn priority_of(context: &Context, value: &Value, sources: &[At<Source>]) -> Option<PriorityName> {
    let At { value: least, .. } = value.parse::<PriorityName>(PRIORITY_HELP)?;
    for source in sources {
        let Source::Incident { pagerduty, .. } = &source.value else {
            continue;
        };
        // An account that could not be read has its own message.
        let Some(account) = context.pagerduty.get(pagerduty) else {
            continue;
        };
        if account.priorities.contains(&least) {
            continue;
        }
        let help = match nearest(least.as_str(), &account.priorities) {
            _ if account.priorities.is_empty() => {
                "add a line to that [[pagerduty]] such as: priorities = [\"P1\", \"P2\", \"P3\"], the most important first".to_owned()
            }
            Some(near) => format!("did you mean `{near}`? listed: {}", joined(&account.priorities)),
            None => format!("listed: {}", joined(&account.priorities)),
        };
        let message = format!("PagerDuty account `{pagerduty}` lists no priority `{least}`");
        value.wrong(message, help);
        return None;
    }
    Some(least)
}

/// Reads the priorities of an account, the most important first; none is there twice.
pub(super) fn priorities(values: &[Value]) -> Vec<PriorityName> {
    let mut priorities = Vec::new();
    for value in values {
        let Some(At { value: name, .. }) = value.parse::<PriorityName>(PRIORITY_HELP) else {
            continue;
        };
        if priorities.contains(&name) {
            value.wrong(
                format!("priority `{name}` is listed twice"),
                "keep one of them",
            );
        } else {
            priorities.push(name);
        }
    }
    priorities
}
