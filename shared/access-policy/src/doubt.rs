//! The owner's policies that might forbid something if more were known: until it is, nothing of it is permitted.
//!
//! What cannot be relied on is left out of a situation, so that nobody gets in by it. For a `forbid` that is the wrong way
//! round: nobody would be kept out by it either.

use crate::explain::is_on;
use crate::question::Question;
use crate::situation::{Situation, Unknown};
use crate::{mentions, names};
use access_core::config::Config;
use access_core::group::Source;
use access_core::id::PagerDutyName;
use cedar_policy::{Effect, Policy, ResourceConstraint};
use serde_json::Value;
use std::collections::BTreeSet;

/// A `forbid` that rests on who is on call, at work or a member, or on open incidents, and does not say itself what holds
/// while that is unknown.
#[derive(Debug)]
pub(crate) struct Forbid {
    policy: Policy,
    /// Where people may be.
    sources: BTreeSet<Source>,
    /// Accounts of whose schedules only PagerDuty knows which there are: templates make groups of them.
    accounts: BTreeSet<PagerDutyName>,
    /// Whether an open incident of any account may count.
    is_on_any_incident: bool,
}

impl Forbid {
    /// What a policy rests on; `None` for one that permits, rests on nothing of PagerDuty's, or speaks of `context.unknown`.
    pub(crate) fn of(config: &Config, policy: &Policy) -> Option<Self> {
        if policy.effect() != Effect::Forbid {
            return None;
        }
        // What cannot be looked at may rest on everything.
        let written = policy.to_json().ok();
        if written
            .as_ref()
            .is_some_and(|written| reads(written, "unknown"))
        {
            return None;
        }
        let mut named = mentions::of_policy(policy);
        let is_on_any_group = written.as_ref().is_none_or(asks_for_members);
        if is_on_any_group {
            named.extend(config.groups.keys().cloned().map(Source::Group));
        }
        let sources = mentions::reaching(config, named);
        let is_made = |source: &Source| matches!(source, Source::Group(name) if !config.groups.contains_key(name));
        let templates = config.templates.iter();
        let templates = templates.filter(|_| is_on_any_group || sources.iter().any(is_made));
        let forbid = Self {
            policy: policy.clone(),
            accounts: templates
                .map(|template| template.pagerduty.clone())
                .collect(),
            is_on_any_incident: written.as_ref().is_none_or(asks_for_any_incident),
            sources,
        };
        let rests_on_people = forbid
            .sources
            .iter()
            .any(|source| source.is_rota() || matches!(source, Source::Incident { .. }));
        let rests = rests_on_people || forbid.is_on_any_incident || !forbid.accounts.is_empty();
        rests.then_some(forbid)
    }

    /// What is missing to say that it does not forbid this; nothing where it speaks of something else.
    pub(crate) fn missing<'s>(
        &self,
        question: &Question<'_>,
        situation: &'s Situation,
    ) -> BTreeSet<&'s Unknown> {
        if !self.is_about(question) {
            return BTreeSet::new();
        }
        let unknown = situation.unknown.iter();
        unknown.filter(|unknown| self.rests_on(unknown)).collect()
    }

    /// Its id.
    pub(crate) fn id(&self) -> String {
        self.policy.id().to_string()
    }

    fn is_about(&self, question: &Question<'_>) -> bool {
        let of = match self.policy.resource_constraint() {
            ResourceConstraint::Eq(of)
            | ResourceConstraint::In(of)
            | ResourceConstraint::IsIn(_, of) => Some(of),
            ResourceConstraint::Any | ResourceConstraint::Is(_) => None,
        };
        let group = question.group().map(names::group);
        let is_other =
            |of| matches!(names::source(&of), Some(Source::Group(_))) && group != Some(of);
        is_on(&self.policy, question.action().word()) && !of.is_some_and(is_other)
    }

    fn rests_on(&self, unknown: &Unknown) -> bool {
        let is_whole = unknown.is_of_whole_account();
        let is_of_template = unknown
            .pagerduty()
            .is_some_and(|account| self.accounts.contains(account));
        let is_incidents = is_whole || matches!(unknown, Unknown::Incident { .. });
        self.sources.iter().any(|source| unknown.may_miss(source))
            || (is_of_template && !matches!(unknown, Unknown::Incident { .. }))
            || (is_incidents && self.is_on_any_incident)
    }
}

/// Whether it reads an attribute of that name: those meant here are of the context alone.
fn reads(written: &Value, attribute: &str) -> bool {
    any(written, &|operator, operands| {
        operator == "." && operands["attr"] == attribute
    })
}

/// Whether it asks for members of the very group that a question is about, whichever that is.
fn asks_for_members(written: &Value) -> bool {
    any(written, &|operator, operands| {
        operator == "in" && operands["right"]["Var"] == "resource"
    })
}

/// Whether it reads the open incidents otherwise than to look for some that it names.
fn asks_for_any_incident(written: &Value) -> bool {
    match written {
        Value::Array(elements) => elements.iter().any(asks_for_any_incident),
        Value::Object(entries) => entries.iter().any(|(operator, operands)| {
            let is_named = matches!(
                operator.as_str(),
                "contains" | "containsAll" | "containsAny"
            ) && operands["left"]["."]["attr"] == "incidents"
                && !any(&operands["right"], &|operator, _| operator == "Var");
            let is_read = operator == "." && operands["attr"] == "incidents";
            !is_named && (is_read || asks_for_any_incident(operands))
        }),
        _ => false,
    }
}

/// Whether some operation in a policy is one that is looked for, by its operator and operands.
fn any(written: &Value, is_it: &impl Fn(&str, &Value) -> bool) -> bool {
    match written {
        Value::Array(elements) => elements.iter().any(|element| any(element, is_it)),
        Value::Object(entries) => entries
            .iter()
            .any(|(operator, operands)| is_it(operator, operands) || any(operands, is_it)),
        _ => false,
    }
}
