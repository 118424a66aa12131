//! `/incidents`: who works on what.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::gate::{Answer, Call};
use super::page::{CLASSIC, page};
use super::problem::Problem;
use super::query::ordered;
use super::view::{View, found, time, with};
use crate::pagerduty::model::Incident;

/// How far back the list looks unless told otherwise.
const DEFAULT_RANGE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// The longest range it looks over.
const RANGE_MAX: SignedDuration = SignedDuration::from_hours(184 * 24);

pub(super) fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let range = range(call)?;
    let world = call.account.world();
    let view = View::new(call, &world);
    let is_wanted = |incident: &&Incident| {
        let query = &call.query;
        let assigned = incident.assignments.iter().map(|(user, _)| user.as_str());
        let service = world.services.get(&incident.service);
        let teams = service.map_or(&[][..], |service| &service.teams);
        range.is_none_or(|(since, until)| {
            since <= incident.created_at && incident.created_at <= until
        }) && query.allows("statuses[]", [incident.status.as_str()])
            && query.allows("urgencies[]", [incident.urgency.as_str()])
            && query.allows("service_ids[]", [incident.service.as_str()])
            && query.allows("team_ids[]", teams.iter().map(String::as_str))
            && query.allows("user_ids[]", assigned)
    };
    let mut incidents: Vec<&Incident> = world.incidents.values().filter(is_wanted).collect();
    incidents.sort_by_key(|incident| incident.number);
    if call
        .query
        .one("sort_by")
        .is_some_and(|order| order.ends_with(":desc"))
    {
        incidents.reverse();
    }
    page(call, CLASSIC, "incidents", &incidents, |incident| {
        view.incident(incident)
    })
    .map(Answer::ok)
}

pub(super) fn get(call: &Call<'_>) -> Result<Answer, Problem> {
    let world = call.account.world();
    let mut incidents = world.incidents.values();
    // The number people see works as an id as well.
    let incident = incidents
        .find(|incident| incident.id == call.id() || incident.number.to_string() == call.id());
    let incident = View::new(call, &world).incident(found(incident)?);
    Ok(Answer::ok(json!({ "incident": incident })))
}

fn range(call: &Call<'_>) -> Result<Option<(Timestamp, Timestamp)>, Problem> {
    if call.query.one("date_range") == Some("all") {
        return Ok(None);
    }
    let until = call
        .query
        .time("until", &TimeZone::UTC)?
        .unwrap_or(call.now);
    let since = call.query.time("since", &TimeZone::UTC)?;
    let since = since.unwrap_or_else(|| until - DEFAULT_RANGE);
    ordered(since, until)?;
    if since.duration_until(until) > RANGE_MAX {
        return Err(Problem::invalid("the range must not exceed six months"));
    }
    Ok(Some((since, until)))
}

fn summary(incident: &Incident) -> String {
    format!("[#{}] {}", incident.number, incident.title)
}

impl View<'_> {
    fn incident(&self, incident: &Incident) -> Value {
        let utc = |at: Timestamp| time(at, &TimeZone::UTC);
        let service = self.world.services.get(&incident.service);
        let policy = self.incident_policy(incident);
        let teams = service.map_or_else(Vec::new, |service| self.team_refs(&service.teams));
        let is_resolved = incident.status == "resolved";
        let assignments = incident.assignments.iter();
        let acknowledgements = incident.acknowledgements.iter();
        let summary = summary(incident);
        with(
            self.identity("incident", &summary, "incidents", "incidents", &incident.id),
            json!({
                "incident_number": incident.number,
                "title": incident.title,
                "description": incident.title,
                "created_at": utc(incident.created_at),
                "updated_at": utc(incident.updated_at),
                "status": incident.status,
                "urgency": incident.urgency,
                "priority": self.incident_priority(incident, "priority"),
                "incident_key": incident.id.to_lowercase(),
                "service": self.service_ref(&incident.service),
                "escalation_policy": policy,
                "teams": teams,
                "assigned_via": "escalation_policy",
                "assignments": assignments
                    .map(|(user, at)| json!({ "at": utc(*at), "assignee": self.user_ref(user) }))
                    .collect::<Vec<_>>(),
                "acknowledgements": acknowledgements
                    .map(|(user, at)| json!({ "at": utc(*at), "acknowledger": self.user_ref(user) }))
                    .collect::<Vec<_>>(),
                "last_status_change_at": utc(incident.changed_at),
                "last_status_change_by": self.service_ref(&incident.service),
                "resolved_at": is_resolved.then(|| utc(incident.changed_at)),
                "resolve_reason": self.resolve_reason(incident),
                "first_trigger_log_entry": Value::Null,
                "alert_counts": { "all": 0, "triggered": 0, "resolved": 0 },
                "is_mergeable": !is_resolved,
                "pending_actions": [],
                "impacted_services": [self.service_ref(&incident.service)],
                "conference_bridge": Value::Null,
                "incidents_responders": self.responders(incident),
                "responder_requests": [],
            }),
        )
    }

    /// The policy it was delegated to, else its service's.
    pub(super) fn incident_policy(&self, incident: &Incident) -> Value {
        let service = self.world.services.get(&incident.service);
        let of_service = service.map(|service| &service.policy);
        let policy = incident.policy.as_ref().or(of_service);
        policy.map_or(Value::Null, |policy| self.policy_ref(policy))
    }

    /// Its priority as a resource of `kind`, or null.
    pub(super) fn incident_priority(&self, incident: &Incident, kind: &str) -> Value {
        let Some(name) = &incident.priority else {
            return Value::Null;
        };
        let id = format!("PRIO{name}");
        let priority = self.identity(kind, name, "priorities", "priorities", &id);
        if kind == "priority" {
            return with(priority, json!({ "name": name }));
        }
        priority
    }

    /// Null for what was resolved by hand or is open.
    pub(super) fn resolve_reason(&self, incident: &Incident) -> Value {
        let target = incident.merged_into.as_ref();
        target.map_or(Value::Null, |target| {
            json!({ "type": "merge_resolve_reason", "incident": self.incident_ref(target) })
        })
    }

    pub(super) fn incident_ref(&self, id: &str) -> Value {
        let found = self.world.incidents.get(id);
        let summary = found.map_or_else(String::new, summary);
        self.identity("incident_reference", &summary, "incidents", "incidents", id)
    }

    fn responders(&self, incident: &Incident) -> Vec<Value> {
        let summary = json!({
            "id": incident.id,
            "type": "incident_reference",
            "summary": incident.title,
        });
        let one = |(user, state, at): &(String, String, Timestamp)| {
            json!({
                "state": state,
                "user": self.user_ref(user),
                "incident": summary,
                "updated_at": time(*at, &TimeZone::UTC),
                "message": "Please help",
                "requester": self.user_ref(user),
                "requested_at": time(*at, &TimeZone::UTC),
            })
        };
        incident.responders.iter().map(one).collect()
    }
}
