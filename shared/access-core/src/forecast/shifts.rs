//! Shifts by their own times, without lead and lag: until when they are known, and what lies between them.

use super::Gap;
use crate::group::Source;
use crate::membership::Cause;
use crate::timeline::{Entry, GroupTimeline};
use jiff::Timestamp;

/// Until when the group's own rota sources are known; a nested group's gaps are its own forecast's.
pub(super) fn known_until(group: &GroupTimeline) -> Option<Timestamp> {
    let own_rota = group.rule.sources.iter().any(Source::is_rota);
    let basis = group
        .rota
        .filter(|basis| own_rota && basis.read_at.is_some() && group.findings.is_empty())?;
    Some(basis.covers_until)
}

/// The gaps that begin before `until`, between the shifts of everybody: blocked and unresolved people are on call too.
pub(super) fn uncovered(
    group: &GroupTimeline,
    from: Timestamp,
    until: Timestamp,
    known: Timestamp,
) -> Vec<Gap> {
    let people = group
        .entries
        .values()
        .chain(group.blocked.values())
        .flatten();
    let entries = people.chain(group.unresolved.iter().map(|unresolved| &unresolved.entry));
    let mut shifts: Vec<_> = entries.filter_map(|entry| shift(&entry.cause)).collect();
    shifts.sort_unstable();
    let (mut gaps, mut covered) = (Vec::new(), from);
    let end = until.min(known);
    for (starts_at, ends_at) in shifts {
        if covered >= end {
            return gaps;
        }
        if let Some(starts) = starts_at.filter(|starts| *starts > covered) {
            gaps.push(Gap {
                from: covered,
                until: Some(starts),
            });
        }
        let Some(ends) = ends_at else { return gaps };
        covered = covered.max(ends);
    }
    if covered < end {
        gaps.push(Gap {
            from: covered,
            until: None,
        });
    }
    gaps
}

/// The first shift that overlaps `from..until`, cut to begin no earlier than `from`.
pub(super) fn first_shift(
    entries: &[Entry],
    from: Timestamp,
    until: Timestamp,
) -> Option<(Timestamp, Option<Timestamp>)> {
    let shifts = entries.iter().filter_map(|entry| shift(&entry.cause));
    let ahead = shifts.filter(|(starts, ends)| {
        starts.is_none_or(|starts| starts < until) && ends.is_none_or(|ends| ends > from)
    });
    ahead
        .map(|(starts, ends)| (starts.map_or(from, |starts| starts.max(from)), ends))
        .min()
}

/// The shift's own times, without lead and lag; `None` for what is no shift.
fn shift(cause: &Cause) -> Option<(Option<Timestamp>, Option<Timestamp>)> {
    match cause {
        Cause::Shift {
            starts_at, ends_at, ..
        }
        | Cause::OnPolicy {
            starts_at, ends_at, ..
        } => Some((*starts_at, *ends_at)),
        Cause::Nested { cause, .. } => shift(cause),
        Cause::Incident { .. } | Cause::Grant { .. } | Cause::Standing => None,
    }
}
