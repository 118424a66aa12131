//! Which incidents count for a group, and for how long they keep people in it.

use super::sighting::{Priority, Status, Urgency};
use super::state::{Phase, Work};
use crate::id::{PriorityName, ServiceId, TeamId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The incidents that a source speaks of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentScope {
    /// Those of a service.
    Service(ServiceId),
    /// Those that concern a team.
    Team(TeamId),
}

/// On which terms incidents make members of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentTerms {
    /// Only while somebody has acknowledged the incident.
    pub acknowledged_only: bool,
    /// Only incidents at least this urgent.
    pub urgency: Option<Urgency>,
    /// Only incidents at least this important, by the account's own list.
    pub priority_at_least: Option<PriorityName>,
    /// How long people stay after the incident is resolved; not negative.
    pub linger: SignedDuration,
    /// The longest stay, counted from when the person's work on the incident first counted; at least a minute.
    pub max: SignedDuration,
}

/// The longest stay where the configuration names none: a day.
const MAX_DEFAULT: SignedDuration = SignedDuration::from_hours(24);

impl Default for IncidentTerms {
    fn default() -> Self {
        Self {
            acknowledged_only: false,
            urgency: None,
            priority_at_least: None,
            linger: SignedDuration::ZERO,
            max: MAX_DEFAULT,
        }
    }
}

impl IncidentScope {
    /// Whether the incident is one of these, in that phase.
    #[must_use]
    pub fn holds(&self, phase: &Phase) -> bool {
        match self {
            Self::Service(service) => phase.service.as_ref() == Some(service),
            Self::Team(team) => phase.teams.contains(team),
        }
    }
}

impl fmt::Display for IncidentScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(service) => write!(f, "service {service}"),
            Self::Team(team) => write!(f, "team {team}"),
        }
    }
}

impl IncidentTerms {
    /// Whether an open incident counts in that phase; `priorities` are the account's, the most important first.
    ///
    /// What is not known, or not listed, does not meet a condition.
    #[must_use]
    pub fn met_by(&self, phase: &Phase, priorities: &[PriorityName]) -> bool {
        let Self {
            acknowledged_only,
            urgency,
            priority_at_least,
            linger: _,
            max: _,
        } = self;
        let important = |least: &PriorityName| {
            let rank = rank(phase.priority.as_ref(), priorities);
            let least = priorities.iter().position(|listed| listed == least);
            rank.zip(least).is_some_and(|(rank, least)| rank <= least)
        };
        (!acknowledged_only || phase.status == Some(Status::Acknowledged))
            && urgency.is_none_or(|least| phase.urgency >= Some(least))
            && priority_at_least.as_ref().is_none_or(important)
    }

    /// When access ends that rests on this work: always at some instant, whatever is never heard of again.
    pub(crate) fn closes_at(&self, work: &Work) -> Timestamp {
        let after = |at: Timestamp, span| {
            at.saturating_add(span)
                .expect("bounded terms are no calendar spans")
        };
        let last = after(work.began_at, self.max);
        match work.end {
            None => last,
            Some(end) if end.resolved => last.min(after(end.at, self.linger)),
            Some(end) => last.min(end.at),
        }
    }
}

/// The place of a priority in the account's list; names and ids may be listed.
fn rank(priority: Option<&Priority>, priorities: &[PriorityName]) -> Option<usize> {
    let Some(Priority::Set { id, name }) = priority else {
        return None;
    };
    priorities
        .iter()
        .position(|listed| Some(listed) == name.as_ref() || listed.as_str() == id.as_str())
}
