//! PagerDuty's own audit trail: who changed what in the account.

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    call::Call,
    client::Client,
    error::{Error, Operation},
    fields::or_empty,
    ids::AuditRecordId,
    reference::Actor,
    window::Window,
};

/// Which records to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditQuery {
    /// From when to when; at most 31 days, at most a year back.
    pub window: Window,
    /// Only changes of these kinds of resources, such as `users`, `teams`, `schedules`; all if none is named.
    pub root_resource_types: Vec<String>,
}

/// One change. One request of a person or program may leave several.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AuditRecord {
    /// Which record.
    pub id: AuditRecordId,
    /// When it happened.
    #[serde(rename = "execution_time")]
    pub executed_at: Timestamp,
    /// Who did it.
    #[serde(default, deserialize_with = "or_empty")]
    pub actors: Vec<Actor>,
    /// What was changed, or what holds it.
    pub root_resource: AuditResource,
    /// What was done, such as `create`, `update`, `delete`.
    pub action: String,
}

/// What a change was made to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AuditResource {
    /// Its `type`, such as `schedule_reference`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its id, where it has one.
    pub id: Option<String>,
    /// Its name at that time.
    pub summary: Option<String>,
}

impl Client {
    /// All records of the window, newest first.
    ///
    /// Needs `audit_records.read`, and a plan that keeps records.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::PlanLacksAbility`] if the plan keeps none.
    pub async fn audit_records(&self, query: &AuditQuery) -> Result<Vec<AuditRecord>, Error> {
        let call = Call::get(Operation::new("list audit records"), &["audit", "records"])
            .scope("audit_records.read")
            .query("since", query.window.since_text())
            .query("until", query.window.until_text())
            .queries("root_resource_types[]", &query.root_resource_types);
        self.all_by_cursor(call, "records").await
    }
}
