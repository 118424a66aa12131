//! One incident as it was seen: a set of sightings that fold, in the order of time, into who worked on it and when.
//!
//! Webhooks come late, twice, out of order or not at all, and a sweep reads what they lost. A set has neither order nor
//! repeats, so the same sightings give the same [`State`] however they arrived.

mod note;
mod read;
mod sighting;
mod state;
mod terms;
#[cfg(test)]
mod tests;
mod wanted;

pub use note::{Note, notes};
pub use read::{IncidentRead, READ_MARGIN, ReadIncident, repair, to_ask, unlisted};
pub use sighting::{Answer, Priority, Seen, Sighting, Snapshot, Status, Urgency};
pub use state::{End, Phase, State, Work};
pub use terms::{IncidentScope, IncidentTerms};
pub use wanted::{
    FORGET_AFTER, LOOK_UP_EVERY, WantedIncidents, acquaintances, is_over, strangers, uninvolved,
    wanted,
};

use crate::id::{IdError, IncidentId, PagerDutyName, PagerDutyUserId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt, str::FromStr};

/// Most sightings kept one by one; older ones are folded together, and what is older still is ignored.
///
/// Two hundred whole snapshots stay below 150 KB of JSON. An incident with more changes than that is rare.
pub const SIGHTINGS_MAX: usize = 200;

/// Which incident, written `ACCOUNT/ID`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IncidentKey {
    /// The PagerDuty account.
    pub pagerduty: PagerDutyName,
    /// PagerDuty's id of it.
    pub id: IncidentId,
}

/// Why a text names no incident.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IncidentKeyError {
    /// There is no slash.
    #[error("`{0}` names no incident: write ACCOUNT/ID")]
    Shape(String),
    /// A part of it is wrong.
    #[error(transparent)]
    Id(#[from] IdError),
}

/// Everything seen of one incident. The store keeps it whole, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    key: IncidentKey,
    /// What sightings that are no longer kept folded into.
    base: State,
    /// The last of those: nothing as old as that is taken any more.
    base_at: Option<Timestamp>,
    sightings: BTreeSet<Sighting>,
}

impl Incident {
    /// An incident of which nothing was seen.
    #[must_use]
    pub fn new(key: IncidentKey) -> Self {
        Self {
            key,
            base: State::default(),
            base_at: None,
            sightings: BTreeSet::new(),
        }
    }

    /// Which incident.
    #[must_use]
    pub fn key(&self) -> &IncidentKey {
        &self.key
    }

    /// Adds a sighting; `false` when that changes nothing: it is known, or older than all that is still kept.
    pub fn see(&mut self, sighting: Sighting) -> bool {
        if self.base_at.is_some_and(|base_at| sighting.at <= base_at) {
            return false;
        }
        let is_new = self.sightings.insert(sighting);
        self.fold(SIGHTINGS_MAX);
        is_new
    }

    /// The same with less to keep, for a store that cannot hold all of it: the older half of the sightings folded together,
    /// and once none is left, the older half of the phases. `None` when there is nothing to fold.
    ///
    /// Folding sightings changes nothing that is known, nor what anything newer will say; what is as old as the folded ones
    /// and was not heard of is ignored from then on, and a read repairs what that costs. Folding phases draws the beginning
    /// of the oldest that is left back in time.
    #[must_use]
    pub fn folded(&self) -> Option<Self> {
        let mut folded = self.clone();
        if !folded.sightings.is_empty() {
            folded.fold(self.sightings.len() / 2);
        } else if folded.base.phases.len() > 1 {
            folded.base.shorten(self.base.phases.len() / 2);
        } else {
            return None;
        }
        Some(folded)
    }

    /// Everybody who was ever said to have to do with it.
    #[must_use]
    pub fn people(&self) -> BTreeSet<PagerDutyUserId> {
        let phases = self.state().phases.into_iter();
        phases
            .flat_map(|phase| [phase.assigned, phase.acknowledged, phase.responding])
            .flatten()
            .collect()
    }

    /// Folds the oldest sightings until so many are left.
    fn fold(&mut self, sightings_max: usize) {
        while self.sightings.len() > sightings_max
            && let Some(oldest) = self.sightings.pop_first()
        {
            self.base.apply(&oldest);
            self.base_at = Some(oldest.at);
        }
    }

    /// What all sightings together say.
    #[must_use]
    pub fn state(&self) -> State {
        let mut state = self.base.clone();
        self.sightings
            .iter()
            .for_each(|sighting| state.apply(sighting));
        state
    }

    /// The instant of the newest sighting; `None` before the first.
    #[must_use]
    pub fn seen_until(&self) -> Option<Timestamp> {
        let newest = self.sightings.last().map(|sighting| sighting.at);
        newest.max(self.base_at)
    }
}

impl fmt::Display for IncidentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.pagerduty, self.id)
    }
}

impl FromStr for IncidentKey {
    type Err = IncidentKeyError;

    fn from_str(text: &str) -> Result<Self, IncidentKeyError> {
        let (pagerduty, id) = text
            .split_once('/')
            .ok_or_else(|| IncidentKeyError::Shape(text.to_owned()))?;
        Ok(Self {
            pagerduty: PagerDutyName::new(pagerduty)?,
            id: IncidentId::new(id)?,
        })
    }
}

impl TryFrom<String> for IncidentKey {
    type Error = IncidentKeyError;

    fn try_from(text: String) -> Result<Self, IncidentKeyError> {
        text.parse()
    }
}

impl From<IncidentKey> for String {
    fn from(key: IncidentKey) -> String {
        key.to_string()
    }
}
