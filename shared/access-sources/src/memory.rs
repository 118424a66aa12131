//! What a running process remembers between reads. Only a saving: a fresh one reads the same facts with more calls.

use access_core::id::{ScheduleId, TeamId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard};

pub(crate) struct Memory {
    /// In how many pieces a span has to be read.
    pieces: AtomicU32,
    /// Teams of shift-based schedules, which no list tells.
    teams: Mutex<BTreeMap<ScheduleId, BTreeSet<TeamId>>>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            pieces: AtomicU32::new(1),
            teams: Mutex::default(),
        }
    }
}

impl Memory {
    pub(crate) fn pieces(&self) -> u32 {
        self.pieces.load(Ordering::Relaxed)
    }

    pub(crate) fn set_pieces(&self, pieces: u32) {
        self.pieces.store(pieces, Ordering::Relaxed);
    }

    pub(crate) fn teams_of(&self, id: &ScheduleId) -> Option<BTreeSet<TeamId>> {
        self.teams().get(id).cloned()
    }

    pub(crate) fn set_teams(&self, id: ScheduleId, teams: BTreeSet<TeamId>) {
        self.teams().insert(id, teams);
    }

    /// Forgets schedules of which `exists` does not hold.
    pub(crate) fn keep_teams(&self, exists: impl Fn(&ScheduleId) -> bool) {
        self.teams().retain(|id, _| exists(id));
    }

    fn teams(&self) -> MutexGuard<'_, BTreeMap<ScheduleId, BTreeSet<TeamId>>> {
        self.teams.lock().expect("nothing panics while holding it")
    }
}
