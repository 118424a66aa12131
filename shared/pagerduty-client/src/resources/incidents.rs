//! Incidents, and the people who work on them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    call::Call,
    client::Client,
    error::{Error, Operation},
    fields::{or_empty, words},
    ids::{IncidentId, ServiceId},
    paging::PAGE_ROWS,
    reference::{
        Actor, EscalationPolicyReference, PriorityReference, ServiceReference, TeamReference,
        UserReference,
    },
};

/// Of PagerDuty's scopes the one that reads incidents.
const SCOPE: &str = "incidents.read";
/// The most services in one URL, see `oncalls`.
const SERVICES_MAX: usize = 100;

words! {
    /// Where an incident stands.
    IncidentStatus {
        /// Nobody works on it yet.
        Triggered = "triggered",
        /// Someone works on it.
        Acknowledged = "acknowledged",
        /// It is over.
        Resolved = "resolved",
    }
}

words! {
    /// How urgent an incident is.
    Urgency {
        /// People are woken.
        High = "high",
        /// It can wait.
        Low = "low",
    }
}

words! {
    /// What a person who was asked to help answered.
    ResponderState {
        /// Nothing yet.
        Pending = "pending",
        /// Helps.
        Joined = "joined",
        /// Does not.
        Declined = "declined",
        /// Asked for no longer.
        UserCancelled = "user_cancelled",
    }
}

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Incident {
    /// Which one.
    pub id: IncidentId,
    /// Its number in the account, as people say it.
    #[serde(rename = "incident_number")]
    pub number: Option<u64>,
    /// What it is about.
    pub title: Option<String>,
    /// Where it stands.
    pub status: IncidentStatus,
    /// How urgent it is.
    pub urgency: Option<Urgency>,
    /// How important it is; `None` unless the account uses priorities and one is set.
    pub priority: Option<PriorityReference>,
    /// Which service it is about.
    pub service: Option<ServiceReference>,
    /// Who is called for it.
    pub escalation_policy: Option<EscalationPolicyReference>,
    /// The teams it concerns.
    #[serde(default, deserialize_with = "or_empty")]
    pub teams: Vec<TeamReference>,
    /// Since when it is open.
    pub created_at: Timestamp,
    /// When it was resolved; `None` while it is open.
    pub resolved_at: Option<Timestamp>,
    /// Who is to work on it now.
    #[serde(default, deserialize_with = "or_empty")]
    pub assignments: Vec<Assignment>,
    /// Who said that they do.
    #[serde(default, deserialize_with = "or_empty")]
    pub acknowledgements: Vec<Acknowledgement>,
    /// Who was asked to help.
    #[serde(
        default,
        rename = "incidents_responders",
        deserialize_with = "or_empty"
    )]
    pub responders: Vec<Responder>,
}

/// Someone is to work on an incident.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Assignment {
    /// Since when.
    pub at: Timestamp,
    /// Who.
    pub assignee: Actor,
}

/// Someone works on an incident.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Acknowledgement {
    /// Since when.
    pub at: Timestamp,
    /// Who; may be a service rather than a person.
    pub acknowledger: Actor,
}

/// Someone was asked to help with an incident.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Responder {
    /// What they answered.
    pub state: ResponderState,
    /// Who was asked.
    pub user: UserReference,
    /// When.
    pub requested_at: Option<Timestamp>,
}

impl Client {
    /// All open incidents of these services, however old, in PagerDuty's order; of all services if none is named.
    ///
    /// Needs `incidents.read`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn open_incidents(
        &self,
        services: &BTreeSet<ServiceId>,
    ) -> Result<Vec<Incident>, Error> {
        let services: Vec<_> = services.iter().collect();
        let portions = match services.len() {
            0 => vec![services.as_slice()],
            _ => services.chunks(SERVICES_MAX).collect(),
        };
        let mut incidents = Vec::new();
        for services in portions {
            let call = Call::get(Operation::new("list open incidents"), &["incidents"])
                .scope(SCOPE)
                .queries("statuses[]", ["triggered", "acknowledged"])
                .queries("service_ids[]", services)
                // Without it only those of the last month are listed.
                .query("date_range", "all")
                .query("time_zone", "UTC");
            incidents.append(&mut self.all_by_offset(call, "incidents", PAGE_ROWS).await?);
        }
        Ok(incidents)
    }

    /// One incident, open or not.
    ///
    /// Needs `incidents.read`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn incident(&self, id: &IncidentId) -> Result<Incident, Error> {
        let operation = Operation::of("get incident", id.as_str());
        let call = Call::get(operation, &["incidents", id.as_str()]).scope(SCOPE);
        self.one(call, "incident").await
    }
}
