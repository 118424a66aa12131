#![doc = include_str!("../README.md")]

pub mod apply;
pub mod audit;
pub mod config;
pub mod desired;
pub mod event;
pub mod explain;
pub mod facts;
pub mod forecast;
pub mod group;
pub mod id;
pub mod incident;
pub mod matching;
pub mod membership;
pub mod outbox;
pub mod plan;
pub mod ports;
pub mod principal;
pub mod request;
pub mod timeline;
pub mod waiting;

#[cfg(test)]
mod world;
