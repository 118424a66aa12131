//! Both targets against one contract, and each against its vendor's quirks.

mod contract;
mod damage;
mod identity_center;
mod moto;
mod slack_user_group;
mod support;
