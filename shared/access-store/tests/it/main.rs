//! The contract of every store port, over the embedded store.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bindings;
mod configs;
mod embedded;
mod held;
mod leases;
mod memberships;
mod outbox;
mod repeats;
mod rotas;
mod support;
