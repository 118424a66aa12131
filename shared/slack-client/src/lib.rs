#![doc = include_str!("../README.md")]

pub mod block_kit;
mod chat;
mod client;
mod conversations;
mod credential;
mod error;
mod id;
mod inbound;
mod page;
mod respond;
mod signature;
mod user_groups;
mod users;
mod views;
mod wire;

pub use block_kit::SubmissionAnswer;
pub use chat::{Message, PostedMessage};
pub use client::{BuildError, SlackClient, SlackClientBuilder};
pub use credential::{FixedToken, Freshness, TokenError, TokenSource};
pub use error::SlackError;
pub use id::{
    AppId, ChannelId, EnterpriseId, InvalidId, MessageTs, SlackUserId, TeamId, UserGroupId, ViewId,
};
pub use inbound::{
    Action, BODY_BYTES_MAX, BlockActions, Inputs, Interaction, PayloadError, ResponseUrl, Sender,
    SlashCommand, SubmittedView, TriggerId, ViewClosed, ViewSubmission, parse_command,
    parse_interaction,
};
pub use respond::Reply;
pub use signature::{Proof, SIGNATURE_WINDOW, SignatureError, verify};
pub use user_groups::{DisabledGroups, NewUserGroup, UserGroup};
pub use users::{AuthTest, User};
pub use views::OpenView;
