#![doc = include_str!("../README.md")]

mod identity_center;
mod shared_read;
mod slack_user_group;

pub use identity_center::{IdentityCenter, Pace};
pub use slack_user_group::SlackUserGroup;
