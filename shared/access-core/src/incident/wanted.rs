//! Which incidents anybody uses, which may be forgotten, and whose addresses are missing.

use super::{Incident, IncidentScope, Phase};
use crate::config::Config;
use crate::facts::{Facts, LookedUp, PagerDutyFacts, Person};
use crate::group::{GroupRule, Source};
use crate::id::{PagerDutyName, PagerDutyUserId, ServiceId, TeamId};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// An incident that matters no more is kept this much longer.
///
/// PagerDuty delivers a webhook up to 48 hours late; forgotten before, an old event could open the incident again.
pub const FORGET_AFTER: SignedDuration = SignedDuration::from_hours(72);

/// Whoever works on an open incident is looked up again after this long: an address may change, or somebody leave.
pub const LOOK_UP_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// The incidents of one PagerDuty account that groups name, or the terms of asking for a place in one.
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

/// What a configuration wants to know of incidents; accounts of which nothing is wanted are absent.
#[must_use]
pub fn wanted(config: &Config) -> BTreeMap<PagerDutyName, WantedIncidents> {
    let mut all: BTreeMap<PagerDutyName, WantedIncidents> = BTreeMap::new();
    for (pagerduty, of) in config.sources().filter_map(incidents) {
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
    let named =
        |(account, of): (&PagerDutyName, &IncidentScope)| account == pagerduty && of.holds(last);
    if last.is_open() && config.sources().filter_map(incidents).any(named) {
        return false;
    }
    let linger = lingering(config, pagerduty).max();
    let rests = linger.unwrap_or_default().saturating_add(FORGET_AFTER);
    now.duration_since(last.from) > rests
}

/// PagerDuty users who work on a wanted incident and of whom nobody knows who they are, or who are still at work and were
/// looked up [`LOOK_UP_EVERY`] ago: to be looked up.
#[must_use]
pub fn strangers(
    config: &Config,
    facts: &Facts,
    now: Timestamp,
) -> BTreeMap<PagerDutyName, BTreeSet<PagerDutyUserId>> {
    let mut strangers: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (pair, place) in involved(config, facts) {
        let known = facts.people.get(&pair);
        let is_known = known.is_some_and(|known| place.will_do(known, now));
        if of_rota(facts, &pair).is_none() && !is_known {
            strangers.entry(pair.0).or_default().insert(pair.1);
        }
    }
    strangers
}

/// People of the rota who work on a wanted incident and are not kept as the rota knows them: to be kept, as if they had been
/// looked up when it was read.
///
/// Their shift may leave the covered span before the incident is over, and whoever is asked then may not answer. Nobody
/// without an address, who would only not be looked up then.
#[must_use]
pub fn acquaintances(
    config: &Config,
    facts: &Facts,
    now: Timestamp,
) -> BTreeMap<PagerDutyName, BTreeMap<PagerDutyUserId, LookedUp>> {
    let mut acquaintances: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for (pair, place) in involved(config, facts) {
        let Some((account, person)) = of_rota(facts, &pair) else {
            continue;
        };
        let at = Some(account.freshness.read_at);
        let is_kept = |known: &LookedUp| {
            known.at >= at || (known.person == *person && place.will_do(known, now))
        };
        if person.email.is_some() && !facts.people.get(&pair).is_some_and(is_kept) {
            let person = person.clone();
            let people = acquaintances.entry(pair.0).or_default();
            people.insert(pair.1, LookedUp { person, at });
        }
    }
    acquaintances
}

/// A PagerDuty user of one account.
type User = (PagerDutyName, PagerDutyUserId);

/// Whether somebody still works on an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    AtWork,
    Relieved,
}

impl Place {
    /// Whether they need not be looked up again.
    fn will_do(self, known: &LookedUp, now: Timestamp) -> bool {
        let is_fresh = |at| now.duration_since(at) < LOOK_UP_EVERY;
        self == Self::Relieved || known.at.is_some_and(is_fresh)
    }
}

/// Whoever works or worked on a wanted incident, but those of whom an alias says who they are.
fn involved(config: &Config, facts: &Facts) -> BTreeMap<User, Place> {
    let wanted = wanted(config);
    let mut involved = BTreeMap::new();
    for (key, incident) in &facts.incidents {
        let Some(wanted) = wanted.get(&key.pagerduty) else {
            continue;
        };
        let state = incident.state();
        let at_work = state.last().map(Phase::working).unwrap_or_default();
        for user in state.work(|phase| wanted.holds_phase(phase)).into_keys() {
            let pair = (key.pagerduty.clone(), user.clone());
            if config.people.pagerduty.contains_key(&pair) {
                continue;
            }
            let place = involved.entry(pair).or_insert(Place::Relieved);
            if at_work.contains(user) {
                *place = Place::AtWork;
            }
        }
    }
    involved
}

/// Somebody as the rota of their account knows them.
fn of_rota<'f>(facts: &'f Facts, user: &User) -> Option<(&'f PagerDutyFacts, &'f Person)> {
    let account = facts.pagerduty.get(&user.0)?;
    Some((account, account.rota.people.get(&user.1)?))
}

/// People who were looked up and have to do with no incident that is kept: to be forgotten.
///
/// Nobody of an account with an incident that cannot be understood: it may be theirs.
#[must_use]
pub fn uninvolved(facts: &Facts) -> BTreeSet<(PagerDutyName, PagerDutyUserId)> {
    let involved: BTreeSet<_> = facts
        .incidents
        .values()
        .flat_map(|incident| {
            let pagerduty = &incident.key().pagerduty;
            let people = incident.people().into_iter();
            people.map(move |user| (pagerduty.clone(), user))
        })
        .collect();
    let is_unsure = |pagerduty: &PagerDutyName| {
        let mut unread = facts.unread_incidents.values();
        unread.any(|one| {
            one.key
                .as_ref()
                .is_none_or(|key| key.pagerduty == *pagerduty)
        })
    };
    let known = facts.people.keys();
    known
        .filter(|pair| !involved.contains(*pair) && !is_unsure(&pair.0))
        .cloned()
        .collect()
}

/// The incidents that a source speaks of, if it does.
fn incidents(source: &Source) -> Option<(&PagerDutyName, &IncidentScope)> {
    match source {
        Source::Incident { pagerduty, of } => Some((pagerduty, of)),
        Source::Schedule { .. }
        | Source::EscalationPolicy { .. }
        | Source::Group(_)
        | Source::Person(_) => None,
    }
}

/// How long people stay in each group that names incidents of an account.
fn lingering<'a>(
    config: &'a Config,
    pagerduty: &'a PagerDutyName,
) -> impl Iterator<Item = SignedDuration> + 'a {
    let names_it = move |rule: &&GroupRule| {
        let mut named = rule.sources.iter().filter_map(incidents);
        named.any(|(account, _)| account == pagerduty)
    };
    let rules = config.groups.values().filter(names_it);
    rules.map(|rule| rule.incident.linger)
}
