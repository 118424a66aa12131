//! The text object, which everything else holds.

use serde::Serialize;

use super::mrkdwn::Mrkdwn;
use super::text::{self, Lines};

/// A text as Slack takes it, already within the limit of the place it stands in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Text {
    /// Shown as it is; `:tada:` stays seven characters.
    PlainText { text: String, emoji: bool },
    /// Slack reads only the markup written in it, and links no names or addresses by itself.
    Mrkdwn { text: String, verbatim: bool },
}

impl Text {
    /// One line.
    pub(super) fn plain(text: &str, max: usize) -> Self {
        Self::plain_text(text, Lines::One, max)
    }

    /// With the line breaks that are in it.
    pub(super) fn plain_lines(text: &str, max: usize) -> Self {
        Self::plain_text(text, Lines::Several, max)
    }

    pub(super) fn mrkdwn(text: &Mrkdwn, max: usize) -> Self {
        Self::Mrkdwn {
            text: text.fit(max),
            verbatim: true,
        }
    }

    fn plain_text(text: &str, lines: Lines, max: usize) -> Self {
        Self::PlainText {
            text: text::cut(&text::clean(text, lines), max),
            emoji: false,
        }
    }
}
