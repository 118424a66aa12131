//! Short forms of resources inside others.
//!
//! A reference and the whole resource differ only in how much they hold, so one type reads both. `type` values are
//! compared by part, as PagerDuty may replace a general one by a special one.

use std::fmt;

use serde::Deserialize;

use crate::ids::{EscalationPolicyId, PriorityId, ScheduleId, ServiceId, TeamId, UserId};

/// A user where another resource speaks of one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "WireReference<UserId>")]
pub struct UserReference {
    /// Which user.
    pub id: UserId,
    /// The name, where PagerDuty gives one.
    pub name: Option<String>,
    /// The e-mail address; only where users were asked to be included.
    pub email: Option<String>,
}

impl UserReference {
    /// A reference by id alone, as shift-based schedules have them.
    #[must_use]
    pub fn by_id(id: UserId) -> Self {
        Self {
            id,
            name: None,
            email: None,
        }
    }
}

/// How a schedule is made, which decides by which calls it is read and changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScheduleKind {
    /// Layers of rotations, one person at a time; `/schedules`.
    LayerBased,
    /// Rotations of shifts, several people at once; `/v3/schedules`.
    ShiftBased,
}

impl ScheduleKind {
    /// Reads a `type`. Anything that is not of version 3 is layer-based.
    pub(crate) fn of(kind: Option<&str>) -> Self {
        if kind.is_some_and(|kind| kind.starts_with("schedule_v3")) {
            Self::ShiftBased
        } else {
            Self::LayerBased
        }
    }
}

impl fmt::Display for ScheduleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LayerBased => "layer-based",
            Self::ShiftBased => "shift-based",
        })
    }
}

/// A schedule where another resource speaks of one.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "WireReference<ScheduleId>")]
pub struct ScheduleReference {
    /// Which schedule.
    pub id: ScheduleId,
    /// Of which kind.
    pub kind: ScheduleKind,
    /// The name, where PagerDuty gives one.
    pub name: Option<String>,
}

/// A resource of which only id and name matter where it is mentioned.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "WireReference<I>", bound(deserialize = "I: Deserialize<'de>"))]
pub struct Reference<I> {
    /// Which one.
    pub id: I,
    /// The name, where PagerDuty gives one.
    pub name: Option<String>,
}

/// A mentioned escalation policy.
pub type EscalationPolicyReference = Reference<EscalationPolicyId>;
/// A mentioned priority; its name is what people call it, such as `P1`.
pub type PriorityReference = Reference<PriorityId>;
/// A mentioned service.
pub type ServiceReference = Reference<ServiceId>;
/// A mentioned team.
pub type TeamReference = Reference<TeamId>;

/// What a reference or a whole resource holds on the wire; any field but the id may be null.
#[derive(Deserialize)]
#[serde(bound(deserialize = "I: Deserialize<'de>"))]
pub(crate) struct WireReference<I> {
    pub(crate) id: I,
    #[serde(rename = "type")]
    kind: Option<String>,
    name: Option<String>,
    summary: Option<String>,
    email: Option<String>,
}

impl From<WireReference<UserId>> for UserReference {
    fn from(wire: WireReference<UserId>) -> Self {
        Self {
            id: wire.id,
            name: wire.name.or(wire.summary),
            email: wire.email,
        }
    }
}

impl From<WireReference<ScheduleId>> for ScheduleReference {
    fn from(wire: WireReference<ScheduleId>) -> Self {
        Self {
            id: wire.id,
            kind: ScheduleKind::of(wire.kind.as_deref()),
            name: wire.name.or(wire.summary),
        }
    }
}

impl<I> From<WireReference<I>> for Reference<I> {
    fn from(wire: WireReference<I>) -> Self {
        Self {
            id: wire.id,
            name: wire.name.or(wire.summary),
        }
    }
}

/// Someone or something that acts: a user, a service, an integration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "WireActor")]
pub enum Actor {
    /// A person.
    User(UserReference),
    /// Anything else; its `type` and id as PagerDuty writes them.
    Other {
        /// The `type`, such as `service_reference`.
        kind: String,
        /// The id, where there is one.
        id: Option<String>,
    },
}

impl Actor {
    /// The person, if it is one.
    #[must_use]
    pub fn user(&self) -> Option<&UserReference> {
        match self {
            Self::User(user) => Some(user),
            Self::Other { .. } => None,
        }
    }
}

/// Whether a `type` is a person's.
pub(crate) fn is_user(kind: &str) -> bool {
    kind == "user" || kind.starts_with("user_")
}

#[derive(Deserialize)]
struct WireActor {
    id: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    name: Option<String>,
    summary: Option<String>,
    email: Option<String>,
}

impl From<WireActor> for Actor {
    fn from(wire: WireActor) -> Self {
        let kind = wire.kind.unwrap_or_default();
        let user = wire.id.as_deref().map(UserId::parse);
        let user = user.filter(|_| is_user(&kind));
        match user {
            Some(Ok(id)) => Self::User(UserReference {
                id,
                name: wire.name.or(wire.summary),
                email: wire.email,
            }),
            _ => Self::Other { kind, id: wire.id },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_and_whole_resources_read_alike() {
        let cases = [
            (
                r#"{"id":"U1","type":"user_reference","summary":"Jo"}"#,
                Some("Jo"),
                None,
            ),
            (
                r#"{"id":"U1","type":"user","name":"Jo","summary":"x","email":"jo@acme.example"}"#,
                Some("Jo"),
                Some("jo@acme.example"),
            ),
            (
                r#"{"id":"U1","type":"user_of_tomorrow","name":null}"#,
                None,
                None,
            ),
            (r#"{"id":"U1"}"#, None, None),
        ];
        for (json, name, email) in cases {
            let user: UserReference = serde_json::from_str(json).expect(json);
            assert_eq!(
                (user.name.as_deref(), user.email.as_deref()),
                (name, email),
                "{json}"
            );
        }
        assert!(serde_json::from_str::<UserReference>(r#"{"id":null}"#).is_err());
        assert!(serde_json::from_str::<UserReference>("{}").is_err());
    }

    #[test]
    fn schedule_kinds_follow_the_type() {
        let cases = [
            ("schedule_reference", ScheduleKind::LayerBased),
            ("schedule", ScheduleKind::LayerBased),
            ("schedule_v3_reference", ScheduleKind::ShiftBased),
            ("schedule_v3", ScheduleKind::ShiftBased),
        ];
        for (kind, expected) in cases {
            assert_eq!(ScheduleKind::of(Some(kind)), expected, "{kind}");
        }
    }

    #[test]
    fn actors_are_people_or_not() {
        let actor = |json| serde_json::from_str::<Actor>(json).unwrap();
        assert!(
            actor(r#"{"id":"U1","type":"user_reference"}"#)
                .user()
                .is_some()
        );
        assert!(
            actor(r#"{"id":"S1","type":"service_reference"}"#)
                .user()
                .is_none()
        );
        assert!(
            actor(r#"{"id":null,"type":"api_key_reference"}"#)
                .user()
                .is_none()
        );
    }
}
