//! The PagerDuty simulator held against PagerDuty's documented behaviour, over real HTTP.

mod access;
mod company;
mod faults;
mod incidents;
mod oncalls;
mod paging;
mod rendering;
mod schedules;
mod shifts;
mod support;
mod webhook_delivery;
mod webhook_events;
mod webhook_receiver;
mod webhook_subscriptions;
