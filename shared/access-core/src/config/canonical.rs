//! One person, one principal: what the configuration says of a further address, it says of the person whose it is.

use super::groups::Group;
use super::request::RequestRule;
use super::{AccessConfig, Config, People};
use crate::group::Source;
use crate::principal::Principal;
use std::collections::BTreeSet;
use std::mem::take;

/// In a group as it was read: before the checks, which compare people.
pub(super) fn group(people: &People, group: &mut Group) {
    for found in &mut group.sources {
        found.value = source(people, found.value.clone());
    }
    let blocked = take(&mut group.terms.blocked_at).into_iter();
    let blocked = blocked.map(|(principal, at)| (people.canonical(&principal), at));
    group.terms.blocked_at = blocked.collect();
    if let Some(RequestRule {
        max: _,
        approvers,
        auto_approve_on_call,
        approvals: _,
        timeout: _,
        escalate_after: _,
        escalate_to,
        break_glass,
    }) = &mut group.request
    {
        for named in [approvers, auto_approve_on_call, escalate_to, break_glass] {
            sources(people, named);
        }
    }
}

/// Everywhere but in groups.
pub(super) fn rest(config: &mut Config) {
    let Config {
        pagerduty: _,
        targets,
        slack: _,
        groups: _,
        requests: _,
        access,
        api,
        templates,
        people,
        limits: _,
        sweep: _,
    } = config;
    for target in targets.values_mut() {
        principals(people, &mut target.protected);
    }
    for template in templates {
        principals(people, &mut template.blocked);
    }
    let AccessConfig {
        administrators,
        release_held,
        policies: _,
    } = access;
    sources(people, administrators);
    sources(people, release_held);
    for token in api.iter_mut().flat_map(|api| &mut api.tokens) {
        token.person = people.canonical(&token.person);
    }
}

fn source(people: &People, source: Source) -> Source {
    match source {
        Source::Person(principal) => Source::Person(people.canonical(&principal)),
        other => other,
    }
}

fn sources(people: &People, named: &mut BTreeSet<Source>) {
    let found = take(named).into_iter();
    *named = found.map(|found| source(people, found)).collect();
}

fn principals(people: &People, named: &mut BTreeSet<Principal>) {
    *named = named
        .iter()
        .map(|principal| people.canonical(principal))
        .collect();
}
