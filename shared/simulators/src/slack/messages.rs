//! Messages as a channel shows them.

use serde_json::Value;

/// One message; an update changes it in place.
#[derive(Clone, Debug, PartialEq)]
pub struct SlackMessage {
    /// Its identifier in the channel.
    pub ts: String,
    /// The text beside or instead of blocks.
    pub text: String,
    /// Block Kit as sent; null without.
    pub blocks: Value,
}
