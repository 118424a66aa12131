//! `[group.request]`: who may ask for a place in a group, for how long, and who decides.

use super::duration::duration;
use super::groups::{Context, sources};
use super::raw::Table;
use super::report::At;
use crate::group::Source;
use jiff::SignedDuration;
use std::collections::BTreeSet;

/// How people get into a group by asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestRule {
    /// The longest grant, from one minute to 90 days; its clock starts at approval.
    pub max: SignedDuration,
    /// Who may approve. Nobody approves their own request, whatever this says.
    pub approvers: BTreeSet<Source>,
    /// Whose requests need no approval: whoever is on call here at that moment.
    pub auto_approve_on_call: BTreeSet<Source>,
    /// How many different approvers must agree, from 1 to 10.
    pub approvals: u32,
}

pub(super) const KEYS: [&str; 4] = ["max", "approvers", "auto_approve_on_call", "approvals"];

const MAX_MIN: SignedDuration = SignedDuration::from_mins(1);
const MAX_MAX: SignedDuration = SignedDuration::from_hours(90 * 24);

pub(super) fn request(context: &Context, table: &Table) -> Option<RequestRule> {
    let max = table.require("max", "\"4h\"");
    let max = max.and_then(|value| duration(&value, &(MAX_MIN..=MAX_MAX)));
    let approvers = sources(context, &table.list("approvers"));
    let on_call = sources(context, &table.list("auto_approve_on_call"));
    for At { at, value } in &on_call {
        if !value.is_rota() {
            let message = format!("nobody is on call for `{value}`");
            let help = "name schedules and escalation policies here";
            table.report.add(*at, message, help);
        }
    }
    let approvals = table.get("approvals");
    let approvals = approvals.and_then(|value| Some((value, value.count(&(1..=10))?)));
    let says_none = |key| table.list(key).is_empty() && !table.is_misspelt(key);
    if says_none("approvers") && says_none("auto_approve_on_call") {
        let message = "nobody could approve a request for this group";
        let help = "add a line such as: approvers = [\"group:payments-leads\"]";
        table.report.add(table.at, message, help);
    }
    let rule = RequestRule {
        max: max?,
        approvers: approvers.into_iter().map(|source| source.value).collect(),
        auto_approve_on_call: on_call.into_iter().map(|source| source.value).collect(),
        approvals: approvals.map_or(1, |(_, count)| count),
    };
    let are_people = rule
        .approvers
        .iter()
        .all(|source| matches!(source, Source::Person(_)));
    if let Some((value, count)) = approvals
        && are_people
        && rule.approvers.len() < count as usize
    {
        let message =
            format!("{count} approvals are asked for, and `approvers` names fewer people");
        value.wrong(message, "name more approvers, or ask for fewer approvals");
    }
    Some(rule)
}
