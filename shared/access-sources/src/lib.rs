#![doc = include_str!("../README.md")]

mod account;
mod directory;
mod error;
mod ids;
mod incidents;
mod lent;
mod lookup;
mod memory;
mod people;
mod policies;
mod read;
mod rows;
mod schedules;
mod source;
mod span;
mod turn;

pub use account::{
    ClientError, INCIDENT_SCOPES, READ_SCOPES, Reads, client, client_builder, wanted_scopes,
};
pub use directory::{ScheduleKind, ScheduleLine};
pub use source::PagerDutySource;
