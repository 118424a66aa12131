#![doc = include_str!("../README.md")]

mod answer;
mod ask;
mod configured;
mod coverage;
mod deps;
mod due;
mod failures;
mod grants;
mod handler;
mod incidents;
mod invocation;
mod lag;
pub mod lambda;
mod look;
mod measure;
mod news;
mod notes;
mod outbox;
mod people;
mod protected;
mod questions;
mod refresh;
mod retell;
mod sweep;
mod tick;
mod turn;
mod webhooks;
pub mod wiring;

pub use answer::{Answer, Failure, PollerError};
pub use deps::{AccountSource, Deps, Systems};
pub use handler::handle;
pub use invocation::{Invocation, Sync, UnknownPayload, Wish};
pub use questions::{explain, forecast};
pub use tick::TICK;
