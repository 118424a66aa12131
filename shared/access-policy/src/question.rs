//! What policies are asked: who wants to do what, about what.

use access_core::id::{GroupName, RequestId};
use access_core::principal::Principal;
use access_core::request::{Asked, Channel, GrantRecord, Request};
use serde::Deserialize;
use std::fmt;

/// The actions of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Action {
    /// Ask for a place in a group.
    Request,
    /// Get it without anybody's approval.
    ApproveAutomatically,
    /// Say yes to somebody's request.
    Approve,
    /// Take a grant away before its end.
    Revoke,
    /// Ask for more time.
    Extend,
    /// Get in at once in an emergency.
    BreakGlass,
    /// Let held removals go.
    ReleaseHeld,
    /// See a group, a request or everything.
    View,
    /// Look after Rotakey itself.
    Administer,
}

impl Action {
    /// The action's name in Cedar.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Request => "Request",
            Self::ApproveAutomatically => "ApproveAutomatically",
            Self::Approve => "Approve",
            Self::Revoke => "Revoke",
            Self::Extend => "Extend",
            Self::BreakGlass => "BreakGlass",
            Self::ReleaseHeld => "ReleaseHeld",
            Self::View => "View",
            Self::Administer => "Administer",
        }
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A request that was filed, and the grant that came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Filed<'a> {
    /// The request.
    pub id: RequestId,
    /// Who asked, and holds the grant.
    pub by: &'a Principal,
    /// Into which group.
    pub group: &'a GroupName,
}

impl<'a> From<&'a Request> for Filed<'a> {
    fn from(request: &'a Request) -> Self {
        Self {
            id: request.id,
            by: &request.asked.by,
            group: &request.asked.group,
        }
    }
}

impl<'a> From<&'a GrantRecord> for Filed<'a> {
    fn from(record: &'a GrantRecord) -> Self {
        Self {
            id: record.grant.request,
            by: &record.grant.principal,
            group: &record.grant.group,
        }
    }
}

/// Something to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thing<'a> {
    /// A group: its members, grants and open requests.
    Group(&'a GroupName),
    /// One request, or the grant that came of it.
    Request(Filed<'a>),
    /// Everything: all groups, findings, the audit trail.
    Rotakey,
}

/// One question to the policies. Whoever asks for access asks for themselves.
#[derive(Debug, Clone, Copy)]
pub enum Question<'a> {
    /// May they ask for this?
    Request(&'a Asked),
    /// Do they get it without asking anybody?
    ApproveAutomatically(&'a Asked),
    /// May they get in at once, as an emergency?
    BreakGlass(&'a Asked),
    /// May they say yes to this request?
    Approve {
        /// The approver.
        who: &'a Principal,
        /// By which way they answer.
        through: Channel,
        /// The request as it stands.
        request: &'a Request,
    },
    /// May they ask for more time?
    Extend {
        /// The request of the grant that is to last longer.
        of: Filed<'a>,
        /// The extension.
        asked: &'a Asked,
    },
    /// May they take this grant away?
    Revoke {
        /// Who wants to.
        who: &'a Principal,
        /// By which way.
        through: Channel,
        /// The request that the grant came of.
        of: Filed<'a>,
    },
    /// May they see this?
    View {
        /// Who wants to.
        who: &'a Principal,
        /// By which way.
        through: Channel,
        /// What.
        what: Thing<'a>,
    },
    /// May they let held removals of this group go?
    ReleaseHeld {
        /// Who wants to.
        who: &'a Principal,
        /// By which way.
        through: Channel,
        /// The group whose removals are held.
        group: &'a GroupName,
    },
    /// May they look after Rotakey itself?
    Administer {
        /// Who wants to.
        who: &'a Principal,
        /// By which way.
        through: Channel,
    },
}

impl<'a> Question<'a> {
    /// What they want to do.
    #[must_use]
    pub fn action(&self) -> Action {
        match self {
            Self::Request(_) => Action::Request,
            Self::ApproveAutomatically(_) => Action::ApproveAutomatically,
            Self::BreakGlass(_) => Action::BreakGlass,
            Self::Approve { .. } => Action::Approve,
            Self::Extend { .. } => Action::Extend,
            Self::Revoke { .. } => Action::Revoke,
            Self::View { .. } => Action::View,
            Self::ReleaseHeld { .. } => Action::ReleaseHeld,
            Self::Administer { .. } => Action::Administer,
        }
    }

    /// Who wants to.
    #[must_use]
    pub fn who(&self) -> &'a Principal {
        match self {
            Self::Request(asked)
            | Self::ApproveAutomatically(asked)
            | Self::BreakGlass(asked)
            | Self::Extend { asked, .. } => &asked.by,
            Self::Approve { who, .. }
            | Self::Revoke { who, .. }
            | Self::View { who, .. }
            | Self::ReleaseHeld { who, .. }
            | Self::Administer { who, .. } => who,
        }
    }

    /// By which way.
    #[must_use]
    pub fn through(&self) -> Channel {
        match self {
            Self::Request(asked)
            | Self::ApproveAutomatically(asked)
            | Self::BreakGlass(asked)
            | Self::Extend { asked, .. } => asked.through,
            Self::Approve { through, .. }
            | Self::Revoke { through, .. }
            | Self::View { through, .. }
            | Self::ReleaseHeld { through, .. }
            | Self::Administer { through, .. } => *through,
        }
    }

    /// What it is about.
    #[must_use]
    pub fn thing(&self) -> Thing<'a> {
        match self {
            Self::Request(asked) | Self::ApproveAutomatically(asked) | Self::BreakGlass(asked) => {
                Thing::Group(&asked.group)
            }
            Self::Approve { request, .. } => Thing::Request((*request).into()),
            Self::Extend { of, .. } | Self::Revoke { of, .. } => Thing::Request(*of),
            Self::View { what, .. } => *what,
            Self::ReleaseHeld { group, .. } => Thing::Group(group),
            Self::Administer { .. } => Thing::Rotakey,
        }
    }

    /// The group that it concerns, if it concerns one.
    #[must_use]
    pub fn group(&self) -> Option<&'a GroupName> {
        match self.thing() {
            Thing::Group(group) => Some(group),
            Thing::Request(filed) => Some(filed.group),
            Thing::Rotakey => None,
        }
    }

    /// What was asked for, where something is.
    #[must_use]
    pub fn asked(&self) -> Option<&'a Asked> {
        match self {
            Self::Request(asked)
            | Self::ApproveAutomatically(asked)
            | Self::BreakGlass(asked)
            | Self::Extend { asked, .. } => Some(asked),
            Self::Approve { request, .. } => Some(&request.asked),
            Self::Revoke { .. }
            | Self::View { .. }
            | Self::ReleaseHeld { .. }
            | Self::Administer { .. } => None,
        }
    }
}
