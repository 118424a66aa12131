#![doc = include_str!("../README.md")]

pub mod act;
pub mod api;
mod configured;
mod deps;
mod facts;
mod http;
pub mod lambda;
mod react;
mod situation;
mod slack;
pub mod wiring;

pub use deps::{Deps, Later, Store, Systems};
pub use http::{HttpReply, HttpRequest, IamIdentity, NotHttp};
pub use react::ReactError;
