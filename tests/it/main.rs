//! Stories about the whole product, told through the real handlers.

mod ahead;
mod approval;
mod architecture;
mod crash;
mod deploy;
mod faults;
mod fortnight;
mod groups;
mod handoff;
mod lambda;
mod measured;
mod outage;
mod overlap;
mod quiet;
mod rights;
mod support;
mod told;
mod unread;
mod webhook;
