#![doc = include_str!("../README.md")]

pub mod big_company;
pub mod counter;
pub mod function_url;
pub mod http;
pub mod load;
pub mod outside;
pub mod receiver_process;
pub mod runtime_api;
pub mod table;
