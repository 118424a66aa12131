//! The real binary against simulated vendors: what it prints, what it leaves behind, and how it exits.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set up its world has failed"
)]

mod ask;
mod check;
mod demo;
mod serve;
mod support;
mod sync;
