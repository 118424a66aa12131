//! What Slack posts to an app: slash commands and interactions.
//!
//! First [`verify`](crate::verify) the bytes, then parse them. What is parsed says who did something, never that they
//! may: anybody who sees a button can press it, also people of other workspaces in a shared channel.

mod capability;
mod command;
mod form;
mod interaction;
mod sender;
mod state;

pub use capability::{ResponseUrl, TriggerId};
pub use command::{SlashCommand, parse_command};
pub use form::{BODY_BYTES_MAX, PayloadError};
pub use interaction::{
    Action, BlockActions, Interaction, SubmittedView, ViewClosed, ViewSubmission, parse_interaction,
};
pub use sender::Sender;
pub use state::Inputs;
