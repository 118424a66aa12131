//! What an interaction lets the app do once: open a dialog, answer where it happened.

use std::fmt;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::id::InvalidId;

/// Longest accepted, in bytes; Slack's own have some sixty characters.
const TRIGGER_BYTES_MAX: usize = 255;
/// Longest accepted, in bytes; Slack's own have some hundred characters.
const URL_BYTES_MAX: usize = 2_048;

/// Opens one dialog for the person who did something, within three seconds of it. Not printed: whoever has it and the
/// token can put a dialog in front of that person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TriggerId(String);

impl TriggerId {
    /// The trigger as Slack writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TriggerId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        let is_printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        if !text.is_empty() && text.len() <= TRIGGER_BYTES_MAX && is_printable {
            Ok(Self(text))
        } else {
            Err(InvalidId::unnamed("Slack trigger"))
        }
    }
}

impl From<TriggerId> for String {
    fn from(trigger: TriggerId) -> Self {
        trigger.0
    }
}

impl fmt::Debug for TriggerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TriggerId(..)")
    }
}

/// Answers where something was done: five times at most, within thirty minutes, and without a token. Not printed, as
/// whoever has it can speak there.
///
/// Serializes as the address, so that slow work can take it along.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResponseUrl(Url);

impl ResponseUrl {
    pub(crate) fn as_url(&self) -> &Url {
        &self.0
    }
}

impl TryFrom<String> for ResponseUrl {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        let address = (text.len() <= URL_BYTES_MAX)
            .then(|| Url::parse(&text).ok())
            .flatten();
        match address {
            Some(address) if matches!(address.scheme(), "http" | "https") => Ok(Self(address)),
            _ => Err(InvalidId::unnamed("Slack response address")),
        }
    }
}

impl From<ResponseUrl> for String {
    fn from(address: ResponseUrl) -> Self {
        address.0.into()
    }
}

impl fmt::Debug for ResponseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResponseUrl(..)")
    }
}
