//! Why somebody is in a group, or why not, at any instant.
//!
//! Pure: what was known at a past instant is handed in through the [`Timeline`]. [`Explanation`] prints as plain
//! sentences and serialises for programs:
//!
//! ```json
//! {"principal": "grace@acme.example", "group": "payments-oncall", "at": "2026-11-22T10:00:00Z",
//!  "verdict": "member", "opens_at": "2026-11-22T07:55:00Z", "until": "2026-11-22T16:05:00Z",
//!  "reasons": [{"opens_at": "..", "closes_at": "..", "cause": {"kind": "shift", "..": ".."}, "in_words": "on call .."}],
//!  "trust": {"trust": "fresh"}, "unresolved": [], "findings": [],
//!  "effects": [{"entitlement": "aws:Operators", "account": "u-1", "state": "present", "origin": "added"}]}
//! ```
//!
//! `verdict` is `member`, `blocked` (with `everywhere`, `group`, `reasons`, `until`), `not_member` (with `sources`,
//! `previous`, `next`) or `unknown_group`; instants that are not known are `null`.

mod effect;
mod show;
#[cfg(test)]
mod tests;

pub use effect::{Effect, EffectState, Known};

use crate::config::Config;
use crate::desired::Trust;
use crate::group::Source;
use crate::id::{GroupName, PagerDutyName, PagerDutyUserId};
use crate::membership::Cause;
use crate::principal::Principal;
use crate::timeline::{Entry, Finding, GroupTimeline, Timeline, run_end};
use jiff::Timestamp;
use serde::Serialize;
use std::collections::BTreeSet;

/// Why one principal is, or is not, a member of one group at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Who.
    pub principal: Principal,
    /// Where.
    pub group: GroupName,
    /// When.
    pub at: Timestamp,
    /// The answer.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// How far the rota facts behind it could be relied on then, or for a later instant can be now; `None` for an unknown
    /// group.
    pub trust: Option<Trust>,
    /// Who was on call or on an incident then without an e-mail address: one of them may be this principal.
    pub unresolved: Vec<OnCallUser>,
    /// What is wrong with the group's sources; of an unknown group, what kept templates from making theirs.
    pub findings: BTreeSet<Finding>,
    /// What targets hold of it; empty until [`Explanation::with_effects`].
    pub effects: Vec<Effect>,
}

/// The answer of an [`Explanation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// In.
    Member {
        /// Since when, without a break; `None`: since before what is known.
        opens_at: Option<Timestamp>,
        /// Until when, without a break; `None`: no end is known.
        until: Option<Timestamp>,
        /// Why, everything that holds at that instant.
        reasons: Vec<Reason>,
    },
    /// Out, because the configuration says so.
    Blocked {
        /// Whether they are blocked in all groups.
        everywhere: bool,
        /// The group that blocks them: the one asked for, or one nested in it.
        group: GroupName,
        /// Why they would be in; empty if they would be out all the same.
        reasons: Vec<Reason>,
        /// Until when they would be in; `None` if no end is known or they would be out.
        until: Option<Timestamp>,
    },
    /// Out, because nothing names them then.
    NotMember {
        /// Where the group's members come from.
        sources: BTreeSet<Source>,
        /// Their last time in the group before that instant, as far as is known.
        previous: Option<Box<Reason>>,
        /// Their next time in the group after it, as far as is known.
        next: Option<Box<Reason>>,
    },
    /// No group of that name is configured, and no template makes one.
    UnknownGroup,
}

/// One span of membership and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Access opens, lead included; `None`: before what is known.
    pub opens_at: Option<Timestamp>,
    /// Access closes, lag included, this instant excluded; `None`: no end is known.
    pub closes_at: Option<Timestamp>,
    /// Why.
    pub cause: Cause,
    /// The cause in words.
    pub in_words: String,
}

/// Somebody on call or on an incident whom nothing makes a principal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct OnCallUser {
    /// The PagerDuty account.
    pub pagerduty: PagerDutyName,
    /// The PagerDuty user.
    pub user: PagerDutyUserId,
}

/// Answers why `principal` is a member of `group` at `at`, or why not; any address of theirs will do.
///
/// Facts about an instant after `now` are as old as they are now: they will be read again until then.
#[must_use]
pub fn explain(
    now: Timestamp,
    timeline: &Timeline,
    config: &Config,
    principal: &Principal,
    group: &GroupName,
    at: Timestamp,
) -> Explanation {
    let principal = &config.people.canonical(principal);
    let known = timeline.groups.get(group);
    let verdict = match known {
        None => Verdict::UnknownGroup,
        Some(known) => verdict(timeline, config, known, principal, at),
    };
    Explanation {
        principal: principal.clone(),
        group: group.clone(),
        at,
        verdict,
        trust: known.map(|known| known.trust(at.min(now), &config.sweep)),
        unresolved: known.map(|known| unresolved(known, at)).unwrap_or_default(),
        findings: known.map_or_else(|| timeline.findings.clone(), |known| known.findings.clone()),
        effects: Vec::new(),
    }
}

fn verdict(
    timeline: &Timeline,
    config: &Config,
    group: &GroupTimeline,
    principal: &Principal,
    at: Timestamp,
) -> Verdict {
    let entries = group.entries.get(principal).map_or(&[][..], Vec::as_slice);
    if entries.iter().any(|entry| entry.holds(at)) {
        let (opens_at, until) = (run_start(entries, at), run_end(entries, at));
        return Verdict::Member {
            opens_at,
            until,
            reasons: reasons(entries, at),
        };
    }
    let everywhere = config.people.blocked.contains(principal);
    if let Some(by) = blocking(timeline, group, principal, at, everywhere) {
        let would = by.blocked.get(principal).map_or(&[][..], Vec::as_slice);
        let reasons = reasons(would, at);
        let until = if reasons.is_empty() {
            None
        } else {
            run_end(would, at)
        };
        return Verdict::Blocked {
            everywhere,
            group: by.rule.name.clone(),
            reasons,
            until,
        };
    }
    let previous = entries
        .iter()
        .filter(|entry| entry.closes_at.is_some_and(|closes| closes <= at));
    let next = entries
        .iter()
        .filter(|entry| entry.opens_at.is_some_and(|opens| opens > at));
    Verdict::NotMember {
        sources: group.rule.sources.clone(),
        previous: previous
            .max_by_key(|entry| entry.closes_at)
            .map(Reason::boxed),
        next: next.min_by_key(|entry| entry.opens_at).map(Reason::boxed),
    }
}

/// The group that keeps `principal` out: this one, or one nested in it that would otherwise lend them its membership.
fn blocking<'a>(
    timeline: &'a Timeline,
    group: &'a GroupTimeline,
    principal: &Principal,
    at: Timestamp,
    everywhere: bool,
) -> Option<&'a GroupTimeline> {
    if everywhere || group.rule.blocked.contains(principal) {
        return Some(group);
    }
    let nested = group.rule.sources.iter().filter_map(|source| match source {
        Source::Group(name) => timeline.groups.get(name),
        _ => None,
    });
    nested
        .filter_map(|nested| blocking(timeline, nested, principal, at, false))
        .find(|by| {
            by.blocked
                .get(principal)
                .is_some_and(|would| would.iter().any(|entry| entry.holds(at)))
        })
}

fn reasons(entries: &[Entry], at: Timestamp) -> Vec<Reason> {
    entries
        .iter()
        .filter(|entry| entry.holds(at))
        .map(Reason::of)
        .collect()
}

fn unresolved(group: &GroupTimeline, at: Timestamp) -> Vec<OnCallUser> {
    let on_call = group
        .unresolved
        .iter()
        .filter(|unresolved| unresolved.entry.holds(at));
    let users: BTreeSet<_> = on_call
        .map(|on_call| OnCallUser {
            pagerduty: on_call.pagerduty.clone(),
            user: on_call.user.clone(),
        })
        .collect();
    users.into_iter().collect()
}

/// The start of the unbroken run of `entries` that holds `at`; `None`: before what is known.
fn run_start(entries: &[Entry], at: Timestamp) -> Option<Timestamp> {
    let mut start = at;
    loop {
        let joined = entries.iter().filter(|entry| {
            entry.opens_at.is_none_or(|opens| opens <= start)
                && entry.closes_at.is_none_or(|closes| closes >= start)
        });
        // `None` sorts before every instant, as it should here: it is the earliest start.
        let earliest = joined.map(|entry| entry.opens_at).min()??;
        if earliest >= start {
            return Some(start);
        }
        start = earliest;
    }
}

impl Reason {
    fn boxed(entry: &Entry) -> Box<Self> {
        Box::new(Self::of(entry))
    }

    fn of(entry: &Entry) -> Self {
        let Entry {
            opens_at,
            closes_at,
            cause,
        } = entry;
        Self {
            opens_at: *opens_at,
            closes_at: *closes_at,
            cause: cause.clone(),
            in_words: cause.to_string(),
        }
    }
}
