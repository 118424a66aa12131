#![doc = include_str!("../README.md")]

pub mod company;
pub mod identity_center;
pub mod kit;
pub mod pagerduty;
pub mod slack;
