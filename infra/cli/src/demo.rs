//! A company in one process: simulated vendors, the real poller, and time that runs fast.

mod chat;
mod script;
mod story;
mod world;

pub(crate) use chat::Chat;
pub(crate) use script::{Script, Stage};
pub(crate) use story::Story;
pub(crate) use world::{World, start_of_demo};
