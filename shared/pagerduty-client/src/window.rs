//! Spans of time as PagerDuty takes them: start included, end excluded, whole seconds, UTC.

use jiff::{SignedDuration, Timestamp};

/// The end of a window does not lie after its start.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a window must end after its start: {since} to {until}")]
pub struct WindowError {
    since: Timestamp,
    until: Timestamp,
}

/// The time from `since` up to, but without, `until`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    since: Timestamp,
    until: Timestamp,
}

impl Window {
    /// Makes a window; parts of a second are widened to whole ones when it is sent.
    ///
    /// # Errors
    /// [`WindowError`] unless `until` lies after `since`.
    pub fn new(since: Timestamp, until: Timestamp) -> Result<Self, WindowError> {
        if until <= since {
            return Err(WindowError { since, until });
        }
        Ok(Self { since, until })
    }

    /// The first instant inside.
    #[must_use]
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// The first instant no longer inside.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.until
    }

    pub(crate) fn since_text(&self) -> String {
        in_seconds(self.since)
    }

    pub(crate) fn until_text(&self) -> String {
        let has_part = self.until.subsec_nanosecond() != 0;
        let up = SignedDuration::from_secs(i64::from(has_part));
        in_seconds(self.until.checked_add(up).unwrap_or(self.until))
    }
}

/// RFC 3339 without parts of a second.
pub(crate) fn in_seconds(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_widen_to_whole_seconds_and_never_run_backwards() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let window =
            Window::new(at("2026-10-25T00:59:59.9Z"), at("2026-10-25T01:00:00.1Z")).unwrap();
        assert_eq!(window.since_text(), "2026-10-25T00:59:59Z");
        assert_eq!(window.until_text(), "2026-10-25T01:00:01Z");
        let whole = Window::new(at("2026-10-25T00:00:00Z"), at("2026-10-25T01:00:00Z")).unwrap();
        assert_eq!(whole.until_text(), "2026-10-25T01:00:00Z");
        assert!(Window::new(whole.until(), whole.since()).is_err());
        assert!(Window::new(whole.since(), whole.since()).is_err());
    }
}
