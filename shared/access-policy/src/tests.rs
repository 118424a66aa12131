//! Who may do what: tables over a small company, and what no configuration may ever permit.

mod cases;
mod compile;
mod decide;
mod doubt;
mod hostile;
mod never;
mod trust;
mod world;
