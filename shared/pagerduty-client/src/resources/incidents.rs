//! Incidents, and the people who work on them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};

use crate::{
    call::{Call, portions},
    client::Client,
    error::{Error, Operation},
    fields::words,
    from_address::FromAddress,
    ids::{IncidentId, ServiceId, TeamId, UserId},
    paging::PAGE_ROWS,
    reference::{
        Actor, EscalationPolicyReference, PriorityReference, ServiceReference, TeamReference,
        UserReference,
    },
};

/// Of PagerDuty's scopes the one that reads incidents.
const SCOPE: &str = "incidents.read";

/// Which open incidents to list. Filters intersect; an empty one does not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenIncidentQuery {
    /// Of these services only. More than a hundred are asked for in several calls.
    pub service_ids: BTreeSet<ServiceId>,
    /// Of these teams only. More than a hundred are asked for in several calls.
    pub team_ids: BTreeSet<TeamId>,
}

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
///
/// The lists from which people's access follows must be there: an absent one would read as "nobody".
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
    pub teams: Vec<TeamReference>,
    /// Since when it is open.
    pub created_at: Timestamp,
    /// When it was resolved; `None` while it is open.
    pub resolved_at: Option<Timestamp>,
    /// When it last became what `status` says.
    #[serde(rename = "last_status_change_at")]
    pub status_changed_at: Option<Timestamp>,
    /// Who is to work on it now.
    pub assignments: Vec<Assignment>,
    /// Who said that they do.
    pub acknowledgements: Vec<Acknowledgement>,
    /// Who was asked to help; `None` if the answer does not say, which PagerDuty's documents leave open for lists.
    #[serde(rename = "incidents_responders")]
    pub responders: Option<Vec<Responder>>,
}

impl Incident {
    /// The people who are to work on it now.
    #[must_use]
    pub fn assignee_ids(&self) -> BTreeSet<UserId> {
        user_ids(self.assignments.iter().map(|one| &one.assignee))
    }

    /// The people who said that they work on it.
    #[must_use]
    pub fn acknowledger_ids(&self) -> BTreeSet<UserId> {
        user_ids(self.acknowledgements.iter().map(|one| &one.acknowledger))
    }

    /// The people who were asked to help and joined; `None` if the answer does not say.
    #[must_use]
    pub fn accepted_responder_ids(&self) -> Option<BTreeSet<UserId>> {
        let responders = self.responders.as_ref()?.iter();
        let joined = responders.filter(|responder| responder.state == ResponderState::Joined);
        Some(joined.map(|responder| responder.user.id.clone()).collect())
    }
}

fn user_ids<'a>(actors: impl Iterator<Item = &'a Actor>) -> BTreeSet<UserId> {
    let people = actors.filter_map(Actor::user);
    people.map(|user| user.id.clone()).collect()
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
    /// All open incidents that match, however old, each once, in PagerDuty's order; those of the whole account
    /// if nothing is filtered.
    ///
    /// Needs `incidents.read`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn open_incidents(&self, query: &OpenIncidentQuery) -> Result<Vec<Incident>, Error> {
        let OpenIncidentQuery {
            service_ids,
            team_ids,
        } = query;
        let mut incidents = Vec::new();
        for services in portions(service_ids) {
            for teams in portions(team_ids) {
                let call = open_incidents_call()
                    .queries("service_ids[]", &services)
                    .queries("team_ids[]", &teams);
                incidents.append(&mut self.all_by_offset(call, "incidents", PAGE_ROWS).await?);
            }
        }
        // One of two teams comes with each of them, and a row may move to the next page while pages are read.
        let mut seen = BTreeSet::new();
        incidents.retain(|incident: &Incident| seen.insert(incident.id.clone()));
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

    /// Writes a note on an incident, for everyone who sees it, in the name of a user of the account.
    ///
    /// Never sent twice: after [`Error::Unreachable`] or [`Error::DeadlinePassed`] the note may stand there. Needs
    /// `incidents.write`.
    ///
    /// # Errors
    /// See [`Error`]; PagerDuty refuses an author that is no user of the account.
    pub async fn add_incident_note(
        &self,
        id: &IncidentId,
        author: &FromAddress,
        content: &str,
    ) -> Result<(), Error> {
        let operation = Operation::of("write note on incident", id.as_str());
        let call = Call::new(
            Method::POST,
            operation,
            &["incidents", id.as_str(), "notes"],
        )
        .scope("incidents.write")
        .from(author)
        .body(&NewNoteWire {
            note: NoteWire { content },
        });
        self.send(&call).await?;
        Ok(())
    }
}

fn open_incidents_call() -> Call {
    Call::get(Operation::new("list open incidents"), &["incidents"])
        .scope(SCOPE)
        .queries("statuses[]", ["triggered", "acknowledged"])
        // Without it only those of the last month are listed.
        .query("date_range", "all")
        .query("time_zone", "UTC")
}

#[derive(Serialize)]
struct NewNoteWire<'a> {
    note: NoteWire<'a>,
}

#[derive(Serialize)]
struct NoteWire<'a> {
    content: &'a str,
}
