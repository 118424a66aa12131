//! The approver's face in Slack: what people type, press and fill in, and the messages that tell them.
//!
//! Nothing of a request is parsed before its signature is proven. Then the workspace is checked, then who it is; what they
//! may do is not decided here.

mod announce;
mod answer;
mod app;
mod card;
mod command;
mod dialog;
mod fill;
mod line;
mod memory;
mod people;
mod place;
mod press;
mod problem;
mod proof;
pub(crate) mod react;
mod refresh;
mod removals;
mod status;
mod team;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use answer::answer;
pub(crate) use memory::Memory;
