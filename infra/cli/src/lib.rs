#![doc = include_str!("../README.md")]

mod cli;
mod commands;
mod demo;
mod given;
pub mod local;
mod secrets;
mod setup;
mod show;
mod stop;
mod when;

pub use cli::Cli;
