//! Messages as a channel shows them.

use serde_json::Value;

/// A message that one person sees.
#[derive(Clone, Debug, PartialEq)]
pub struct SlackEphemeral {
    /// Who sees it.
    pub user: String,
    /// Where.
    pub channel: String,
    /// What it says.
    pub message: SlackMessage,
}

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
