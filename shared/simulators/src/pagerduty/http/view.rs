//! What all resources share in JSON: links, references, times.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::gate::Call;
use super::problem::Problem;
use crate::pagerduty::model::{Schedule, World};
use crate::pagerduty::{PagerDuty, Region};

/// The world as one request sees it.
pub(super) struct View<'a> {
    pub(super) account: &'a PagerDuty,
    pub(super) world: &'a World,
}

impl<'a> View<'a> {
    pub(super) fn new(call: &'a Call<'_>, world: &'a World) -> Self {
        Self {
            account: call.account,
            world,
        }
    }

    /// A resource's identity: `path` is its place in the API and, with `web`, in the web app.
    pub(super) fn identity(
        &self,
        kind: &str,
        summary: &str,
        path: &str,
        web: &str,
        id: &str,
    ) -> Value {
        let host = match self.account.region() {
            Region::Us => "api.pagerduty.com",
            Region::Eu => "api.eu.pagerduty.com",
        };
        json!({
            "id": id,
            "type": kind,
            "summary": summary,
            "self": format!("https://{host}/{path}/{id}"),
            "html_url": format!("{}/{web}/{id}", self.web()),
        })
    }

    /// `https://acme.pagerduty.com`
    pub(super) fn web(&self) -> String {
        let region = match self.account.region() {
            Region::Us => "",
            Region::Eu => ".eu",
        };
        format!("https://{}{region}.pagerduty.com", self.account.subdomain())
    }

    pub(super) fn user_ref(&self, id: &str) -> Value {
        let name = self.world.users.get(id).map_or("", |user| &user.name);
        self.identity("user_reference", name, "users", "users", id)
    }

    pub(super) fn team_ref(&self, id: &str) -> Value {
        let name = self.world.teams.get(id).map_or("", |team| &team.name);
        self.identity("team_reference", name, "teams", "teams", id)
    }

    pub(super) fn team_refs<'i>(&self, ids: impl IntoIterator<Item = &'i String>) -> Vec<Value> {
        ids.into_iter().map(|id| self.team_ref(id)).collect()
    }

    pub(super) fn service_ref(&self, id: &str) -> Value {
        let name = self
            .world
            .services
            .get(id)
            .map_or("", |service| &service.name);
        self.identity(
            "service_reference",
            name,
            "services",
            "service-directory",
            id,
        )
    }

    pub(super) fn policy_ref(&self, id: &str) -> Value {
        let name = self
            .world
            .policies
            .get(id)
            .map_or("", |policy| &policy.name);
        let kind = "escalation_policy_reference";
        self.identity(kind, name, "escalation_policies", "escalation_policies", id)
    }

    /// A reference to a schedule of either kind, each with its own type and address.
    pub(super) fn schedule_ref(&self, id: &str) -> Value {
        match self.world.schedules.get(id) {
            Some(Schedule::Shifts(schedule)) => {
                let kind = "schedule_v3_reference";
                self.identity(kind, &schedule.name, "v3/schedules", "schedules", id)
            }
            found => {
                let name = found.map_or("", Schedule::name);
                self.identity("schedule_reference", name, "schedules", "schedules", id)
            }
        }
    }
}

/// Adds members to an object made by [`View::identity`].
pub(super) fn with(mut object: Value, more: Value) -> Value {
    if let (Value::Object(members), Value::Object(more)) = (&mut object, more) {
        members.extend(more);
    }
    object
}

/// An instant in a zone with its offset; `Z` in UTC. Never-ending is null.
pub(super) fn time(at: Timestamp, zone: &TimeZone) -> Value {
    if at == Timestamp::MAX {
        return Value::Null;
    }
    let zoned = at.to_zoned(zone.clone());
    let text = if zoned.offset().is_zero() {
        zoned.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    } else {
        zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    };
    Value::String(text)
}

/// An IANA name, as schedules and users carry it.
pub(super) fn zone_name(zone: &TimeZone) -> &str {
    zone.iana_name().unwrap_or("Etc/UTC")
}

/// Finds what an id names, else answers 404.
pub(super) fn found<T>(item: Option<T>) -> Result<T, Problem> {
    item.ok_or_else(Problem::not_found)
}
