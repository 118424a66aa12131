#![doc = include_str!("../README.md")]

mod action;
mod audit;
mod bindings;
mod cards;
mod configs;
mod deliveries;
#[cfg(feature = "embedded")]
pub mod embedded;
mod error;
mod held;
mod incidents;
mod item;
mod journal;
mod key;
mod lease;
mod memberships;
mod outbox;
mod people;
mod pings;
mod query;
mod requests;
mod rota;
mod scan;
mod schema;
mod store;
mod table;
mod transact;

pub use audit::KnownEntries;
pub use configs::CONFIG_BYTES_MAX;
pub use incidents::INCIDENT_BYTES_MAX;
pub use schema::{EXPIRY, INDEX, INDEX_PARTITION, INDEX_SORT, PARTITION, SORT, ensure_table};
pub use store::DynamoStore;
