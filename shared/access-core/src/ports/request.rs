//! Requests, grants, and the chat messages that show them.

use super::store::StoreError;
use crate::id::{GrantId, GroupName, IdempotencyKey, RequestId};
use crate::principal::Principal;
use crate::request::{GrantRecord, Request, Step};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The most requests of one person, or into one group, that one look finds: they are kept for ever.
pub const REQUESTS_READ_MAX: usize = 500;

/// Requests and grants. Written under version conditions rather than a lease: approvers decide beside a sweep.
#[async_trait]
pub trait Requests {
    /// One request; `None`: there is none of that id.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn request(&self, id: RequestId) -> Result<Option<Request>, StoreError>;
    /// Requests, the newest first: all that are pending, and of the others at most the newest [`REQUESTS_READ_MAX`]. Those of
    /// a person may be a second old; the others are as of now.
    ///
    /// # Errors
    /// When not all of these can be read.
    async fn requests(&self, filter: &RequestFilter) -> Result<Vec<Request>, StoreError>;
    /// One grant; `None`: there is none of that id.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn grant(&self, id: GrantId) -> Result<Option<GrantRecord>, StoreError>;
    /// Every grant that can matter to membership: those stored as live, by whose `expires_at` the caller tells whether
    /// they are; and those that were ended early in the last days, so that a removal can be told to be meant.
    ///
    /// # Errors
    /// When not all can be read.
    async fn current_grants(&self) -> Result<Vec<GrantRecord>, StoreError>;
    /// Those of [`Requests::current_grants`] that are stored as live; callers compare times.
    ///
    /// # Errors
    /// When not all can be read.
    async fn live_grants(&self) -> Result<Vec<GrantRecord>, StoreError>;
    /// Every grant that a person ever held, the newest first; may be a second old.
    ///
    /// # Errors
    /// When not all can be read.
    async fn grants_of(&self, principal: &Principal) -> Result<Vec<GrantRecord>, StoreError>;
    /// Every grant that came from a break-glass and awaits its review, the oldest first, ended or not.
    ///
    /// # Errors
    /// When not all can be read.
    async fn unreviewed(&self) -> Result<Vec<GrantRecord>, StoreError>;
    /// Writes a step: every row under the condition that its version is the one before, with its events in the outbox,
    /// and with a new request the key that its caller named it by. All or nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when somebody came first: read again, then decide again. Or when it cannot be written.
    async fn take(&self, step: &Step) -> Result<(), StoreError>;
    /// The request that this person named by this key, if any.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn by_key(
        &self,
        by: &Principal,
        key: &IdempotencyKey,
    ) -> Result<Option<RequestId>, StoreError>;
}

/// Which requests to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestFilter {
    /// Those that nobody decided yet, as stored; callers compare times.
    Pending,
    /// What this person asked last.
    By(Principal),
    /// What was asked into this group last.
    Group(GroupName),
}

/// The chat messages that show a request, so that they can be brought up to date in place.
#[async_trait]
pub trait Cards {
    /// Every message that shows this request, in the order of channels.
    ///
    /// # Errors
    /// When not all can be read.
    async fn cards(&self, request: RequestId) -> Result<Vec<Card>, StoreError>;
    /// Keeps a message; one for the same channel and reader is replaced.
    ///
    /// # Errors
    /// When it cannot be written.
    async fn keep_card(&self, request: RequestId, card: &Card) -> Result<(), StoreError>;
    /// Lets the caller, and until `until` nobody else, post the message for this channel and reader; `false`: another may
    /// at `now`. Whoever posted it keeps it and need not let go.
    ///
    /// # Errors
    /// When that cannot be written: nobody may post.
    async fn claim_card(
        &self,
        request: RequestId,
        channel: &str,
        reader: CardReader,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Lets others post the message that the caller had claimed and did not post. A repeat changes nothing.
    ///
    /// # Errors
    /// When it cannot be written: others have to wait.
    async fn let_card_go(
        &self,
        request: RequestId,
        channel: &str,
        reader: CardReader,
        now: Timestamp,
    ) -> Result<(), StoreError>;
}

/// One chat message that shows a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Card {
    /// The channel, as the chat calls it.
    pub channel: String,
    /// The message there, as the chat calls it.
    pub ts: String,
    /// For whom it was made, and so what it shows.
    pub reader: CardReader,
}

/// For whom a chat message about a request was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CardReader {
    /// Whoever may decide.
    Approver,
    /// Whoever asked.
    Requester,
    /// Everybody in a channel.
    Everybody,
}
