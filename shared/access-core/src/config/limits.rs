//! `[limits]` and `[sweep]`: how much may be removed unasked, how often and how far Rotakey looks.

use super::duration::duration;
use super::raw::Table;
use super::{Limits, SweepConfig};
use jiff::SignedDuration;

pub(super) const LIMITS_KEYS: [&str; 3] = ["removals_max", "removals_share_max", "removals_min"];
pub(super) const SWEEP_KEYS: [&str; 5] = [
    "refresh",
    "stale_max",
    "look_ahead",
    "observe_every",
    "forecast",
];

/// More memberships than any owner has: a larger number is a slip of the keyboard.
const REMOVALS_MAX: u32 = 1_000_000;

pub(super) fn limits(table: Option<&Table>) -> Limits {
    let default = Limits::default();
    let Some(table) = table else {
        return default;
    };
    let count = |key| Some(table.get(key)?.count(&(0..=REMOVALS_MAX))? as usize);
    let share = table
        .get("removals_share_max")
        .and_then(|value| value.share());
    Limits {
        removals_max: count("removals_max").unwrap_or(default.removals_max),
        removals_share_max: share.unwrap_or(default.removals_share_max),
        removals_min: count("removals_min").unwrap_or(default.removals_min),
    }
}

pub(super) fn sweep(table: Option<&Table>) -> SweepConfig {
    let default = SweepConfig::default();
    let Some(table) = table else {
        return default;
    };
    let minutes = SignedDuration::from_mins;
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    let read = |key, low, high| {
        let value = table.get(key)?;
        duration(&value, &(low..=high))
    };
    let refresh = read("refresh", SignedDuration::from_secs(30), minutes(60));
    let stale_max = read("stale_max", SignedDuration::from_secs(30), days(7));
    let sweep = SweepConfig {
        refresh: refresh.unwrap_or(default.refresh),
        stale_max: stale_max.unwrap_or(default.stale_max),
        look_ahead: read("look_ahead", minutes(60), days(7)).unwrap_or(default.look_ahead),
        observe_every: read("observe_every", minutes(1), days(1)).unwrap_or(default.observe_every),
        forecast: read("forecast", days(1), days(90)).unwrap_or(default.forecast),
    };
    if sweep.stale_max < sweep.refresh {
        let place = table.get("stale_max").or(table.get("refresh"));
        let at = place.map_or(table.at, |value| value.at);
        let message = "`stale_max` is shorter than `refresh`";
        let help = "facts would always be stale: raise stale_max, or lower refresh";
        table.report.add(at, message, help);
    }
    sweep
}
