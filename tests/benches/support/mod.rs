//! What the benchmarks share: medians, tables, big companies, the poller's release binary under a minimal Runtime API.
#![allow(dead_code, clippy::allow_attributes, reason = "each benchmark takes what it needs")]

pub mod big_company;
mod counter;
mod runtime_api;
mod table;

pub use counter::Counter;
pub use runtime_api::{Poller, RuntimeApi};
pub use table::{Table, median, percentile};
