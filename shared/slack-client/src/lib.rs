#![doc = include_str!("../README.md")]

mod chat;
mod client;
mod credential;
mod error;
mod id;
mod page;
mod user_groups;
mod users;
mod wire;

pub use chat::{Message, PostedMessage};
pub use client::{BuildError, SlackClient, SlackClientBuilder};
pub use credential::{FixedToken, Freshness, TokenError, TokenSource};
pub use error::SlackError;
pub use id::{ChannelId, InvalidId, MessageTs, SlackUserId, UserGroupId};
pub use user_groups::{DisabledGroups, NewUserGroup, UserGroup};
pub use users::{AuthTest, User};
