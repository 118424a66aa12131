//! What webhook events carry as `data`, which is not quite what REST answers.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::view::{View, time, with};
use crate::pagerduty::PagerDuty;
use crate::pagerduty::model::{Incident, Note, World};

/// An incident as events show it: assignees without times, neither acknowledgers nor responders.
pub(in crate::pagerduty) fn incident_data(
    account: &PagerDuty,
    world: &World,
    incident: &Incident,
) -> Value {
    let view = View { account, world };
    let service = world.services.get(&incident.service);
    let teams = service.map_or_else(Vec::new, |service| view.team_refs(&service.teams));
    let assignees = incident.assignments.iter();
    let place = view.identity("incident", "", "incidents", "incidents", &incident.id);
    json!({
        "id": incident.id,
        "type": "incident",
        "self": place["self"],
        "html_url": place["html_url"],
        "number": incident.number,
        "status": incident.status,
        "incident_key": incident.id.to_lowercase(),
        "created_at": time(incident.created_at, &TimeZone::UTC),
        "title": incident.title,
        "incident_type": { "name": "incident_default" },
        "service": view.service_ref(&incident.service),
        "assignees": assignees.map(|(user, _)| view.user_ref(user)).collect::<Vec<_>>(),
        "escalation_policy": view.incident_policy(incident),
        "teams": teams,
        "priority": view.incident_priority(incident, "priority_reference"),
        "urgency": incident.urgency,
        "conference_bridge": Value::Null,
        "resolve_reason": view.resolve_reason(incident),
    })
}

/// Someone who was asked to help with an incident, and what they answered.
pub(in crate::pagerduty) fn responder_data(
    account: &PagerDuty,
    world: &World,
    incident: &Incident,
    (user, state): (&str, &str),
) -> Value {
    let view = View { account, world };
    json!({
        "type": "incident_responder",
        "incident": view.incident_ref(&incident.id),
        "user": view.user_ref(user),
        "escalation_policy": Value::Null,
        "message": "Please help",
        "state": state,
    })
}

/// A note on an incident.
pub(in crate::pagerduty) fn note_data(
    account: &PagerDuty,
    world: &World,
    incident: &Incident,
    note: &Note,
) -> Value {
    let view = View { account, world };
    json!({
        "id": note.id,
        "type": "incident_note",
        "summary": Value::Null,
        "self": Value::Null,
        "html_url": Value::Null,
        "incident": view.incident_ref(&incident.id),
        "content": note.content,
        "trimmed": false,
    })
}

/// Who did it, and through what: null for anything but a person.
pub(in crate::pagerduty) fn user_agent(
    account: &PagerDuty,
    world: &World,
    user: Option<&str>,
) -> Value {
    let view = View { account, world };
    let Some(user) = user else {
        return json!({ "agent": Value::Null, "client": Value::Null });
    };
    with(
        json!({ "agent": view.user_ref(user) }),
        json!({ "client": { "name": "PagerDuty" } }),
    )
}
