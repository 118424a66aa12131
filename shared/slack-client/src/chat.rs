//! Messages: posting and replacing them.

use serde::Deserialize;
use serde_json::Value;

use crate::client::SlackClient;
use crate::error::SlackError;
use crate::id::{ChannelId, MessageTs};
use crate::wire::Method;

/// Twice posted is twice read, so an unknown end is reported and not repeated.
const POST_MESSAGE: Method = Method::creating("chat.postMessage");
const UPDATE: Method = Method::idempotent("chat.update");

/// What a message says.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Shown in notifications, and as the message when there are no blocks.
    pub text: String,
    /// Block Kit, an array of at most 50 blocks; `None` sends the text alone.
    pub blocks: Option<Value>,
}

/// Where a message went: what [`SlackClient::update_message`] needs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct PostedMessage {
    /// The conversation; for a direct message not the id that was posted to.
    pub channel: ChannelId,
    /// The message's identifier in that conversation.
    pub ts: MessageTs,
}

impl SlackClient {
    /// Posts a message. Slack takes about one a second per channel. Scope `chat:write`.
    ///
    /// # Errors
    /// [`SlackError::Unreachable`] when it may have been posted: it is not sent twice.
    pub async fn post_message(
        &self,
        channel: &ChannelId,
        message: &Message,
    ) -> Result<PostedMessage, SlackError> {
        self.call(POST_MESSAGE, &form(channel, message)).await
    }

    /// Replaces a message of the app's own; a repeat changes nothing. Scope `chat:write`.
    ///
    /// # Errors
    /// [`SlackError::NotFound`] when the message was deleted.
    pub async fn update_message(
        &self,
        channel: &ChannelId,
        ts: &MessageTs,
        message: &Message,
    ) -> Result<PostedMessage, SlackError> {
        let mut form = form(channel, message);
        form.push(("ts", ts.to_string()));
        self.call(UPDATE, &form).await
    }
}

fn form(channel: &ChannelId, message: &Message) -> Vec<(&'static str, String)> {
    let Message { text, blocks } = message;
    let mut form = vec![("channel", channel.to_string()), ("text", text.clone())];
    form.extend(blocks.iter().map(|blocks| ("blocks", blocks.to_string())));
    form
}
