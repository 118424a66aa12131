//! Who should be a member at one instant, and how far that may be relied on.

#[cfg(test)]
mod tests;

use crate::config::{Config, SweepConfig};
use crate::facts::Facts;
use crate::group::GroupRule;
use crate::id::{GrantId, GroupName, SweepKind, derived};
use crate::incident::IncidentKey;
use crate::membership::{Causes, Member};
use crate::principal::Principal;
use crate::timeline::{Entry, GroupTimeline, Timeline, run_end};
use jiff::Timestamp;
use newtype_uuid::GenericUuid;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One group's wanted members at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desired {
    /// Every wanted principal, with causes and `until`.
    pub members: BTreeMap<Principal, Member>,
    /// Whether removals may rest on this.
    pub trust: Trust,
    /// The group has rota sources and none of them names anybody.
    pub nobody_on_call: bool,
    /// Who is no member and was one by an incident: by incident, when that ended.
    pub ended: BTreeMap<Principal, BTreeMap<IncidentKey, Timestamp>>,
    /// Grants that are over, and when each ended: early ones too, of which no record knew.
    pub ended_grants: BTreeMap<GrantId, Timestamp>,
    /// Incidents of which nobody can tell what was heard, so that nobody leaves because of one; `None` among them: any
    /// incident.
    pub unread: BTreeSet<Option<IncidentKey>>,
}

/// How far the rota facts behind a group may be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "trust")]
pub enum Trust {
    /// Read completely a moment ago, or the group needs none.
    Fresh,
    /// Older than that, younger than `stale_max`: removals wait.
    Stale {
        /// When they were read.
        read_at: Timestamp,
    },
    /// Older than `stale_max`, or past the span that was read: removals are held, and somebody is told.
    Expired {
        /// When they were read.
        read_at: Timestamp,
    },
    /// A source is gone or was never read, or an incident that is written down cannot be understood: removals are held, and
    /// somebody is told.
    Unknown,
    /// A whole PagerDuty account was never read: nothing is known, so removals wait, and there is nothing that a person could
    /// let go.
    NeverRead,
}

/// Every group's wanted members at `now`.
#[must_use]
pub fn desired(config: &Config, facts: &Facts, now: Timestamp) -> BTreeMap<GroupName, Desired> {
    let timeline = Timeline::of(config, facts);
    timeline
        .groups
        .into_iter()
        .map(|(name, group)| (name, group.at(now, &config.sweep)))
        .collect()
}

impl GroupTimeline {
    /// This group's wanted members at `now`.
    #[must_use]
    pub fn at(&self, now: Timestamp, sweep: &SweepConfig) -> Desired {
        let members = self
            .entries
            .iter()
            .filter_map(|(principal, entries)| Some((principal.clone(), member(entries, now)?)));
        let members: BTreeMap<_, _> = members.collect();
        let nobody_on_call = self.rota.is_some() && !members.values().any(Member::is_rota);
        let ended = self
            .entries
            .iter()
            .filter(|(principal, _)| !members.contains_key(principal));
        let ended = ended.map(|(principal, entries)| (principal.clone(), ended_by(entries, now)));
        let ended = ended.filter(|(_, ended)| !ended.is_empty()).collect();
        Desired {
            members,
            trust: self.trust(now, sweep),
            nobody_on_call,
            ended,
            ended_grants: ended_grants(self.entries.values().flatten(), now),
            unread: self.unread.clone(),
        }
    }

    /// How far this group's facts may be relied on at `now`.
    #[must_use]
    pub fn trust(&self, now: Timestamp, sweep: &SweepConfig) -> Trust {
        if self.rota.is_some_and(|basis| !basis.is_known) {
            return Trust::NeverRead;
        }
        if !self.unread.is_empty() {
            return Trust::Unknown;
        }
        let Some(basis) = self.rota else {
            return Trust::Fresh;
        };
        let Some(read_at) = basis.read_at else {
            return Trust::Unknown;
        };
        let age = now.duration_since(read_at);
        if age > sweep.stale_max || now >= basis.covers_until {
            Trust::Expired { read_at }
        } else if age > sweep.fresh_max() {
            Trust::Stale { read_at }
        } else {
            Trust::Fresh
        }
    }
}

impl Desired {
    /// A short text that differs when who is wanted differs, or why, or the group's rule. Equal on every machine.
    ///
    /// How far the facts may be relied on is left out: it matters only to removals, and so only where some are held.
    /// So are grants that ended, and incidents that ended, or that cannot be understood: whoever leaves with one was a member before.
    ///
    /// Comparing it tells whether a binding has to be looked at; nothing is ever computed from it.
    #[must_use]
    #[expect(
        clippy::missing_panics_doc,
        reason = "nothing in it can fail to become JSON"
    )]
    pub fn fingerprint(&self, rule: &GroupRule) -> String {
        let Self {
            members,
            trust: _,
            nobody_on_call,
            ended: _,
            ended_grants: _,
            unread: _,
        } = self;
        let GroupRule {
            name: _,
            sources: _,
            entitlements: _,
            lead: _,
            lag: _,
            incident: _,
            when_empty,
            ownership,
            blocked,
        } = rule;
        let everything = (members, nobody_on_call, when_empty, ownership, blocked);
        let json = serde_json::to_string(&everything).expect("names, times and lists make JSON");
        derived::<SweepKind>(&["fingerprint", &json])
            .into_untyped_uuid()
            .simple()
            .to_string()
    }
}

/// The incidents that made somebody a member until `now` or before; the last end of each.
fn ended_by(entries: &[Entry], now: Timestamp) -> BTreeMap<IncidentKey, Timestamp> {
    let mut ended = BTreeMap::new();
    for entry in entries {
        let closed = entry.closes_at.filter(|closes| *closes <= now);
        if let Some(((key, _), at)) = entry.cause.incident().zip(closed) {
            let last = ended.entry(key).or_insert(at);
            *last = at.max(*last);
        }
    }
    ended
}

/// The grants whose time is over.
fn ended_grants<'a>(
    entries: impl Iterator<Item = &'a Entry>,
    now: Timestamp,
) -> BTreeMap<GrantId, Timestamp> {
    let closed = entries.filter_map(|entry| entry.cause.grant().zip(entry.closes_at));
    let mut ended = BTreeMap::new();
    for (grant, at) in closed.filter(|(_, at)| *at <= now) {
        // By several ways into the group it has several ends: the last one counts, in whatever order they come.
        let known = ended.entry(grant).or_insert(at);
        *known = at.max(*known);
    }
    ended
}

fn member(entries: &[Entry], now: Timestamp) -> Option<Member> {
    let holding = entries.iter().filter(|entry| entry.holds(now));
    let causes: Causes = holding.map(|entry| entry.cause.clone()).collect();
    if causes.is_empty() {
        return None;
    }
    Some(Member {
        causes,
        until: run_end(entries, now),
    })
}
