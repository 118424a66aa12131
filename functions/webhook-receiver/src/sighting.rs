//! What an event says of an incident, in the domain's words. What an event does not say stays unsaid.

use access_core::id::{
    EscalationPolicyId, IdError, IncidentId, PagerDutyName, PagerDutyUserId, PriorityId,
    PriorityName, ServiceId, SightingId, TeamId,
};
use access_core::incident::{
    Answer, IncidentKey, Priority, Seen, Sighting, Snapshot, Status, Urgency,
};
use pagerduty_client::webhook::{
    Delivery, EventData, EventType, IncidentSnapshot, ResponderAnswer, ResponderSnapshot,
};
use pagerduty_client::{IncidentStatus, PriorityReference, UserId};
use std::collections::BTreeSet;

/// An event that is well formed, but says something that cannot be kept. Names the field, never its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` holds nothing that can be kept")]
pub(crate) struct Unkeepable(&'static str);

/// The incident that an event is about and what was seen of it; `None` for an event that tells nothing of use.
pub(crate) fn sighting(
    account: &PagerDutyName,
    delivery: &Delivery,
) -> Result<Option<(IncidentKey, Sighting)>, Unkeepable> {
    let (incident, seen) = match &delivery.data {
        EventData::Incident(incident) => (
            IncidentId::new(incident.id.as_str()),
            Some(snapshot_seen(delivery, incident)?),
        ),
        EventData::Responder(responder) => (
            IncidentId::new(responder.incident_id.as_str()),
            answer_seen(responder)?,
        ),
        EventData::Ping { .. } | EventData::Other => return Ok(None),
    };
    let Some(what) = seen else {
        return Ok(None);
    };
    let key = IncidentKey {
        pagerduty: account.clone(),
        id: id(incident, "the incident's id")?,
    };
    let sighting = Sighting {
        at: delivery.occurred_at,
        id: id(SightingId::new(delivery.event_id.as_str()), "event.id")?,
        what,
    };
    Ok(Some((key, sighting)))
}

fn snapshot_seen(delivery: &Delivery, incident: &IncidentSnapshot) -> Result<Seen, Unkeepable> {
    let IncidentSnapshot {
        id: _,
        number,
        status,
        urgency,
        priority: said_priority,
        service_id,
        team_ids,
        escalation_policy_id,
        assignee_ids,
        created_at: _,
    } = incident;
    let acknowledged_by = match (&delivery.event_type, &delivery.agent) {
        (EventType::IncidentAcknowledged, Some(agent)) => Some(user(agent, "event.agent")?),
        _ => None,
    };
    let service = service_id
        .as_ref()
        .map(|one| id(ServiceId::new(one.as_str()), "event.data.service"));
    let policy = escalation_policy_id.as_ref().map(|one| {
        let policy = EscalationPolicyId::new(one.as_str());
        id(policy, "event.data.escalation_policy")
    });
    let team = |one: &pagerduty_client::TeamId| id(TeamId::new(one.as_str()), "event.data.teams");
    let assignee = |one: &UserId| user(one, "event.data.assignees");
    let snapshot = Snapshot {
        status: standing(status)?,
        number: *number,
        urgency: urgency.as_ref().and_then(urgent),
        priority: priority(&delivery.event_type, said_priority.as_ref())?,
        service: service.transpose()?,
        teams: each(team_ids.as_ref(), team)?,
        escalation_policy: policy.transpose()?,
        assignees: each(assignee_ids.as_ref(), assignee)?,
    };
    Ok(Seen::Incident {
        snapshot,
        acknowledged_by,
    })
}

/// `None` where a whole escalation policy was asked, of which each person answers for themselves, and for an answer
/// that nobody knows.
fn answer_seen(responder: &ResponderSnapshot) -> Result<Option<Seen>, Unkeepable> {
    let ResponderSnapshot {
        incident_id: _,
        user_id,
        state,
    } = responder;
    let answer = match state {
        ResponderAnswer::Pending => Answer::Pending,
        ResponderAnswer::Accepted => Answer::Accepted,
        ResponderAnswer::Declined => Answer::Declined,
        ResponderAnswer::Cancelled => Answer::Cancelled,
        ResponderAnswer::Other(_) => return Ok(None),
    };
    let Some(who) = user_id else {
        return Ok(None);
    };
    let user = user(who, "event.data.user")?;
    Ok(Some(Seen::Responder { user, answer }))
}

fn standing(status: &IncidentStatus) -> Result<Status, Unkeepable> {
    match status {
        IncidentStatus::Triggered => Ok(Status::Triggered),
        IncidentStatus::Acknowledged => Ok(Status::Acknowledged),
        IncidentStatus::Resolved => Ok(Status::Resolved),
        IncidentStatus::Other(_) => Err(Unkeepable("event.data.status")),
    }
}

fn urgent(urgency: &pagerduty_client::Urgency) -> Option<Urgency> {
    match urgency {
        pagerduty_client::Urgency::High => Some(Urgency::High),
        pagerduty_client::Urgency::Low => Some(Urgency::Low),
        pagerduty_client::Urgency::Other(_) => None,
    }
}

/// An event about the priority that shows none says that it was taken away; any other says nothing.
fn priority(
    event_type: &EventType,
    priority: Option<&PriorityReference>,
) -> Result<Option<Priority>, Unkeepable> {
    let Some(priority) = priority else {
        let is_unset = *event_type == EventType::IncidentPriorityUpdated;
        return Ok(is_unset.then_some(Priority::Unset));
    };
    let name = priority.name.as_deref();
    Ok(Some(Priority::Set {
        id: id(
            PriorityId::new(priority.id.as_str()),
            "event.data.priority.id",
        )?,
        // A name that no configuration could list is as good as none: the id still ranks.
        name: name.and_then(|name| PriorityName::new(name).ok()),
    }))
}

fn user(user: &UserId, field: &'static str) -> Result<PagerDutyUserId, Unkeepable> {
    id(PagerDutyUserId::new(user.as_str()), field)
}

/// Every one of a list; `None` for a list that is not there, which is not an empty one.
fn each<A, B: Ord>(
    all: Option<&BTreeSet<A>>,
    read: impl Fn(&A) -> Result<B, Unkeepable>,
) -> Result<Option<BTreeSet<B>>, Unkeepable> {
    let Some(all) = all else {
        return Ok(None);
    };
    let read: Result<BTreeSet<B>, Unkeepable> = all.iter().map(read).collect();
    read.map(Some)
}

/// Drops what the error says: it repeats the text.
fn id<T>(made: Result<T, IdError>, field: &'static str) -> Result<T, Unkeepable> {
    made.map_err(|_| Unkeepable(field))
}
