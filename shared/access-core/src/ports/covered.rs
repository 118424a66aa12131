//! Which wishes to reconcile a finished run has fulfilled.

use crate::id::GroupName;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How long it is remembered of a single group: a storm is over by then, and to forget costs one run that does nothing.
const KEPT: SignedDuration = SignedDuration::from_mins(30);

/// How far the clocks of two functions may lie apart. AWS keeps them within milliseconds, and a bus tells the time of its
/// events to the second; the rest is for one who stores something a moment after the time he gives for it.
const CLOCKS_DIFFER_MAX: SignedDuration = SignedDuration::from_secs(5);

/// From when on everything was read by the last run that looked at each group.
///
/// A wish asks that something which is stored already be seen. A run that began to read after the wish was made has read
/// it, so the wish has nothing left to do once that run has ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// Of every group.
    all: Option<Timestamp>,
    /// Of these, where that is later.
    groups: BTreeMap<GroupName, Timestamp>,
}

/// What finished runs leave of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// All of it.
    All,
    /// Probably nothing: a run read everything after the wish was made, but so shortly after that two clocks may tell it
    /// wrong. A run that begins at `sure_at` or later leaves no doubt.
    Doubt {
        /// From when on.
        sure_at: Timestamp,
    },
    /// Nothing.
    Nothing {
        /// When the run that fulfilled it began to read.
        covered_at: Timestamp,
    },
}

impl Covered {
    /// Notes a run that took up these groups (none named: all of them) with nothing that was read before `at`.
    ///
    /// The last run's word counts, also where an earlier one told of a later time: that one's clock was wrong.
    pub fn note(&mut self, at: Timestamp, groups: &BTreeSet<GroupName>) {
        if groups.is_empty() {
            self.all = Some(at);
        }
        for group in groups {
            self.groups.insert(group.clone(), at);
        }
        let all = self.all;
        self.groups
            .retain(|_, covered| Some(*covered) > all && at.duration_since(*covered) < KEPT);
    }

    /// What is left at `now` of a wish for these groups (none named: all of them) that was made at `requested_at`.
    #[must_use]
    pub fn left(
        &self,
        now: Timestamp,
        requested_at: Timestamp,
        groups: &BTreeSet<GroupName>,
    ) -> Left {
        let of = |group: &GroupName| self.groups.get(group).copied().max(self.all);
        let covered_at = if groups.is_empty() {
            self.all
        } else {
            groups.iter().map(of).min().flatten()
        };
        match covered_at {
            Some(covered_at) if is_after(now, requested_at, covered_at) => {
                Left::Nothing { covered_at }
            }
            Some(covered_at) if requested_at <= covered_at && covered_at <= now => Left::Doubt {
                sure_at: covered_at + CLOCKS_DIFFER_MAX,
            },
            Some(_) | None => Left::All,
        }
    }
}

/// Whether a read that began at `read_at` shows what was stored before `requested_at`, whatever the clocks of those who
/// told these instants say. A read that tells of a time to come, seen from `now`, is not believed.
#[must_use]
pub fn is_after(now: Timestamp, requested_at: Timestamp, read_at: Timestamp) -> bool {
    read_at.duration_since(requested_at) >= CLOCKS_DIFFER_MAX
        && read_at.duration_since(now) <= CLOCKS_DIFFER_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noon, and some seconds.
    fn at(seconds: i64) -> Timestamp {
        let noon: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        noon + SignedDuration::from_secs(seconds)
    }

    fn groups(names: &[&str]) -> BTreeSet<GroupName> {
        names
            .iter()
            .map(|name| GroupName::new(*name).unwrap())
            .collect()
    }

    /// When a run began to read, and which groups it took up.
    type Run = (i64, &'static [&'static str]);
    type Case = (
        &'static str,
        &'static [Run],
        i64,
        &'static [&'static str],
        Left,
    );

    #[test]
    fn a_wish_is_fulfilled_by_a_run_that_began_after_it() {
        let nothing = |seconds| Left::Nothing {
            covered_at: at(seconds),
        };
        let doubt = |seconds| Left::Doubt {
            sure_at: at(seconds),
        };
        let two: &[Run] = &[(9, &["a"]), (12, &["b"])];
        let one_of_two: &[Run] = &[(-9, &["a"]), (12, &["b"])];
        let old: &[Run] = &[(-1800, &["a"]), (0, &["b"])];
        let cases: [Case; 16] = [
            ("no run", &[], 0, &["a"], Left::All),
            ("before it", &[(0, &[])], 1, &["a"], Left::All),
            ("at the instant", &[(0, &[])], 0, &["a"], doubt(5)),
            ("a second too early", &[(4, &[])], 0, &["a"], doubt(9)),
            ("long enough after", &[(5, &[])], 0, &["a"], nothing(5)),
            ("all by all", &[(9, &[])], 0, &[], nothing(9)),
            ("all by some", &[(9, &["a"])], 0, &[], Left::All),
            ("the same", &[(9, &["a"])], 0, &["a"], nothing(9)),
            ("by others", &[(9, &["b"])], 0, &["a"], Left::All),
            ("by more", &[(9, &["a", "b"])], 0, &["a"], nothing(9)),
            ("by two runs", two, 0, &["a", "b"], nothing(9)),
            ("one run of two", one_of_two, 0, &["a", "b"], Left::All),
            (
                "by all since",
                &[(9, &["a"]), (12, &[])],
                5,
                &["a"],
                nothing(12),
            ),
            ("long forgotten", old, -1900, &["a"], Left::All),
            ("a time to come", &[(40, &[])], 0, &["a"], Left::All),
            (
                "a wrong clock set right",
                &[(40, &[]), (9, &[])],
                0,
                &["a"],
                nothing(9),
            ),
        ];
        for (case, runs, requested, wished, expected) in cases {
            let mut covered = Covered::default();
            for (began, taken_up) in runs {
                covered.note(at(*began), &groups(taken_up));
            }
            let left = covered.left(at(30), at(requested), &groups(wished));
            assert_eq!(left, expected, "{case}");
        }
    }

    #[test]
    fn what_is_covered_reads_back_and_stays_small() {
        let mut covered = Covered::default();
        for second in 0..4_000 {
            covered.note(at(second), &groups(&[&format!("group-{second}")]));
        }
        assert_eq!(covered.groups.len(), 1_800);
        let text = serde_json::to_string(&covered).unwrap();
        assert_eq!(serde_json::from_str::<Covered>(&text).unwrap(), covered);
        covered.note(at(4_000), &BTreeSet::new());
        assert!(covered.groups.is_empty());
    }
}
