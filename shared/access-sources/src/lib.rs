#![doc = include_str!("../README.md")]

mod account;
mod directory;
mod error;
mod ids;
mod incidents;
mod lent;
mod lookup;
mod memory;
mod notes;
mod people;
mod policies;
mod read;
mod rows;
mod schedules;
mod source;
mod span;
mod turn;
mod webhooks;

pub use account::{
    ClientError, INCIDENT_SCOPES, NOTE_SCOPES, READ_SCOPES, Reads, WEBHOOK_CHANGE_SCOPES,
    WEBHOOK_SCOPES, client, client_builder, wanted_scopes,
};
pub use directory::{ScheduleKind, ScheduleLine};
pub use notes::PagerDutyNotes;
pub use source::PagerDutySource;
