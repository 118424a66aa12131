#![doc = include_str!("../README.md")]

mod aws;
mod bus;
mod causes;
mod clock;
mod environment;
mod logging;
pub mod metrics;
mod problem;
mod secrets;
mod wishes;

pub use aws::{aws_config, http_client};
pub use bus::{BUS_ENTRIES_MAX, BusEntry, BusError, EventBus};
pub use causes::causes;
pub use clock::now;
pub use environment::{Environment, MissingVariable};
pub use logging::{LogFormat, init_logging};
pub use problem::{PROBLEM_JSON, problem};
pub use secrets::{Freshness, Put, RECENT, SecretError, SecretWriteError, Secrets};
pub use wishes::Wishes;
