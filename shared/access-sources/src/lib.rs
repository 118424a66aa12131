#![doc = include_str!("../README.md")]

mod account;
mod directory;
mod error;
mod ids;
mod lent;
mod memory;
mod people;
mod policies;
mod read;
mod rows;
mod schedules;
mod source;
mod span;
mod turn;

pub use account::{ClientError, READ_SCOPES, client, client_builder, wanted_scopes};
pub use directory::{ScheduleKind, ScheduleLine};
pub use source::PagerDutySource;
