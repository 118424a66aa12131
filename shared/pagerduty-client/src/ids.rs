//! Ids of PagerDuty's resources, each its own type: a user cannot be passed where a schedule belongs.

use std::{fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

/// The longest id that is accepted, in bytes. PagerDuty's own are 7 to 14 characters, those of
/// shift-based schedules' parts 26; the limit only keeps nonsense out of URLs and logs.
pub const ID_BYTES_MAX: usize = 255;

/// Why a text is not an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Nothing stands there.
    #[error("an id must not be empty")]
    Empty,
    /// Longer than [`ID_BYTES_MAX`].
    #[error("an id of {bytes} bytes is too long; at most {ID_BYTES_MAX} are allowed")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
    /// Holds something that cannot stand in the path of a URL as it is.
    #[error("an id must not hold `{character}`")]
    BadCharacter {
        /// The first such character, escaped.
        character: String,
    },
    /// `.` and `..` mean another path.
    #[error("`.` and `..` are not ids")]
    Dots,
}

fn check(text: &str) -> Result<(), IdError> {
    if text.is_empty() {
        return Err(IdError::Empty);
    }
    if text.len() > ID_BYTES_MAX {
        return Err(IdError::TooLong { bytes: text.len() });
    }
    if text == "." || text == ".." {
        return Err(IdError::Dots);
    }
    let is_bad = |c: &char| c.is_control() || c.is_whitespace() || "/?#\\%".contains(*c);
    match text.chars().find(is_bad) {
        Some(c) => Err(IdError::BadCharacter {
            character: c.escape_default().to_string(),
        }),
        None => Ok(()),
    }
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)+) => {$(
        $(#[$doc])*
        ///
        /// Cheap to clone; checked once, when parsed.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Reads an id.
            ///
            /// # Errors
            /// Says what is wrong with the text, see [`IdError`].
            pub fn parse(text: &str) -> Result<Self, IdError> {
                check(text)?;
                Ok(Self(text.into()))
            }

            /// The id as PagerDuty writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.as_str().to_owned()
            }
        }
    )+};
}

ids! {
    /// Names an audit record.
    AuditRecordId;
    /// Names an escalation policy.
    EscalationPolicyId;
    /// Names an incident.
    IncidentId;
    /// Names one override of a layer-based schedule.
    OverrideId;
    /// Names a priority that the account gives to incidents.
    PriorityId;
    /// Names a schedule of either kind; a schedule keeps its id when it is upgraded to shifts.
    ScheduleId;
    /// Names a service.
    ServiceId;
    /// Names a team.
    TeamId;
    /// Names a user of the account.
    UserId;
    /// Names what a webhook tells; the same in every delivery of it.
    WebhookEventId;
    /// Names a webhook subscription.
    WebhookSubscriptionId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_that_cannot_stand_in_a_url_are_refused() {
        let long = "P".repeat(ID_BYTES_MAX + 1);
        let cases = [
            ("empty", ""),
            ("too long", long.as_str()),
            ("path", "P1/users"),
            ("query", "P1?x"),
            ("fragment", "P1#x"),
            ("escape", "P1%2f"),
            ("backslash", "P1\\x"),
            ("new line", "P1\n"),
            ("space", "P 1"),
            ("here", "."),
            ("up", ".."),
        ];
        for (name, text) in cases {
            assert!(ScheduleId::parse(text).is_err(), "{name}");
        }
    }

    #[test]
    fn ids_read_and_write_as_strings() {
        let id: UserId = serde_json::from_str("\"PUSER01\"").unwrap();
        assert_eq!(id.to_string(), "PUSER01");
        assert_eq!(format!("{id:?}"), "UserId(PUSER01)");
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"PUSER01\"");
        assert!(serde_json::from_str::<UserId>("\"\"").is_err());
        assert!(ScheduleId::parse(&"P".repeat(ID_BYTES_MAX)).is_ok());
    }
}
