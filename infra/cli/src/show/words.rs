//! Instants, durations and causes in a few words; instants in UTC.

use access_core::id::{EscalationPolicyId, ScheduleId};
use access_core::membership::Cause;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// `Mon 23 Nov 08:00`
pub(crate) fn moment(at: Timestamp) -> String {
    at.strftime("%a %d %b %H:%M").to_string()
}

/// `5 min`, `1 h 30 min`, `12 s`: the two largest units.
pub(crate) fn span(span: SignedDuration) -> String {
    let seconds = span.abs().as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let two = |large: i64, large_unit: &str, small: i64, small_unit: &str| match small {
        0 => format!("{large} {large_unit}"),
        small => format!("{large} {large_unit} {small} {small_unit}"),
    };
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => two(minutes, "min", seconds % 60, "s"),
        (0, hours, minutes) => two(hours, "h", minutes, "min"),
        (days, hours, _) => two(days, "d", hours, "h"),
    }
}

/// `1 removal`, `2 removals`
pub(crate) fn count(number: usize, noun: &str) -> String {
    match (number, noun) {
        (1, noun) => format!("1 {noun}"),
        (number, "person") => format!("{number} people"),
        (number, noun) => format!("{number} {noun}s"),
    }
}

/// Names of schedules and policies, where they are known.
#[derive(Debug, Default)]
pub(crate) struct RotaNames {
    pub(crate) schedules: BTreeMap<ScheduleId, String>,
    pub(crate) policies: BTreeMap<EscalationPolicyId, String>,
}

/// Why, in a few words, without times.
pub(crate) fn cause(cause: &Cause, names: &RotaNames) -> String {
    let schedule = |id: &ScheduleId| {
        names
            .schedules
            .get(id)
            .cloned()
            .unwrap_or_else(|| id.to_string())
    };
    match cause {
        Cause::Shift { schedule: id, .. } => format!("on call, {}", schedule(id)),
        Cause::OnPolicy {
            policy,
            level,
            schedule: by,
            ..
        } => {
            let policy = names
                .policies
                .get(policy)
                .cloned()
                .unwrap_or_else(|| policy.to_string());
            match by {
                Some(id) => format!("on call, {policy} level {level}, by {}", schedule(id)),
                None => format!("always on call, {policy} level {level}"),
            }
        }
        Cause::Incident { incident, .. } => format!("works on incident {incident}"),
        Cause::Grant { .. } => "granted by request".to_owned(),
        Cause::Standing => "standing member".to_owned(),
        Cause::Nested {
            group,
            cause: inner,
        } => format!("{}, through {group}", self::cause(inner, names)),
    }
}

/// The shift behind a cause.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ShiftOf {
    pub(crate) schedule: ScheduleId,
    pub(crate) starts_at: Option<Timestamp>,
    pub(crate) ends_at: Option<Timestamp>,
}

/// The shift behind a cause, if there is one.
pub(crate) fn shift_of(cause: &Cause) -> Option<ShiftOf> {
    match cause {
        Cause::Shift {
            schedule,
            starts_at,
            ends_at,
            ..
        }
        | Cause::OnPolicy {
            schedule: Some(schedule),
            starts_at,
            ends_at,
            ..
        } => Some(ShiftOf {
            schedule: schedule.clone(),
            starts_at: *starts_at,
            ends_at: *ends_at,
        }),
        Cause::Nested { cause, .. } => shift_of(cause),
        Cause::OnPolicy { schedule: None, .. }
        | Cause::Incident { .. }
        | Cause::Grant { .. }
        | Cause::Standing => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_said_in_their_two_largest_units() {
        for (seconds, words) in [
            (0, "0 s"),
            (12, "12 s"),
            (300, "5 min"),
            (-299, "4 min 59 s"),
            (3600, "1 h"),
            (5430, "1 h 30 min"),
            (90_000, "1 d 1 h"),
        ] {
            assert_eq!(span(SignedDuration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn things_are_counted_in_english() {
        assert_eq!(count(1, "removal"), "1 removal");
        assert_eq!(count(0, "removal"), "0 removals");
        assert_eq!(count(2, "person"), "2 people");
    }
}
