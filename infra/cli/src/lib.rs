#![doc = include_str!("../README.md")]

mod api;
mod cli;
mod commands;
mod demo;
mod events;
mod given;
pub mod local;
mod ocsf;
mod secrets;
mod setup;
mod show;
mod stop;
mod store_or_table;
mod when;

pub use cli::Cli;
