//! Ids: every kind its own type, validated once, so that two kinds cannot be mixed up.

use newtype_uuid::{GenericUuid, TypedUuid, TypedUuidKind, TypedUuidTag};
use uuid::Uuid;

/// Why a text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing was given.
    #[error("{kind} is empty")]
    Empty {
        /// The kind of id, in words.
        kind: &'static str,
    },
    /// Longer than any vendor or Rotakey itself allows.
    #[error("{kind} is longer than {max} bytes")]
    TooLong {
        /// The kind of id, in words.
        kind: &'static str,
        /// The limit, in bytes of UTF-8.
        max: usize,
    },
    /// Holds a character that this kind does not allow.
    #[error("{kind} `{text}` holds {what}, which is not allowed there")]
    Character {
        /// The kind of id, in words.
        kind: &'static str,
        /// The text as given.
        text: String,
        /// The character, printable.
        what: String,
    },
}

/// Longest id of any kind, in bytes: key parts stay far below DynamoDB's 1,024.
pub const ID_BYTES_MAX: usize = 255;

fn check(kind: &'static str, text: &str, allows: fn(char) -> bool) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty { kind });
    }
    if text.len() > ID_BYTES_MAX {
        return Err(IdError::TooLong {
            kind,
            max: ID_BYTES_MAX,
        });
    }
    match text.chars().find(|c| !allows(*c)) {
        None => Ok(()),
        Some(c) => Err(IdError::Character {
            kind,
            text: text.to_owned(),
            what: format!("{c:?}"),
        }),
    }
}

/// Names that the owner chooses: they appear in keys, in `TARGET:NAME` and in URLs.
fn in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// Ids that PagerDuty gives out: they are put into URL paths.
fn in_vendor_id(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '=' | '.')
}

/// Names and ids in a target: people choose them freely, so only control characters are refused.
fn in_free_text(c: char) -> bool {
    !c.is_control()
}

macro_rules! string_id {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $allows:path) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// Takes a text that is a valid id of this kind.
            ///
            /// # Errors
            /// [`IdError`] when it is empty, too long, or holds a character that is not allowed.
            pub fn new(text: impl AsRef<str>) -> Result<Self, IdError> {
                let text = text.as_ref();
                check($kind, text, $allows)?;
                Ok(Self(text.into()))
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0.as_ref().to_owned()
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }
    };
}

string_id!(
    /// The name of a group in the configuration, unique there.
    GroupName, "group name", in_name
);
string_id!(
    /// The configuration's name for one PagerDuty account.
    PagerDutyName, "PagerDuty account name", in_name
);
string_id!(
    /// The configuration's name for one target.
    TargetName, "target name", in_name
);
string_id!(
    /// PagerDuty's id of a schedule, layer-based or v3; unique within one PagerDuty account.
    ScheduleId, "schedule id", in_vendor_id
);
string_id!(
    /// PagerDuty's id of an escalation policy.
    EscalationPolicyId, "escalation policy id", in_vendor_id
);
string_id!(
    /// PagerDuty's id of a user.
    PagerDutyUserId, "PagerDuty user id", in_vendor_id
);
string_id!(
    /// PagerDuty's id of a team.
    TeamId, "team id", in_vendor_id
);
string_id!(
    /// PagerDuty's id of a service.
    ServiceId, "service id", in_vendor_id
);
string_id!(
    /// PagerDuty's id of an incident.
    IncidentId, "incident id", in_vendor_id
);
string_id!(
    /// PagerDuty's id of an incident priority.
    PriorityId, "priority id", in_vendor_id
);
string_id!(
    /// The name of an incident priority, such as `P1`, or its id: what the configuration lists.
    PriorityName, "priority name", in_free_text
);
string_id!(
    /// What makes one sighting of an incident differ from another: the id of the event, or the instant of the read.
    SightingId, "sighting id", in_free_text
);
string_id!(
    /// PagerDuty's id of one delivery of a webhook, equal in every repeat.
    DeliveryId, "delivery id", in_free_text
);
string_id!(
    /// PagerDuty's id of a webhook subscription.
    WebhookSubscriptionId, "webhook subscription id", in_vendor_id
);
string_id!(
    /// What the caller of a request names it by, unique among that person's requests: a repeat is the same request.
    IdempotencyKey, "idempotency key", in_free_text
);
string_id!(
    /// What the configuration calls one thing grantable in a target: its name or its id there.
    EntitlementName, "entitlement name", in_free_text
);
string_id!(
    /// A target's own id of one of its groups.
    TargetGroupId, "target group id", in_free_text
);
string_id!(
    /// A target's own id of one person's account there.
    AccountId, "account id", in_free_text
);

macro_rules! uuid_kind {
    ($(#[$doc:meta])* $id:ident, $kind:ident, $tag:literal) => {
        #[doc = concat!("The kind of [`", stringify!($id), "`].")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $kind {}

        impl TypedUuidKind for $kind {
            fn tag() -> TypedUuidTag {
                const TAG: TypedUuidTag = TypedUuidTag::new($tag);
                TAG
            }
        }

        $(#[$doc])*
        pub type $id = TypedUuid<$kind>;
    };
}

uuid_kind!(
    /// One plan's held part: the same removals held for the same reasons have the same id.
    PlanId, PlanKind, "plan"
);
uuid_kind!(
    /// One change of one membership, from the decision to its outcome.
    ChangeId, ChangeKind, "change"
);
uuid_kind!(
    /// One pass over the groups that were due.
    SweepId, SweepKind, "sweep"
);
uuid_kind!(
    /// One request for access.
    RequestId, RequestKind, "request"
);
uuid_kind!(
    /// One grant that came from a request.
    GrantId, GrantKind, "grant"
);

/// The name space of ids that are computed from what they name.
const ROTAKEY: Uuid = Uuid::from_u128(0x5e1f_6d0c_92a4_4c1b_8a0e_7c3b_a11c_0de5);

/// An id computed from `parts`: equal parts give the equal id, on every machine.
///
/// Parts are joined with their lengths, so `["ab", "c"]` and `["a", "bc"]` differ.
pub(crate) fn derived<K: TypedUuidKind>(parts: &[&str]) -> TypedUuid<K> {
    let length = parts.iter().map(|part| size_of::<u64>() + part.len()).sum();
    let mut bytes = Vec::with_capacity(length);
    for part in parts {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    TypedUuid::from_untyped_uuid(Uuid::new_v5(&ROTAKEY, &bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_refuse_what_their_kind_does_not_allow() {
        let long = "x".repeat(ID_BYTES_MAX + 1);
        for (case, text, valid) in [
            ("plain", "payments-oncall", true),
            ("empty", "", false),
            ("slash", "a/b", false),
            ("space", "a b", false),
            ("too long", long.as_str(), false),
        ] {
            assert_eq!(GroupName::new(text).is_ok(), valid, "{case}");
        }
        assert!(EntitlementName::new("Payments Prod Operator / EU").is_ok());
        assert!(EntitlementName::new("line\nbreak").is_err());
        assert!(ScheduleId::new("P1?x=").is_err());
    }

    #[test]
    fn derived_ids_depend_on_where_parts_end() {
        let one: PlanId = derived(&["ab", "c"]);
        let same: PlanId = derived(&["ab", "c"]);
        let other: PlanId = derived(&["a", "bc"]);
        assert_eq!(one, same);
        assert_ne!(one, other);
    }
}
