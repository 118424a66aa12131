//! Stories about the whole product, told through the real handlers.

mod approval;
mod architecture;
mod crash;
mod faults;
mod fortnight;
mod groups;
mod handoff;
mod lambda;
mod outage;
mod overlap;
mod quiet;
mod support;
mod told;
mod webhook;
