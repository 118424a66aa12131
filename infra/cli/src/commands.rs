//! One file for each command.

pub(crate) mod config;
pub(crate) mod demo;
pub(crate) mod explain;
pub(crate) mod forecast;
pub(crate) mod schedules;
pub(crate) mod serve;
pub(crate) mod sync;
