//! The source against the PagerDuty simulator, over real HTTP.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod budget;
mod directory;
mod faults;
mod incidents;
mod notes;
mod rota;
mod support;
