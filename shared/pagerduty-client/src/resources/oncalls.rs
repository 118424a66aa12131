//! Who is on call, by escalation policy, level and schedule.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Deserialize;

use crate::{
    call::{Call, portions},
    client::Client,
    error::{Error, Operation},
    fields::nullable,
    ids::{EscalationPolicyId, ScheduleId, UserId},
    paging::PAGE_ROWS,
    reference::{EscalationPolicyReference, ScheduleReference, UserReference},
    window::Window,
};

/// Which on-calls to read. Filters intersect; an empty one does not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OncallQuery {
    /// Of these schedules only. More than a hundred are asked for in several calls.
    pub schedule_ids: BTreeSet<ScheduleId>,
    /// With `schedule_ids`: also people who are on call directly, through no schedule.
    pub with_permanent: bool,
    /// Of these escalation policies only.
    pub escalation_policy_ids: BTreeSet<EscalationPolicyId>,
    /// Of these people only.
    pub user_ids: BTreeSet<UserId>,
    /// On-calls that overlap this span, at most 90 days ahead; without it those of the present moment.
    pub window: Option<Window>,
    /// Only the earliest on-call of each policy, level and person.
    pub is_earliest_only: bool,
    /// What to give in full rather than by reference.
    pub include: OncallInclude,
}

/// What on-calls give in full; names come with references as well, e-mail addresses only with `users`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OncallInclude {
    /// People, with their e-mail address.
    pub users: bool,
    /// Schedules.
    pub schedules: bool,
    /// Escalation policies.
    pub escalation_policies: bool,
}

impl OncallInclude {
    fn words(self) -> impl Iterator<Item = &'static str> {
        let Self {
            users,
            schedules,
            escalation_policies,
        } = self;
        let words = [
            (users, "users"),
            (schedules, "schedules"),
            (escalation_policies, "escalation_policies"),
        ];
        words
            .into_iter()
            .filter_map(|(is_wanted, word)| is_wanted.then_some(word))
    }
}

/// One person's time on call at one level of one escalation policy.
///
/// The same shift comes once for every policy and level that uses its schedule. Schedules that no policy uses do not
/// appear. Whether times are cut to the asked window is not documented.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Oncall {
    /// Who.
    pub user: UserReference,
    /// Through which schedule, of either kind; `None` for someone whom the policy names directly.
    #[serde(deserialize_with = "nullable")]
    pub schedule: Option<ScheduleReference>,
    /// For which policy.
    pub escalation_policy: EscalationPolicyReference,
    /// At which level, counted from 1.
    pub escalation_level: u32,
    /// From when on; `None` for someone who is always on call.
    #[serde(rename = "start", deserialize_with = "nullable")]
    pub starts_at: Option<Timestamp>,
    /// Until when, end excluded; `None` if it never ends.
    #[serde(rename = "end", deserialize_with = "nullable")]
    pub ends_at: Option<Timestamp>,
}

impl Client {
    /// All on-calls that match, times in UTC, in PagerDuty's order.
    ///
    /// Needs `oncalls.read`. PagerDuty limits this call beyond the general rate limit.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::TooManyRows`] asks for a shorter window or fewer schedules.
    pub async fn oncalls(&self, query: &OncallQuery) -> Result<Vec<Oncall>, Error> {
        let mut rows = Vec::new();
        for (n, schedules) in portions(&query.schedule_ids).into_iter().enumerate() {
            for policies in portions(&query.escalation_policy_ids) {
                for users in portions(&query.user_ids) {
                    let permanent = query.with_permanent && n == 0 && !schedules.is_empty();
                    let call = oncalls_call(query)
                        .queries("schedule_ids[]", &schedules)
                        .queries("schedule_ids[]", permanent.then_some("null"))
                        .queries("escalation_policy_ids[]", &policies)
                        .queries("user_ids[]", &users);
                    rows.append(&mut self.all_by_offset(call, "oncalls", PAGE_ROWS).await?);
                }
            }
        }
        Ok(rows)
    }
}

fn oncalls_call(query: &OncallQuery) -> Call {
    let call = Call::get(Operation::new("list on-calls"), &["oncalls"])
        .scope("oncalls.read")
        .queries("earliest", query.is_earliest_only.then_some(true))
        .queries("include[]", query.include.words());
    match query.window {
        Some(window) => call.window(window),
        None => call.query("time_zone", "UTC"),
    }
}
