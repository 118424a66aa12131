//! Instants as an operator writes them.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Reads RFC 3339 (`2026-11-23T08:00:00Z`), or a civil time with its zone (`2026-11-23 09:00 Europe/Zurich`), or one
/// without, which is the machine's own.
///
/// # Errors
/// In words.
pub(crate) fn instant(text: &str) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    if let Ok(at) = text.parse::<Zoned>() {
        return Ok(at.timestamp());
    }
    let (civil, zone) = match text.rsplit_once(' ') {
        Some((civil, zone)) if zone.contains(char::is_alphabetic) => {
            let known = TimeZone::get(zone);
            (
                civil,
                known.map_err(|_| {
                    format!("`{zone}` is no time zone: write one such as Europe/Zurich")
                })?,
            )
        }
        _ => (text, TimeZone::system()),
    };
    let help =
        "write an instant such as 2026-11-23T08:00:00Z, or \"2026-11-23 09:00 Europe/Zurich\"";
    let civil: DateTime = civil.parse().map_err(|_| help.to_owned())?;
    let at = zone.to_timestamp(civil);
    at.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_in_every_form() {
        for text in [
            "2026-11-23T08:00:00Z",
            "2026-11-23T09:00:00+01:00",
            "2026-11-23T09:00[Europe/Zurich]",
            "2026-11-23 09:00 Europe/Zurich",
            " 2026-11-23T09:00 Europe/Zurich ",
        ] {
            assert_eq!(
                instant(text).unwrap().to_string(),
                "2026-11-23T08:00:00Z",
                "{text}"
            );
        }
        assert!(instant("2026-11-23 09:00").is_ok());
    }

    #[test]
    fn what_is_no_instant_is_refused_in_words() {
        for (text, word) in [
            ("tomorrow", "such as"),
            ("2026-11-23 09:00 Mars/Base", "Mars/Base"),
            ("", "such as"),
        ] {
            let error = instant(text).unwrap_err();
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
