#![doc = include_str!("../README.md")]

mod answer;
mod configured;
mod coverage;
mod deps;
mod due;
mod handler;
mod incidents;
mod invocation;
pub mod lambda;
mod look;
mod outbox;
mod protected;
mod questions;
mod refresh;
mod sweep;
mod tick;
pub mod wiring;

pub use answer::{Answer, Failure, PollerError};
pub use deps::{AccountSource, Deps, Systems};
pub use handler::handle;
pub use invocation::{Invocation, Sync, UnknownPayload};
pub use questions::{explain, forecast};
pub use tick::TICK;
