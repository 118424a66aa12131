//! `[group.request]`: who may ask for a place in a group, for how long, and who decides.

use super::duration::{duration, words};
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
    /// A request that nobody decided for so long is over, from one minute to 30 days.
    pub timeout: SignedDuration,
    /// How long only the approvers are asked, less than `timeout`; after that `escalate_to` may approve too. `None`: there
    /// is nobody else.
    pub escalate_after: Option<SignedDuration>,
    /// Who else may approve later; empty exactly when `escalate_after` is `None`.
    pub escalate_to: BTreeSet<Source>,
    /// Who may get in at once in an emergency, loudly and reviewed afterwards.
    pub break_glass: BTreeSet<Source>,
}

pub(super) const KEYS: [&str; 8] = [
    "max",
    "approvers",
    "auto_approve_on_call",
    "approvals",
    "timeout",
    "escalate_after",
    "escalate_to",
    "break_glass",
];

/// The timeout of a group that names none: a day.
pub const TIMEOUT_DEFAULT: SignedDuration = SignedDuration::from_hours(24);

const SPAN_MIN: SignedDuration = SignedDuration::from_mins(1);
const MAX_MAX: SignedDuration = SignedDuration::from_hours(90 * 24);
const TIMEOUT_MAX: SignedDuration = SignedDuration::from_hours(30 * 24);

impl RequestRule {
    /// Every source it names, repeats included.
    pub fn sources(&self) -> impl Iterator<Item = &Source> {
        let Self {
            max: _,
            approvers,
            auto_approve_on_call,
            approvals: _,
            timeout: _,
            escalate_after: _,
            escalate_to,
            break_glass,
        } = self;
        approvers
            .iter()
            .chain(auto_approve_on_call)
            .chain(escalate_to)
            .chain(break_glass)
    }
}

pub(super) fn request(context: &Context, table: &Table) -> Option<RequestRule> {
    let max = table.require("max", "\"4h\"");
    let max = max.and_then(|value| duration(&value, &(SPAN_MIN..=MAX_MAX)));
    let approvers = sources(context, &table.list("approvers"));
    let on_call = sources(context, &table.list("auto_approve_on_call"));
    for At { at, value } in &on_call {
        if !value.is_rota() {
            let message = format!("nobody is on call for `{value}`");
            let help = "name schedules and escalation policies here";
            table.report.add(*at, message, help);
        }
    }
    let says_none = |key| table.list(key).is_empty() && !table.is_misspelt(key);
    if says_none("approvers") && says_none("auto_approve_on_call") {
        let message = "nobody could approve a request for this group";
        let help = "add a line such as: approvers = [\"group:payments-leads\"]";
        table.report.add(table.at, message, help);
    }
    let timeout = table.get("timeout");
    let timeout = timeout.and_then(|value| duration(&value, &(SPAN_MIN..=TIMEOUT_MAX)));
    let timeout = timeout.unwrap_or(TIMEOUT_DEFAULT);
    let (escalate_after, escalate_to) = escalation(context, table, timeout);
    let break_glass = sources(context, &table.list("break_glass"));
    let approvals = table.get("approvals");
    let approvals = approvals.and_then(|value| Some((value, value.count(&(1..=10))?)));
    let rule = RequestRule {
        max: max?,
        approvers: values(approvers),
        auto_approve_on_call: values(on_call),
        approvals: approvals.map_or(1, |(_, count)| count),
        timeout,
        escalate_after,
        escalate_to,
        break_glass: values(break_glass),
    };
    let mut deciding = rule.approvers.union(&rule.escalate_to);
    let are_people = deciding.all(|source| matches!(source, Source::Person(_)));
    if let Some((value, count)) = approvals
        && are_people
        && rule.approvers.union(&rule.escalate_to).count() < count as usize
    {
        let message =
            format!("{count} approvals are asked for, and `approvers` names fewer people");
        value.wrong(message, "name more approvers, or ask for fewer approvals");
    }
    Some(rule)
}

/// After which time somebody else may approve, and who.
fn escalation(
    context: &Context,
    table: &Table,
    timeout: SignedDuration,
) -> (Option<SignedDuration>, BTreeSet<Source>) {
    let after = table.get("escalate_after");
    let to = sources(context, &table.list("escalate_to"));
    let names_nobody = table.list("escalate_to").is_empty() && !table.is_misspelt("escalate_to");
    if let Some(value) = &after
        && names_nobody
    {
        let help = "add a line such as: escalate_to = [\"group:payments-leads\"]";
        value.wrong("there is nobody to escalate to", help);
    }
    if let Some(At { at, .. }) = to.first()
        && after.is_none()
        && !table.is_misspelt("escalate_after")
    {
        let help = "add a line such as: escalate_after = \"30m\"";
        table.report.add(*at, "nothing says when to escalate", help);
    }
    let span = after.and_then(|value| {
        let span = duration(&value, &(SPAN_MIN..=TIMEOUT_MAX))?;
        if span >= timeout {
            let message = format!(
                "`escalate_after` is not shorter than `timeout`, which is {}",
                words(timeout)
            );
            value.wrong(message, "escalate sooner, or give the request more time");
        }
        Some(span)
    });
    (span, values(to))
}

fn values(sources: Vec<At<Source>>) -> BTreeSet<Source> {
    sources.into_iter().map(|source| source.value).collect()
}
