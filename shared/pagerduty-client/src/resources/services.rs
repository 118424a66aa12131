//! Services: what incidents are about.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::{
    call::Call,
    client::Client,
    error::{Error, Operation},
    fields::{or_empty, words},
    ids::{ServiceId, TeamId},
    paging::PAGE_ROWS,
    reference::{EscalationPolicyReference, TeamReference},
};

words! {
    /// How a service is doing.
    ServiceStatus {
        /// No open incidents.
        Active = "active",
        /// Has acknowledged incidents.
        Warning = "warning",
        /// Has triggered incidents.
        Critical = "critical",
        /// In a maintenance window.
        Maintenance = "maintenance",
        /// Switched off.
        Disabled = "disabled",
    }
}

/// Which services to list. Filters intersect; an empty one does not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceQuery {
    /// Part of the name.
    pub name_part: Option<String>,
    /// Of these teams only.
    pub team_ids: BTreeSet<TeamId>,
}

/// A service.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "ServiceWire")]
pub struct Service {
    /// Which one.
    pub id: ServiceId,
    /// The name; empty if PagerDuty gives none.
    pub name: String,
    /// How it is doing.
    pub status: Option<ServiceStatus>,
    /// Who is called for it.
    pub escalation_policy: Option<EscalationPolicyReference>,
    /// The teams that own it.
    pub teams: Vec<TeamReference>,
}

#[derive(Deserialize)]
struct ServiceWire {
    id: ServiceId,
    name: Option<String>,
    summary: Option<String>,
    status: Option<ServiceStatus>,
    escalation_policy: Option<EscalationPolicyReference>,
    #[serde(default, deserialize_with = "or_empty")]
    teams: Vec<TeamReference>,
}

impl From<ServiceWire> for Service {
    fn from(wire: ServiceWire) -> Self {
        Self {
            id: wire.id,
            name: wire.name.or(wire.summary).unwrap_or_default(),
            status: wire.status,
            escalation_policy: wire.escalation_policy,
            teams: wire.teams,
        }
    }
}

impl Client {
    /// All services that match.
    ///
    /// Needs `services.read`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn services(&self, query: &ServiceQuery) -> Result<Vec<Service>, Error> {
        let call = Call::get(Operation::new("list services"), &["services"])
            .scope("services.read")
            .queries("query", &query.name_part)
            .queries("team_ids[]", &query.team_ids);
        self.all_by_offset(call, "services", PAGE_ROWS).await
    }
}
