//! Which sources policies name: whether anything reads them, and what an answer rested on.

use crate::names;
use access_core::config::Config;
use access_core::group::Source;
use access_core::id::PagerDutyName;
use cedar_policy::Policy;
use std::collections::BTreeSet;

/// The sources that a policy names.
pub(crate) fn of_policy(policy: &Policy) -> BTreeSet<Source> {
    let literals = policy.entity_literals();
    literals.iter().filter_map(names::source).collect()
}

/// These sources, and those of every group among them, however deep.
pub(crate) fn reaching(config: &Config, sources: BTreeSet<Source>) -> BTreeSet<Source> {
    let mut found = BTreeSet::new();
    let mut left: Vec<Source> = sources.into_iter().collect();
    while let Some(source) = left.pop() {
        if let Source::Group(name) = &source
            && !found.contains(&source)
            && let Some(rule) = config.groups.get(name)
        {
            left.extend(rule.sources.iter().cloned());
        }
        found.insert(source);
    }
    found
}

/// Why nobody would ever be at that source, and what to do about it; `None` where somebody may be.
pub(crate) fn unread(config: &Config, source: &Source) -> Option<(String, String)> {
    let is_read = config.sources().any(|named| covers(named, source));
    let templates = |account: &PagerDutyName| {
        let mut templates = config.templates.iter();
        templates.any(|template| template.pagerduty == *account)
    };
    let name_it = |what: &str| {
        let message = format!("nothing reads {what}, so nobody is ever there");
        let help = format!("check the id, or name `{source}` in a group or in a [group.request]");
        Some((message, help))
    };
    match source {
        Source::Person(principal) => {
            let main = config.people.canonical(principal);
            let message = format!("`{principal}` is a further address of `{main}`");
            let help = format!(
                "write {}: nobody is known by another address",
                names::person(&main)
            );
            (main != *principal).then_some((message, help))
        }
        Source::Group(name) => {
            // Templates make groups of schedules that only PagerDuty knows.
            let may_be = config.groups.contains_key(name) || !config.templates.is_empty();
            let message = format!("unknown group `{name}`");
            let help = "name a [[group]] of the configuration".to_owned();
            (!may_be).then_some((message, help))
        }
        Source::Schedule { pagerduty, .. } if is_read || templates(pagerduty) => None,
        Source::EscalationPolicy { .. } | Source::Incident { .. } if is_read => None,
        Source::Schedule { pagerduty, id } => name_it(&format!("schedule `{pagerduty}/{id}`")),
        Source::EscalationPolicy { pagerduty, id, .. } => {
            name_it(&format!("escalation policy `{pagerduty}/{id}`"))
        }
        Source::Incident { pagerduty, of } => {
            name_it(&format!("incidents of {of} of `{pagerduty}`"))
        }
    }
}

/// Whether reading one source tells who is at the other: escalation policies are read with all their levels.
pub(crate) fn covers(named: &Source, source: &Source) -> bool {
    match (named, source) {
        (
            Source::EscalationPolicy { pagerduty, id, .. },
            Source::EscalationPolicy {
                pagerduty: account,
                id: policy,
                ..
            },
        ) => pagerduty == account && id == policy,
        _ => named == source,
    }
}
