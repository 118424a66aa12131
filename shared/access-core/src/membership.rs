//! Memberships with their causes: why somebody is in a group, and until when.

mod former;

pub use former::left_behind;

use crate::id::{
    AccountId, ChangeId, EscalationPolicyId, GrantId, GroupName, IncidentId, PagerDutyName,
    ScheduleId,
};
use crate::incident::{IncidentKey, IncidentScope};
use crate::principal::Principal;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt, ops::Deref, sync::Arc};

/// One reason for a membership.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Cause {
    /// A shift on a schedule.
    Shift {
        /// The PagerDuty account.
        pagerduty: PagerDutyName,
        /// The schedule.
        schedule: ScheduleId,
        /// The shift's own start, without lead; `None`: before what was read.
        starts_at: Option<Timestamp>,
        /// The shift's own end, without lag; `None`: not known.
        ends_at: Option<Timestamp>,
    },
    /// A place on an escalation policy.
    OnPolicy {
        /// The PagerDuty account.
        pagerduty: PagerDutyName,
        /// The policy.
        policy: EscalationPolicyId,
        /// The escalation level, from 1.
        level: u32,
        /// The schedule on that level; `None` for a permanent target.
        schedule: Option<ScheduleId>,
        /// As in a shift.
        starts_at: Option<Timestamp>,
        /// As in a shift.
        ends_at: Option<Timestamp>,
    },
    /// Work on an incident.
    Incident {
        /// The PagerDuty account.
        pagerduty: PagerDutyName,
        /// The incident.
        incident: IncidentId,
        /// Its number in the account, as people say it; `None`: not known.
        number: Option<u64>,
        /// The service or team by which it counts.
        of: IncidentScope,
        /// Since when the work counts.
        since: Timestamp,
        /// Until when, without what lingers after; `None` while it goes on.
        until: Option<Timestamp>,
    },
    /// An approved request.
    Grant {
        /// The grant.
        id: GrantId,
        /// When it began.
        starts_at: Timestamp,
        /// When it ends.
        expires_at: Timestamp,
    },
    /// Named in the configuration.
    Standing,
    /// Membership of another group.
    Nested {
        /// That group.
        group: GroupName,
        /// Why they are in it.
        cause: Box<Cause>,
    },
}

impl Cause {
    /// Whether it comes from PagerDuty's rota, directly or through nesting.
    #[must_use]
    pub fn is_rota(&self) -> bool {
        match self {
            Self::Shift { .. } | Self::OnPolicy { .. } => true,
            Self::Nested { cause, .. } => cause.is_rota(),
            Self::Incident { .. } | Self::Grant { .. } | Self::Standing => false,
        }
    }

    /// The incident behind it, directly or through nesting, and since when work on it counts.
    #[must_use]
    pub fn incident(&self) -> Option<(IncidentKey, Timestamp)> {
        match self {
            Self::Incident {
                pagerduty,
                incident,
                since,
                ..
            } => {
                let key = IncidentKey {
                    pagerduty: pagerduty.clone(),
                    id: incident.clone(),
                };
                Some((key, *since))
            }
            Self::Nested { cause, .. } => cause.incident(),
            Self::Shift { .. } | Self::OnPolicy { .. } | Self::Grant { .. } | Self::Standing => {
                None
            }
        }
    }

    /// The grant behind it, directly or through nesting.
    #[must_use]
    pub fn grant(&self) -> Option<GrantId> {
        match self {
            Self::Grant { id, .. } => Some(*id),
            Self::Nested { cause, .. } => cause.grant(),
            Self::Shift { .. } | Self::OnPolicy { .. } | Self::Incident { .. } | Self::Standing => {
                None
            }
        }
    }

    /// The end that it names itself, without lag; `None`: it names none.
    #[must_use]
    pub fn ends_at(&self) -> Option<Timestamp> {
        match self {
            Self::Shift { ends_at, .. } | Self::OnPolicy { ends_at, .. } => *ends_at,
            Self::Incident { until, .. } => *until,
            Self::Grant { expires_at, .. } => Some(*expires_at),
            Self::Standing => None,
            Self::Nested { cause, .. } => cause.ends_at(),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shift {
                pagerduty,
                schedule,
                starts_at,
                ends_at,
            } => {
                write!(
                    f,
                    "on call on schedule {pagerduty}/{schedule}{}",
                    Span(*starts_at, *ends_at)
                )
            }
            Self::OnPolicy {
                pagerduty,
                policy,
                level,
                schedule,
                starts_at,
                ends_at,
            } => {
                write!(
                    f,
                    "on call at level {level} of escalation policy {pagerduty}/{policy}"
                )?;
                match schedule {
                    Some(schedule) => {
                        write!(f, " by schedule {schedule}{}", Span(*starts_at, *ends_at))
                    }
                    None => write!(f, " permanently"),
                }
            }
            Self::Incident {
                pagerduty,
                incident,
                number,
                of,
                since,
                until,
            } => {
                write!(f, "working on incident {pagerduty}/{incident}")?;
                if let Some(number) = number {
                    write!(f, " (#{number})")?;
                }
                write!(f, " of {of}{}", Span(Some(*since), *until))
            }
            Self::Grant {
                id,
                starts_at,
                expires_at,
            } => {
                write!(
                    f,
                    "granted by request ({}){}",
                    id,
                    Span(Some(*starts_at), Some(*expires_at))
                )
            }
            Self::Standing => write!(f, "standing member"),
            Self::Nested { group, cause } => write!(f, "member of group {group}: {cause}"),
        }
    }
}

/// A span in words; an unknown end is left out.
struct Span(Option<Timestamp>, Option<Timestamp>);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(from) = self.0 {
            write!(f, " from {from}")?;
        }
        if let Some(until) = self.1 {
            write!(f, " until {until}")?;
        }
        Ok(())
    }
}

/// A set of causes, in order. Cheap to clone: plans, records and events repeat those of a membership.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeSet<Cause>")]
pub struct Causes(Arc<[Cause]>);

impl FromIterator<Cause> for Causes {
    fn from_iter<I: IntoIterator<Item = Cause>>(causes: I) -> Self {
        let mut causes: Vec<Cause> = causes.into_iter().collect();
        causes.sort_unstable();
        causes.dedup();
        Self(causes.into())
    }
}

impl From<BTreeSet<Cause>> for Causes {
    fn from(causes: BTreeSet<Cause>) -> Self {
        Self(causes.into_iter().collect())
    }
}

impl Deref for Causes {
    type Target = [Cause];

    fn deref(&self) -> &[Cause] {
        &self.0
    }
}

impl<'a> IntoIterator for &'a Causes {
    type Item = &'a Cause;
    type IntoIter = std::slice::Iter<'a, Cause>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

/// A principal's place in a group at one instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Every reason that holds at that instant.
    pub causes: Causes,
    /// The first instant at which, as far as is known, no reason holds; `None`: no end is known.
    pub until: Option<Timestamp>,
}

impl Member {
    /// Whether any of its causes comes from PagerDuty's rota.
    #[must_use]
    pub fn is_rota(&self) -> bool {
        self.causes.iter().any(Cause::is_rota)
    }
}

/// What Rotakey has written down about one account in one target group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The account there.
    pub account: AccountId,
    /// Whose account it is; `None` for one nobody ever asked for, whose removal is under way.
    pub principal: Option<Principal>,
    /// Whether Rotakey made the membership or found it there.
    pub origin: Origin,
    /// Why, and until when, as of the last sweep.
    pub member: Member,
    /// How far the membership is from being so.
    pub state: RecordState,
}

/// Whether Rotakey made a membership or found it there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Rotakey added it.
    Added,
    /// It was there when Rotakey first wanted it.
    Found,
}

/// How far a membership is from being so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum RecordState {
    /// It holds, as of the last sweep.
    Present,
    /// An addition was decided; its outcome is not yet known.
    Adding {
        /// The change under way.
        change: ChangeId,
    },
    /// A removal was decided; its outcome is not yet known.
    Removing {
        /// The change under way.
        change: ChangeId,
    },
}
