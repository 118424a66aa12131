#![doc = include_str!("../README.md")]

mod api;
mod cli;
mod commands;
mod demo;
mod events;
mod given;
pub mod local;
mod notify;
mod ocsf;
mod probe;
mod secrets;
mod settings;
mod setup;
mod show;
mod signals;
mod stop;
mod store_or_table;
mod when;
mod who;

pub use cli::Cli;
