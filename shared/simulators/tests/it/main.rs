//! The simulators of PagerDuty and Slack held against the vendors' documented behaviour, over real HTTP.

mod access;
mod company;
mod faults;
mod incidents;
mod oncalls;
mod paging;
mod rendering;
mod schedules;
mod shifts;
mod slack_actions;
mod slack_calls;
mod slack_limits;
mod slack_text;
mod support;
mod webhook_delivery;
mod webhook_events;
mod webhook_receiver;
mod webhook_subscriptions;
