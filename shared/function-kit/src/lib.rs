#![doc = include_str!("../README.md")]

mod aws;
mod bus;
mod clock;
mod environment;
mod logging;
mod secrets;

pub use aws::{aws_config, http_client};
pub use bus::{BUS_ENTRIES_MAX, BusEntry, BusError, EventBus};
pub use clock::now;
pub use environment::{Environment, MissingVariable};
pub use logging::{LogFormat, init_logging};
pub use secrets::{Freshness, SecretError, Secrets};
