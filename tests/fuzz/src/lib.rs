#![doc = include_str!("../README.md")]

mod input;
#[cfg(test)]
mod seeds;
mod slack;
mod webhook;

pub use slack::slack;
pub use webhook::webhook;
