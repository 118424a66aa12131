//! What a webhook tells: the envelope, and the data of the events that this workspace uses.
//!
//! Payloads have grown since 2021, and any field may be null: see
//! <https://developer.pagerduty.com/docs/webhooks-overview>.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{EventType, WebhookError, field::Field};
use crate::{
    answer::clean,
    ids::{EscalationPolicyId, IncidentId, PriorityId, ServiceId, TeamId, UserId, WebhookEventId},
    reference::{PriorityReference, is_user},
    resources::incidents::{IncidentStatus, Urgency},
};

/// One event, as delivered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// The event's own id; the same in every delivery of it, whatever the subscription.
    pub event_id: WebhookEventId,
    /// What happened.
    pub event_type: EventType,
    /// To what kind of resource, such as `incident`; `None` if it is not said.
    pub resource_type: Option<String>,
    /// When, to the millisecond. Two events of one incident may have the same.
    pub occurred_at: Timestamp,
    /// Who did it; `None` for anything but a person.
    pub agent: Option<UserId>,
    /// The state after it.
    pub data: EventData,
}

/// What an event carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventData {
    /// The incident right after the event.
    Incident(Box<IncidentSnapshot>),
    /// Someone who was asked to help, and what they answered.
    Responder(ResponderSnapshot),
    /// Nothing but a sign of life.
    Ping {
        /// What PagerDuty writes with it, cut to a few hundred characters.
        message: Option<String>,
    },
    /// An event that this crate does not read any further.
    Other,
}

/// An incident as an event shows it. Unlike over REST, neither acknowledgers nor responders are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncidentSnapshot {
    /// Which one.
    pub id: IncidentId,
    /// Its number in the account, as people say it.
    pub number: Option<u64>,
    /// Where it stands.
    pub status: IncidentStatus,
    /// How urgent it is.
    pub urgency: Option<Urgency>,
    /// How important it is; `None` if no priority is set.
    pub priority: Option<PriorityReference>,
    /// Which service it is about.
    pub service_id: Option<ServiceId>,
    /// The teams it concerns; `None` if the payload does not say.
    pub team_ids: Option<BTreeSet<TeamId>>,
    /// Who is called for it.
    pub escalation_policy_id: Option<EscalationPolicyId>,
    /// The people who are to work on it now; `None` if the payload does not say, which is not the same as nobody.
    pub assignee_ids: Option<BTreeSet<UserId>>,
    /// Since when it is open.
    pub created_at: Option<Timestamp>,
}

/// Someone who was asked to help with an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponderSnapshot {
    /// With which one.
    pub incident_id: IncidentId,
    /// Who was asked; `None` if an escalation policy was.
    pub user_id: Option<UserId>,
    /// What they have answered.
    pub state: ResponderAnswer,
}

/// What someone who was asked to help has answered. Webhooks say it in other words than REST, and not always in the
/// same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ResponderAnswer {
    /// Nothing yet.
    Pending,
    /// Helps.
    Accepted,
    /// Does not.
    Declined,
    /// Asked for no longer.
    Cancelled,
    /// A word that this crate does not know yet, as PagerDuty writes it.
    Other(String),
}

impl From<&str> for ResponderAnswer {
    fn from(word: &str) -> Self {
        match word {
            "pending" => Self::Pending,
            "accepted" | "joined" => Self::Accepted,
            "declined" => Self::Declined,
            "cancelled" | "canceled" | "user_cancelled" => Self::Cancelled,
            _ => Self::Other(word.to_owned()),
        }
    }
}

/// Reads the body of a webhook, which must have been [verified](super::verify) before.
///
/// Unknown events are read as [`EventData::Other`], whatever they carry; fields that nobody uses are not looked at.
///
/// # Errors
/// [`WebhookError`] names the field that is not as documented. The same body never becomes readable by a repeat.
pub fn parse(body: &[u8]) -> Result<Delivery, WebhookError> {
    let body = serde_json::from_slice(body).map_err(|error| WebhookError::NotJson {
        line: error.line(),
        column: error.column(),
    })?;
    let event = Field::root(&body).need("event")?;
    let event_type = EventType::from(event.need("event_type")?.word()?.to_owned());
    let resource_type = event.maybe("resource_type", Field::word)?;
    let agent = event.maybe("agent", user_id)?;
    Ok(Delivery {
        event_id: event.need("id")?.parsed("an id")?,
        data: data(&event, &event_type)?,
        event_type,
        resource_type: resource_type.map(str::to_owned),
        occurred_at: event.need("occurred_at")?.parsed("an instant")?,
        agent: agent.flatten(),
    })
}

/// The kind of event decides what its data must be: data of a kind that is new but special still reads as the general.
fn data(event: &Field<'_>, event_type: &EventType) -> Result<EventData, WebhookError> {
    match event_type {
        EventType::IncidentTriggered
        | EventType::IncidentAcknowledged
        | EventType::IncidentUnacknowledged
        | EventType::IncidentDelegated
        | EventType::IncidentEscalated
        | EventType::IncidentPriorityUpdated
        | EventType::IncidentReassigned
        | EventType::IncidentReopened
        | EventType::IncidentResolved
        | EventType::IncidentServiceUpdated => {
            let incident = incident(&event.need("data")?)?;
            Ok(EventData::Incident(Box::new(incident)))
        }
        EventType::IncidentResponderAdded | EventType::IncidentResponderReplied => {
            responder(&event.need("data")?).map(EventData::Responder)
        }
        EventType::Ping => {
            let data = event.find("data")?;
            let message = data.map(|data| data.maybe("message", Field::text));
            let message = message.transpose()?.flatten().map(clean);
            Ok(EventData::Ping { message })
        }
        EventType::Other(_) => Ok(EventData::Other),
    }
}

fn incident(data: &Field<'_>) -> Result<IncidentSnapshot, WebhookError> {
    let word = |field: &Field<'_>| field.word().map(str::to_owned);
    let service_id = data.maybe("service", |service| service.need("id")?.parsed("an id"))?;
    let policy_id = data.maybe("escalation_policy", |policy| {
        policy.need("id")?.parsed("an id")
    })?;
    let team_ids = data.maybe("teams", |teams| {
        let id = |team: Field<'_>| team.need("id")?.parsed("an id");
        teams.items()?.map(id).collect()
    })?;
    let assignee_ids = data.maybe("assignees", |assignees| {
        let people = assignees
            .items()?
            .filter_map(|one| user_id(&one).transpose());
        people.collect()
    })?;
    Ok(IncidentSnapshot {
        id: data.need("id")?.parsed("an id")?,
        number: data.maybe("number", Field::number)?,
        status: word(&data.need("status")?)?.into(),
        urgency: data.maybe("urgency", word)?.map(Urgency::from),
        priority: data.maybe("priority", priority)?,
        service_id,
        team_ids,
        escalation_policy_id: policy_id,
        assignee_ids,
        created_at: data.maybe("created_at", |at| at.parsed("an instant"))?,
    })
}

fn priority(priority: &Field<'_>) -> Result<PriorityReference, WebhookError> {
    let id: PriorityId = priority.need("id")?.parsed("an id")?;
    let summary = priority.maybe("summary", Field::text)?;
    let name = match summary {
        Some(summary) => Some(summary),
        None => priority.maybe("name", Field::text)?,
    };
    let name = name.map(str::to_owned);
    Ok(PriorityReference { id, name })
}

fn responder(data: &Field<'_>) -> Result<ResponderSnapshot, WebhookError> {
    let incident = data.need("incident")?;
    let user = data.maybe("user", user_id)?;
    Ok(ResponderSnapshot {
        incident_id: incident.need("id")?.parsed("an id")?,
        user_id: user.flatten(),
        state: data.need("state")?.word()?.into(),
    })
}

/// The id of a person; `None` for anything else that may stand in a person's place.
fn user_id(actor: &Field<'_>) -> Result<Option<UserId>, WebhookError> {
    let kind = actor.maybe("type", Field::word)?;
    if !kind.is_none_or(is_user) {
        return Ok(None);
    }
    actor.need("id")?.parsed("an id").map(Some)
}
