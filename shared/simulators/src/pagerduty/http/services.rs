//! `/services`.

use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::gate::{Answer, Call};
use super::page::{CLASSIC, page};
use super::problem::Problem;
use super::view::{View, found, time, with};
use crate::pagerduty::model::{Incident, Service};

pub(super) fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let world = call.account.world();
    let view = View::new(call, &world);
    let name = call.query.one("name");
    let is_wanted = |service: &&Service| {
        call.query.matches(&[&service.name])
            && name.is_none_or(|name| name == service.name)
            && call
                .query
                .allows("team_ids[]", service.teams.iter().map(String::as_str))
    };
    let mut services: Vec<&Service> = world.services.values().filter(is_wanted).collect();
    services.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    let show = |service: &&Service| view.service(service, call);
    page(call, CLASSIC, "services", &services, show).map(Answer::ok)
}

pub(super) fn get(call: &Call<'_>) -> Result<Answer, Problem> {
    let world = call.account.world();
    let service = found(world.services.get(call.id()))?;
    let service = View::new(call, &world).service(service, call);
    Ok(Answer::ok(json!({ "service": service })))
}

impl View<'_> {
    pub(super) fn service(&self, service: &Service, call: &Call<'_>) -> Value {
        let of_service = |incident: &&Incident| incident.service == service.id;
        let incidents = || self.world.incidents.values().filter(of_service);
        let is_open = |status: &str| incidents().any(|incident| incident.status == status);
        let status = if is_open("triggered") {
            "critical"
        } else if is_open("acknowledged") {
            "warning"
        } else {
            "active"
        };
        let last = incidents().map(|incident| incident.created_at).max();
        let whole_policy = call.query.includes("escalation_policies");
        let policy = match self.world.policies.get(&service.policy) {
            Some(policy) if whole_policy => {
                // Without services inside, which would contain this policy again.
                with(
                    self.policy_ref(&policy.id),
                    json!({ "type": "escalation_policy", "name": policy.name }),
                )
            }
            _ => self.policy_ref(&service.policy),
        };
        with(
            self.identity(
                "service",
                &service.name,
                "services",
                "service-directory",
                &service.id,
            ),
            json!({
                "name": service.name,
                "description": Value::Null,
                "status": status,
                "created_at": "2024-01-08T09:00:00Z",
                "last_incident_timestamp": last.map(|at| time(at, &TimeZone::UTC)),
                "auto_resolve_timeout": 14_400,
                "acknowledgement_timeout": 1_800,
                "escalation_policy": policy,
                "teams": self.team_refs(&service.teams),
                "integrations": [],
                "addons": [],
                "incident_urgency_rule": { "type": "constant", "urgency": "high" },
                "support_hours": Value::Null,
                "scheduled_actions": [],
                "alert_creation": "create_alerts_and_incidents",
                "response_play": Value::Null,
            }),
        )
    }
}
