//! Sightings of incidents, as short as tests want them.

use crate::id::{PagerDutyUserId, PriorityId, PriorityName};
use crate::incident::{Answer, Priority, Seen, Snapshot, Status, Urgency};
use std::collections::BTreeSet;

pub(crate) fn users(names: &[&str]) -> BTreeSet<PagerDutyUserId> {
    names
        .iter()
        .map(|name| PagerDutyUserId::new(name).unwrap())
        .collect()
}

impl Seen {
    /// Triggered on a service with high urgency, assigned to these users.
    pub(crate) fn of(service: &str, assigned: &[&str]) -> Self {
        let snapshot = Snapshot {
            status: Status::Triggered,
            number: None,
            urgency: Some(Urgency::High),
            priority: None,
            service: Some(service.parse().unwrap()),
            teams: None,
            escalation_policy: None,
            assignees: Some(users(assigned)),
        };
        Self::Incident {
            snapshot,
            acknowledged_by: None,
        }
    }

    /// The same, acknowledged by one user.
    pub(crate) fn acknowledged(service: &str, assigned: &[&str], by: &str) -> Self {
        let Self::Incident { mut snapshot, .. } = Self::of(service, assigned) else {
            unreachable!("it is one");
        };
        snapshot.status = Status::Acknowledged;
        Self::Incident {
            snapshot,
            acknowledged_by: (!by.is_empty()).then(|| by.parse().unwrap()),
        }
    }

    /// Resolved, and nothing else is said.
    pub(crate) fn resolved() -> Self {
        let snapshot = Snapshot {
            status: Status::Resolved,
            number: None,
            urgency: None,
            priority: None,
            service: None,
            teams: None,
            escalation_policy: None,
            assignees: Some(BTreeSet::new()),
        };
        Self::Incident {
            snapshot,
            acknowledged_by: None,
        }
    }

    pub(crate) fn answered(user: &str, answer: Answer) -> Self {
        Self::Responder {
            user: user.parse().unwrap(),
            answer,
        }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Snapshot)) -> Self {
        if let Self::Incident { snapshot, .. } | Self::Read { snapshot, .. } = &mut self {
            change(snapshot);
        }
        self
    }

    pub(crate) fn priority(self, name: &str) -> Self {
        let priority = match name {
            "" => Priority::Unset,
            name => Priority::Set {
                id: PriorityId::new(format!("ID-{name}")).unwrap(),
                name: Some(PriorityName::new(name).unwrap()),
            },
        };
        self.with(|snapshot| snapshot.priority = Some(priority))
    }

    pub(crate) fn urgency(self, urgency: Urgency) -> Self {
        self.with(|snapshot| snapshot.urgency = Some(urgency))
    }

    pub(crate) fn teams(self, teams: &[&str]) -> Self {
        let teams = teams.iter().map(|team| team.parse().unwrap()).collect();
        self.with(|snapshot| snapshot.teams = Some(teams))
    }
}
