//! Who is on call: entries of a window, and the people of an instant.
//!
//! The two questions are answered by different code on purpose: `*_at` asks every rule about one
//! instant, the other cuts whole spans, and tests hold one against the other.

mod layers;
mod shifts;
mod span;

use jiff::Timestamp;

pub(super) use layers::{layer_entries, layers, layers_at, overrides};
pub(super) use shifts::{Assignment, assignments, shifts, shifts_at};

/// One person's unbroken time on call, from one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The user's id.
    pub user: String,
    /// First instant.
    pub start: Timestamp,
    /// First instant after it; [`Timestamp::MAX`] when it never ends.
    pub end: Timestamp,
    /// What put the user on call.
    pub source: Source,
}

impl Entry {
    /// The part inside the window.
    #[must_use]
    pub fn clipped(mut self, since: Timestamp, until: Timestamp) -> Self {
        self.start = self.start.max(since);
        self.end = self.end.min(until);
        self
    }
}

/// What put a user on call; each id is the layer's, override's, rotation's or shift's own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A layer of a layer-based schedule.
    Layer(String),
    /// An override of a layer-based schedule.
    Override(String),
    /// A rotation of a v3 schedule.
    Rotation(String),
    /// A custom shift of a v3 schedule.
    CustomShift(String),
    /// An override of a rotation of a v3 schedule.
    RotationOverride {
        /// The rotation whose member was replaced.
        rotation: String,
        /// The override.
        by: String,
    },
    /// An override of a custom shift of a v3 schedule.
    CustomShiftOverride {
        /// The shift whose member was replaced.
        shift: String,
        /// The override.
        by: String,
    },
}
