#![doc = include_str!("../README.md")]

pub mod big_company;
pub mod counter;
pub mod outside;
pub mod runtime_api;
pub mod table;
