//! The one place that reads the machine's clock.

use jiff::Timestamp;

/// The time now. Read it once per invocation and pass it down.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one reader")]
pub fn now() -> Timestamp {
    Timestamp::now()
}
