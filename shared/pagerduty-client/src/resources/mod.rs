//! The calls, one file per resource.

pub(crate) mod abilities;
pub(crate) mod audit;
pub(crate) mod escalation_policies;
pub(crate) mod incidents;
mod instance_seen;
pub(crate) mod oncalls;
pub(crate) mod overrides;
mod schedule_wire;
pub(crate) mod schedules;
pub(crate) mod services;
pub(crate) mod teams;
pub(crate) mod users;
pub(crate) mod webhook_subscriptions;
