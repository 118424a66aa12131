//! Slack's identifiers, each its own type and checked once.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest identifier accepted, in bytes; Slack's own have 9 to 13 characters.
const ID_BYTES_MAX: usize = 64;

/// Text that cannot be the identifier it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a {what}")]
pub struct InvalidId {
    what: &'static str,
    text: String,
}

impl InvalidId {
    /// For text that must not be printed.
    pub(crate) fn unnamed(what: &'static str) -> Self {
        let text = "..".to_owned();
        Self { what, text }
    }
}

macro_rules! slack_id {
    ($(#[$doc:meta])* $name:ident, $what:literal, $accepts:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The identifier as Slack writes it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                let accepts: fn(&str) -> bool = $accepts;
                if !text.is_empty() && text.len() <= ID_BYTES_MAX && accepts(&text) {
                    Ok(Self(text))
                } else {
                    Err(InvalidId { what: $what, text })
                }
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

slack_id!(
    /// A workspace member: `U..`, or `W..` on Enterprise Grid.
    SlackUserId, "Slack user id", |text| is_encoded(text, &['U', 'W'])
);
slack_id!(
    /// A user group (the older API says subteam): `S..`.
    UserGroupId, "Slack user group id", |text| is_encoded(text, &['S'])
);
slack_id!(
    /// A conversation: channel `C..`, private channel `G..`, direct message `D..`.
    ChannelId, "Slack channel id", |text| is_encoded(text, &['C', 'G', 'D'])
);
slack_id!(
    /// A workspace: `T..`, or an organisation's `E..` where an app is installed for all of it.
    TeamId, "Slack workspace id", |text| is_encoded(text, &['T', 'E'])
);
slack_id!(
    /// An Enterprise Grid organisation: `E..`.
    EnterpriseId, "Slack organisation id", |text| is_encoded(text, &['E'])
);
slack_id!(
    /// A Slack app: `A..`.
    AppId, "Slack app id", |text| is_encoded(text, &['A'])
);
slack_id!(
    /// An open dialog: `V..`.
    ViewId, "Slack view id", |text| is_encoded(text, &['V'])
);
slack_id!(
    /// A message's time stamp, which is its identifier inside one channel: `1712345678.000100`.
    MessageTs, "Slack message time stamp",
    |text| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
);

/// Capital letters and digits after one of the `heads`. A comma or a blank inside an identifier
/// would change the meaning of a list of them.
fn is_encoded(text: &str, heads: &[char]) -> bool {
    text.starts_with(heads)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_checked_once() {
        let cases = [
            ("user", "U060RNRCZ".parse::<SlackUserId>().is_ok(), true),
            (
                "grid user",
                "W012A3CDE".parse::<SlackUserId>().is_ok(),
                true,
            ),
            (
                "group for a user",
                "S0616NG6M".parse::<SlackUserId>().is_ok(),
                false,
            ),
            ("two users", "U1,U2".parse::<SlackUserId>().is_ok(), false),
            ("empty", "".parse::<UserGroupId>().is_ok(), false),
            (
                "handle for a group",
                "payments-oncall".parse::<UserGroupId>().is_ok(),
                false,
            ),
            ("group", "S0616NG6M".parse::<UserGroupId>().is_ok(), true),
            ("channel", "C0123456789".parse::<ChannelId>().is_ok(), true),
            (
                "time stamp",
                "1712345678.000100".parse::<MessageTs>().is_ok(),
                true,
            ),
        ];
        for (name, got, want) in cases {
            assert_eq!(got, want, "{name}");
        }
    }

    #[test]
    fn unreadable_ids_do_not_deserialize() {
        assert!(serde_json::from_str::<SlackUserId>("\"\"").is_err());
        assert_eq!(
            serde_json::from_str::<SlackUserId>("\"U1\"")
                .unwrap()
                .as_str(),
            "U1"
        );
    }
}
