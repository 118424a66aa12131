//! The span of time that is read: how it is asked for, and what becomes of shifts at its edges.

use access_core::facts::Shift;
use access_core::id::PagerDutyUserId;
use access_core::ports::Ask;
use jiff::{SignedDuration, Timestamp};
use pagerduty_client::Window;
use std::collections::BTreeSet;

/// How far the asked window reaches beyond whole minutes. Handoffs lie on whole minutes, so an edge that lies exactly
/// on an edge of the window is one that PagerDuty cut there, and no handoff.
const MARGIN: SignedDuration = SignedDuration::from_secs(1);

/// The covered span, and the slightly wider window that PagerDuty is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    covers_from: Timestamp,
    covers_until: Timestamp,
    since: Timestamp,
    until: Timestamp,
}

impl Span {
    pub(crate) fn of(ask: &Ask) -> Self {
        Self::new(ask.covers_from, ask.covers_until)
    }

    /// A span that ends before it begins is taken for the instant of its beginning.
    pub(crate) fn new(covers_from: Timestamp, covers_until: Timestamp) -> Self {
        let covers_until = covers_until.max(covers_from);
        let before = minute_of(covers_from).checked_sub(MARGIN);
        let minute = minute_of(covers_until);
        let is_whole = minute == covers_until;
        let rest = SignedDuration::from_secs(if is_whole { 0 } else { 60 });
        let after = minute.checked_add(rest + MARGIN);
        Self {
            covers_from,
            covers_until,
            since: before.unwrap_or(Timestamp::MIN),
            until: after.unwrap_or(Timestamp::MAX),
        }
    }

    /// What PagerDuty is asked for, in one piece.
    pub(crate) fn window(&self) -> Window {
        Window::new(self.since, self.until).expect("the margins keep the ends apart")
    }

    /// The same in so many pieces that follow on one another.
    pub(crate) fn windows(&self, pieces: u32) -> Vec<Window> {
        let seconds = self.until.as_second() - self.since.as_second();
        let pieces = i64::from(pieces).clamp(1, seconds.max(1));
        let edge = |n: i64| match n {
            0 => self.since,
            n if n == pieces => self.until,
            n => self.since + SignedDuration::from_secs(seconds / pieces * n),
        };
        let window = |n| Window::new(edge(n), edge(n + 1)).expect("a piece lasts a second or more");
        (0..pieces).map(window).collect()
    }

    /// A shift as PagerDuty tells it; an end that is an edge of the window was cut there, so it is not known.
    pub(crate) fn shift(
        &self,
        user: PagerDutyUserId,
        starts_at: Option<Timestamp>,
        ends_at: Option<Timestamp>,
    ) -> Shift {
        Shift {
            user,
            starts_at: starts_at.filter(|at| *at != self.since),
            ends_at: ends_at.filter(|at| *at != self.until),
        }
    }

    /// A shift of a rendered schedule. Some calls cut these to the window and some do not, so all are cut: it must not
    /// depend on the call what is known.
    pub(crate) fn cut_shift(
        &self,
        user: PagerDutyUserId,
        starts_at: Timestamp,
        ends_at: Option<Timestamp>,
    ) -> Shift {
        Shift {
            user,
            starts_at: Some(starts_at).filter(|at| *at > self.since),
            ends_at: ends_at.filter(|at| *at < self.until),
        }
    }

    /// Joins what touches or overlaps of one person's shifts, and leaves out what lies outside of the covered span.
    pub(crate) fn unbroken(&self, shifts: BTreeSet<Shift>) -> BTreeSet<Shift> {
        let mut whole: Vec<Shift> = Vec::with_capacity(shifts.len());
        // In order of person, then start.
        for shift in shifts.into_iter().filter(lasts) {
            match whole.last_mut() {
                Some(last) if last.user == shift.user && touch(last, &shift) => {
                    last.ends_at = last.ends_at.zip(shift.ends_at).map(|(a, b)| a.max(b));
                }
                _ => whole.push(shift),
            }
        }
        whole.retain(|shift| self.meets(shift));
        whole.into_iter().collect()
    }

    /// Whether some of the shift lies in the covered span.
    pub(crate) fn meets(&self, shift: &Shift) -> bool {
        shift.starts_at.is_none_or(|at| at < self.covers_until)
            && shift.ends_at.is_none_or(|at| at > self.covers_from)
    }
}

fn minute_of(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(60) * 60).unwrap_or(at)
}

fn lasts(shift: &Shift) -> bool {
    let ends = shift.starts_at.zip(shift.ends_at);
    ends.is_none_or(|(starts_at, ends_at)| starts_at < ends_at)
}

fn touch(earlier: &Shift, later: &Shift) -> bool {
    let ends = earlier.ends_at.zip(later.starts_at);
    ends.is_none_or(|(ends_at, starts_at)| starts_at <= ends_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-22T{text}Z").parse().unwrap()
    }

    fn span() -> Span {
        Span::new(at("06:00:00"), at("18:00:00"))
    }

    fn shift(user: &str, starts_at: Option<&str>, ends_at: Option<&str>) -> Shift {
        Shift {
            user: user.parse().unwrap(),
            starts_at: starts_at.map(at),
            ends_at: ends_at.map(at),
        }
    }

    #[test]
    fn the_window_is_wider_than_the_span_and_its_edges_lie_on_no_whole_minute() {
        for (from, until, since, to) in [
            ("06:00:00", "18:00:00", "05:59:59", "18:00:01"),
            ("06:00:01", "17:59:59", "05:59:59", "18:00:01"),
            ("06:00:59.5", "17:59:00.5", "05:59:59", "18:00:01"),
            ("06:00:00", "06:00:00", "05:59:59", "06:00:01"),
            ("06:00:00", "05:00:00", "05:59:59", "06:00:01"),
        ] {
            let window = Span::new(at(from), at(until)).window();
            assert_eq!(
                (window.since(), window.until()),
                (at(since), at(to)),
                "{from}"
            );
        }
    }

    #[test]
    fn pieces_follow_on_one_another() {
        for pieces in [1, 2, 3, 8] {
            let windows = span().windows(pieces);
            assert_eq!(windows.len(), usize::try_from(pieces).unwrap());
            assert_eq!(windows[0].since(), span().since);
            assert_eq!(windows[windows.len() - 1].until(), span().until);
            for pair in windows.windows(2) {
                assert_eq!(pair[0].until(), pair[1].since(), "{pieces}");
            }
        }
        let instant = Span::new(at("06:00:00"), at("06:00:00"));
        assert_eq!(instant.windows(8).len(), 2, "none is empty");
    }

    #[test]
    fn only_what_was_cut_loses_its_ends() {
        let user: PagerDutyUserId = "PUSER01".parse().unwrap();
        for (case, starts_at, ends_at, starts, ends) in [
            ("cut", "05:59:59", "18:00:01", None, None),
            (
                "a handoff at the edges",
                "06:00:00",
                "18:00:00",
                Some("06:00:00"),
                Some("18:00:00"),
            ),
            (
                "its own ends",
                "01:00:00",
                "23:00:00",
                Some("01:00:00"),
                Some("23:00:00"),
            ),
        ] {
            let got = span().shift(user.clone(), Some(at(starts_at)), Some(at(ends_at)));
            assert_eq!(got, shift("PUSER01", starts, ends), "{case}");
        }
    }

    #[test]
    fn rendered_shifts_are_cut_whether_or_not_they_came_so() {
        let user: PagerDutyUserId = "PUSER01".parse().unwrap();
        for (case, starts_at, ends_at, starts, ends) in [
            ("cut", "05:59:59", Some("18:00:01"), None, None),
            ("whole", "01:00:00", Some("23:00:00"), None, None),
            ("endless", "01:00:00", None, None, None),
            (
                "a handoff at the edges",
                "06:00:00",
                Some("18:00:00"),
                Some("06:00:00"),
                Some("18:00:00"),
            ),
        ] {
            let got = span().cut_shift(user.clone(), at(starts_at), ends_at.map(at));
            assert_eq!(got, shift("PUSER01", starts, ends), "{case}");
        }
    }

    #[test]
    fn unbroken_time_is_one_shift_however_it_is_sliced() {
        let cases = [
            (
                "touching",
                vec![
                    shift("A", Some("07:00:00"), Some("08:00:00")),
                    shift("A", Some("08:00:00"), Some("09:00:00")),
                ],
                vec![shift("A", Some("07:00:00"), Some("09:00:00"))],
            ),
            (
                "overlapping and inside",
                vec![
                    shift("A", Some("07:00:00"), Some("10:00:00")),
                    shift("A", Some("08:00:00"), Some("09:00:00")),
                    shift("A", Some("09:30:00"), Some("11:00:00")),
                ],
                vec![shift("A", Some("07:00:00"), Some("11:00:00"))],
            ),
            (
                "a gap stays",
                vec![
                    shift("A", Some("07:00:00"), Some("08:00:00")),
                    shift("A", Some("08:00:01"), Some("09:00:00")),
                ],
                vec![
                    shift("A", Some("07:00:00"), Some("08:00:00")),
                    shift("A", Some("08:00:01"), Some("09:00:00")),
                ],
            ),
            (
                "people stay apart",
                vec![
                    shift("A", Some("07:00:00"), Some("08:00:00")),
                    shift("B", Some("08:00:00"), Some("09:00:00")),
                ],
                vec![
                    shift("A", Some("07:00:00"), Some("08:00:00")),
                    shift("B", Some("08:00:00"), Some("09:00:00")),
                ],
            ),
            (
                "unknown ends",
                vec![
                    shift("A", None, Some("07:00:00")),
                    shift("A", Some("07:00:00"), None),
                    shift("A", Some("09:00:00"), Some("10:00:00")),
                ],
                vec![shift("A", None, None)],
            ),
            (
                "outside, and without any duration",
                vec![
                    shift("A", Some("04:00:00"), Some("06:00:00")),
                    shift("A", Some("18:00:00"), Some("19:00:00")),
                    shift("B", Some("08:00:00"), Some("08:00:00")),
                ],
                vec![],
            ),
            (
                "what is outside still belongs to what is inside",
                vec![
                    shift("A", Some("04:00:00"), Some("06:00:00")),
                    shift("A", Some("06:00:00"), Some("07:00:00")),
                ],
                vec![shift("A", Some("04:00:00"), Some("07:00:00"))],
            ),
        ];
        for (case, shifts, expected) in cases {
            let got = span().unbroken(shifts.into_iter().collect());
            assert_eq!(got, expected.into_iter().collect(), "{case}");
        }
    }
}
