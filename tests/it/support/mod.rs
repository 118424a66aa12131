//! A world to tell stories in: simulated vendors over real HTTP, the embedded store, the real poller.

mod bus;
mod choke;
mod clock;
mod ledger;
pub(crate) mod receiver;
pub(crate) mod rota;
mod systems;
mod vault;
mod world;

pub(crate) use choke::{Choke, Cut};
pub(crate) use ledger::{Holdings, Moved, moves};
pub(crate) use world::{Poller, World, WorldOptions, at, minutes};
