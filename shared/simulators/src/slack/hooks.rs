//! Response addresses: five uses within thirty minutes, no token.
//!
//! <https://docs.slack.dev/interactivity/handling-user-interaction#message_responses>

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::block_kit::check_blocks;
use super::messages::{SlackEphemeral, SlackMessage};
use super::workspace::Workspace;

/// For how long an address is good.
const LIFE: SignedDuration = SignedDuration::from_mins(30);
/// How often it is good.
const USES_MAX: u32 = 5;

/// The addresses given out, by the end of their path.
#[derive(Debug, Default)]
pub(super) struct Hooks(BTreeMap<String, Hook>);

/// What an address answers.
#[derive(Clone, Debug)]
pub(super) struct Hook {
    pub(super) user: String,
    pub(super) channel: String,
    /// The message with the button; none for a command.
    pub(super) ts: Option<String>,
    pub(super) given_at: Timestamp,
    pub(super) uses: u32,
}

/// A refusal: the HTTP status and Slack's word.
pub(super) type HookRefusal = (u16, &'static str);

impl Hooks {
    pub(super) fn give(&mut self, hook: Hook) -> String {
        let key = format!("{:06}", self.0.len() + 1);
        self.0.insert(key.clone(), hook);
        key
    }

    /// Counts a use.
    fn take(&mut self, key: &str, now: Timestamp) -> Result<Hook, HookRefusal> {
        let hook = self.0.get_mut(key).ok_or((404, "no_service"))?;
        if now.duration_since(hook.given_at) >= LIFE {
            return Err((404, "expired_url"));
        }
        if hook.uses == USES_MAX {
            return Err((404, "used_url"));
        }
        hook.uses += 1;
        Ok(hook.clone())
    }
}

/// Takes what was posted to an address.
pub(super) fn post(
    workspace: &mut Workspace,
    key: &str,
    body: &[u8],
    now: Timestamp,
) -> Result<(), HookRefusal> {
    let hook = workspace.hooks.take(key, now)?;
    let Ok(reply) = serde_json::from_slice::<Value>(body) else {
        return Err((400, "invalid_payload"));
    };
    say(workspace, &hook, &reply, now).map_err(|_| (400, "invalid_blocks"))
}

/// Shows a reply, as an address or the answer to a command gives it.
///
/// # Errors
/// With what is wrong with it.
pub(super) fn say(
    workspace: &mut Workspace,
    hook: &Hook,
    reply: &Value,
    now: Timestamp,
) -> Result<(), Vec<String>> {
    let is_original = |message: &SlackMessage| Some(&message.ts) == hook.ts.as_ref();
    if reply["delete_original"] == true {
        if let Some(messages) = workspace.channels.get_mut(&hook.channel) {
            messages.retain(|message| !is_original(message));
        }
        return Ok(());
    }
    let (text, blocks) = content(reply)?;
    if reply["replace_original"] == true
        && let Some(messages) = workspace.channels.get_mut(&hook.channel)
        && let Some(original) = messages.iter_mut().find(|message| is_original(message))
    {
        original.text = text;
        original.blocks = blocks;
        return Ok(());
    }
    let ts = workspace.next_ts(now);
    let message = SlackMessage { ts, text, blocks };
    let channel = hook.channel.clone();
    if reply["response_type"] == "in_channel" {
        workspace.channels.entry(channel).or_default().push(message);
    } else {
        let user = hook.user.clone();
        workspace.ephemerals.push(SlackEphemeral {
            user,
            channel,
            message,
        });
    }
    Ok(())
}

fn content(reply: &Value) -> Result<(String, Value), Vec<String>> {
    let text = reply["text"].as_str().unwrap_or_default();
    let blocks = &reply["blocks"];
    if text.is_empty() && blocks.is_null() {
        return Err(vec!["no_text".to_owned()]);
    }
    if !blocks.is_null() {
        let findings = check_blocks(blocks);
        if !findings.is_empty() {
            return Err(findings);
        }
    }
    Ok((text.to_owned(), blocks.clone()))
}
