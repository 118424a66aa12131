//! `[[group]]`: who is in, what they get, and on which terms.

use super::duration::{duration, words};
use super::incident;
use super::names::Names;
use super::people::emails;
use super::raw::Table;
use super::report::{At, Report};
use super::request::{self, RequestRule};
use super::value::Value;
use super::{LEAD_AND_LAG_DEFAULT, PagerDutyAccount, SweepConfig};
use crate::group::{Entitlement, Ownership, Source, WhenEmpty};
use crate::id::{GroupName, PagerDutyName};
use crate::incident::IncidentTerms;
use crate::principal::Principal;
use jiff::SignedDuration;
use std::collections::BTreeMap;

pub(super) const KEYS: [&str; 10] = [
    "name",
    "sources",
    "entitlements",
    "lead",
    "lag",
    "when_empty",
    "ownership",
    "blocked",
    "incident",
    "request",
];

const LEAD_AND_LAG_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);
const SOURCE_HELP: &str =
    "for example \"schedule:acme/PABC123\"; the id ends the address of its page in PagerDuty";
const ENTITLEMENT_HELP: &str =
    "for example \"aws:PaymentsProdOperator\", `aws` being the name of a [[target]]";

/// What reading a group needs to know of the rest of the file.
pub(super) struct Context<'a> {
    pub(super) report: &'a Report<'a>,
    pub(super) names: Names,
    pub(super) sweep: SweepConfig,
    pub(super) pagerduty: &'a BTreeMap<PagerDutyName, PagerDutyAccount>,
}

/// A group as it was read, with the places that the checks of the whole need.
pub(super) struct Group {
    pub(super) name: GroupName,
    pub(super) sources: Vec<At<Source>>,
    pub(super) entitlements: Vec<At<Entitlement>>,
    pub(super) terms: Terms,
    pub(super) incident: IncidentTerms,
    pub(super) request: Option<RequestRule>,
}

/// What groups and templates have in common.
pub(super) struct Terms {
    pub(super) lead: SignedDuration,
    pub(super) lag: SignedDuration,
    pub(super) when_empty: WhenEmpty,
    pub(super) ownership: Option<Ownership>,
    pub(super) blocked_at: BTreeMap<Principal, usize>,
}

pub(super) fn group(context: &Context, name: Option<GroupName>, table: &Table) -> Option<Group> {
    let sources_written = table.list("sources");
    let sources = sources(context, &sources_written);
    let entitlements = table.list("entitlements");
    let entitlements = entitlements
        .iter()
        .filter_map(|value| entitlement(context, value));
    let entitlements = entitlements.collect();
    let terms = terms(context, table);
    let incident = table.table("incident", "[group.incident]", &incident::KEYS);
    let is_whole = sources.len() == sources_written.len() && !table.is_misspelt("sources");
    let incident = incident.map(|table| incident::terms(context, &table, &sources, is_whole));
    let asked = table.table("request", "[group.request]", &request::KEYS);
    let is_misread = table.is_misspelt("sources") || table.is_misspelt("request");
    if sources_written.is_empty() && table.get("request").is_none() && !is_misread {
        let message = "nobody could ever be in this group";
        let help = "name where its members come from, such as sources = [\"schedule:acme/PABC123\"], or let people ask: [group.request]";
        table.report.add(table.at, message, help);
    }
    Some(Group {
        request: asked.and_then(|table| request::request(context, &table)),
        name: name?,
        sources,
        entitlements,
        terms,
        incident: incident.unwrap_or_default(),
    })
}

pub(super) fn terms(context: &Context, table: &Table) -> Terms {
    let edge = |key| {
        let value = table.get(key)?;
        Some(value.place(duration(
            &value,
            &(SignedDuration::ZERO..=LEAD_AND_LAG_MAX),
        )?))
    };
    let lead = edge("lead");
    let look_ahead = context.sweep.look_ahead;
    if let Some(lead) = &lead
        && lead.value > look_ahead
    {
        let message = format!(
            "`lead` is longer than `look_ahead`, which is {}",
            words(look_ahead)
        );
        let help =
            "shifts are not known that far ahead: shorten it, or raise look_ahead in [sweep]";
        table.report.add(lead.at, message, help);
    }
    let when_empty = table
        .get("when_empty")
        .and_then(|value| value.choice(&[("hold", WhenEmpty::Hold), ("clear", WhenEmpty::Clear)]));
    let ownership = table.get("ownership").and_then(|value| {
        value.choice(&[
            ("exclusive", Ownership::Exclusive),
            ("additive", Ownership::Additive),
        ])
    });
    Terms {
        lead: lead.map_or(LEAD_AND_LAG_DEFAULT, |lead| lead.value),
        lag: edge("lag").map_or(LEAD_AND_LAG_DEFAULT, |lag| lag.value),
        when_empty: when_empty.unwrap_or_default(),
        ownership,
        blocked_at: emails(&table.list("blocked")),
    }
}

/// Reads sources; accounts and groups in them must be known.
pub(super) fn sources(context: &Context, values: &[Value]) -> Vec<At<Source>> {
    let found: Vec<_> = values
        .iter()
        .filter_map(|value| value.parse::<Source>(SOURCE_HELP))
        .collect();
    for At { at, value } in &found {
        match value {
            Source::Schedule { pagerduty, id: _ }
            | Source::EscalationPolicy {
                pagerduty,
                id: _,
                level: _,
            }
            | Source::Incident { pagerduty, of: _ } => {
                context.names.accounts.check(context.report, *at, pagerduty);
            }
            Source::Group(name) => context.names.groups.check(context.report, *at, name),
            Source::Person(_) => {}
        }
    }
    found
}

pub(super) fn entitlement(context: &Context, value: &Value) -> Option<At<Entitlement>> {
    let found = value.parse::<Entitlement>(ENTITLEMENT_HELP)?;
    context
        .names
        .targets
        .check(context.report, found.at, &found.value.target);
    Some(found)
}
