//! The client against a fake PagerDuty on loopback. Bodies are ours, after the documented shapes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(
    clippy::needless_pass_by_value,
    reason = "fixtures made of `json!` read best by value"
)]

mod auth;
mod incidents;
mod instance_seen;
mod overrides;
mod paging;
mod resources;
mod retries;
mod schedules;
mod secrecy;
mod support;
mod webhook_payloads;
mod webhook_signatures;
mod webhook_subscriptions;
