//! `/escalation_policies`.

use serde_json::{Value, json};

use super::gate::{Answer, Call};
use super::page::{CLASSIC, page};
use super::problem::Problem;
use super::view::{View, found, with};
use crate::pagerduty::model::{EscalationPolicy, Service, Target};

pub(super) fn list(call: &Call<'_>) -> Result<Answer, Problem> {
    let world = call.account.world();
    let view = View::new(call, &world);
    let is_wanted = |policy: &&EscalationPolicy| {
        let targets = policy.rules.iter().flat_map(|rule| &rule.targets);
        let users = targets.filter_map(|target| match target {
            Target::User(user) => Some(user.as_str()),
            Target::Schedule(_) => None,
        });
        call.query.matches(&[&policy.name])
            && call.query.allows("user_ids[]", users)
            && call.query.allows("team_ids[]", policy.team.as_deref())
    };
    let mut policies: Vec<&EscalationPolicy> = world.policies.values().filter(is_wanted).collect();
    policies.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
    if call.query.one("sort_by") == Some("name:desc") {
        policies.reverse();
    }
    let show = |policy: &&EscalationPolicy| view.policy(policy, call);
    page(call, CLASSIC, "escalation_policies", &policies, show).map(Answer::ok)
}

pub(super) fn get(call: &Call<'_>) -> Result<Answer, Problem> {
    let world = call.account.world();
    let policy = found(world.policies.get(call.id()))?;
    let policy = View::new(call, &world).policy(policy, call);
    Ok(Answer::ok(json!({ "escalation_policy": policy })))
}

impl View<'_> {
    /// A whole policy; `include[]` turns references into objects.
    pub(super) fn policy(&self, policy: &EscalationPolicy, call: &Call<'_>) -> Value {
        let of_policy = |service: &&Service| service.policy == policy.id;
        let services = self.world.services.values().filter(of_policy);
        let services: Vec<Value> = if call.query.includes("services") {
            services
                .map(|service| self.service(service, call))
                .collect()
        } else {
            services
                .map(|service| self.service_ref(&service.id))
                .collect()
        };
        let teams = policy
            .team
            .iter()
            .map(|team| match self.world.teams.get(team) {
                Some(found) if call.query.includes("teams") => self.team(found),
                _ => self.team_ref(team),
            });
        let rules = policy.rules.iter().map(|rule| {
            json!({
                "id": rule.id,
                "escalation_delay_in_minutes": rule.delay_minutes,
                "targets": rule.targets.iter().map(|target| self.target(target, call)).collect::<Vec<_>>(),
                "escalation_rule_assignment_strategy": { "type": "assign_to_everyone" },
            })
        });
        let path = "escalation_policies";
        with(
            self.identity("escalation_policy", &policy.name, path, path, &policy.id),
            json!({
                "name": policy.name,
                "description": Value::Null,
                "num_loops": 0,
                "on_call_handoff_notifications": "if_has_services",
                "escalation_rules": rules.collect::<Vec<_>>(),
                "services": services,
                "teams": teams.collect::<Vec<_>>(),
            }),
        )
    }

    fn target(&self, target: &Target, call: &Call<'_>) -> Value {
        let whole = call.query.includes("targets");
        match target {
            Target::User(id) => match self.world.users.get(id) {
                Some(user) if whole => self.user(user, call),
                _ => self.user_ref(id),
            },
            Target::Schedule(id) => match self.world.schedules.get(id) {
                Some(schedule) if whole => self.bare_schedule(id, schedule),
                _ => self.schedule_ref(id),
            },
        }
    }
}
