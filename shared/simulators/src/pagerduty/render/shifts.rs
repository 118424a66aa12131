//! Shift-based schedules: rotations and custom shifts add up, overrides replace one member.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span as Calendar, Timestamp};

use super::span::{Span, civil, instant, subtract};
use super::{Entry, Source};
use crate::pagerduty::model::{
    Event, Member, Overridden, Recurrence, ShiftOverride, ShiftSchedule, Strategy,
};

/// One computed shift, also one that deliberately nobody takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::pagerduty) struct Assignment {
    pub(in crate::pagerduty) member: Member,
    pub(in crate::pagerduty) start: Timestamp,
    pub(in crate::pagerduty) end: Timestamp,
    pub(in crate::pagerduty) source: Source,
}

/// People's entries that overlap the window, with their own ends, earliest first.
pub(in crate::pagerduty) fn shifts(
    schedule: &ShiftSchedule,
    since: Timestamp,
    until: Timestamp,
) -> Vec<Entry> {
    let of_people = |assignment: Assignment| match assignment.member {
        Member::Empty => None,
        Member::User(user) => Some(Entry {
            user,
            start: assignment.start,
            end: assignment.end,
            source: assignment.source,
        }),
    };
    assignments(schedule, since, until)
        .into_iter()
        .filter_map(of_people)
        .collect()
}

/// Computed shifts that overlap the window, with their own ends, earliest first.
pub(in crate::pagerduty) fn assignments(
    schedule: &ShiftSchedule,
    since: Timestamp,
    until: Timestamp,
) -> Vec<Assignment> {
    let window = Span::window(since, until);
    let mut all = Vec::new();
    for rotation in &schedule.rotations {
        let source = Overridden::Rotation(rotation.id.clone());
        for event in &rotation.events {
            for (span, members) in occurrences(event, &schedule.time_zone, window) {
                for member in members {
                    overridden(schedule, &source, member, span, &mut all);
                }
            }
        }
    }
    for shift in &schedule.custom_shifts {
        let source = Overridden::CustomShift(shift.id.clone());
        let span = Span::new(shift.start, shift.end);
        overridden(schedule, &source, &shift.member, span, &mut all);
    }
    all.retain(|found| Span::new(found.start, found.end).overlaps(window));
    all.sort_by(|a, b| (a.start, &a.member, &a.source).cmp(&(b.start, &b.member, &b.source)));
    all
}

/// Everyone on call at one instant, by asking each rule about that instant.
pub(in crate::pagerduty) fn shifts_at(schedule: &ShiftSchedule, at: Timestamp) -> BTreeSet<String> {
    let mut people = BTreeSet::new();
    let mut add = |source: &Overridden, member: &Member| {
        let covering =
            schedule.overrides.iter().rev().find(|entry| {
                changes(entry, source, member) && entry.start <= at && at < entry.end
            });
        if let Member::User(user) = covering.map_or(member, |entry| &entry.overriding) {
            people.insert(user.clone());
        }
    };
    for rotation in &schedule.rotations {
        let source = Overridden::Rotation(rotation.id.clone());
        for event in &rotation.events {
            for number in running_at(event, &schedule.time_zone, at) {
                for member in takers(event, number) {
                    add(&source, member);
                }
            }
        }
    }
    for shift in &schedule.custom_shifts {
        if shift.start <= at && at < shift.end {
            add(&Overridden::CustomShift(shift.id.clone()), &shift.member);
        }
    }
    people
}

/// The numbers of the shifts of an event that run at one instant.
fn running_at(event: &Event, zone: &TimeZone, at: Timestamp) -> Vec<i64> {
    if !effective(event, zone).contains(at) {
        return Vec::new();
    }
    let long_ago = civil(at, zone).saturating_sub(event.lasts + SignedDuration::from_hours(48));
    let mut number = first_near(event, long_ago.date());
    let mut running = Vec::new();
    loop {
        let start = nth(event, number);
        if instant(start, zone) > at {
            return running;
        }
        if instant(start + event.lasts, zone) > at {
            running.push(number);
        }
        number += 1;
    }
}

/// Cuts one member's shift where overrides replace that member; the last created wins.
fn overridden(
    schedule: &ShiftSchedule,
    source: &Overridden,
    member: &Member,
    span: Span,
    found: &mut Vec<Assignment>,
) {
    let mut left = vec![span];
    let overriding = schedule.overrides.iter().rev();
    for entry in overriding.filter(|entry| changes(entry, source, member)) {
        let taken = Span::new(entry.start, entry.end);
        for part in left.iter().filter_map(|span| span.intersect(taken)) {
            found.push(Assignment {
                member: entry.overriding.clone(),
                start: part.start,
                end: part.end,
                source: match source.clone() {
                    Overridden::Rotation(rotation) => Source::RotationOverride {
                        rotation,
                        by: entry.id.clone(),
                    },
                    Overridden::CustomShift(shift) => Source::CustomShiftOverride {
                        shift,
                        by: entry.id.clone(),
                    },
                },
            });
        }
        left = subtract(&left, taken);
    }
    found.extend(left.into_iter().map(|part| Assignment {
        member: member.clone(),
        start: part.start,
        end: part.end,
        source: match source.clone() {
            Overridden::Rotation(rotation) => Source::Rotation(rotation),
            Overridden::CustomShift(shift) => Source::CustomShift(shift),
        },
    }));
}

fn changes(entry: &ShiftOverride, source: &Overridden, member: &Member) -> bool {
    entry.source == *source && entry.overridden == *member
}

/// Shifts of an event that overlap the window, and who takes them.
fn occurrences<'a>(
    event: &'a Event,
    zone: &TimeZone,
    window: Span,
) -> Vec<(Span, Vec<&'a Member>)> {
    let effective = effective(event, zone);
    let earliest = window
        .start
        .checked_sub(event.lasts)
        .unwrap_or(Timestamp::MIN);
    let mut number = first_near(event, civil(earliest, zone).date());
    let mut found = Vec::new();
    loop {
        let start = nth(event, number);
        let begins = instant(start, zone);
        if begins >= window.end || begins >= effective.end {
            return found;
        }
        let whole = Span::new(begins, instant(start + event.lasts, zone));
        if let Some(span) = whole.intersect(effective)
            && span.overlaps(window)
        {
            found.push((span, takers(event, number)));
        }
        number += 1;
    }
}

fn effective(event: &Event, zone: &TimeZone) -> Span {
    let start = instant(event.start, zone);
    let since = event
        .effective_since
        .map_or(start, |since| since.max(start));
    Span::new(since, event.effective_until.unwrap_or(Timestamp::MAX))
}

fn takers(event: &Event, number: i64) -> Vec<&Member> {
    match event.strategy {
        Strategy::Every => event.members.iter().collect(),
        Strategy::Rotating { shifts_per_member } => {
            let Ok(people @ 1..) = i64::try_from(event.members.len()) else {
                return Vec::new();
            };
            let turn = number / i64::from(shifts_per_member) % people;
            let place = usize::try_from(turn).expect("shift numbers are not negative");
            vec![&event.members[place]]
        }
    }
}

/// The civil start of the `number`-th shift, 0 being the first.
fn nth(event: &Event, number: i64) -> DateTime {
    let date = match &event.recurrence {
        Recurrence::Daily(every) => {
            event.start.date() + Calendar::new().days(number * i64::from(*every))
        }
        Recurrence::Weekly(every, days) => {
            let mut days: Vec<i64> = days
                .iter()
                .map(|day| day.to_monday_zero_offset().into())
                .collect();
            days.sort_unstable();
            let first = i64::from(event.start.weekday().to_monday_zero_offset());
            let skipped = days.iter().take_while(|day| **day < first).count();
            let (skipped, count) = (
                i64::try_from(skipped).expect("at most seven"),
                i64::try_from(days.len()).expect("at most seven"),
            );
            let place = skipped + number;
            let day = usize::try_from(place % count).expect("not negative");
            let weeks = place / count * i64::from(*every);
            event.start.date() + Calendar::new().days(weeks * 7 + days[day] - first)
        }
    };
    date.to_datetime(event.start.time())
}

/// A shift number safely at or before the first shift that starts on or after `date`.
fn first_near(event: &Event, date: Date) -> i64 {
    let days = date.duration_since(event.start.date()).as_hours() / 24 - 1;
    let number = match &event.recurrence {
        Recurrence::Daily(every) => days / i64::from(*every) - 1,
        Recurrence::Weekly(every, weekdays) => {
            let count = i64::try_from(weekdays.len()).expect("at most seven");
            (days / (7 * i64::from(*every)) - 1) * count
        }
    };
    number.max(0)
}
