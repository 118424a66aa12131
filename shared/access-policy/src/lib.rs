#![doc = include_str!("../README.md")]

mod approvers;
pub mod cases;
mod decide;
mod doubt;
mod entities;
mod error;
mod explain;
mod files;
mod mentions;
mod names;
mod policies;
mod question;
mod rules;
mod schema;
mod situation;
#[cfg(test)]
mod tests;

pub use decide::Decision;
pub use error::PolicyErrors;
pub use explain::{Explanation, Ruling};
pub use policies::Policies;
pub use question::{Action, Filed, Question, Thing};
pub use schema::{DEFAULT, SCHEMA};
pub use situation::{Situation, Standing, Unknown};
