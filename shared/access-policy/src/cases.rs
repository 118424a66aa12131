//! Tests that owners write for their policies: situations in TOML, each with the expected answer.
//!
//! ```toml
//! [[case]]
//! name   = "whoever is first on call gets in without asking"
//! expect = "allow"
//! action = "ApproveAutomatically"
//! who    = "ada@acme.example"
//! in     = ["escalation_policy:acme/PXYZ789#1"]   # where `who` is: on call, a member, at work on an incident
//! group  = "payments-prod-admin"
//! duration = "2h"
//! ```
//!
//! `policies` names the policies that must have determined the answer; everything else is as an ordinary Wednesday noon
//! would have it.

use crate::decide::Decision;
use crate::policies::Policies;
use crate::question::{Action, Filed, Question, Thing};
use crate::situation::{Situation, Standing, Unknown};
use access_core::group::Source;
use access_core::id::{GrantId, GroupName, PagerDutyName, RequestId};
use access_core::principal::Principal;
use access_core::request::{Asked, Channel, Kind, Reason, Request, RequestState};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fmt;

/// A file of cases.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cases {
    /// In the order of the file.
    #[serde(rename = "case", default)]
    pub cases: Vec<Case>,
}

/// Why a file is none: Cedar was never asked.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct BadCases {
    file: String,
    reason: String,
}

/// The answer that a case expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expected {
    /// Yes.
    Allow,
    /// No, for whatever reason.
    Deny,
}

/// One situation and the expected answer.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows, in a sentence.
    pub name: String,
    /// The answer.
    pub expect: Expected,
    /// The policies that must have determined it, all of them; `None`: any.
    pub policies: Option<BTreeSet<String>>,
    /// What somebody wants to do.
    pub action: Action,
    /// Who.
    pub who: Principal,
    /// Where they are: on call, members, at work on incidents.
    #[serde(rename = "in", default)]
    pub places: BTreeSet<Source>,
    /// Groups in which they hold a grant.
    #[serde(default)]
    pub granted: BTreeSet<GroupName>,
    /// The group in question; `None` for `Administer`, and to view everything.
    pub group: Option<GroupName>,
    /// Whose request or grant it is; only where that is somebody else: to approve, revoke, view.
    pub requester: Option<Principal>,
    /// For how long; an hour unless said.
    pub duration: Option<SignedDuration>,
    /// The requester's words.
    pub reason: Option<Reason>,
    /// An extension of a grant, not a new one.
    #[serde(default)]
    pub extension: bool,
    /// Whether the approvers were asked for as long as `escalate_after` says.
    #[serde(default)]
    pub escalated: bool,
    /// By which way: `slack` unless said, or `api`.
    pub channel: Option<Channel>,
    /// When; noon, UTC, of Wednesday 4 November 2026 unless said.
    pub now: Option<Timestamp>,
    /// Services and teams with an open incident.
    #[serde(default)]
    pub incidents: BTreeSet<Source>,
    /// People whom the configuration blocks.
    #[serde(default)]
    pub blocked: BTreeSet<Principal>,
    /// PagerDuty accounts that were not read for too long.
    #[serde(default)]
    pub unknown: BTreeSet<PagerDutyName>,
}

/// What became of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The case's name.
    pub name: String,
    /// What it expected.
    pub expected: Expected,
    /// What the policies said.
    pub decision: Decision,
    /// Policies that should have determined the answer and did not, and those that did and should not have.
    pub other_policies: BTreeSet<String>,
}

/// Noon of an ordinary Wednesday.
const ORDINARY_SECOND: i64 = 1_793_793_600;

impl Cases {
    /// Reads a file of cases; `file` is its name for messages.
    ///
    /// # Errors
    /// When it is no TOML, a key is unknown or missing, or a case lacks what its action needs.
    pub fn parse(file: &str, text: &str) -> Result<Self, BadCases> {
        let bad = |reason: String| BadCases {
            file: file.to_owned(),
            reason,
        };
        let cases: Self = toml::from_str(text).map_err(|error| bad(error.to_string()))?;
        for case in &cases.cases {
            if let Some(lack) = case.lacks() {
                let (name, action) = (&case.name, case.action);
                return Err(bad(format!("case `{name}`: {action} needs `{lack}`")));
            }
        }
        Ok(cases)
    }

    /// Asks the policies every case.
    #[must_use]
    pub fn run(&self, policies: &Policies) -> Vec<Outcome> {
        self.cases.iter().map(|case| case.run(policies)).collect()
    }
}

impl Case {
    /// The key that its action needs and it does not have.
    fn lacks(&self) -> Option<&'static str> {
        let needs_group = !matches!(self.action, Action::Administer | Action::View);
        let needs_requester = matches!(self.action, Action::Approve | Action::Revoke);
        if needs_group && self.group.is_none() {
            Some("group")
        } else if needs_requester && self.requester.is_none() {
            Some("requester")
        } else {
            None
        }
    }

    fn run(&self, policies: &Policies) -> Outcome {
        let decision = self.ask(policies);
        let wanted = self.policies.as_ref();
        let other = wanted.map(|wanted| wanted ^ &decision.policies);
        Outcome {
            name: self.name.clone(),
            expected: self.expect,
            decision,
            other_policies: other.unwrap_or_default(),
        }
    }

    fn ask(&self, policies: &Policies) -> Decision {
        let situation = self.situation();
        let request = self.request(situation.now());
        let asked = &request.asked;
        let who = &self.who;
        let through = asked.through;
        let of = Filed::from(&request);
        let question = match (self.action, &self.group) {
            (Action::Request, _) => Question::Request(asked),
            (Action::ApproveAutomatically, _) => Question::ApproveAutomatically(asked),
            (Action::BreakGlass, _) => Question::BreakGlass(asked),
            (Action::Approve, _) => Question::Approve {
                who,
                through,
                request: &request,
            },
            (Action::Extend, _) => Question::Extend {
                of: Filed {
                    by: self.requester.as_ref().unwrap_or(who),
                    ..of
                },
                asked,
            },
            (Action::Revoke, _) => Question::Revoke { who, through, of },
            (Action::View, Some(_)) if self.requester.is_some() => Question::View {
                who,
                through,
                what: Thing::Request(of),
            },
            (Action::View, Some(group)) => Question::View {
                who,
                through,
                what: Thing::Group(group),
            },
            (Action::View, None) => Question::View {
                who,
                through,
                what: Thing::Rotakey,
            },
            (Action::ReleaseHeld, Some(group)) => Question::ReleaseHeld {
                who,
                through,
                group,
            },
            // A case without a group to release never gets here: reading it says what it lacks.
            (Action::Administer, _) | (Action::ReleaseHeld, None) => {
                Question::Administer { who, through }
            }
        };
        policies.decide(&question, &situation)
    }

    fn situation(&self) -> Situation {
        let ordinary = Timestamp::from_second(ORDINARY_SECOND).expect("an instant of this year");
        let now = self.now.unwrap_or(ordinary);
        let mut situation = Situation::empty(now);
        let mut standing = Standing {
            places: self.places.clone(),
            granted: self.granted.clone(),
        };
        for place in &self.places {
            // Whoever is on call at a level is on call for the policy.
            if let Source::EscalationPolicy { pagerduty, id, .. } = place {
                standing.places.insert(Source::EscalationPolicy {
                    pagerduty: pagerduty.clone(),
                    id: id.clone(),
                    level: None,
                });
            }
        }
        situation.people.insert(self.who.clone(), standing);
        situation.blocked.clone_from(&self.blocked);
        situation.open.clone_from(&self.incidents);
        let unknown = self.unknown.iter().cloned();
        let unknown = unknown.map(|pagerduty| Unknown::NeverRead { pagerduty });
        situation.unknown = unknown.collect();
        situation
    }

    /// The request that the case is about, whoever made it.
    fn request(&self, now: Timestamp) -> Request {
        let own = matches!(
            self.action,
            Action::Request | Action::ApproveAutomatically | Action::BreakGlass | Action::Extend
        );
        let requester = self.requester.as_ref().filter(|_| !own);
        let nobody = || GroupName::new("none").expect("a plain word is a name");
        let ordinary = || Reason::new("a case").expect("two words are a reason");
        let kind = match self.action {
            Action::BreakGlass => Kind::BreakGlass,
            _ if self.extension || self.action == Action::Extend => {
                Kind::Extension { grant: nil() }
            }
            _ => Kind::Access,
        };
        Request {
            id: no_request(),
            version: 1,
            asked: Asked {
                by: requester.unwrap_or(&self.who).clone(),
                group: self.group.clone().unwrap_or_else(nobody),
                duration: self.duration.unwrap_or(SignedDuration::from_hours(1)),
                reason: self.reason.clone().unwrap_or_else(ordinary),
                at: now,
                through: self.channel.unwrap_or(Channel::Slack),
                kind,
                key: None,
            },
            state: RequestState::Pending {
                approvals: Vec::new(),
                needed: 1,
                escalates_at: self.escalated.then_some(now),
                escalated_at: None,
                times_out_at: Timestamp::MAX,
            },
        }
    }
}

const NIL: &str = "00000000-0000-0000-0000-000000000000";

fn nil() -> GrantId {
    NIL.parse().expect("the nil id is an id")
}

fn no_request() -> RequestId {
    NIL.parse().expect("the nil id is an id")
}

impl Outcome {
    /// Whether the answer was the expected one, by the expected policies.
    #[must_use]
    pub fn passed(&self) -> bool {
        let expected = self.expected == Expected::Allow;
        self.decision.allowed == expected && self.other_policies.is_empty()
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Allow => "allow",
            Self::Deny => "deny",
        })
    }
}

impl fmt::Display for Outcome {
    /// One line for a case that passed; for one that failed, also which policies decided, and why.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            expected,
            decision,
            other_policies,
        } = self;
        if self.passed() {
            return write!(f, "ok: {name}");
        }
        let answer = if decision.allowed { "allow" } else { "deny" };
        let listed = |ids: &BTreeSet<String>| {
            let ids: Vec<_> = ids.iter().map(String::as_str).collect();
            if ids.is_empty() {
                "no policy".to_owned()
            } else {
                ids.join(", ")
            }
        };
        write!(f, "FAILED: {name}\n  expected {expected}, got {answer}")?;
        write!(f, "\n  decided by {}", listed(&decision.policies))?;
        if !other_policies.is_empty() {
            write!(f, "\n  not as expected: {}", listed(other_policies))?;
        }
        for why in &decision.why {
            write!(f, "\n  {why}")?;
        }
        Ok(())
    }
}
