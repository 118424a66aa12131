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
    let found = text.parse::<Span>().ok();
    let found = found.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    let Some(found) = found else {
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

/// A duration as one would write it in the configuration.
pub(super) fn words(duration: SignedDuration) -> String {
    let day = SignedDuration::from_hours(24);
    let days = duration.as_secs() / day.as_secs();
    if days > 0 && duration.as_secs() % day.as_secs() == 0 && duration.subsec_nanos() == 0 {
        format!("{days}d")
    } else {
        format!("{duration:#}")
    }
}
