//! The approver, use case by use case: over the embedded store and the real policies, with a bus that only listens.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod asking;
mod configuration;
mod deciding;
mod ending;
mod http_api;
mod looking;
mod measured;
mod payloads;
mod races;
mod releasing;
mod slack;
mod support;
