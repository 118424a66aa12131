//! Approvers: whether anybody who may approve is still there.

mod lookup;

pub(super) use lookup::{Whereabouts, gather};

use super::code::Code;
use super::finding::Finding;
use super::site::Site;
use access_core::config::{Config, RequestRule};
use access_core::facts::{Facts, Reading, Shift};
use access_core::group::Source;
use access_core::id::{GroupName, PagerDutyName};
use access_core::principal::Principal;
use access_core::timeline::{GroupTimeline, Timeline};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Where each person who is named stands, as far as could be looked up.
pub(super) type People = BTreeMap<Principal, Whereabouts>;

/// What is known of who may approve.
pub(super) struct Known<'a> {
    pub(super) config: &'a Config,
    pub(super) facts: &'a Facts,
    pub(super) timeline: &'a Timeline,
    pub(super) people: &'a People,
    /// The owner has policies of their own, which may name others.
    pub(super) has_policies: bool,
    pub(super) now: Timestamp,
}

/// Who is there of the named approvers.
enum Living {
    These(BTreeSet<Principal>),
    /// Perhaps somebody: what cannot be read may hold them.
    Perhaps,
}

/// Everybody who is named as an approver, or as a standing member of a group that approves.
pub(super) fn named(site: &Site<'_>) -> BTreeSet<Principal> {
    let config = site.config();
    let rules = config.requests.values();
    rules.flat_map(|rule| standing(config, rule)).collect()
}

/// The people whom a rule names, through groups, too. Groups never contain themselves.
fn standing(config: &Config, rule: &RequestRule) -> BTreeSet<Principal> {
    let mut people = BTreeSet::new();
    let mut left: Vec<&Source> = deciding(rule).collect();
    while let Some(source) = left.pop() {
        match source {
            Source::Person(principal) => {
                people.insert(principal.clone());
            }
            Source::Group(name) => {
                let nested = config.groups.get(name);
                left.extend(nested.into_iter().flat_map(|group| &group.sources));
            }
            Source::Schedule { .. } | Source::EscalationPolicy { .. } | Source::Incident { .. } => {
            }
        }
    }
    people
}

fn deciding(rule: &RequestRule) -> impl Iterator<Item = &Source> {
    rule.approvers.iter().chain(&rule.escalate_to)
}

/// What is the matter with the approvers of each group that people may ask into.
pub(super) fn judge(known: &Known<'_>) -> Vec<Finding> {
    let mut findings = gone(known);
    let mut unproven = BTreeSet::new();
    for (name, rule) in &known.config.requests {
        if deciding(rule).next().is_none() {
            // Only those on call get in, and ask nobody.
            continue;
        }
        match living(known, name, rule) {
            Living::Perhaps => {
                unproven.insert(name);
            }
            Living::These(people) if people.len() < rule.approvals as usize => {
                let what = format!(
                    "{} of the {} that a request needs may approve now or in the coming days",
                    people.len(),
                    rule.approvals
                );
                let place = format!("group {name}");
                findings.push(Finding::new(Code::ApproversMissing, place, what));
            }
            Living::These(_) => {}
        }
    }
    if !unproven.is_empty() {
        let names: Vec<&str> = unproven.into_iter().map(GroupName::as_str).collect();
        let what = "whether an approver is there cannot be said for certain";
        let place = format!("group {}", names.join(", "));
        findings.push(Finding::new(Code::ApproversUnproven, place, what));
    }
    findings
}

/// People who are named as approvers and are nowhere, or blocked.
fn gone(known: &Known<'_>) -> Vec<Finding> {
    let mut lost: BTreeMap<Principal, BTreeSet<&GroupName>> = BTreeMap::new();
    for (name, rule) in &known.config.requests {
        for principal in standing(known.config, rule) {
            if !is_there(known, name, &principal) {
                lost.entry(principal).or_default().insert(name);
            }
        }
    }
    let findings = lost.into_iter().map(|(principal, groups)| {
        let why = match known.people.get(&principal) {
            Some(Whereabouts::Nowhere) => "neither PagerDuty nor Slack knows them",
            _ => "the configuration blocks them",
        };
        let groups: Vec<&str> = groups.into_iter().map(GroupName::as_str).collect();
        let what = format!("{principal} is to approve, and {why}");
        let place = format!("group {}", groups.join(", "));
        Finding::new(Code::ApproverGone, place, what)
    });
    findings.collect()
}

/// Whether somebody may be taken for an approver of a group.
fn is_there(known: &Known<'_>, group: &GroupName, principal: &Principal) -> bool {
    let rule = known.config.groups.get(group);
    let is_blocked = known.config.people.blocked.contains(principal)
        || rule.is_some_and(|rule| rule.blocked.contains(principal));
    !is_blocked && known.people.get(principal) != Some(&Whereabouts::Nowhere)
}

fn living(known: &Known<'_>, name: &GroupName, rule: &RequestRule) -> Living {
    if known.has_policies {
        return Living::Perhaps;
    }
    let mut living = BTreeSet::new();
    for source in deciding(rule) {
        match people_of(known, source) {
            None => return Living::Perhaps,
            Some(people) => living.extend(people),
        }
    }
    living.retain(|principal| is_there(known, name, principal));
    let unknown = living
        .iter()
        .filter(|principal| known.people.get(*principal) == Some(&Whereabouts::Unknown));
    // Those who are there for certain are enough, or those who may be cannot be counted on.
    let certain = living.len() - unknown.count();
    if certain < rule.approvals as usize && living.len() >= rule.approvals as usize {
        return Living::Perhaps;
    }
    Living::These(living)
}

/// Who is in a source, now or as far ahead as was read; `None`: that cannot be said.
fn people_of(known: &Known<'_>, source: &Source) -> Option<BTreeSet<Principal>> {
    match source {
        Source::Person(principal) => Some(BTreeSet::from([principal.clone()])),
        Source::Incident { .. } => None,
        Source::Group(name) => members(known, name),
        Source::Schedule { pagerduty, id } => {
            let rota = &known.facts.pagerduty.get(pagerduty)?.rota;
            let schedule = rota.schedules.get(id)?;
            let shifts = is_known(&schedule.reading).then_some(&schedule.shifts)?;
            Some(on_call(known, pagerduty, shifts))
        }
        Source::EscalationPolicy {
            pagerduty,
            id,
            level,
        } => {
            let rota = &known.facts.pagerduty.get(pagerduty)?.rota;
            let policy = rota.escalation_policies.get(id)?;
            let turns = is_known(&policy.reading).then_some(&policy.shifts)?;
            let turns = turns.iter();
            let turns = turns.filter(|turn| level.is_none_or(|level| level == turn.level));
            Some(on_call(known, pagerduty, turns.map(|turn| &turn.shift)))
        }
    }
}

fn is_known(reading: &Reading) -> bool {
    matches!(reading, Reading::Complete | Reading::Gone)
}

fn on_call<'a>(
    known: &Known<'_>,
    pagerduty: &PagerDutyName,
    shifts: impl IntoIterator<Item = &'a Shift>,
) -> BTreeSet<Principal> {
    let is_ahead = |shift: &&Shift| shift.ends_at.is_none_or(|ends| ends > known.now);
    let shifts = shifts.into_iter().filter(is_ahead);
    let principal = |shift: &Shift| {
        let people = &known.config.people;
        known.facts.principal(people, pagerduty, &shift.user)
    };
    shifts.filter_map(principal).collect()
}

/// Who is in a group, now or as far ahead as was read. By a grant or an incident anybody may be.
fn members(known: &Known<'_>, name: &GroupName) -> Option<BTreeSet<Principal>> {
    let group = known.timeline.groups.get(name)?;
    let is_open = known.config.requests.contains_key(name);
    if is_open || !is_whole(group) {
        return None;
    }
    let is_ahead = |closes: Option<Timestamp>| closes.is_none_or(|closes| closes > known.now);
    let people = group.entries.iter();
    let people =
        people.filter(|(_, entries)| entries.iter().any(|entry| is_ahead(entry.closes_at)));
    Some(people.map(|(principal, _)| principal.clone()).collect())
}

/// Whether everything that makes members of it was read.
fn is_whole(group: &GroupTimeline) -> bool {
    let is_read = group.rota.is_none_or(|rota| rota.read_at.is_some());
    let mut sources = group.rule.sources.iter();
    let has_incidents = sources.any(|source| matches!(source, Source::Incident { .. }));
    is_read && group.findings.is_empty() && !has_incidents
}

#[cfg(test)]
mod tests;
