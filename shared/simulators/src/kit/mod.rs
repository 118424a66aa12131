//! What every simulator shares: a loopback server, a settable clock, scripted faults, a request log.
//!
//! A simulator owns one [`Kit`], writes an axum `Router` with its routes, and serves it with
//! [`Kit::serve`]; faults and the request log then work for every route without further code.

mod clock;
mod damage;
mod fault;
mod log;
mod observe;
mod script;
mod server;

pub use clock::SimClock;
pub use fault::Fault;
pub use log::{Logged, RequestLog};
pub use observe::{Kit, Vendor};
pub use script::Faults;
pub use server::Server;
