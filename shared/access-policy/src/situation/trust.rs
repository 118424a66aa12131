//! What of PagerDuty's facts can be relied on at one instant; the rest is as if nobody were there, and is named.

use crate::mentions::covers;
use access_core::config::Config;
use access_core::facts::{Facts, Reading};
use access_core::group::Source;
use access_core::id::PagerDutyName;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::fmt;

/// Something of PagerDuty that cannot be relied on at the moment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unknown {
    /// An account was never read completely.
    NeverRead {
        /// The account.
        pagerduty: PagerDutyName,
    },
    /// An account was last read longer ago than `stale_max`, or what was read then does not cover this instant.
    TooOld {
        /// The account.
        pagerduty: PagerDutyName,
        /// When it was read.
        read_at: Timestamp,
    },
    /// One schedule or escalation policy could not be read, while others could.
    Unread {
        /// Which one.
        source: Source,
        /// What failed, for people.
        reason: String,
    },
    /// PagerDuty does not know a schedule or escalation policy.
    Gone {
        /// Which one.
        source: Source,
    },
    /// What was heard of an incident cannot be understood.
    Incident {
        /// The account that it may be of.
        pagerduty: PagerDutyName,
    },
}

impl Unknown {
    /// The account that it is of.
    #[must_use]
    pub fn pagerduty(&self) -> Option<&PagerDutyName> {
        match self {
            Self::NeverRead { pagerduty }
            | Self::TooOld { pagerduty, .. }
            | Self::Incident { pagerduty } => Some(pagerduty),
            Self::Unread { source, .. } | Self::Gone { source } => account(source),
        }
    }

    /// Whether it keeps anybody from knowing who is there.
    #[must_use]
    pub fn hides(&self, source: &Source) -> bool {
        match self {
            Self::NeverRead { pagerduty } | Self::TooOld { pagerduty, .. } => {
                source.is_rota() && account(source) == Some(pagerduty)
            }
            Self::Incident { pagerduty } => {
                matches!(source, Source::Incident { .. }) && account(source) == Some(pagerduty)
            }
            Self::Unread { source: one, .. } | Self::Gone { source: one } => covers(one, source),
        }
    }

    /// Whether somebody or something may be there without our knowing: more than it [`hides`](Self::hides). What is heard
    /// of incidents counts while their account cannot be read, but nothing then says that all was heard.
    pub(crate) fn may_miss(&self, source: &Source) -> bool {
        self.hides(source)
            || self.is_of_whole_account()
                && matches!(source, Source::Incident { .. })
                && account(source) == self.pagerduty()
    }

    /// Whether nothing of an account can be relied on.
    pub(crate) fn is_of_whole_account(&self) -> bool {
        matches!(self, Self::NeverRead { .. } | Self::TooOld { .. })
    }
}

fn account(source: &Source) -> Option<&PagerDutyName> {
    match source {
        Source::Schedule { pagerduty, .. }
        | Source::EscalationPolicy { pagerduty, .. }
        | Source::Incident { pagerduty, .. } => Some(pagerduty),
        Source::Group(_) | Source::Person(_) => None,
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverRead { pagerduty } => write!(
                f,
                "PagerDuty account {pagerduty} was never read, so nobody counts as on call there"
            ),
            Self::TooOld { pagerduty, read_at } => write!(
                f,
                "PagerDuty account {pagerduty} was last read at {read_at}, so nobody counts as on call there"
            ),
            Self::Unread { source, reason } => write!(
                f,
                "{source} could not be read ({reason}), so nobody counts as on call there"
            ),
            Self::Gone { source } => write!(f, "PagerDuty does not know {source}"),
            Self::Incident { pagerduty } => write!(
                f,
                "what was heard of an incident of PagerDuty account {pagerduty} cannot be understood"
            ),
        }
    }
}

/// Configuration and facts, asked how far they can be relied on.
#[derive(Clone, Copy)]
pub(super) struct Trust<'a> {
    pub(super) config: &'a Config,
    pub(super) facts: &'a Facts,
    pub(super) now: Timestamp,
}

impl Trust<'_> {
    /// Why an account cannot be relied on; `None` when it can.
    pub(super) fn of_account(&self, pagerduty: &PagerDutyName) -> Option<Unknown> {
        let Some(account) = self.facts.pagerduty.get(pagerduty) else {
            return Some(Unknown::NeverRead {
                pagerduty: pagerduty.clone(),
            });
        };
        let age = self.now.duration_since(account.freshness.read_at);
        let is_usable = age <= self.config.sweep.stale_max && account.freshness.covers(self.now);
        (!is_usable).then(|| Unknown::TooOld {
            pagerduty: pagerduty.clone(),
            read_at: account.freshness.read_at,
        })
    }

    /// Why a schedule or escalation policy cannot be relied on; `None` when it can, and for every other source.
    pub(super) fn of_source(&self, source: &Source) -> Option<Unknown> {
        let pagerduty = account(source).filter(|_| source.is_rota())?;
        if let Some(unknown) = self.of_account(pagerduty) {
            return Some(unknown);
        }
        let rota = &self.facts.pagerduty.get(pagerduty)?.rota;
        let reading = match source {
            Source::Schedule { id, .. } => rota.schedules.get(id).map(|facts| &facts.reading),
            Source::EscalationPolicy { id, .. } => {
                let policy = rota.escalation_policies.get(id);
                policy.map(|facts| &facts.reading)
            }
            Source::Group(_) | Source::Incident { .. } | Source::Person(_) => return None,
        };
        match reading {
            Some(Reading::Complete) => None,
            Some(Reading::Failed { reason, .. }) => Some(Unknown::Unread {
                source: source.clone(),
                reason: reason.clone(),
            }),
            Some(Reading::Gone) | None => Some(Unknown::Gone {
                source: source.clone(),
            }),
        }
    }

    /// Everything that cannot be relied on.
    pub(super) fn unknown(&self) -> BTreeSet<Unknown> {
        let accounts = self.config.pagerduty.keys();
        let mut unknown: BTreeSet<_> = accounts
            .clone()
            .filter_map(|pagerduty| self.of_account(pagerduty))
            .collect();
        let named = self
            .config
            .sources()
            .filter_map(|source| self.of_source(source));
        unknown.extend(named);
        for (pagerduty, account) in &self.facts.pagerduty {
            let schedules = account.rota.schedules.keys();
            let schedules = schedules.map(|id| Source::Schedule {
                pagerduty: pagerduty.clone(),
                id: id.clone(),
            });
            unknown.extend(schedules.filter_map(|source| self.of_source(&source)));
        }
        for unread in self.facts.unread_incidents.values() {
            let of = unread.key.as_ref().map(|key| &key.pagerduty);
            let concerned = accounts
                .clone()
                .filter(|pagerduty| of.is_none_or(|of| of == *pagerduty));
            unknown.extend(concerned.map(|pagerduty| Unknown::Incident {
                pagerduty: pagerduty.clone(),
            }));
        }
        unknown
    }
}
