//! Groups as the owner wrote them: where members come from, and what the group is granted on.

use crate::id::{
    EntitlementName, EscalationPolicyId, GroupName, IdError, PagerDutyName, ScheduleId, ServiceId,
    TargetName, TeamId,
};
use crate::incident::{IncidentScope, IncidentTerms};
use crate::principal::{NotAnEmail, Principal};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt, str::FromStr};

/// Where members of a group come from.
///
/// Written `schedule:ACME/ID`, `escalation_policy:ACME/ID` or `escalation_policy:ACME/ID#LEVEL`,
/// `group:NAME`, `incident:ACME/service/ID`, `incident:ACME/team/ID`, `person:EMAIL`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Source {
    /// Whoever is on call on a schedule.
    Schedule {
        /// The PagerDuty account.
        pagerduty: PagerDutyName,
        /// The schedule.
        id: ScheduleId,
    },
    /// Whoever is on call for an escalation policy.
    EscalationPolicy {
        /// The PagerDuty account.
        pagerduty: PagerDutyName,
        /// The policy.
        id: EscalationPolicyId,
        /// Only this level, from 1; `None` means every level.
        level: Option<u32>,
    },
    /// The members of another group.
    Group(GroupName),
    /// Whoever works on an open incident.
    Incident {
        /// The PagerDuty account.
        pagerduty: PagerDutyName,
        /// The service or team whose incidents count.
        of: IncidentScope,
    },
    /// One standing member.
    Person(Principal),
}

/// Why a text is no source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The text does not begin with a known kind.
    #[error(
        "`{0}` is no source: write schedule:ACCOUNT/ID, escalation_policy:ACCOUNT/ID, escalation_policy:ACCOUNT/ID#LEVEL, group:NAME, incident:ACCOUNT/service/ID, incident:ACCOUNT/team/ID or person:EMAIL"
    )]
    Kind(String),
    /// The part after the kind has the wrong shape.
    #[error("`{text}` is no source: write {form}")]
    Shape {
        /// The text as given.
        text: String,
        /// How this kind is written.
        form: &'static str,
    },
    /// A level is a whole number from 1.
    #[error("`{0}` names no escalation level: levels are whole numbers from 1")]
    Level(String),
    /// A name or id in it is wrong.
    #[error(transparent)]
    Id(#[from] IdError),
    /// The address in it is wrong.
    #[error(transparent)]
    Email(#[from] NotAnEmail),
}

impl FromStr for Source {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        let (kind, rest) = text
            .split_once(':')
            .ok_or_else(|| SourceError::Kind(text.to_owned()))?;
        let shape = |form| SourceError::Shape {
            text: text.to_owned(),
            form,
        };
        match kind {
            "schedule" => {
                let (account, id) = rest
                    .split_once('/')
                    .ok_or_else(|| shape("schedule:ACCOUNT/ID"))?;
                Ok(Self::Schedule {
                    pagerduty: PagerDutyName::new(account)?,
                    id: ScheduleId::new(id)?,
                })
            }
            "escalation_policy" => {
                let (account, id) = rest.split_once('/').ok_or_else(|| {
                    shape("escalation_policy:ACCOUNT/ID or escalation_policy:ACCOUNT/ID#LEVEL")
                })?;
                let (id, level) = match id.split_once('#') {
                    None => (id, None),
                    Some((id, level)) => (id, Some(parse_level(text, level)?)),
                };
                Ok(Self::EscalationPolicy {
                    pagerduty: PagerDutyName::new(account)?,
                    id: EscalationPolicyId::new(id)?,
                    level,
                })
            }
            "group" => Ok(Self::Group(GroupName::new(rest)?)),
            "incident" => {
                let form = "incident:ACCOUNT/service/ID or incident:ACCOUNT/team/ID";
                let parts = rest.split_once('/');
                let parts = parts.and_then(|(account, of)| Some((account, of.split_once('/')?)));
                let (account, of) = match parts {
                    Some((account, ("service", id))) => {
                        (account, IncidentScope::Service(ServiceId::new(id)?))
                    }
                    Some((account, ("team", id))) => {
                        (account, IncidentScope::Team(TeamId::new(id)?))
                    }
                    _ => return Err(shape(form)),
                };
                Ok(Self::Incident {
                    pagerduty: PagerDutyName::new(account)?,
                    of,
                })
            }
            "person" => Ok(Self::Person(Principal::new(rest)?)),
            _ => Err(SourceError::Kind(text.to_owned())),
        }
    }
}

fn parse_level(text: &str, level: &str) -> Result<u32, SourceError> {
    level
        .parse()
        .ok()
        .filter(|level| *level >= 1)
        .ok_or_else(|| SourceError::Level(text.to_owned()))
}

impl TryFrom<String> for Source {
    type Error = SourceError;
    fn try_from(text: String) -> Result<Self, SourceError> {
        text.parse()
    }
}

impl From<Source> for String {
    fn from(source: Source) -> String {
        source.to_string()
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Schedule { pagerduty, id } => write!(f, "schedule:{pagerduty}/{id}"),
            Self::EscalationPolicy {
                pagerduty,
                id,
                level: None,
            } => write!(f, "escalation_policy:{pagerduty}/{id}"),
            Self::EscalationPolicy {
                pagerduty,
                id,
                level: Some(level),
            } => write!(f, "escalation_policy:{pagerduty}/{id}#{level}"),
            Self::Group(name) => write!(f, "group:{name}"),
            Self::Incident { pagerduty, of } => match of {
                IncidentScope::Service(id) => write!(f, "incident:{pagerduty}/service/{id}"),
                IncidentScope::Team(id) => write!(f, "incident:{pagerduty}/team/{id}"),
            },
            Self::Person(principal) => write!(f, "person:{principal}"),
        }
    }
}

impl Source {
    /// Whether its members come from PagerDuty's rota, so that "nobody" may mean a mistake.
    #[must_use]
    pub fn is_rota(&self) -> bool {
        matches!(self, Self::Schedule { .. } | Self::EscalationPolicy { .. })
    }
}

/// One thing grantable in one target, written `TARGET:NAME-OR-ID`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Entitlement {
    /// The target.
    pub target: TargetName,
    /// Its name or id there.
    pub name: EntitlementName,
}

/// Why a text is no entitlement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntitlementError {
    /// There is no colon.
    #[error("`{0}` is no entitlement: write TARGET:NAME-OR-ID")]
    Shape(String),
    /// A name in it is wrong.
    #[error(transparent)]
    Id(#[from] IdError),
}

impl FromStr for Entitlement {
    type Err = EntitlementError;
    fn from_str(text: &str) -> Result<Self, EntitlementError> {
        let (target, name) = text
            .split_once(':')
            .ok_or_else(|| EntitlementError::Shape(text.to_owned()))?;
        Ok(Self {
            target: TargetName::new(target)?,
            name: EntitlementName::new(name)?,
        })
    }
}

impl TryFrom<String> for Entitlement {
    type Error = EntitlementError;
    fn try_from(text: String) -> Result<Self, EntitlementError> {
        text.parse()
    }
}

impl From<Entitlement> for String {
    fn from(entitlement: Entitlement) -> String {
        entitlement.to_string()
    }
}

impl fmt::Display for Entitlement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.target, self.name)
    }
}

/// A group: a named set of people computed from sources, granted on entitlements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRule {
    /// Its name.
    pub name: GroupName,
    /// Where members come from.
    pub sources: BTreeSet<Source>,
    /// What its members get.
    pub entitlements: BTreeSet<Entitlement>,
    /// How long before a shift access opens; not negative.
    pub lead: SignedDuration,
    /// How long after a shift access closes; not negative.
    pub lag: SignedDuration,
    /// On which terms incidents make members; matters only to incident sources.
    pub incident: IncidentTerms,
    /// What nobody on call means.
    pub when_empty: WhenEmpty,
    /// Whether memberships that Rotakey did not make are removed; `None` leaves it to who created the target group.
    pub ownership: Option<Ownership>,
    /// People who are never members, whatever a source says.
    pub blocked: BTreeSet<Principal>,
}

/// What nobody on call means for a group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenEmpty {
    /// The last people stay until somebody comes or a person releases their removal.
    #[default]
    Hold,
    /// Everybody goes.
    Clear,
}

/// Which memberships of a target group Rotakey may remove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ownership {
    /// The target group holds exactly the wanted people.
    Exclusive,
    /// Only memberships that Rotakey made are ever removed.
    Additive,
}

/// A group for every schedule that matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupTemplate {
    /// The group's name; `{schedule}` stands for the schedule's name in lower case with dashes.
    pub name: String,
    /// The PagerDuty account.
    pub pagerduty: PagerDutyName,
    /// Which schedule names match: `*` stands for any run of characters; compared without case.
    pub schedule_names: String,
    /// Only schedules of this team.
    pub team: Option<TeamId>,
    /// Entitlements; `{schedule}` is replaced as in the name.
    pub entitlements: Vec<String>,
    /// Everything else, as in a group written out; its name, sources and entitlements are not used.
    pub lead: SignedDuration,
    /// As in [`GroupRule`].
    pub lag: SignedDuration,
    /// As in [`GroupRule`].
    pub when_empty: WhenEmpty,
    /// As in [`GroupRule`].
    pub ownership: Option<Ownership>,
    /// As in [`GroupRule`].
    pub blocked: BTreeSet<Principal>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_read_back_what_they_print() {
        for text in [
            "schedule:acme/PABC123",
            "escalation_policy:acme/PXYZ789",
            "escalation_policy:acme/PXYZ789#2",
            "group:payments-leads",
            "incident:acme/service/PSVC001",
            "incident:acme/team/PTEAM01",
            "person:grace@acme.example",
        ] {
            assert_eq!(text.parse::<Source>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_source_says_how_to_write_one() {
        for (text, part) in [
            ("PABC123", "is no source"),
            ("rota:acme/P1", "is no source"),
            ("schedule:PABC123", "schedule:ACCOUNT/ID"),
            ("escalation_policy:acme/P1#0", "from 1"),
            ("incident:acme/P1", "incident:ACCOUNT/service/ID"),
            ("incident:acme/policy/P1", "incident:ACCOUNT/team/ID"),
            ("incident:acme/team/", "team id is empty"),
            ("person:grace", "not an e-mail"),
        ] {
            let error = text.parse::<Source>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn entitlements_may_hold_colons_and_spaces_in_their_names() {
        let entitlement: Entitlement = "aws:Payments: Prod Operator".parse().unwrap();
        assert_eq!(entitlement.name.as_str(), "Payments: Prod Operator");
    }
}
