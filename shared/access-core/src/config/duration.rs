//! Durations as people write them: `5m`, `1h 30m`, `14d`.

use super::value::Value;
use jiff::{SignedDuration, Span, SpanRelativeTo};
use std::ops::RangeInclusive;

/// Reads a duration in `range`; a day is 24 hours and a week seven of them.
pub(super) fn duration(
    value: &Value,
    range: &RangeInclusive<SignedDuration>,
) -> Option<SignedDuration> {
    let text = value.text_or("write it in quotes and with its unit, such as \"5m\"")?;
    let Some(found) = parse_duration(text) else {
        let help = "write numbers with units (w, d, h, m, s), such as \"5m\", \"1h 30m\", \"14d\"";
        value.wrong(format!("`{text}` is no duration"), help);
        return None;
    };
    if range.contains(&found) {
        return Some(found);
    }
    let help = format!(
        "write a duration from {} to {}",
        words(*range.start()),
        words(*range.end())
    );
    value.wrong(format!("`{}` is out of range: {text}", value.key), help);
    None
}

/// A duration as people write it, in the configuration or when they ask: `5m`, `1h 30m`, `2 hours`, `14d`. A day is 24
/// hours and a week seven of them. `None`: the text is none.
#[must_use]
pub fn parse_duration(text: &str) -> Option<SignedDuration> {
    let span = text.parse::<Span>().ok()?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()
}

/// A duration as one would write it in the configuration: `1h 30m`, `14d`.
#[must_use]
pub fn words(duration: SignedDuration) -> String {
    let day = SignedDuration::from_hours(24);
    let days = duration.as_secs() / day.as_secs();
    if days > 0 && duration.as_secs() % day.as_secs() == 0 && duration.subsec_nanos() == 0 {
        format!("{days}d")
    } else {
        format!("{duration:#}")
    }
}
