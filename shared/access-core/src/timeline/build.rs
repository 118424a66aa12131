//! From sources and facts to entries, nested groups after the groups they name.

use super::incidents;
use super::{Entry, Finding, GroupOrigin, GroupTimeline, RotaBasis, Timeline, Unresolved, expand};
use crate::config::Config;
use crate::facts::{Facts, PagerDutyFacts, Reading, Shift};
use crate::group::{GroupRule, Source};
use crate::id::{GroupName, PagerDutyName, PagerDutyUserId};
use crate::incident::{IncidentKey, State};
use crate::membership::Cause;
use crate::principal::Principal;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn timeline(config: &Config, facts: &Facts) -> Timeline {
    let (rules, findings) = expand::groups(config, facts);
    let world = World::of(config, facts);
    let mut groups = BTreeMap::new();
    for name in nested_first(&rules) {
        let (rule, origin) = rules[&name].clone();
        let group = group(&world, rule, origin, &groups);
        groups.insert(name, group);
    }
    Timeline { groups, findings }
}

/// Names in an order in which every group comes after the groups it nests; the configuration has no cycles.
fn nested_first(rules: &BTreeMap<GroupName, (GroupRule, GroupOrigin)>) -> Vec<GroupName> {
    fn visit(
        name: &GroupName,
        rules: &BTreeMap<GroupName, (GroupRule, GroupOrigin)>,
        seen: &mut BTreeSet<GroupName>,
        order: &mut Vec<GroupName>,
    ) {
        let Some((rule, _)) = rules.get(name) else {
            return;
        };
        if !seen.insert(name.clone()) {
            return;
        }
        for source in &rule.sources {
            if let Source::Group(nested) = source {
                visit(nested, rules, seen, order);
            }
        }
        order.push(name.clone());
    }
    let (mut seen, mut order) = (BTreeSet::new(), Vec::with_capacity(rules.len()));
    for name in rules.keys() {
        visit(name, rules, &mut seen, &mut order);
    }
    order
}

/// Configuration and facts, indexed by what groups ask for.
pub(super) struct World<'a> {
    pub(super) config: &'a Config,
    pub(super) incidents: BTreeMap<&'a IncidentKey, State>,
    pub(super) facts: &'a Facts,
    grants: BTreeMap<&'a GroupName, Vec<&'a crate::facts::Grant>>,
}

impl<'a> World<'a> {
    fn of(config: &'a Config, facts: &'a Facts) -> Self {
        let mut grants: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for grant in &facts.grants {
            grants.entry(&grant.group).or_default().push(grant);
        }
        let incidents = facts.incidents.iter();
        Self {
            config,
            incidents: incidents
                .map(|(key, incident)| (key, incident.state()))
                .collect(),
            facts,
            grants,
        }
    }

    /// Enters a PagerDuty user as the principal they are, or notes that nothing makes them one.
    pub(super) fn place(
        &self,
        draft: &mut GroupTimeline,
        pagerduty: &PagerDutyName,
        user: &PagerDutyUserId,
        entry: Entry,
    ) {
        let people = &self.config.people;
        match self.facts.principal(people, pagerduty, user) {
            Some(principal) => draft.enter(principal, entry),
            None => draft.unresolved.push(Unresolved {
                pagerduty: pagerduty.clone(),
                user: user.clone(),
                entry,
            }),
        }
    }
}

fn group(
    world: &World<'_>,
    rule: GroupRule,
    origin: GroupOrigin,
    done: &BTreeMap<GroupName, GroupTimeline>,
) -> GroupTimeline {
    let mut draft = GroupTimeline {
        rule,
        origin,
        entries: BTreeMap::new(),
        blocked: BTreeMap::new(),
        unresolved: Vec::new(),
        findings: BTreeSet::new(),
        rota: None,
        unread: BTreeSet::new(),
    };
    for source in draft.rule.sources.clone() {
        match &source {
            Source::Schedule { pagerduty, .. } | Source::EscalationPolicy { pagerduty, .. } => {
                rota(world, &mut draft, &source, pagerduty);
            }
            Source::Group(name) => nest(&mut draft, name, done),
            Source::Incident { pagerduty, of } => {
                incidents::enter(world, &mut draft, pagerduty, of);
                incidents::doubt(world, &mut draft, &source, pagerduty);
                incidents::doubt_people(world, &mut draft, &source, pagerduty);
            }
            Source::Person(principal) => {
                draft.enter(
                    principal.clone(),
                    Entry {
                        opens_at: None,
                        closes_at: None,
                        cause: Cause::Standing,
                    },
                );
            }
        }
    }
    for grant in world.grants.get(&draft.rule.name).into_iter().flatten() {
        let cause = Cause::Grant {
            id: grant.id,
            starts_at: grant.starts_at,
            expires_at: grant.expires_at,
        };
        draft.enter(
            // It may be older than what the configuration says of the address.
            world.config.people.canonical(&grant.principal),
            Entry {
                opens_at: Some(grant.starts_at),
                closes_at: Some(grant.expires_at),
                cause,
            },
        );
    }
    block(&mut draft, &world.config.people.blocked);
    draft
}

/// Entries of one schedule or escalation policy, with lead and lag.
fn rota(world: &World<'_>, draft: &mut GroupTimeline, source: &Source, pagerduty: &PagerDutyName) {
    let Some(account) = world.facts.pagerduty.get(pagerduty) else {
        draft.findings.insert(Finding::NeverRead {
            pagerduty: pagerduty.clone(),
        });
        draft.rests_on(RotaBasis {
            read_at: None,
            is_known: false,
            covers_until: Timestamp::MAX,
        });
        return;
    };
    let covers_until = account.freshness.covers_until;
    let (reading, causes) = causes(account, source, pagerduty);
    let read_at = match reading {
        Some(Reading::Complete) => Some(account.freshness.read_at),
        Some(Reading::Failed { read_at, reason }) => {
            draft.findings.insert(Finding::SourceUnread {
                source: source.to_string(),
                reason: reason.clone(),
            });
            *read_at
        }
        Some(Reading::Gone) | None => {
            draft.findings.insert(Finding::SourceGone {
                source: source.to_string(),
            });
            None
        }
    };
    draft.rests_on(RotaBasis {
        read_at,
        is_known: true,
        covers_until,
    });
    for (shift, cause) in causes {
        let (lead, lag) = (draft.rule.lead, draft.rule.lag);
        let entry = Entry {
            opens_at: shift.starts_at.map(|at| {
                at.saturating_sub(lead)
                    .expect("a bounded lead is no calendar span")
            }),
            closes_at: shift.ends_at.map(|at| {
                at.saturating_add(lag)
                    .expect("a bounded lag is no calendar span")
            }),
            cause,
        };
        world.place(draft, pagerduty, &shift.user, entry);
    }
}

/// The shifts that a source names, each with the cause it makes.
fn causes<'a>(
    account: &'a PagerDutyFacts,
    source: &Source,
    pagerduty: &PagerDutyName,
) -> (Option<&'a Reading>, Vec<(&'a Shift, Cause)>) {
    match source {
        Source::Schedule { id, .. } => {
            let Some(schedule) = account.rota.schedules.get(id) else {
                return (None, Vec::new());
            };
            let cause = |shift: &Shift| Cause::Shift {
                pagerduty: pagerduty.clone(),
                schedule: id.clone(),
                starts_at: shift.starts_at,
                ends_at: shift.ends_at,
            };
            (
                Some(&schedule.reading),
                schedule
                    .shifts
                    .iter()
                    .map(|shift| (shift, cause(shift)))
                    .collect(),
            )
        }
        Source::EscalationPolicy { id, level, .. } => {
            let Some(policy) = account.rota.escalation_policies.get(id) else {
                return (None, Vec::new());
            };
            let wanted = policy
                .shifts
                .iter()
                .filter(|place| level.is_none_or(|level| level == place.level));
            let causes = wanted.map(|place| {
                let cause = Cause::OnPolicy {
                    pagerduty: pagerduty.clone(),
                    policy: id.clone(),
                    level: place.level,
                    schedule: place.schedule.clone(),
                    starts_at: place.shift.starts_at,
                    ends_at: place.shift.ends_at,
                };
                (&place.shift, cause)
            });
            (Some(&policy.reading), causes.collect())
        }
        Source::Group(_) | Source::Incident { .. } | Source::Person(_) => (None, Vec::new()),
    }
}

/// Everything of a nested group, its own lead, lag, findings and age included.
fn nest(draft: &mut GroupTimeline, name: &GroupName, done: &BTreeMap<GroupName, GroupTimeline>) {
    let Some(nested) = done.get(name) else { return };
    for (principal, entries) in &nested.entries {
        for entry in entries {
            let cause = Cause::Nested {
                group: name.clone(),
                cause: Box::new(entry.cause.clone()),
            };
            draft.enter(
                principal.clone(),
                Entry {
                    opens_at: entry.opens_at,
                    closes_at: entry.closes_at,
                    cause,
                },
            );
        }
    }
    draft.unresolved.extend(nested.unresolved.iter().cloned());
    draft.findings.extend(nested.findings.iter().cloned());
    draft.unread.extend(nested.unread.iter().cloned());
    if let Some(basis) = nested.rota {
        draft.rests_on(basis);
    }
}

fn block(draft: &mut GroupTimeline, everywhere: &BTreeSet<Principal>) {
    for principal in everywhere.iter().chain(&draft.rule.blocked) {
        if let Some(entries) = draft.entries.remove(principal) {
            draft.blocked.insert(principal.clone(), entries);
        }
    }
}

impl GroupTimeline {
    fn enter(&mut self, principal: Principal, entry: Entry) {
        self.entries.entry(principal).or_default().push(entry);
    }

    fn rests_on(&mut self, other: RotaBasis) {
        let read_at = |basis: RotaBasis| basis.read_at.zip(other.read_at);
        self.rota = Some(self.rota.map_or(other, |basis| RotaBasis {
            read_at: read_at(basis).map(|(a, b)| a.min(b)),
            is_known: basis.is_known && other.is_known,
            covers_until: basis.covers_until.min(other.covers_until),
        }));
    }
}
