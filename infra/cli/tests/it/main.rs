//! The real binary against simulated vendors: what it prints, what it leaves behind, and how it exits.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set up its world has failed"
)]

mod apply;
mod ask;
mod audit;
mod check;
mod connect;
mod demo;
mod doctor;
mod events;
mod killed;
mod lost;
mod policy;
mod requests;
mod serve;
mod support;
mod sync;
mod vitals;
mod webhooks;
