//! The contract of every store port, over the embedded store.

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
