//! Conversations: finding the direct one with a person.

use serde::Deserialize;

use crate::client::SlackClient;
use crate::error::SlackError;
use crate::id::{ChannelId, SlackUserId};
use crate::wire::Method;

/// Opening an open conversation answers the same one.
const OPEN: Method = Method::idempotent("conversations.open");

#[derive(Deserialize)]
struct Opened {
    channel: Conversation,
}

#[derive(Deserialize)]
struct Conversation {
    id: ChannelId,
}

impl SlackClient {
    /// The direct conversation of the app with one person, opened if there is none; a repeat answers the same one. Scope
    /// `im:write`.
    ///
    /// # Errors
    /// [`SlackError::NotFound`] for an unknown person.
    pub async fn open_direct_message(&self, user: &SlackUserId) -> Result<ChannelId, SlackError> {
        let opened: Opened = self.call(OPEN, &[("users", user.to_string())]).await?;
        Ok(opened.channel.id)
    }
}
