//! What is known of the world: the only input of desired membership besides configuration and time.

mod known;

pub use known::{add_known_incidents, known_rotas};

use crate::config::People;
use crate::id::{
    EscalationPolicyId, GrantId, GroupName, PagerDutyName, PagerDutyUserId, RequestId, ScheduleId,
    TeamId,
};
use crate::incident::{Incident, IncidentKey};
use crate::principal::Principal;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// All facts that desired membership is computed from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// What was read from each PagerDuty account; an account that was never read is absent.
    pub pagerduty: BTreeMap<PagerDutyName, PagerDutyFacts>,
    /// Grants that were made and have not been closed.
    pub grants: Vec<Grant>,
    /// Incidents that were heard of and not yet forgotten.
    pub incidents: BTreeMap<IncidentKey, Incident>,
    /// Incidents that were, and of which nobody can tell what was heard, by where they are written down. Groups that might
    /// rest on one keep their members.
    pub unread_incidents: BTreeMap<String, UnreadIncident>,
    /// PagerDuty users who work on an incident, as they were looked up or as a rota knew them.
    pub people: BTreeMap<(PagerDutyName, PagerDutyUserId), LookedUp>,
    /// Those who were, and of whom nobody can tell who they are, by where they are written down. Until they are looked up
    /// again, groups that might rest on an incident of theirs keep their members.
    pub unread_people: BTreeMap<String, UnreadPerson>,
}

/// An incident that is written down and cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadIncident {
    /// Which one; `None` where not even that can be told, so that it may be of any account.
    pub key: Option<IncidentKey>,
    /// What is wrong, for people.
    pub reason: String,
}

/// A PagerDuty user who is written down and cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadPerson {
    /// Which one; `None` where not even that can be told.
    pub user: Option<(PagerDutyName, PagerDutyUserId)>,
    /// What is wrong, for people.
    pub reason: String,
}

/// A PagerDuty user who was asked for by their id, or whom a rota knew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookedUp {
    /// Who they are.
    pub person: Person,
    /// When they were asked for, or that rota; `None` where that was not written down.
    pub at: Option<Timestamp>,
}

/// One PagerDuty account as one complete read found it, and when that was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagerDutyFacts {
    /// How old the facts are and which time they cover.
    pub freshness: Freshness,
    /// What was read. Compared as a whole to see whether anything changed.
    pub rota: Rota,
}

/// When a complete read began, and the span of time it covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freshness {
    /// When the read began: facts are true as of this instant.
    pub read_at: Timestamp,
    /// The covered span begins here.
    pub covers_from: Timestamp,
    /// The covered span ends here, this instant excluded.
    pub covers_until: Timestamp,
}

/// The part of one PagerDuty account's facts that stays equal while nothing changes there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rota {
    /// Every schedule that was asked for, or that exists when all were asked for.
    pub schedules: BTreeMap<ScheduleId, ScheduleFacts>,
    /// Every escalation policy that was asked for.
    pub escalation_policies: BTreeMap<EscalationPolicyId, PolicyFacts>,
    /// Everybody who appears in a shift.
    pub people: BTreeMap<PagerDutyUserId, Person>,
}

/// A PagerDuty user, as far as access is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The display name.
    pub name: String,
    /// The login address; `None` where PagerDuty shows none that is valid, or the user is gone.
    pub email: Option<Principal>,
}

/// One schedule and its shifts in the covered span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleFacts {
    /// The schedule's name in PagerDuty.
    pub name: String,
    /// Teams that the schedule belongs to.
    pub teams: BTreeSet<TeamId>,
    /// Whether the shifts below may be relied on.
    pub reading: Reading,
    /// Final shifts, overrides applied; several people may be on call at once.
    pub shifts: BTreeSet<Shift>,
}

/// One escalation policy and who is on call for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyFacts {
    /// The policy's name in PagerDuty.
    pub name: String,
    /// Whether the shifts below may be relied on.
    pub reading: Reading,
    /// Who is on call, by escalation level.
    pub shifts: BTreeSet<PolicyShift>,
}

/// Whether the shifts of one schedule or policy may be relied on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reading {
    /// Read completely, as of the account's `read_at`.
    #[default]
    Complete,
    /// This one could not be read while others could: its shifts are those of the last complete read.
    Failed {
        /// When its shifts were last read completely; `None` if never.
        read_at: Option<Timestamp>,
        /// What failed, for people.
        reason: String,
    },
    /// PagerDuty does not know it: deleted, or a wrong id in the configuration.
    Gone,
}

/// One person's unbroken time on one schedule: `starts_at..ends_at`, the end excluded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shift {
    /// Who.
    pub user: PagerDutyUserId,
    /// `None`: before the covered span.
    pub starts_at: Option<Timestamp>,
    /// `None`: no end is known; it lies after the covered span, or never comes.
    pub ends_at: Option<Timestamp>,
}

/// A shift as an escalation policy sees it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PolicyShift {
    /// The escalation level, from 1.
    pub level: u32,
    /// The schedule on that level; `None` where the user is a direct, permanent target.
    pub schedule: Option<ScheduleId>,
    /// Who and when.
    pub shift: Shift,
}

/// A principal's time-bound place in a group, from a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The grant.
    pub id: GrantId,
    /// The request it came from.
    pub request: RequestId,
    /// Who.
    pub principal: Principal,
    /// Where.
    pub group: GroupName,
    /// Membership begins.
    pub starts_at: Timestamp,
    /// Membership ends, this instant excluded. Every grant has an end.
    pub expires_at: Timestamp,
}

impl Facts {
    /// Who a PagerDuty user is: by alias, by the rota, or by having been looked up; by whichever address, one principal.
    #[must_use]
    pub fn principal(
        &self,
        people: &People,
        pagerduty: &PagerDutyName,
        user: &PagerDutyUserId,
    ) -> Option<Principal> {
        let key = (pagerduty.clone(), user.clone());
        let alias = people.pagerduty.get(&key);
        let of_rota = || {
            let account = self.pagerduty.get(pagerduty)?;
            account.rota.people.get(user)?.email.clone()
        };
        let looked_up = || self.people.get(&key)?.person.email.clone();
        let found = alias.cloned().or_else(of_rota).or_else(looked_up)?;
        Some(people.canonical(&found))
    }
}

impl Freshness {
    /// Whether the covered span holds `at`.
    #[must_use]
    pub fn covers(&self, at: Timestamp) -> bool {
        self.covers_from <= at && at < self.covers_until
    }
}
