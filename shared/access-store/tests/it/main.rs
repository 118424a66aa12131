//! The contract of every store port, over the embedded store.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod audit;
mod bindings;
mod configs;
mod deliveries;
mod embedded;
mod held;
mod incidents;
mod leases;
mod memberships;
mod outbox;
mod people;
mod pings;
mod repeats;
mod requests;
mod rotas;
mod support;
