//! The source against the PagerDuty simulator, over real HTTP.

mod budget;
mod directory;
mod faults;
mod rota;
mod support;
