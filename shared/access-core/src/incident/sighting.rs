//! What one event, or one read, says of an incident.

use crate::id::{
    EscalationPolicyId, PagerDutyUserId, PriorityId, PriorityName, ServiceId, SightingId, TeamId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// Something seen of an incident at one instant.
///
/// Sightings sort by time. At one and the same instant a read comes first and an end last: what closes access wins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// When it happened: an event's `occurred_at`, or when the read began.
    pub at: Timestamp,
    /// The event's own id, so that an event delivered twice is one sighting; of a read, [`Sighting::read`] makes it.
    pub id: SightingId,
    /// What was seen.
    #[serde(flatten)]
    pub what: Seen,
}

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "seen")]
pub enum Seen {
    /// An event that carries the incident as it was just then.
    Incident {
        /// The incident.
        snapshot: Snapshot,
        /// Who acknowledged it, if that is what happened and a person did it.
        acknowledged_by: Option<PagerDutyUserId>,
    },
    /// A complete read of the incident.
    Read {
        /// The incident.
        snapshot: Snapshot,
        /// Everybody whose acknowledgement stands.
        acknowledged_by: BTreeSet<PagerDutyUserId>,
        /// Everybody who agreed to help; `None` where the read does not tell.
        responding: Option<BTreeSet<PagerDutyUserId>>,
    },
    /// Somebody was asked to help, or answered.
    Responder {
        /// Who.
        user: PagerDutyUserId,
        /// What they answered.
        answer: Answer,
    },
    /// A complete read that would list it as open does not.
    NotOpen,
}

/// What somebody answered who was asked to help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Nothing yet. Asking again takes no earlier answer back.
    Pending,
    /// Helps.
    Accepted,
    /// Does not, or no longer.
    Declined,
    /// Is asked no longer.
    Cancelled,
}

/// An incident as an event or a read shows it. `None`: nothing is said, and what was known stays.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Snapshot {
    /// Where it stands.
    pub status: Status,
    /// Its number in the account, as people say it.
    pub number: Option<u64>,
    /// How urgent it is.
    pub urgency: Option<Urgency>,
    /// How important it is.
    pub priority: Option<Priority>,
    /// The service it is on.
    pub service: Option<ServiceId>,
    /// The teams it concerns.
    pub teams: Option<BTreeSet<TeamId>>,
    /// Who is called for it.
    pub escalation_policy: Option<EscalationPolicyId>,
    /// Who is to work on it; only people.
    pub assignees: Option<BTreeSet<PagerDutyUserId>>,
}

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody has said that they work on it.
    Triggered,
    /// Somebody has.
    Acknowledged,
    /// It is over: solved, or merged into another one.
    Resolved,
}

/// How urgent an incident is; the greater, the more urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    /// It can wait.
    Low,
    /// People are woken.
    High,
}

/// How important an incident is. Ranks are the account's own, see
/// [`PagerDutyAccount::priorities`](crate::config::PagerDutyAccount::priorities).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "priority")]
pub enum Priority {
    /// It has no priority.
    Unset,
    /// It has this one.
    Set {
        /// PagerDuty's id of it.
        id: PriorityId,
        /// Its name, such as `P1`, where it is shown.
        name: Option<PriorityName>,
    },
}

impl Sighting {
    /// What a read that began at `read_at` saw. Two reads of one instant are one sighting.
    ///
    /// # Panics
    /// Never: an instant makes a valid id.
    #[must_use]
    pub fn read(read_at: Timestamp, what: Seen) -> Self {
        let id = SightingId::new(format!("read at {read_at}"));
        Self {
            at: read_at,
            id: id.expect("an instant makes a valid id"),
            what,
        }
    }

    fn order(&self) -> (Timestamp, u8, &SightingId, &Seen) {
        (self.at, self.what.rank(), &self.id, &self.what)
    }
}

impl Seen {
    /// The place among sightings of one instant.
    fn rank(&self) -> u8 {
        match self {
            Self::Read { .. } | Self::NotOpen => 0,
            Self::Incident { snapshot, .. } if snapshot.status == Status::Resolved => 2,
            Self::Incident { .. } | Self::Responder { .. } => 1,
        }
    }
}

impl PartialOrd for Sighting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Sighting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}
