//! The classes of OCSF that entries belong to, and the fixed values of their attributes.

/// A class of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// What no other class is for.
    Base,
    /// A matter of somebody's account.
    AccountChange,
    /// What somebody may do.
    UserAccess,
    /// Who is in a group.
    GroupManagement,
}

impl Class {
    pub(super) fn uid(self) -> u64 {
        match self {
            Self::Base => 0,
            Self::AccountChange => 3001,
            Self::UserAccess => 3005,
            Self::GroupManagement => 3006,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Base => "Base Event",
            Self::AccountChange => "Account Change",
            Self::UserAccess => "User Access Management",
            Self::GroupManagement => "Group Management",
        }
    }

    /// The number and the name of its category.
    pub(super) fn category(self) -> (u64, &'static str) {
        match self {
            Self::Base => (0, "Uncategorized"),
            Self::AccountChange | Self::UserAccess | Self::GroupManagement => {
                (3, "Identity & Access Management")
            }
        }
    }

    /// Whether it says who made it happen.
    pub(super) fn has_actor(self) -> bool {
        self != Self::Base
    }

    /// Whether it says that only with the profile `host`.
    pub(super) fn has_actor_of_host(self) -> bool {
        matches!(self, Self::UserAccess | Self::GroupManagement)
    }
}

/// What was done; its number has a meaning in its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Activity {
    pub(super) id: u64,
    /// The schema's own name, or ours for one that the schema does not know; `None`: as the event is called.
    pub(super) name: Option<&'static str>,
}

/// The number of every activity that the schema does not know.
const OTHER: u64 = 99;

impl Activity {
    /// One of the schema's.
    pub(super) const fn of(id: u64, name: &'static str) -> Self {
        Self {
            id,
            name: Some(name),
        }
    }

    /// One that the schema does not know.
    pub(super) const fn other(name: &'static str) -> Self {
        Self::of(OTHER, name)
    }

    /// One that is called as the event is.
    pub(super) const EVENT: Self = Self {
        id: OTHER,
        name: None,
    };

    /// The schema's name for the number.
    pub(super) fn caption(self) -> &'static str {
        match self.name {
            Some(name) if self.id != OTHER => name,
            _ => "Other",
        }
    }
}

/// How soon somebody should act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Severity {
    Unknown,
    /// Nobody needs to.
    Informational,
    /// As they see fit.
    Low,
    /// Somebody should.
    Medium,
    /// At once.
    High,
}

impl Severity {
    pub(super) fn id(self) -> u64 {
        match self {
            Self::Unknown => 0,
            Self::Informational => 1,
            Self::Low => 2,
            Self::Medium => 3,
            Self::High => 4,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::Informational => "Informational",
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
        }
    }
}

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Unknown,
    Success,
    Failure,
    /// In a word of ours.
    Other(&'static str),
}

impl Status {
    pub(super) fn id(self) -> u64 {
        match self {
            Self::Unknown => 0,
            Self::Success => 1,
            Self::Failure => 2,
            Self::Other(_) => OTHER,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Unknown => "Unknown",
            Self::Success => "Success",
            Self::Failure => "Failure",
            Self::Other(word) => word,
        }
    }
}
