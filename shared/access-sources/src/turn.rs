//! Whose turn it is to be asked again: everybody, one after another, without keeping a list.

use jiff::Timestamp;

/// A place in a list of `count` that moves on by one every minute; 0 when the list is empty.
pub(crate) fn turn(now: Timestamp, count: usize) -> usize {
    let minutes = now.as_second().div_euclid(60);
    let count = i64::try_from(count.max(1)).unwrap_or(i64::MAX);
    usize::try_from(minutes.rem_euclid(count)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_turn() {
        let now: Timestamp = "2026-11-22T09:00:00Z".parse().unwrap();
        let at = |minutes| now + jiff::SignedDuration::from_mins(minutes);
        let mut turns: Vec<_> = (0..7).map(|minute| turn(at(minute), 7)).collect();
        turns.sort_unstable();
        assert_eq!(turns, (0..7).collect::<Vec<_>>());
        assert_eq!(turn(now, 0), 0);
    }
}
