//! Why a decision is refused, as whoever wanted it has to be told.

use super::RequestState;
use crate::id::GroupName;
use crate::principal::Principal;
use jiff::{SignedDuration, Timestamp};

/// Why a decision is refused; nothing was changed. Texts hold no address: they may be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Somebody decided before, or it was taken back: this is what became of it.
    #[error("the request is already {}", .0.word())]
    AlreadyResolved(RequestState),
    /// The request's time was up at this instant, written down or not.
    #[error("the request timed out at {0}")]
    TimedOut(Timestamp),
    /// Nobody decides on their own request, or reviews their own break-glass, whatever any policy says.
    #[error("nobody decides on their own request")]
    OwnRequest,
    /// This person's approval counts already.
    #[error("this person has already approved the request")]
    AlreadyApprovedBy(Principal),
    /// The duration is longer than the group allows, or the grant already lasts as long as it may.
    #[error("access to this group lasts at most {max:#}")]
    TooLong {
        /// The longest grant.
        max: SignedDuration,
    },
    /// A duration must be positive.
    #[error("a duration must be longer than nothing")]
    NoTime,
    /// There is no such grant, or it is over.
    #[error("the grant is not live")]
    NotLive,
    /// The configuration lets nobody ask into this group, or no longer has it.
    #[error("nobody may ask for access to group `{0}`")]
    NoRule(GroupName),
    /// The configuration blocks this person, who therefore neither gets nor gives anything.
    #[error("this person is blocked")]
    Blocked(Principal),
    /// Only whoever asked can take it back or extend it; only the holder can hand back.
    #[error("this belongs to somebody else")]
    NotYours,
    /// So many requests of this person, or of theirs into this group, wait for others already.
    #[error("{max} requests of yours wait already: wait for a decision, or take one back")]
    TooMany {
        /// How many may.
        max: usize,
    },
    /// What was due is not due before this instant.
    #[error("not due before {0}")]
    NotYet(Timestamp),
    /// Nothing of the kind is left to do: no second list, told already, or no break-glass that waits for a review.
    #[error("there is nothing to do")]
    NothingToDo,
}
