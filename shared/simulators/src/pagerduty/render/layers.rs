//! Layer-based schedules: overrides above layers, later layers above earlier ones.

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::span::{Span, civil, instant, subtract};
use super::{Entry, Source};
use crate::pagerduty::model::{Layer, LayerSchedule, Restriction};

/// How far beyond the window recurring layers are worked out to find where an entry of a lower
/// one really ends. Restrictions recur weekly, so a fortnight meets each of them.
const REACH: SignedDuration = SignedDuration::from_hours(15 * 24);

/// Final entries that overlap the window, with their own ends, earliest first.
pub(in crate::pagerduty) fn layers(
    schedule: &LayerSchedule,
    since: Timestamp,
    until: Timestamp,
) -> Vec<Entry> {
    let window = Span::window(since, until);
    let furthest = Span::new(back(window.start), ahead(window.end));
    // From the lowest up, over a range that grows with what was found, so that whatever cuts an
    // entry of a lower layer is seen, also outside of the window.
    let mut range = window;
    let mut strata: Vec<Vec<Entry>> = Vec::new();
    for layer in &schedule.layers {
        let entries = turns(layer, &schedule.time_zone, range);
        for entry in &entries {
            range.start = range.start.min(entry.start.max(furthest.start));
            range.end = range.end.max(entry.end.min(furthest.end));
        }
        strata.push(entries);
    }
    strata.extend(
        schedule
            .overrides
            .iter()
            .map(|entry| vec![of_override(entry)]),
    );

    let mut free = vec![Span::ALWAYS];
    let mut visible = Vec::new();
    for stratum in strata.iter().rev() {
        for entry in stratum {
            let whole = Span::new(entry.start, entry.end);
            for part in free.iter().filter_map(|span| span.intersect(whole)) {
                visible.push((part, entry));
            }
        }
        for entry in stratum {
            free = subtract(&free, Span::new(entry.start, entry.end));
        }
    }
    let mut entries: Vec<Entry> = visible
        .into_iter()
        .filter(|(part, _)| part.overlaps(window))
        .map(|(part, entry)| Entry {
            start: part.start,
            end: part.end,
            ..entry.clone()
        })
        .collect();
    entries.sort_by_key(|entry| entry.start);
    entries
}

/// What one layer alone says for the window.
pub(in crate::pagerduty) fn layer_entries(
    layer: &Layer,
    zone: &TimeZone,
    since: Timestamp,
    until: Timestamp,
) -> Vec<Entry> {
    turns(layer, zone, Span::window(since, until))
}

/// What the overrides alone say for the window; where two overlap both are listed.
pub(in crate::pagerduty) fn overrides(
    schedule: &LayerSchedule,
    since: Timestamp,
    until: Timestamp,
) -> Vec<Entry> {
    let window = Span::window(since, until);
    let entries = schedule.overrides.iter().map(of_override);
    entries
        .filter(|entry| Span::new(entry.start, entry.end).overlaps(window))
        .collect()
}

/// The user on call at one instant, by asking each rule in order of precedence.
pub(in crate::pagerduty) fn layers_at(schedule: &LayerSchedule, at: Timestamp) -> BTreeSet<String> {
    let overriding = schedule.overrides.iter().rev();
    for entry in overriding {
        if entry.start <= at && at < entry.end {
            return BTreeSet::from([entry.user.clone()]);
        }
    }
    let zone = &schedule.time_zone;
    let user = schedule
        .layers
        .iter()
        .rev()
        .find_map(|layer| user_at(layer, zone, at));
    user.into_iter().collect()
}

fn user_at(layer: &Layer, zone: &TimeZone, at: Timestamp) -> Option<String> {
    if layer.users.is_empty() || !life(layer, zone).contains(at) {
        return None;
    }
    let restrictions = &layer.restrictions;
    if !restrictions.is_empty() && !restrictions.iter().any(|limit| limits(limit, zone, at)) {
        return None;
    }
    Some(user_of_turn(layer, turn_at(layer, zone, at)).to_owned())
}

fn limits(limit: &Restriction, zone: &TimeZone, at: Timestamp) -> bool {
    let today = civil(at, zone).date();
    (0..=8).any(|days_back| {
        let date = today.saturating_sub(SignedDuration::from_hours(24 * days_back));
        if limit
            .weekday
            .is_some_and(|weekday| weekday != date.weekday())
        {
            return false;
        }
        let start = date.to_datetime(limit.from);
        instant(start, zone) <= at && at < instant(start + limit.lasts, zone)
    })
}

fn of_override(entry: &crate::pagerduty::model::Override) -> Entry {
    Entry {
        user: entry.user.clone(),
        start: entry.start,
        end: entry.end,
        source: Source::Override(entry.id.clone()),
    }
}

/// The layer's entries that overlap `range`, with their own ends.
fn turns(layer: &Layer, zone: &TimeZone, range: Span) -> Vec<Entry> {
    let Some(range) = range.intersect(life(layer, zone)) else {
        return Vec::new();
    };
    let mut spans = unrestricted(layer, zone, range);
    // A restriction that lasts all day limits nothing.
    let all_day = |limit: &Restriction| limit.weekday.is_none() && limit.lasts.as_hours() >= 24;
    if !layer.restrictions.is_empty() && !layer.restrictions.iter().any(all_day) {
        let windows = restricted(&layer.restrictions, zone, range);
        spans = spans
            .into_iter()
            .flat_map(|(span, user)| {
                let parts = windows
                    .iter()
                    .filter_map(move |limit| limit.intersect(span));
                parts.map(move |part| (part, user)).collect::<Vec<_>>()
            })
            .collect();
    }
    spans
        .into_iter()
        .map(|(span, user)| Entry {
            user: user.to_owned(),
            start: span.start,
            end: span.end,
            source: Source::Layer(layer.id.clone()),
        })
        .collect()
}

/// Turns that overlap `range`, neighbours of one user joined.
fn unrestricted<'a>(layer: &'a Layer, zone: &TimeZone, range: Span) -> Vec<(Span, &'a str)> {
    let life = life(layer, zone);
    let Some(first) = layer.users.first() else {
        return Vec::new();
    };
    if layer.users.iter().all(|user| user == first) {
        return vec![(life, first)];
    }
    let mut turn = turn_at(layer, zone, range.start);
    while turn > 0 && user_of_turn(layer, turn - 1) == user_of_turn(layer, turn) {
        turn -= 1;
    }
    let mut spans = Vec::new();
    loop {
        let start = handoff(layer, zone, turn);
        if start >= range.end {
            return spans;
        }
        let user = user_of_turn(layer, turn);
        turn += 1;
        while user_of_turn(layer, turn) == user {
            turn += 1;
        }
        // A turn may be empty where clocks go forward.
        if let Some(span) = Span::new(start, handoff(layer, zone, turn)).intersect(life) {
            spans.push((span, user));
        }
    }
}

/// Times that the restrictions leave open and that overlap `range`, joined where they touch.
fn restricted(restrictions: &[Restriction], zone: &TimeZone, range: Span) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut date = civil(
        back_by(range.start, SignedDuration::from_hours(8 * 24)),
        zone,
    )
    .date();
    let last = civil(range.end, zone).date();
    while date <= last {
        for limit in restrictions {
            if limit
                .weekday
                .is_none_or(|weekday| weekday == date.weekday())
            {
                let start = date.to_datetime(limit.from);
                let span = Span::new(instant(start, zone), instant(start + limit.lasts, zone));
                if span.overlaps(range) {
                    spans.push(span);
                }
            }
        }
        date = date.tomorrow().expect("schedules lie within jiff's years");
    }
    spans.sort_unstable();
    let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match joined.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => joined.push(span),
        }
    }
    joined
}

fn life(layer: &Layer, zone: &TimeZone) -> Span {
    let start = instant(layer.start, zone);
    Span::new(start, layer.end.unwrap_or(Timestamp::MAX).max(start))
}

/// The first instant of a turn (0 is the first). Civil time, so handoffs keep their time of day.
fn handoff(layer: &Layer, zone: &TimeZone, turn: i64) -> Timestamp {
    let seconds = layer.turn.as_secs() * turn;
    let at: DateTime = layer.start + SignedDuration::from_secs(seconds);
    instant(at, zone)
}

/// The turn in which an instant lies, at or after the layer's start.
fn turn_at(layer: &Layer, zone: &TimeZone, at: Timestamp) -> i64 {
    let passed = civil(at, zone).duration_since(layer.start).as_secs();
    // Civil arithmetic is off by a turn at most where clocks change.
    let mut turn = passed.div_euclid(layer.turn.as_secs()).max(0);
    while turn > 0 && handoff(layer, zone, turn) > at {
        turn -= 1;
    }
    while handoff(layer, zone, turn + 1) <= at {
        turn += 1;
    }
    turn
}

fn user_of_turn(layer: &Layer, turn: i64) -> &str {
    let people = i64::try_from(layer.users.len()).expect("a layer's users fit");
    let place = usize::try_from(turn.rem_euclid(people)).expect("a remainder is positive");
    &layer.users[place]
}

fn back(at: Timestamp) -> Timestamp {
    back_by(at, REACH)
}

fn back_by(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_sub(by).unwrap_or(Timestamp::MIN)
}

fn ahead(at: Timestamp) -> Timestamp {
    at.checked_add(REACH).unwrap_or(Timestamp::MAX)
}
