//! What an earlier read lends to this one. Shifts are lent only to a schedule or policy that could not be read now.

use crate::span::Span;
use access_core::facts::{PagerDutyFacts, Person, PolicyFacts, Reading, ScheduleFacts};
use access_core::id::{EscalationPolicyId, PagerDutyUserId, ScheduleId, TeamId};
use jiff::Timestamp;
use std::collections::BTreeSet;

#[derive(Clone, Copy)]
pub(crate) struct Lent<'a> {
    previous: Option<&'a PagerDutyFacts>,
    span: Span,
}

impl<'a> Lent<'a> {
    pub(crate) fn new(previous: Option<&'a PagerDutyFacts>, span: Span) -> Self {
        Self { previous, span }
    }

    pub(crate) fn schedule(&self, id: &ScheduleId) -> Option<&'a ScheduleFacts> {
        self.previous?.rota.schedules.get(id)
    }

    /// How many schedules were known of which `is_seen` does not hold; `None` when nothing was ever read.
    pub(crate) fn unseen(&self, is_seen: impl Fn(&ScheduleId) -> bool) -> Option<usize> {
        let known = self.previous?.rota.schedules.iter();
        let existing = known.filter(|(_, facts)| facts.reading != Reading::Gone);
        Some(existing.filter(|(id, _)| !is_seen(id)).count())
    }

    /// Teams as they were; `None` where none were known, which may mean that nobody looked.
    pub(crate) fn teams(&self, id: &ScheduleId) -> Option<&'a BTreeSet<TeamId>> {
        let teams = self.schedule(id).map(|facts| &facts.teams);
        teams.filter(|teams| !teams.is_empty())
    }

    pub(crate) fn person(&self, id: &PagerDutyUserId) -> Option<&'a Person> {
        self.previous?.rota.people.get(id)
    }

    /// A name of PagerDuty's if there is one, else the one known before, else the id.
    pub(crate) fn schedule_name(&self, id: &ScheduleId, name: Option<&str>) -> String {
        let before = self.schedule(id).map(|facts| facts.name.as_str());
        first_name(name, before, id.as_str())
    }

    /// As [`Lent::schedule_name`].
    pub(crate) fn policy_name(&self, id: &EscalationPolicyId, name: Option<&str>) -> String {
        let before = self.policy(id).map(|facts| facts.name.as_str());
        first_name(name, before, id.as_str())
    }

    /// As [`Lent::schedule_name`].
    pub(crate) fn person_name(&self, id: &PagerDutyUserId, name: Option<&str>) -> String {
        let before = self.person(id).map(|person| person.name.as_str());
        first_name(name, before, id.as_str())
    }

    /// A schedule that could not be read while others could: its shifts, and their age, are those known before.
    pub(crate) fn failed_schedule(
        &self,
        id: &ScheduleId,
        name: Option<&str>,
        reason: String,
    ) -> ScheduleFacts {
        let before = self.schedule(id);
        let shifts = before.map(|facts| facts.shifts.clone()).unwrap_or_default();
        ScheduleFacts {
            name: self.schedule_name(id, name),
            teams: before.map(|facts| facts.teams.clone()).unwrap_or_default(),
            reading: self.failed(before.map(|facts| &facts.reading), reason),
            shifts: shifts
                .into_iter()
                .filter(|shift| self.span.meets(shift))
                .collect(),
        }
    }

    /// As [`Lent::failed_schedule`].
    pub(crate) fn failed_policy(
        &self,
        id: &EscalationPolicyId,
        name: Option<&str>,
        reason: String,
    ) -> PolicyFacts {
        let before = self.policy(id);
        let shifts = before.map(|facts| facts.shifts.clone()).unwrap_or_default();
        PolicyFacts {
            name: self.policy_name(id, name),
            reading: self.failed(before.map(|facts| &facts.reading), reason),
            shifts: shifts
                .into_iter()
                .filter(|place| self.span.meets(&place.shift))
                .collect(),
        }
    }

    fn policy(&self, id: &EscalationPolicyId) -> Option<&'a PolicyFacts> {
        self.previous?.rota.escalation_policies.get(id)
    }

    fn failed(&self, before: Option<&Reading>, reason: String) -> Reading {
        Reading::Failed {
            read_at: self.read_at(before),
            reason,
        }
    }

    fn read_at(&self, before: Option<&Reading>) -> Option<Timestamp> {
        match before? {
            Reading::Complete => Some(self.previous?.freshness.read_at),
            Reading::Failed { read_at, .. } => *read_at,
            Reading::Gone => None,
        }
    }
}

/// A name that is not empty: as it is now, else as it was, else the id.
pub(crate) fn first_name(now: Option<&str>, before: Option<&str>, id: &str) -> String {
    let is_name = |name: &&str| !name.is_empty();
    let name = now.filter(is_name).or(before.filter(is_name));
    name.unwrap_or(id).to_owned()
}
