//! Messages: posting and replacing them.

use serde::{Deserialize, Serialize};

use crate::block_kit::{Block, Mrkdwn, fitting, limits};
use crate::client::SlackClient;
use crate::error::SlackError;
use crate::id::{ChannelId, MessageTs, SlackUserId};
use crate::wire::Method;

/// Twice posted is twice read, so an unknown end is reported and not repeated.
const POST_MESSAGE: Method = Method::creating("chat.postMessage");
const POST_EPHEMERAL: Method = Method::creating("chat.postEphemeral");
const UPDATE: Method = Method::idempotent("chat.update");

/// What a message says, within Slack's limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    text: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    blocks: Vec<Block>,
}

impl Message {
    /// A message of text alone, cut to 4000 characters. With blocks, the text is what notifications and screen readers
    /// say, so it must stand for them.
    #[must_use]
    pub fn new(text: &Mrkdwn) -> Self {
        Self {
            text: text.fit(limits::MESSAGE_TEXT_MAX),
            blocks: Vec::new(),
        }
    }

    /// Shows these blocks instead of the text. Those beyond fifty are left out and counted in the last line.
    #[must_use]
    pub fn blocks(mut self, blocks: impl IntoIterator<Item = Block>) -> Self {
        self.blocks = fitting(blocks, limits::MESSAGE_BLOCKS_MAX);
        self
    }

    fn blocks_json(&self) -> String {
        serde_json::to_string(&self.blocks).expect("blocks are texts and lists of them")
    }
}

/// Where a message went: what [`SlackClient::update_message`] needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PostedMessage {
    /// The conversation; for a direct message not the id that was posted to.
    pub channel: ChannelId,
    /// The message's identifier in that conversation.
    pub ts: MessageTs,
}

/// An answer whose content is of no use.
#[derive(Deserialize)]
struct Done {}

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
        self.call(POST_MESSAGE, &new_message(channel, message))
            .await
    }

    /// Shows a message in a channel to one person of it, until they reload. It cannot be replaced, and Slack does not
    /// promise that it is seen. Scope `chat:write`.
    ///
    /// # Errors
    /// [`SlackError::Unreachable`] when it may have been shown: it is not sent twice.
    pub async fn post_ephemeral(
        &self,
        channel: &ChannelId,
        user: &SlackUserId,
        message: &Message,
    ) -> Result<(), SlackError> {
        let mut form = new_message(channel, message);
        form.push(("user", user.to_string()));
        let Done {} = self.call(POST_EPHEMERAL, &form).await?;
        Ok(())
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
        let form = [
            ("channel", channel.to_string()),
            ("ts", ts.to_string()),
            ("text", message.text.clone()),
            // An empty list takes away the blocks that the message had; what a missing one does was not always the same.
            ("blocks", message.blocks_json()),
        ];
        self.call(UPDATE, &form).await
    }
}

fn new_message(channel: &ChannelId, message: &Message) -> Vec<(&'static str, String)> {
    let mut form = vec![
        ("channel", channel.to_string()),
        ("text", message.text.clone()),
        // What people write must not make Slack fetch pages.
        ("unfurl_links", false.to_string()),
        ("unfurl_media", false.to_string()),
    ];
    if !message.blocks.is_empty() {
        form.push(("blocks", message.blocks_json()));
    }
    form
}
