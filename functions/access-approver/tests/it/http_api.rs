//! The HTTP interface: payloads as a Function URL hands them over, answers as it takes them.

mod bodies;
mod callers;
mod deciding;
mod lists;
mod repeats;
mod seeing;
mod sent;
mod tokens;
