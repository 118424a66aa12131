//! A world to tell stories in: simulated vendors over real HTTP, the embedded store, the real poller.

pub(crate) mod approver;
mod bus;
mod choke;
pub(crate) mod clock;
mod ledger;
pub(crate) mod lines;
pub(crate) mod receiver;
mod refusal;
pub(crate) mod rota;
mod systems;
mod vault;
mod world;

pub(crate) use choke::{Choke, Cut};
pub(crate) use ledger::{Holdings, Moved, moves};
pub(crate) use refusal::Refusal;
pub(crate) use world::{ANNOUNCEMENTS, APPROVALS, Poller, World, WorldOptions, at, minutes};
