//! Slash commands.
//!
//! See <https://docs.slack.dev/interactivity/implementing-slash-commands>.

use super::capability::{ResponseUrl, TriggerId};
use super::form::{Form, PayloadError};
use super::sender::Sender;
use crate::id::ChannelId;

/// Every field that is read; Slack sends more, and will send others.
const FIELDS: [&str; 9] = [
    "api_app_id",
    "channel_id",
    "command",
    "enterprise_id",
    "response_url",
    "team_id",
    "text",
    "trigger_id",
    "user_id",
];

/// A command that somebody typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlashCommand {
    /// Who typed it. Always with a workspace.
    pub sender: Sender,
    /// Where it was typed, which may be a conversation that the app is no part of.
    pub channel: ChannelId,
    /// With its slash: `/access`.
    pub command: String,
    /// What follows the command, as typed; empty if nothing does.
    pub text: String,
    /// Opens a dialog.
    pub trigger: TriggerId,
    /// Answers in the conversation.
    pub response_url: ResponseUrl,
}

/// Reads the body of a slash command whose signature was verified.
///
/// # Errors
/// [`PayloadError`] when a field is missing, there twice or not of its documented form.
pub fn parse_command(body: &[u8]) -> Result<SlashCommand, PayloadError> {
    let mut form = Form::read(body, &FIELDS)?;
    let sender = Sender {
        user: form.required("user_id")?,
        user_team: None,
        team: Some(form.required("team_id")?),
        enterprise: form.optional("enterprise_id")?,
        app: form.optional("api_app_id")?,
    };
    Ok(SlashCommand {
        sender,
        channel: form.required("channel_id")?,
        command: form.required("command")?,
        text: form.text("text"),
        trigger: form.required("trigger_id")?,
        response_url: form.required("response_url")?,
    })
}
