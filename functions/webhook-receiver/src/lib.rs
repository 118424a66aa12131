#![doc = include_str!("../README.md")]

mod concern;
mod configured;
mod deps;
mod event;
mod lambda;
mod proof;
mod receive;
mod reply;
mod sighting;
pub mod wiring;

pub use access_core::ports::Wake;
pub use deps::{Deps, Store, WebhookSecrets};
pub use lambda::handle;
pub use receive::{BODY_BYTES_MAX, Received, receive};
pub use reply::{Problem, Reply};
