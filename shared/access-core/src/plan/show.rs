//! Plans in words, for terminals, logs of the owner and snapshots; one line a change.

use super::{Binding, Drift, HoldReason, Plan, Removal, RemovalReason};
use std::fmt::{self, Display, Formatter};

impl Display for Binding {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {}", self.group, self.entitlement)
    }
}

impl Display for Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({} present)", self.binding, self.present)?;
        for addition in &self.additions {
            write!(f, "  + {}", addition.principal)?;
            let mut causes = addition.member.causes.iter();
            if let Some(cause) = causes.next() {
                write!(f, ": {cause}")?;
            }
            causes.try_for_each(|cause| write!(f, "; {cause}"))?;
            writeln!(f)?;
        }
        for removal in &self.removals {
            writeln!(f, "  - {}: {}", Who(removal), removal.why)?;
        }
        for held in &self.held {
            writeln!(
                f,
                "  ! held - {}: {}; {}",
                Who(&held.removal),
                held.removal.why,
                held.reason
            )?;
        }
        if let Some(id) = self.held_id {
            writeln!(f, "  ! release with {id}")?;
        }
        for (principal, reason) in &self.unmatched {
            writeln!(f, "  ? {principal}: {reason}")?;
        }
        for drift in &self.drift {
            writeln!(f, "  ~ {drift}")?;
        }
        Ok(())
    }
}

/// Whose removal it is: the person, or the bare account.
struct Who<'a>(&'a Removal);

impl Display for Who<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0.principal {
            Some(principal) => write!(f, "{principal}"),
            None => write!(f, "account {}", self.0.account),
        }
    }
}

impl Display for RemovalReason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended { at } => write!(f, "ended at {at:.0}"),
            Self::NoLongerWanted => write!(f, "no longer wanted"),
            Self::NeverWanted => write!(
                f,
                "nothing asks for this account, and the group is exclusive"
            ),
            Self::Blocked => write!(f, "blocked in the configuration"),
            Self::GroupRemoved => write!(f, "the group or its entitlement left the configuration"),
        }
    }
}

impl Display for HoldReason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::AwaitsFreshRead { read_at } => write!(
                f,
                "waits for the next complete read of PagerDuty (last at {read_at:.0})"
            ),
            Self::FactsExpired { read_at } => write!(
                f,
                "PagerDuty was last read completely at {read_at:.0}, longer ago than stale_max"
            ),
            Self::SourceUnknown => write!(f, "a source of the group is gone or was never read"),
            Self::NeverRead => write!(f, "waits for the first complete read of PagerDuty"),
            Self::NobodyOnCall => write!(f, "nobody is on call: the last people stay"),
            Self::NobodyMatched => write!(
                f,
                "nobody on call has an account here: the last people stay"
            ),
            Self::GroupBudget { removals, present } => write!(
                f,
                "{removals} of {present} memberships of the group at once is beyond [limits]"
            ),
            Self::SweepBudget { removals, present } => write!(
                f,
                "{removals} of {present} memberships of all groups at once is beyond [limits]"
            ),
        }
    }
}

impl Display for Drift {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unmanaged { account } => write!(
                f,
                "account {account} is a member that nothing asked for; it is left alone"
            ),
            Self::Protected { account } => write!(f, "account {account} is protected and stays"),
        }
    }
}
