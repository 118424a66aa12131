//! The world at one instant, as policies see it: who is where, what is open, and what cannot be relied on.

mod trust;

pub use trust::Unknown;

use access_core::config::Config;
use access_core::facts::{Facts, PagerDutyFacts, Reading, Shift};
use access_core::group::Source;
use access_core::id::{GroupName, PagerDutyName};
use access_core::incident::{IncidentScope, IncidentTerms, Phase};
use access_core::membership::Cause;
use access_core::principal::Principal;
use access_core::timeline::Timeline;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use trust::Trust;

/// Who is on call, at work on incidents, a member or the holder of a grant at one instant.
///
/// What PagerDuty said too long ago, or not completely, is left out and named in [`unknown`](Self::unknown): nobody is on
/// call by it, and nobody is a member of a group by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Situation {
    pub(crate) now: Timestamp,
    pub(crate) people: BTreeMap<Principal, Standing>,
    pub(crate) blocked: BTreeSet<Principal>,
    pub(crate) open: BTreeSet<Source>,
    pub(crate) unknown: BTreeSet<Unknown>,
}

/// Where one person stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// The schedules, escalation policies (with and without level), groups and incidents that they are in.
    pub places: BTreeSet<Source>,
    /// Groups in which they hold a live grant.
    pub granted: BTreeSet<GroupName>,
}

impl Situation {
    /// What facts say at `now`. Computes the timeline of all groups: make it once, and ask it often.
    #[must_use]
    pub fn of(config: &Config, facts: &Facts, now: Timestamp) -> Self {
        Self::from_timeline(config, facts, &Timeline::of(config, facts), now)
    }

    /// The same where the timeline of these facts is there already.
    #[must_use]
    pub fn from_timeline(
        config: &Config,
        facts: &Facts,
        timeline: &Timeline,
        now: Timestamp,
    ) -> Self {
        let trust = Trust { config, facts, now };
        let mut draft = Self::empty(now);
        draft.blocked.clone_from(&config.people.blocked);
        draft.unknown = trust.unknown();
        draft.know(config, facts);
        for (pagerduty, account) in &facts.pagerduty {
            if trust.of_account(pagerduty).is_none() {
                draft.rota(config, facts, pagerduty, account);
            }
        }
        draft.incidents(config, facts);
        for (name, group) in &timeline.groups {
            for (principal, entries) in &group.entries {
                let holds = entries
                    .iter()
                    .any(|entry| entry.holds(now) && trust.bears(&entry.cause));
                if holds {
                    draft.place(principal.clone(), Source::Group(name.clone()));
                }
            }
        }
        for grant in &facts.grants {
            if grant.starts_at <= now && now < grant.expires_at {
                let principal = config.people.canonical(&grant.principal);
                let standing = draft.people.entry(principal).or_default();
                standing.granted.insert(grant.group.clone());
            }
        }
        draft
    }

    /// Nobody anywhere.
    pub(crate) fn empty(now: Timestamp) -> Self {
        Self {
            now,
            people: BTreeMap::new(),
            blocked: BTreeSet::new(),
            open: BTreeSet::new(),
            unknown: BTreeSet::new(),
        }
    }

    /// The instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// Everybody who is known: on call or not, from PagerDuty, the configuration or grants.
    pub fn people(&self) -> impl Iterator<Item = &Principal> {
        self.people.keys()
    }

    /// Where somebody stands; `None` for somebody of whom nothing is known, and who may ask all the same.
    #[must_use]
    pub fn standing(&self, principal: &Principal) -> Option<&Standing> {
        self.people.get(principal)
    }

    /// Who is there now. Of something that cannot be relied on: nobody.
    #[must_use]
    pub fn people_of(&self, source: &Source) -> BTreeSet<Principal> {
        if let Source::Person(principal) = source {
            return BTreeSet::from([principal.clone()]);
        }
        let people = self.people.iter();
        people
            .filter(|(_, standing)| standing.places.contains(source))
            .map(|(principal, _)| principal.clone())
            .collect()
    }

    /// Whether a service or team has an open incident, whoever works on it.
    #[must_use]
    pub fn has_incident(&self, source: &Source) -> bool {
        self.open.contains(source)
    }

    /// What cannot be relied on, everywhere.
    #[must_use]
    pub fn unknown(&self) -> &BTreeSet<Unknown> {
        &self.unknown
    }

    fn place(&mut self, principal: Principal, place: Source) {
        let standing = self.people.entry(principal).or_default();
        standing.places.insert(place);
    }

    /// Notes people who are nowhere at the moment, so that they can be asked whether they may approve.
    fn know(&mut self, config: &Config, facts: &Facts) {
        let named = config.sources().filter_map(|source| match source {
            Source::Person(principal) => Some(principal),
            _ => None,
        });
        let aliases = config.people.pagerduty.values();
        let rotas = facts.pagerduty.values();
        let people = rotas.flat_map(|account| account.rota.people.values());
        let emails = people.filter_map(|person| person.email.as_ref());
        for principal in named.chain(aliases).chain(emails) {
            let principal = config.people.canonical(principal);
            self.people.entry(principal).or_default();
        }
    }

    /// Whoever is on call in one account, where its schedules and policies were read completely.
    fn rota(
        &mut self,
        config: &Config,
        facts: &Facts,
        pagerduty: &PagerDutyName,
        account: &PagerDutyFacts,
    ) {
        let now = self.now;
        let mut on_call = |shift: &Shift, place: Source| {
            let holds = shift.starts_at.is_none_or(|starts| starts <= now)
                && shift.ends_at.is_none_or(|ends| now < ends);
            let principal = || facts.principal(&config.people, pagerduty, &shift.user);
            if holds && let Some(principal) = principal() {
                self.place(principal, place);
            }
        };
        for (id, schedule) in &account.rota.schedules {
            if schedule.reading == Reading::Complete {
                for shift in &schedule.shifts {
                    let place = Source::Schedule {
                        pagerduty: pagerduty.clone(),
                        id: id.clone(),
                    };
                    on_call(shift, place);
                }
            }
        }
        for (id, policy) in &account.rota.escalation_policies {
            if policy.reading == Reading::Complete {
                for turn in &policy.shifts {
                    for level in [None, Some(turn.level)] {
                        let place = Source::EscalationPolicy {
                            pagerduty: pagerduty.clone(),
                            id: id.clone(),
                            level,
                        };
                        on_call(&turn.shift, place);
                    }
                }
            }
        }
    }

    /// Open incidents, and whoever works on them: no longer than an incident keeps anybody in a group by default.
    fn incidents(&mut self, config: &Config, facts: &Facts) {
        let longest = IncidentTerms::default().max;
        for (key, incident) in &facts.incidents {
            let state = incident.state();
            let Some(last) = state.last().filter(|phase| phase.is_open()) else {
                continue;
            };
            let places = places(&key.pagerduty, last);
            for (user, work) in state.work(|_| true) {
                let goes_on = work.last().is_some_and(|work| {
                    work.end.is_none() && self.now.duration_since(work.began_at) < longest
                });
                let principal = facts.principal(&config.people, &key.pagerduty, user);
                if let Some(principal) = principal.filter(|_| goes_on) {
                    for place in &places {
                        self.place(principal.clone(), place.clone());
                    }
                }
            }
            self.open.extend(places);
        }
    }
}

/// The service and the teams of an incident, as sources.
fn places(pagerduty: &PagerDutyName, phase: &Phase) -> Vec<Source> {
    let service = phase.service.iter().cloned().map(IncidentScope::Service);
    let teams = phase.teams.iter().cloned().map(IncidentScope::Team);
    let place = |of| Source::Incident {
        pagerduty: pagerduty.clone(),
        of,
    };
    service.chain(teams).map(place).collect()
}

impl Trust<'_> {
    /// Whether a membership may rest on this cause.
    fn bears(&self, cause: &Cause) -> bool {
        match cause {
            Cause::Shift {
                pagerduty,
                schedule,
                ..
            } => {
                let source = Source::Schedule {
                    pagerduty: pagerduty.clone(),
                    id: schedule.clone(),
                };
                self.of_source(&source).is_none()
            }
            Cause::OnPolicy {
                pagerduty, policy, ..
            } => {
                let source = Source::EscalationPolicy {
                    pagerduty: pagerduty.clone(),
                    id: policy.clone(),
                    level: None,
                };
                self.of_source(&source).is_none()
            }
            Cause::Nested { cause, .. } => self.bears(cause),
            Cause::Incident { .. } | Cause::Grant { .. } | Cause::Standing => true,
        }
    }
}
