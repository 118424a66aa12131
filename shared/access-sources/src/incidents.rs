//! The incident port over PagerDuty: lists of open incidents, and single ones, in the domain's words.

use crate::error::read_error;
use crate::ids::{ours, theirs};
use crate::lookup;
use crate::read::AT_ONCE;
use crate::schedules::teams;
use crate::source::PagerDutySource;
use access_core::id::{IncidentId, PagerDutyUserId, PriorityName};
use access_core::incident::{
    IncidentRead, Priority, ReadIncident, Snapshot, Status, Urgency, WantedIncidents,
};
use access_core::ports::{IncidentSource, PeopleRead, ReadError};
use async_trait::async_trait;
use futures::stream::{self, StreamExt};
use jiff::Timestamp;
use pagerduty_client::{
    Error, Incident, IncidentStatus, OpenIncidentQuery, PriorityReference, UserId,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a read has come to so far.
#[derive(Default)]
struct Draft {
    incidents: BTreeMap<IncidentId, ReadIncident>,
    refused: BTreeMap<IncidentId, ReadError>,
}

#[async_trait]
impl IncidentSource for PagerDutySource {
    async fn open_incidents(
        &self,
        now: Timestamp,
        wanted: &WantedIncidents,
        ask: &BTreeSet<IncidentId>,
    ) -> Result<IncidentRead, ReadError> {
        let mut draft = self.listed(wanted).await?;
        let unlisted = ask.iter().filter(|id| !draft.has(id));
        let unlisted: Vec<_> = unlisted.cloned().collect();
        self.one_by_one(unlisted, &mut draft).await;
        let Draft { incidents, refused } = draft;
        Ok(IncidentRead {
            read_at: now,
            wanted: wanted.clone(),
            asked: ask.clone(),
            refused,
            incidents,
        })
    }

    async fn people(&self, users: &BTreeSet<PagerDutyUserId>) -> PeopleRead {
        lookup::by_id(&self.client, users).await
    }
}

impl PagerDutySource {
    async fn listed(&self, wanted: &WantedIncidents) -> Result<Draft, ReadError> {
        let mut draft = Draft::default();
        for query in queries(wanted) {
            let listed = self.client.open_incidents(&query).await;
            for incident in listed.map_err(|error| read_error(&error))? {
                // One that both lists have is taken from the second, which is the fresher one.
                draft.take(ours(&incident.id)?, read(&incident));
            }
        }
        Ok(draft)
    }

    /// Incidents by their ids, open or not; those that PagerDuty does not know are absent.
    async fn one_by_one(&self, ids: Vec<IncidentId>, draft: &mut Draft) {
        let reads = ids.into_iter().map(|id| async move {
            let found = self.one(&id).await;
            (id, found)
        });
        let reads: Vec<_> = stream::iter(reads)
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for (id, found) in reads {
            if let Some(found) = found.transpose() {
                draft.take(id, found);
            }
        }
    }

    async fn one(&self, id: &IncidentId) -> Result<Option<ReadIncident>, ReadError> {
        let Some(asked) = theirs(id) else {
            return Ok(None);
        };
        // That it is unknown contradicts whoever named it, so PagerDuty must say it twice.
        let answer = match self.client.incident(&asked).await {
            Err(Error::NotFound { .. }) => self.client.incident(&asked).await,
            answer => answer,
        };
        match answer {
            Ok(found) => read(&found).map(Some),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(read_error(&error)),
        }
    }
}

impl Draft {
    fn has(&self, id: &IncidentId) -> bool {
        self.incidents.contains_key(id) || self.refused.contains_key(id)
    }

    /// Takes the last word on an incident.
    fn take(&mut self, id: IncidentId, found: Result<ReadIncident, ReadError>) {
        match found {
            Ok(found) => {
                self.refused.remove(&id);
                self.incidents.insert(id, found);
            }
            Err(error) => {
                self.incidents.remove(&id);
                self.refused.insert(id, error);
            }
        }
    }
}

/// What to list: services and teams apart, as filters intersect; and never without a filter, which would list the whole
/// account.
fn queries(wanted: &WantedIncidents) -> Vec<OpenIncidentQuery> {
    let WantedIncidents { services, teams } = wanted;
    let unfiltered = OpenIncidentQuery::default();
    let by_service = OpenIncidentQuery {
        service_ids: services.iter().filter_map(theirs).collect(),
        ..unfiltered.clone()
    };
    let by_team = OpenIncidentQuery {
        team_ids: teams.iter().filter_map(theirs).collect(),
        ..unfiltered.clone()
    };
    let mut queries = vec![by_service, by_team];
    queries.retain(|query| *query != unfiltered);
    queries
}

fn read(incident: &Incident) -> Result<ReadIncident, ReadError> {
    let responding = incident.accepted_responder_ids();
    Ok(ReadIncident {
        snapshot: snapshot(incident)?,
        acknowledged_by: users(incident.acknowledger_ids())?,
        responding: responding.map(users).transpose()?,
    })
}

fn snapshot(incident: &Incident) -> Result<Snapshot, ReadError> {
    let service = incident.service.as_ref();
    let policy = incident.escalation_policy.as_ref();
    Ok(Snapshot {
        status: status(incident)?,
        number: incident.number,
        urgency: incident.urgency.as_ref().and_then(urgency),
        priority: Some(priority(incident.priority.as_ref())?),
        service: service.map(|service| ours(&service.id)).transpose()?,
        teams: Some(teams(&incident.teams)?),
        escalation_policy: policy.map(|policy| ours(&policy.id)).transpose()?,
        assignees: Some(users(incident.assignee_ids())?),
    })
}

/// A word that PagerDuty may add one day says neither that the incident is open nor that it is over.
fn status(incident: &Incident) -> Result<Status, ReadError> {
    match incident.status {
        IncidentStatus::Triggered => Ok(Status::Triggered),
        IncidentStatus::Acknowledged => Ok(Status::Acknowledged),
        IncidentStatus::Resolved => Ok(Status::Resolved),
        IncidentStatus::Other(_) => Err(ReadError::Malformed(format!(
            "incident `{}` has a status that is not known",
            incident.id
        ))),
    }
}

fn urgency(word: &pagerduty_client::Urgency) -> Option<Urgency> {
    match word {
        pagerduty_client::Urgency::High => Some(Urgency::High),
        pagerduty_client::Urgency::Low => Some(Urgency::Low),
        pagerduty_client::Urgency::Other(_) => None,
    }
}

/// A read tells of every priority that is set.
fn priority(reference: Option<&PriorityReference>) -> Result<Priority, ReadError> {
    let Some(PriorityReference { id, name }) = reference else {
        return Ok(Priority::Unset);
    };
    let name = name.as_deref();
    Ok(Priority::Set {
        id: ours(id)?,
        name: name.and_then(|name| PriorityName::new(name).ok()),
    })
}

fn users(ids: BTreeSet<UserId>) -> Result<BTreeSet<PagerDutyUserId>, ReadError> {
    ids.into_iter().map(|id| ours(&id)).collect()
}
