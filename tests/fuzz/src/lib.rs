#![doc = include_str!("../README.md")]

mod slack;
mod webhook;

pub use slack::slack;
pub use webhook::webhook;
