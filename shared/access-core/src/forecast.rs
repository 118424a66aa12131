//! What the coming days lack: hours with nobody on call, and people on call without a usable account.
//!
//! The same entries that membership is computed from, looked at over a span instead of at an instant. What lies
//! beyond the span that was read is unknown, not uncovered.

mod shifts;
mod show;
#[cfg(test)]
mod tests;
mod warnings;

use shifts::{first_shift, known_until, uncovered};

use crate::config::Config;
use crate::id::{GroupName, PagerDutyName, PagerDutyUserId, TargetName};
use crate::matching::{AccountMatch, Unmatched};
use crate::principal::Principal;
use crate::timeline::{Entry, Finding, GroupTimeline, Timeline};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What every group lacks in `from..until`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Forecast {
    /// The span that was looked at begins here.
    pub from: Timestamp,
    /// It ends here, excluded; single groups may be known for less.
    pub until: Timestamp,
    /// Groups with rota sources or findings.
    pub groups: BTreeMap<GroupName, GroupForecast>,
    /// What keeps templates from making groups.
    pub findings: BTreeSet<Finding>,
}

/// What one group lacks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GroupForecast {
    /// Who is on call is known until here, excluded; `None`: not known at all, as `findings` say, or nobody ever is.
    pub known_until: Option<Timestamp>,
    /// Spans with nobody on call, in order; lead and lag do not count as cover.
    pub uncovered: Vec<Gap>,
    /// People on call without a usable account in a target of the group; the first time each.
    pub unmatched: Vec<UnmatchedShift>,
    /// PagerDuty users on call whom nothing makes a principal; the first time each.
    pub unresolved: Vec<UnresolvedShift>,
    /// What is wrong with the group's sources.
    pub findings: BTreeSet<Finding>,
}

/// Nobody is on call in `from..until`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Gap {
    /// It begins, or the forecast does.
    pub from: Timestamp,
    /// It ends; `None`: not within what is known.
    pub until: Option<Timestamp>,
}

/// Somebody is on call without a usable account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnmatchedShift {
    /// Who.
    pub principal: Principal,
    /// Where not.
    pub target: TargetName,
    /// Why not.
    pub reason: Unmatched,
    /// Their shift begins, or the forecast does.
    pub from: Timestamp,
    /// Their shift ends; `None`: no end is known.
    pub until: Option<Timestamp>,
}

/// Somebody is on call whom nothing makes a principal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnresolvedShift {
    /// The PagerDuty account.
    pub pagerduty: PagerDutyName,
    /// The PagerDuty user.
    pub user: PagerDutyUserId,
    /// Their shift begins, or the forecast does.
    pub from: Timestamp,
    /// Their shift ends; `None`: no end is known.
    pub until: Option<Timestamp>,
}

/// Looks at `from..until`; `accounts` holds what was found for the people of [`people`], and who is missing there is
/// not warned of.
#[must_use]
pub fn forecast(
    timeline: &Timeline,
    config: &Config,
    accounts: &BTreeMap<(TargetName, Principal), AccountMatch>,
    from: Timestamp,
    until: Timestamp,
) -> Forecast {
    let groups = timeline
        .groups
        .iter()
        .filter(|(_, group)| group.rota.is_some() || !group.findings.is_empty());
    let groups = groups.map(|(name, group)| {
        let known_until = known_until(group);
        let forecast = GroupForecast {
            known_until,
            uncovered: known_until
                .map(|known| uncovered(group, from, until, known))
                .unwrap_or_default(),
            unmatched: unmatched(group, config, accounts, from, until),
            unresolved: unresolved(group, from, until),
            findings: group.findings.clone(),
        };
        (name.clone(), forecast)
    });
    Forecast {
        from,
        until,
        groups: groups.collect(),
        findings: timeline.findings.clone(),
    }
}

/// Who comes on call in `from..until`, by the targets in which they need an account.
#[must_use]
pub fn people(
    timeline: &Timeline,
    from: Timestamp,
    until: Timestamp,
) -> BTreeMap<TargetName, BTreeSet<Principal>> {
    let mut people: BTreeMap<TargetName, BTreeSet<Principal>> = BTreeMap::new();
    for group in timeline.groups.values() {
        let on_call = group
            .entries
            .iter()
            .filter(|(_, entries)| first_shift(entries, from, until).is_some());
        let on_call: BTreeSet<_> = on_call.map(|(principal, _)| principal.clone()).collect();
        for target in targets(group) {
            people
                .entry(target.clone())
                .or_default()
                .extend(on_call.iter().cloned());
        }
    }
    people.retain(|_, people| !people.is_empty());
    people
}

fn unmatched(
    group: &GroupTimeline,
    config: &Config,
    accounts: &BTreeMap<(TargetName, Principal), AccountMatch>,
    from: Timestamp,
    until: Timestamp,
) -> Vec<UnmatchedShift> {
    let mut unmatched = Vec::new();
    for (principal, entries) in &group.entries {
        let Some((starts, ends)) = first_shift(entries, from, until) else {
            continue;
        };
        for target in targets(group) {
            let key = (target.clone(), principal.clone());
            let found = accounts
                .get(&key)
                .filter(|_| !config.people.accounts.contains_key(&key));
            if let Some(AccountMatch::Unmatched { reason }) = found {
                unmatched.push(UnmatchedShift {
                    principal: principal.clone(),
                    target: target.clone(),
                    reason: *reason,
                    from: starts,
                    until: ends,
                });
            }
        }
    }
    unmatched
}

fn unresolved(group: &GroupTimeline, from: Timestamp, until: Timestamp) -> Vec<UnresolvedShift> {
    let mut users: BTreeMap<_, Vec<Entry>> = BTreeMap::new();
    for on_call in &group.unresolved {
        users
            .entry((&on_call.pagerduty, &on_call.user))
            .or_default()
            .push(on_call.entry.clone());
    }
    let first = users
        .into_iter()
        .filter_map(|((pagerduty, user), entries)| {
            let (from, until) = first_shift(&entries, from, until)?;
            Some(UnresolvedShift {
                pagerduty: pagerduty.clone(),
                user: user.clone(),
                from,
                until,
            })
        });
    first.collect()
}

fn targets(group: &GroupTimeline) -> BTreeSet<&TargetName> {
    group
        .rule
        .entitlements
        .iter()
        .map(|entitlement| &entitlement.target)
        .collect()
}
