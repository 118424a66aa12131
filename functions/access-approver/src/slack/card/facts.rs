//! What is around a request: on call or not, incidents, who is in the group, who may decide.

use super::View;
use crate::act::{Briefing, OnCall, OpenIncident};
use access_core::id::PagerDutyName;
use access_core::incident::{Priority, Urgency};
use access_core::principal::Principal;
use access_core::request::RequestState;
use jiff::Timestamp;
use slack_client::block_kit::Mrkdwn;
use std::collections::BTreeMap;

/// Most approvers named.
pub(super) const APPROVERS_MAX: usize = 10;
/// Most schedules, incidents or members named in one field.
const LISTED_MAX: usize = 5;

/// For whoever decides.
pub(super) fn all(view: &View<'_>) -> Vec<Mrkdwn> {
    let mut fields = around(view);
    fields.push(decides(view));
    fields.extend(agreed(view));
    fields
}

/// For everybody.
pub(super) fn around(view: &View<'_>) -> Vec<Mrkdwn> {
    let briefing = view.briefing;
    vec![
        on_call(briefing),
        incidents(&briefing.incidents),
        holders(&briefing.holders),
    ]
}

fn on_call(briefing: &Briefing) -> Mrkdwn {
    let places = briefing.on_call.iter();
    let places = places.map(|OnCall { source, name }| format!("{name} ({source})"));
    let mut said: Vec<String> = places.collect();
    if !briefing.unknown.is_empty() {
        let accounts: Vec<&str> = briefing.unknown.iter().map(PagerDutyName::as_str).collect();
        said.push(format!("not known now: {}", accounts.join(", ")));
    }
    if said.is_empty() {
        said.push("no".to_owned());
    }
    listed(Mrkdwn::new().markup("*On call*\n"), &said)
}

fn incidents(incidents: &[OpenIncident]) -> Mrkdwn {
    let field = Mrkdwn::new().markup("*Open incidents*\n");
    if incidents.is_empty() {
        return field.text("none");
    }
    let said: Vec<String> = incidents.iter().map(incident).collect();
    listed(field, &said)
}

fn incident(incident: &OpenIncident) -> String {
    let OpenIncident {
        key,
        number,
        urgency,
        priority,
        is_theirs,
    } = incident;
    let name = match number {
        Some(number) => format!("#{number} of {}", key.pagerduty),
        None => key.to_string(),
    };
    let urgency = match urgency {
        Some(Urgency::High) => ", high urgency",
        Some(Urgency::Low) => ", low urgency",
        None => "",
    };
    let priority = match priority {
        Some(Priority::Set {
            name: Some(name), ..
        }) => format!(", {name}"),
        Some(Priority::Set { name: None, .. } | Priority::Unset) | None => String::new(),
    };
    let theirs = if *is_theirs { ", they work on it" } else { "" };
    format!("{name}{priority}{urgency}{theirs}")
}

fn holders(holders: &BTreeMap<Principal, Option<Timestamp>>) -> Mrkdwn {
    let field = Mrkdwn::new().markup("*In the group now*\n");
    if holders.is_empty() {
        return field.text("nobody else");
    }
    // By address, not by a mention: they have nothing to do.
    let said: Vec<String> = holders.keys().map(ToString::to_string).collect();
    listed(field, &said)
}

fn decides(view: &View<'_>) -> Mrkdwn {
    let field = Mrkdwn::new().markup("*May decide*\n");
    let approvers = &view.briefing.approvers;
    if approvers.is_empty() {
        return field.text("nobody who is known now");
    }
    field.and(view.names.all(approvers))
}

/// Who agreed so far, where one is not enough or somebody did.
fn agreed(view: &View<'_>) -> Option<Mrkdwn> {
    let RequestState::Pending {
        approvals, needed, ..
    } = &view.request.state
    else {
        return None;
    };
    if *needed <= 1 {
        return None;
    }
    let count = format!("{} of {needed}", approvals.len());
    let field = Mrkdwn::new().markup("*Approvals*\n").text(&count);
    if approvals.is_empty() {
        return Some(field);
    }
    let names = view
        .names
        .all(approvals.iter().map(|approval| &approval.by));
    Some(field.text(": ").and(names))
}

/// The first of them, each on its line, and how many more there are.
fn listed(mut field: Mrkdwn, said: &[String]) -> Mrkdwn {
    for (place, text) in said.iter().take(LISTED_MAX).enumerate() {
        if place > 0 {
            field = field.line();
        }
        field = field.text(text);
    }
    let more = said.len().saturating_sub(LISTED_MAX);
    if more > 0 {
        field = field.line().text(&format!("and {more} more"));
    }
    field
}
