//! The PagerDuty simulator held against PagerDuty's documented behaviour, over real HTTP.

mod access;
mod company;
mod faults;
mod oncalls;
mod paging;
mod rendering;
mod schedules;
mod shifts;
mod support;
