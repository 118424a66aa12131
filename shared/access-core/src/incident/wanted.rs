//! Which incidents anybody uses, which may be forgotten, and whose addresses are missing.

use super::{Incident, IncidentScope, Phase};
use crate::config::Config;
use crate::facts::Facts;
use crate::group::{GroupRule, Source};
use crate::id::{PagerDutyName, PagerDutyUserId, ServiceId, TeamId};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// An incident that matters no more is kept this much longer.
///
/// PagerDuty delivers a webhook up to 48 hours late; forgotten before, an old event could open the incident again.
pub const FORGET_AFTER: SignedDuration = SignedDuration::from_hours(72);

/// The incidents of one PagerDuty account that groups name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WantedIncidents {
    /// Those of these services.
    pub services: BTreeSet<ServiceId>,
    /// Those that concern these teams.
    pub teams: BTreeSet<TeamId>,
}

impl WantedIncidents {
    /// Whether an incident on this service, concerning these teams, is one of them.
    #[must_use]
    pub fn holds(&self, service: Option<&ServiceId>, teams: &BTreeSet<TeamId>) -> bool {
        service.is_some_and(|service| self.services.contains(service))
            || !self.teams.is_disjoint(teams)
    }

    /// Whether the incident is one of them, in that phase.
    #[must_use]
    pub fn holds_phase(&self, phase: &Phase) -> bool {
        self.holds(phase.service.as_ref(), &phase.teams)
    }
}

/// What the groups of a configuration want to know; accounts of which nothing is wanted are absent.
#[must_use]
pub fn wanted(config: &Config) -> BTreeMap<PagerDutyName, WantedIncidents> {
    let mut all: BTreeMap<PagerDutyName, WantedIncidents> = BTreeMap::new();
    for (_, pagerduty, of) in sources(config) {
        let wanted = all.entry(pagerduty.clone()).or_default();
        match of {
            IncidentScope::Service(service) => wanted.services.insert(service.clone()),
            IncidentScope::Team(team) => wanted.teams.insert(team.clone()),
        };
    }
    all
}

/// Whether the incident can make nobody a member any more, and no event that is still on its way brings it back.
///
/// Never true of one that is open and wanted: a sweep says when it no longer is.
#[must_use]
pub fn is_over(incident: &Incident, config: &Config, now: Timestamp) -> bool {
    let state = incident.state();
    let Some(last) = state.last() else {
        return true;
    };
    let pagerduty = &incident.key().pagerduty;
    let ours = || sources(config).filter(|(_, of, _)| *of == pagerduty);
    if last.is_open() && ours().any(|(_, _, of)| of.holds(last)) {
        return false;
    }
    let linger = ours().map(|(rule, _, _)| rule.incident.linger).max();
    let rests = linger.unwrap_or_default().saturating_add(FORGET_AFTER);
    now.duration_since(last.from) > rests
}

/// PagerDuty users who work on a wanted incident and of whom nobody knows who they are: to be looked up.
#[must_use]
pub fn strangers(
    config: &Config,
    facts: &Facts,
) -> BTreeMap<PagerDutyName, BTreeSet<PagerDutyUserId>> {
    let wanted = wanted(config);
    let mut strangers: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (key, incident) in &facts.incidents {
        let Some(wanted) = wanted.get(&key.pagerduty) else {
            continue;
        };
        let rota = facts.pagerduty.get(&key.pagerduty);
        for user in incident
            .state()
            .work(|phase| wanted.holds_phase(phase))
            .into_keys()
        {
            let pair = (key.pagerduty.clone(), user.clone());
            let is_known = config.people.pagerduty.contains_key(&pair)
                || rota.is_some_and(|account| account.rota.people.contains_key(user))
                || facts.people.contains_key(&pair);
            if !is_known {
                strangers.entry(pair.0).or_default().insert(pair.1);
            }
        }
    }
    strangers
}

/// Every incident source of every group.
fn sources(config: &Config) -> impl Iterator<Item = (&GroupRule, &PagerDutyName, &IncidentScope)> {
    config.groups.values().flat_map(|rule| {
        rule.sources.iter().filter_map(move |source| match source {
            Source::Incident { pagerduty, of } => Some((rule, pagerduty, of)),
            Source::Schedule { .. }
            | Source::EscalationPolicy { .. }
            | Source::Group(_)
            | Source::Person(_) => None,
        })
    })
}
