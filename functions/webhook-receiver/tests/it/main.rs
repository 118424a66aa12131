//! The receiver, request by request: over the embedded store and secrets in files, with a bus that only listens.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod answers;
mod configuration;
mod events;
mod failures;
mod function_url;
mod hook;
mod measured;
mod pings;
mod repeats;
mod rotation;
mod support;
