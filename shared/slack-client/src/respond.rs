//! Answers to slash commands and buttons, without a token: in the HTTP response or through the response address.

use serde::{Serialize, Serializer};
use url::Url;

use crate::chat::Message;
use crate::client::SlackClient;
use crate::error::SlackError;
use crate::inbound::ResponseUrl;
use crate::wire::{self, Method};

/// How errors and logs call it; it is no method of the Web API.
const NAME: &str = "response_url";

/// What happens where somebody typed a command or pressed a button.
///
/// Serializes as the body that answers a slash command, and as what a response address takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Only the person sees it.
    Ephemeral(Message),
    /// Everybody in the conversation sees it.
    InChannel(Message),
    /// It takes the place of the message with the button, also of one that only the person sees.
    Replace(Message),
    /// The message with the button goes away.
    Delete,
}

/// The wire's form of a [`Reply`].
#[derive(Serialize)]
struct WireReply<'m> {
    #[serde(skip_serializing_if = "Option::is_none")]
    response_type: Option<&'static str>,
    replace_original: bool,
    delete_original: bool,
    #[serde(flatten)]
    message: Option<&'m Message>,
}

impl Serialize for Reply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (response_type, message) = match self {
            Self::Ephemeral(message) => (Some("ephemeral"), Some(message)),
            Self::InChannel(message) => (Some("in_channel"), Some(message)),
            Self::Replace(message) => (None, Some(message)),
            Self::Delete => (None, None),
        };
        let wire = WireReply {
            response_type,
            replace_original: matches!(self, Self::Replace(_)),
            delete_original: matches!(self, Self::Delete),
            message,
        };
        wire.serialize(serializer)
    }
}

impl Reply {
    /// A new message twice is two messages; a replaced one is the same.
    fn method(&self) -> Method {
        match self {
            Self::Ephemeral(_) | Self::InChannel(_) => Method::creating(NAME),
            Self::Replace(_) | Self::Delete => Method::idempotent(NAME),
        }
    }

    fn json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a reply is texts and lists of them")
    }
}

impl SlackClient {
    /// Answers where somebody did something: five times at most, within thirty minutes. Every try counts, repeats too.
    ///
    /// # Errors
    /// [`SlackError::Expired`] when the address is used up or too old; [`SlackError::Refused`] with the code
    /// `foreign_response_url`, and nothing sent, for an address that is not Slack's.
    pub async fn respond(&self, to: &ResponseUrl, reply: &Reply) -> Result<(), SlackError> {
        let address = to.as_url();
        if !belongs(address, self.api_url()) {
            return Err(SlackError::Refused {
                method: NAME,
                code: "foreign_response_url".to_owned(),
            });
        }
        let json = &reply.json();
        self.repeat(reply.method(), |deadline| async move {
            let timeout = self.timeout(NAME, deadline)?;
            wire::post(self.http(), address.clone(), NAME, json.clone(), timeout).await
        })
        .await
    }
}

/// Whether an address is at the API's own host or at its neighbour `hooks.`: whoever knows the signing secret must not
/// send us elsewhere.
fn belongs(address: &Url, api: &Url) -> bool {
    let (Some(host), Some(api_host)) = (address.host_str(), api.host_str()) else {
        return false;
    };
    let is_host = host == api_host || host.strip_prefix("hooks.") == Some(api_host);
    is_host
        && address.scheme() == api.scheme()
        && address.port_or_known_default() == api.port_or_known_default()
        && address.username().is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_slacks_own_addresses_are_answered() {
        let slack: Url = "https://slack.com/api/".parse().unwrap();
        let cases = [
            ("hooks", "https://hooks.slack.com/commands/T1/2/x", true),
            ("the api's host", "https://slack.com/x", true),
            ("elsewhere", "https://example.com/commands/T1/2/x", false),
            ("a name that ends so", "https://evilslack.com/x", false),
            ("a name below", "https://evil.hooks.slack.com/x", false),
            ("in the clear", "http://hooks.slack.com/x", false),
            ("another port", "https://hooks.slack.com:8443/x", false),
            (
                "another host's user",
                "https://slack.com@example.com/x",
                false,
            ),
            ("metadata", "http://169.254.169.254/latest", false),
        ];
        for (name, address, expected) in cases {
            let address: Url = address.parse().unwrap();
            assert_eq!(belongs(&address, &slack), expected, "{name}");
        }
    }
}
