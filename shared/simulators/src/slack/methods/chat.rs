//! The `chat` methods.

use serde_json::{Value, json};

use super::super::messages::SlackMessage;
use super::super::refusal::Refusal;
use super::super::workspace::Workspace;
use super::{Answer, Call};

/// Longest text of an update, in characters; Slack's own figure.
const UPDATE_CHARS_MAX: usize = 4_000;
/// Longest text of a new message, in characters, before Slack cuts it.
const POST_CHARS_MAX: usize = 40_000;
/// Blocks in one message at most.
const BLOCKS_MAX: usize = 50;

pub(super) fn post_message(workspace: &mut Workspace, call: &Call) -> Answer {
    let channel = channel(workspace, call.form.required("channel")?)?;
    let (text, blocks) = content(call, POST_CHARS_MAX)?;
    workspace.messages_posted += 1;
    let ts = format!("{}.{:06}", call.now.as_second(), workspace.messages_posted);
    let message = SlackMessage { ts, text, blocks };
    let answer = answer(&channel, &message);
    workspace.channels.entry(channel).or_default().push(message);
    Ok(answer)
}

pub(super) fn update(workspace: &mut Workspace, call: &Call) -> Answer {
    let channel = channel(workspace, call.form.required("channel")?)?;
    let ts = call.form.required("ts")?;
    let (text, blocks) = content(call, UPDATE_CHARS_MAX)?;
    let messages = workspace.channels.get_mut(&channel);
    let message = messages.and_then(|messages| messages.iter_mut().find(|it| it.ts == ts));
    let Some(message) = message else {
        return Err(Refusal::new("message_not_found"));
    };
    message.text = text;
    message.blocks = blocks;
    Ok(answer(&channel, message))
}

/// A channel by its id, or the direct conversation with an active user.
fn channel(workspace: &Workspace, id: &str) -> Result<String, Refusal> {
    if workspace.channels.contains_key(id) {
        return Ok(id.to_owned());
    }
    match id.strip_prefix('U') {
        Some(rest) if workspace.is_active(id) => Ok(format!("D{rest}")),
        _ => Err(Refusal::new("channel_not_found")),
    }
}

fn content(call: &Call, chars_max: usize) -> Result<(String, Value), Refusal> {
    let text = call.form.text("text").unwrap_or_default();
    let blocks = match call
        .form
        .text("blocks")
        .map(serde_json::from_str::<Vec<Value>>)
    {
        None => Value::Null,
        Some(Ok(blocks)) if blocks.len() <= BLOCKS_MAX => Value::Array(blocks),
        Some(_) => return Err(Refusal::new("invalid_blocks")),
    };
    if text.is_empty() && blocks.is_null() {
        return Err(Refusal::new("no_text"));
    }
    if text.chars().count() > chars_max {
        return Err(Refusal::new("msg_too_long"));
    }
    Ok((text.to_owned(), blocks))
}

fn answer(channel: &str, message: &SlackMessage) -> Value {
    let SlackMessage { ts, text, blocks } = message;
    json!({
        "channel": channel, "ts": ts, "text": text,
        "message": {"type": "message", "ts": ts, "text": text, "blocks": blocks},
    })
}
