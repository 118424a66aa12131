//! Harmless calls that tell whether credentials open what a configuration needs: before they are kept, and any time after.

mod needs;
mod pagerduty;
mod slack;
mod target;

pub(crate) use needs::{Need, needs};
pub(crate) use pagerduty::{Missing, client, pagerduty};
pub(crate) use slack::{CHAT_SCOPES, SlackSeen, USER_GROUP_SCOPES, slack};
pub(crate) use target::target;
