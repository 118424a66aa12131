//! The `chat` methods.

use serde_json::{Value, json};

use super::super::block_kit::check_blocks;
use super::super::messages::{SlackEphemeral, SlackMessage};
use super::super::refusal::Refusal;
use super::super::workspace::Workspace;
use super::{Answer, Call};

/// Longest text of an update, in characters; Slack's own figure.
const UPDATE_CHARS_MAX: usize = 4_000;
/// Longest text of a new message, in characters, before Slack cuts it.
const POST_CHARS_MAX: usize = 40_000;

pub(super) fn post_message(workspace: &mut Workspace, call: &Call) -> Answer {
    let channel = channel(workspace, call)?;
    let message = new_message(workspace, call)?;
    let answer = answer(&channel, &message);
    workspace.channels.entry(channel).or_default().push(message);
    Ok(answer)
}

pub(super) fn post_ephemeral(workspace: &mut Workspace, call: &Call) -> Answer {
    let channel = channel(workspace, call)?;
    let user = call.form.required("user")?.to_owned();
    if !workspace.is_active(&user) {
        return Err(Refusal::new("user_not_in_channel"));
    }
    let message = new_message(workspace, call)?;
    let answer = json!({"message_ts": message.ts});
    workspace.ephemerals.push(SlackEphemeral {
        user,
        channel,
        message,
    });
    Ok(answer)
}

/// Text without blocks takes away the blocks that were there.
pub(super) fn update(workspace: &mut Workspace, call: &Call) -> Answer {
    let id = call.form.required("channel")?;
    // Slack takes no person's id here.
    if !workspace.channels.contains_key(id) {
        return Err(Refusal::new("channel_not_found"));
    }
    let ts = call.form.required("ts")?;
    let (text, blocks) = content(call, UPDATE_CHARS_MAX)?;
    let messages = workspace.channels.get_mut(id);
    let message = messages.and_then(|messages| messages.iter_mut().find(|it| it.ts == ts));
    let Some(message) = message else {
        return Err(Refusal::new("message_not_found"));
    };
    message.text = text;
    message.blocks = blocks;
    Ok(answer(id, message))
}

fn channel(workspace: &Workspace, call: &Call) -> Result<String, Refusal> {
    let id = call.form.required("channel")?;
    workspace
        .conversation(id)
        .ok_or_else(|| Refusal::new("channel_not_found"))
}

fn new_message(workspace: &mut Workspace, call: &Call) -> Result<SlackMessage, Refusal> {
    let (text, blocks) = content(call, POST_CHARS_MAX)?;
    let ts = workspace.next_ts(call.now);
    Ok(SlackMessage { ts, text, blocks })
}

fn content(call: &Call, chars_max: usize) -> Result<(String, Value), Refusal> {
    let text = call.form.text("text").unwrap_or_default();
    let blocks = match call.form.text("blocks").map(serde_json::from_str::<Value>) {
        None => Value::Null,
        Some(Ok(Value::Array(blocks))) if blocks.is_empty() => Value::Null,
        Some(Ok(blocks)) => blocks,
        Some(Err(_)) => return Err(Refusal::new("invalid_blocks_format")),
    };
    if text.is_empty() && blocks.is_null() {
        return Err(Refusal::new("no_text"));
    }
    if text.encode_utf16().count() > chars_max {
        return Err(Refusal::new("msg_too_long"));
    }
    if !blocks.is_null() {
        let findings = check_blocks(&blocks);
        if !findings.is_empty() {
            return Err(Refusal::invalid("invalid_blocks", findings));
        }
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
