//! Both targets against one contract, and each against its vendor's quirks.
#![expect(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod contract;
mod damage;
mod identity_center;
mod moto;
mod slack_user_group;
mod support;
