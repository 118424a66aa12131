//! Who opens and closes when: every group's entries over the covered span, before any instant is picked.
//!
//! Desired membership, the next change, explanations and forecasts are all questions to one [`Timeline`].

mod build;
mod expand;
mod incidents;
#[cfg(test)]
mod tests;

use crate::config::Config;
use crate::facts::Facts;
use crate::group::GroupRule;
use crate::id::{GroupName, PagerDutyName, PagerDutyUserId, ScheduleId};
use crate::incident::IncidentKey;
use crate::membership::Cause;
use crate::principal::Principal;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// All groups, templates expanded, with everybody's entries.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline {
    /// Every group by name.
    pub groups: BTreeMap<GroupName, GroupTimeline>,
    /// What is wrong with templates; groups carry their own findings.
    pub findings: BTreeSet<Finding>,
}

/// One group's entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupTimeline {
    /// The rule, as written or as a template made it.
    pub rule: GroupRule,
    /// Where the rule comes from.
    pub origin: GroupOrigin,
    /// When each principal is a member.
    pub entries: BTreeMap<Principal, Vec<Entry>>,
    /// Entries of people whom the configuration blocks: for explanations only.
    pub blocked: BTreeMap<Principal, Vec<Entry>>,
    /// People on call or on an incident whom no e-mail address or alias makes a principal.
    pub unresolved: Vec<Unresolved>,
    /// What is wrong with its sources.
    pub findings: BTreeSet<Finding>,
    /// How old its oldest rota facts are; `None` when it has no rota source.
    pub rota: Option<RotaBasis>,
    /// Incidents that may concern it and of which nobody can tell what was heard; `None` among them: any incident.
    pub unread: BTreeSet<Option<IncidentKey>>,
}

/// What a group's rota members rest on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RotaBasis {
    /// When the oldest of its sources was read completely; `None` if one never was, or is gone.
    pub read_at: Option<Timestamp>,
    /// Whether each of the PagerDuty accounts that its sources lie in was read at least once.
    pub is_known: bool,
    /// The end of the span that all of its sources cover.
    pub covers_until: Timestamp,
}

/// Where a group's rule comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupOrigin {
    /// Written out in the configuration.
    Written,
    /// Made by a template for one schedule.
    Template {
        /// The PagerDuty account.
        pagerduty: PagerDutyName,
        /// The schedule.
        schedule: ScheduleId,
    },
}

/// One unbroken span of membership for one cause: `opens_at..closes_at`, lead and lag included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Access opens; `None`: before everything known.
    pub opens_at: Option<Timestamp>,
    /// Access closes, this instant excluded; `None`: no end is known.
    pub closes_at: Option<Timestamp>,
    /// Why.
    pub cause: Cause,
}

/// Somebody on call or on an incident whom nothing makes a principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// The PagerDuty account.
    pub pagerduty: PagerDutyName,
    /// The PagerDuty user.
    pub user: PagerDutyUserId,
    /// When, and why they would be a member.
    pub entry: Entry,
}

/// Something an owner should mend; it holds the removals of its group and stops no other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "finding")]
pub enum Finding {
    /// PagerDuty does not know a source.
    SourceGone {
        /// The source as written.
        source: String,
    },
    /// A source could not be read, while others could.
    SourceUnread {
        /// The source as written.
        source: String,
        /// What failed.
        reason: String,
    },
    /// An account was never read completely.
    NeverRead {
        /// The PagerDuty account.
        pagerduty: PagerDutyName,
    },
    /// Two schedules, or a schedule and a written group, lead to one group name or entitlement; the later is left out.
    NameTaken {
        /// What is claimed twice.
        name: String,
        /// The schedule that is left out.
        schedule: ScheduleId,
    },
    /// A schedule's name makes no group name or entitlement.
    BadName {
        /// The schedule that is left out.
        schedule: ScheduleId,
        /// Why not.
        reason: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SourceGone { source } => write!(
                f,
                "PagerDuty does not know {source}: mend the id, or take the source out"
            ),
            Self::SourceUnread { source, reason } => {
                write!(f, "{source} could not be read: {reason}")
            }
            Self::NeverRead { pagerduty } => {
                write!(f, "PagerDuty account {pagerduty} was never read completely")
            }
            Self::NameTaken { name, schedule } => write!(
                f,
                "`{name}` is taken: schedule {schedule} gets no group; rename the schedule"
            ),
            Self::BadName { schedule, reason } => {
                write!(f, "schedule {schedule} gets no group: {reason}")
            }
        }
    }
}

impl Timeline {
    /// Computes every group's entries.
    #[must_use]
    pub fn of(config: &Config, facts: &Facts) -> Self {
        build::timeline(config, facts)
    }

    /// The first instant after `now` at which any answer may change; `None` if none is known.
    #[must_use]
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        self.groups
            .values()
            .filter_map(|group| group.next_change(now))
            .min()
    }
}

impl GroupTimeline {
    /// The first instant after `now` at which this group's members, or the causes of one, change.
    #[must_use]
    pub fn next_change(&self, now: Timestamp) -> Option<Timestamp> {
        let edges = self
            .entries
            .values()
            .flatten()
            .flat_map(|entry| [entry.opens_at, entry.closes_at]);
        edges.flatten().filter(|edge| *edge > now).min()
    }
}

impl Entry {
    /// Whether the entry holds at `at`.
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.opens_at.is_none_or(|opens| opens <= at)
            && self.closes_at.is_none_or(|closes| at < closes)
    }
}

/// The end of the unbroken run of `entries` that holds `now`; `None` when no end is known.
///
/// Back-to-back and overlapping entries count as one, so somebody with two shifts in a row is not told to expect a gap.
pub(crate) fn run_end(entries: &[Entry], now: Timestamp) -> Option<Timestamp> {
    let mut end = now;
    loop {
        let holding = entries
            .iter()
            .filter(|entry| entry.opens_at.is_none_or(|opens| opens <= end));
        let furthest = holding.map(|entry| entry.closes_at).reduce(later)??;
        if furthest <= end {
            return Some(end);
        }
        end = furthest;
    }
}

fn later(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    Some(a?.max(b?))
}
