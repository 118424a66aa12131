//! Escalation policies: who is called, level by level.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::{
    call::Call,
    client::Client,
    error::{Error, Operation},
    fields::or_empty,
    ids::{EscalationPolicyId, ScheduleId, TeamId, UserId},
    paging::PAGE_ROWS,
    reference::{ScheduleKind, ScheduleReference, ServiceReference, TeamReference, UserReference},
};

/// Of PagerDuty's scopes the one that reads escalation policies.
const SCOPE: &str = "escalation_policies.read";

/// Which policies to list. Filters intersect; an empty one does not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EscalationPolicyQuery {
    /// Part of the name.
    pub name_part: Option<String>,
    /// That name one of these people, directly or by schedule.
    pub user_ids: BTreeSet<UserId>,
    /// Of these teams only.
    pub team_ids: BTreeSet<TeamId>,
}

/// An escalation policy.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "PolicyWire")]
pub struct EscalationPolicy {
    /// Which one.
    pub id: EscalationPolicyId,
    /// The name; empty if PagerDuty gives none.
    pub name: String,
    /// The levels in order; the first is level 1.
    pub rules: Vec<EscalationRule>,
    /// The team that owns it; PagerDuty allows one.
    pub teams: Vec<TeamReference>,
    /// The services that use it.
    pub services: Vec<ServiceReference>,
}

/// One level of an escalation policy.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EscalationRule {
    /// How long an incident stays here before it goes to the next level.
    pub escalation_delay_in_minutes: Option<u32>,
    /// Who is called.
    pub targets: Vec<EscalationTarget>,
}

/// Whom a level calls.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "TargetWire")]
pub enum EscalationTarget {
    /// A person, always.
    User(UserReference),
    /// Whoever is on call on a schedule.
    Schedule(ScheduleReference),
    /// Something that this crate does not know yet; its `type` and id as PagerDuty writes them.
    Other {
        /// The `type`.
        kind: String,
        /// The id.
        id: String,
    },
}

#[derive(Deserialize)]
struct PolicyWire {
    id: EscalationPolicyId,
    name: Option<String>,
    summary: Option<String>,
    escalation_rules: Vec<EscalationRule>,
    #[serde(default, deserialize_with = "or_empty")]
    teams: Vec<TeamReference>,
    #[serde(default, deserialize_with = "or_empty")]
    services: Vec<ServiceReference>,
}

impl From<PolicyWire> for EscalationPolicy {
    fn from(wire: PolicyWire) -> Self {
        Self {
            id: wire.id,
            name: wire.name.or(wire.summary).unwrap_or_default(),
            rules: wire.escalation_rules,
            teams: wire.teams,
            services: wire.services,
        }
    }
}

#[derive(Deserialize)]
struct TargetWire {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    name: Option<String>,
    summary: Option<String>,
    email: Option<String>,
}

impl From<TargetWire> for EscalationTarget {
    fn from(wire: TargetWire) -> Self {
        let TargetWire {
            id,
            kind,
            name,
            summary,
            email,
        } = wire;
        let name = name.or(summary);
        let is_of = |word: &str| kind.split('_').next() == Some(word);
        match (UserId::parse(&id), ScheduleId::parse(&id)) {
            (Ok(id), _) if is_of("user") => Self::User(UserReference { id, name, email }),
            (_, Ok(id)) if is_of("schedule") => Self::Schedule(ScheduleReference {
                id,
                kind: ScheduleKind::of(Some(&kind)),
                name,
            }),
            _ => Self::Other { kind, id },
        }
    }
}

impl Client {
    /// All escalation policies that match, with their levels.
    ///
    /// Needs `escalation_policies.read`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn escalation_policies(
        &self,
        query: &EscalationPolicyQuery,
    ) -> Result<Vec<EscalationPolicy>, Error> {
        let operation = Operation::new("list escalation policies");
        let call = Call::get(operation, &["escalation_policies"])
            .scope(SCOPE)
            .queries("query", &query.name_part)
            .queries("user_ids[]", &query.user_ids)
            .queries("team_ids[]", &query.team_ids);
        self.all_by_offset(call, "escalation_policies", PAGE_ROWS)
            .await
    }

    /// One escalation policy.
    ///
    /// Needs `escalation_policies.read`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn escalation_policy(
        &self,
        id: &EscalationPolicyId,
    ) -> Result<EscalationPolicy, Error> {
        let operation = Operation::of("get escalation policy", id.as_str());
        let call = Call::get(operation, &["escalation_policies", id.as_str()]).scope(SCOPE);
        self.one(call, "escalation_policy").await
    }
}
