//! One file for each command.

pub(crate) mod apply;
pub(crate) mod audit;
pub(crate) mod config;
pub(crate) mod connect;
pub(crate) mod decide;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod done;
pub(crate) mod events;
pub(crate) mod explain;
pub(crate) mod forecast;
pub(crate) mod grants;
pub(crate) mod policy;
pub(crate) mod request;
pub(crate) mod requests;
pub(crate) mod schedules;
pub(crate) mod serve;
pub(crate) mod sync;
pub(crate) mod webhooks;
