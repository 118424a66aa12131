//! Contradictions between groups: cycles, one entitlement twice, members who are blocked.

use super::groups::Group;
use super::report::{At, Report};
use crate::group::{Entitlement, Source};
use crate::id::GroupName;
use crate::principal::Principal;
use std::collections::{BTreeMap, BTreeSet};

/// Notes entitlements of more than one group: each would remove the other's members.
pub(super) fn one_group_per_entitlement(report: &Report, groups: &[Group]) {
    let mut seen: BTreeMap<&Entitlement, &GroupName> = BTreeMap::new();
    for group in groups {
        for At { at, value } in &group.entitlements {
            let first = *seen.entry(value).or_insert(&group.name);
            if first != &group.name {
                let message = format!(
                    "`{value}` belongs to two groups, `{first}` and `{}`",
                    group.name
                );
                let help = format!(
                    "give it to one group of both: sources = [\"group:{first}\", \"group:{}\"]",
                    group.name
                );
                report.add(*at, message, help);
            }
        }
    }
}

/// Notes people who are standing members although they are blocked, by the file or by the group itself.
pub(super) fn no_blocked_member(
    report: &Report,
    blocked_at: &BTreeMap<Principal, usize>,
    groups: &[Group],
) {
    for group in groups {
        for At { at, value } in &group.sources {
            let Source::Person(principal) = value else {
                continue;
            };
            let blocked = group.terms.blocked_at.get(principal);
            if let Some(blocked) = blocked.or_else(|| blocked_at.get(principal)) {
                let message = format!("`{principal}` is blocked and cannot be a standing member");
                let line = report.line(*blocked);
                report.add(
                    *at,
                    message,
                    format!("take out this source, or the block in line {line}"),
                );
            }
        }
    }
}

/// Notes groups that contain themselves; of cycles that share a group, at least one.
pub(super) fn no_cycle(report: &Report, groups: &[Group]) {
    let edges: BTreeMap<&GroupName, Vec<(&GroupName, usize)>> = groups
        .iter()
        .map(|group| (&group.name, nested(group)))
        .collect();
    let mut done = BTreeSet::new();
    for start in edges.keys().copied() {
        walk(report, &edges, &mut done, start);
    }
}

/// The groups in a group's sources, each with its place.
fn nested(group: &Group) -> Vec<(&GroupName, usize)> {
    let named = group
        .sources
        .iter()
        .filter_map(|source| match &source.value {
            Source::Group(name) => Some((name, source.at)),
            _ => None,
        });
    named.collect()
}

/// Walks everything nested in `start`, depth first. Not recursive: nesting may be deeper than the stack.
fn walk<'a>(
    report: &Report,
    edges: &BTreeMap<&'a GroupName, Vec<(&'a GroupName, usize)>>,
    done: &mut BTreeSet<&'a GroupName>,
    start: &'a GroupName,
) {
    // The path from `start`, each group with how many of its nested groups were looked at.
    let mut path = vec![(start, 0)];
    let mut on_path = BTreeSet::from([start]);
    while let Some((name, next)) = path.last_mut() {
        let name = *name;
        let edge = edges.get(name).and_then(|nested| nested.get(*next));
        *next += 1;
        match edge {
            None => {
                done.insert(name);
                on_path.remove(name);
                path.pop();
            }
            Some((nested, at)) if on_path.contains(nested) => {
                let cycle = path
                    .iter()
                    .map(|(name, _)| *name)
                    .skip_while(|name| name != nested);
                let cycle: Vec<_> = cycle.chain([*nested]).map(GroupName::as_str).collect();
                let message = format!("groups contain each other: {}", cycle.join(" -> "));
                report.add(
                    *at,
                    message,
                    "take one of these groups out of the other's sources",
                );
            }
            Some((nested, _)) if !done.contains(nested) => {
                on_path.insert(nested);
                path.push((nested, 0));
            }
            Some(_) => {}
        }
    }
}
