//! The client from outside: what it sends, how it reads each kind of answer, and whom it believes.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod chat_ops;
mod client;
mod commands;
mod interactions;
mod shapes;
mod signatures;
mod support;
mod tokens;
