//! Stories about the whole product, told through the real handlers.

mod architecture;
mod handoff;
mod support;
