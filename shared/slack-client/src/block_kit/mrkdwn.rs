//! Text with markup of ours around text of other people.

use jiff::Timestamp;
use url::Url;

use super::text::{self, Lines};
use crate::id::{ChannelId, SlackUserId};

/// Longest text inside markup, which is shown whole or not at all.
const INLINE_MAX: usize = 150;

/// Text in Slack's `mrkdwn`, put together from markup and from text that is escaped.
///
/// ```
/// use slack_client::block_kit::Mrkdwn;
///
/// let line = Mrkdwn::new().bold("Ann").text(" asks: ").text("<!channel> *now*");
/// assert_eq!(line.to_string(), "*Ann* asks: &lt;!channel&gt; *now*");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mrkdwn(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    /// Cleaned, to be escaped, may be cut.
    Text(String),
    /// Ours, whole or not at all.
    Markup(String),
}

impl Mrkdwn {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds text of whatever origin, on one line. Blanks at its ends are kept, its line breaks become blanks.
    #[must_use]
    pub fn text(self, text: &str) -> Self {
        let kept = |is_end: bool| if is_end { " " } else { "" };
        let ends = [
            kept(text.starts_with(char::is_whitespace)),
            kept(text.ends_with(char::is_whitespace)),
        ];
        let cleaned = text::clean(text, Lines::One);
        self.with(Piece::Text(format!("{}{cleaned}{}", ends[0], ends[1])))
    }

    /// Adds a text of the program's own with markup in it.
    #[must_use]
    pub fn markup(self, markup: &'static str) -> Self {
        self.with(Piece::Markup(markup.to_owned()))
    }

    /// Begins a new line.
    #[must_use]
    pub fn line(self) -> Self {
        self.markup("\n")
    }

    /// Adds text in bold, cut to 150 characters.
    #[must_use]
    pub fn bold(self, text: &str) -> Self {
        let inline = text::escape(&inline(text));
        self.with(Piece::Markup(format!("*{inline}*")))
    }

    /// Adds text in the type of code, cut to 150 characters; backticks in it become apostrophes.
    #[must_use]
    pub fn code(self, text: &str) -> Self {
        let inline = text::escape(&inline(text).replace('`', "'"));
        self.with(Piece::Markup(format!("`{inline}`")))
    }

    /// Mentions a person, who is told of it when a message is posted.
    #[must_use]
    pub fn user(self, user: &SlackUserId) -> Self {
        self.with(Piece::Markup(format!("<@{user}>")))
    }

    /// Links a channel.
    #[must_use]
    pub fn channel(self, channel: &ChannelId) -> Self {
        self.with(Piece::Markup(format!("<#{channel}>")))
    }

    /// Adds a link whose label is cut to 150 characters; the label alone for an address that is not of the web.
    #[must_use]
    pub fn link(self, address: &Url, label: &str) -> Self {
        if !matches!(address.scheme(), "http" | "https") {
            return self.text(label);
        }
        let address = address.as_str().replace('|', "%7C").replace('>', "%3E");
        let address = address.replace('<', "%3C").replace('&', "&amp;");
        // A bar would end the address once more.
        let label = text::escape(&inline(label).replace('|', "/"));
        self.with(Piece::Markup(format!("<{address}|{label}>")))
    }

    /// Adds an instant, which each reader sees in their own time zone.
    #[must_use]
    pub fn at(self, at: Timestamp) -> Self {
        let seconds = at.as_second();
        let fallback = at.strftime("%Y-%m-%d %H:%M UTC");
        self.with(Piece::Markup(format!(
            "<!date^{seconds}^{{date_short_pretty}} {{time}}|{fallback}>"
        )))
    }

    /// Adds another text as it is.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// As much as fits: text is cut between characters, an escape or markup never.
    pub(crate) fn fit(&self, max: usize) -> String {
        let whole = self.to_string();
        if whole.trim().is_empty() {
            return text::clean("", Lines::One);
        }
        if text::width(&whole) <= max {
            return whole;
        }
        let mut left = max - 1;
        let mut kept = String::new();
        let mut take = |part: &str| match left.checked_sub(text::width(part)) {
            Some(rest) => {
                left = rest;
                kept.push_str(part);
                true
            }
            None => false,
        };
        'pieces: for piece in &self.0 {
            match piece {
                Piece::Markup(markup) => {
                    if !take(markup) {
                        break 'pieces;
                    }
                }
                Piece::Text(text) => {
                    for character in text.chars() {
                        if !take(&text::escape(character.encode_utf8(&mut [0; 4]))) {
                            break 'pieces;
                        }
                    }
                }
            }
        }
        text::end(kept)
    }

    fn with(mut self, piece: Piece) -> Self {
        self.0.push(piece);
        self
    }
}

impl From<&str> for Mrkdwn {
    /// Text of whatever origin.
    fn from(text: &str) -> Self {
        Self::new().text(text)
    }
}

impl std::fmt::Display for Mrkdwn {
    /// The whole text as Slack gets it, however long.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => f.write_str(&text::escape(text))?,
                Piece::Markup(markup) => f.write_str(markup)?,
            }
        }
        Ok(())
    }
}

fn inline(text: &str) -> String {
    text::cut(&text::clean(text, Lines::One), INLINE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_markup_are_never_split() {
        let text = Mrkdwn::new().bold("Ann").text(" & <Ben>");
        let cases = [
            (100, "*Ann* &amp; &lt;Ben&gt;"),
            (23, "*Ann* &amp; &lt;Ben&gt;"),
            (22, "*Ann* &amp; &lt;Ben…"),
            (14, "*Ann* &amp;…"),
            (11, "*Ann*…"),
            (4, "…"),
        ];
        for (max, expected) in cases {
            assert_eq!(text.fit(max), expected, "{max}");
        }
    }

    #[test]
    fn each_kind_of_markup_is_written_as_documented() {
        let user: SlackUserId = "U1".parse().unwrap();
        let channel: ChannelId = "C1".parse().unwrap();
        let page: Url = "https://example.com/a?b=1&c=<x>|y".parse().unwrap();
        let at: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let cases = [
            (Mrkdwn::new().user(&user), "<@U1>"),
            (Mrkdwn::new().channel(&channel), "<#C1>"),
            (Mrkdwn::new().code("a`b"), "`a'b`"),
            (
                Mrkdwn::new().link(&page, "a|b>"),
                "<https://example.com/a?b=1&amp;c=%3Cx%3E%7Cy|a/b&gt;>",
            ),
            (
                Mrkdwn::new().at(at),
                "<!date^1795341600^{date_short_pretty} {time}|2026-11-22 10:00 UTC>",
            ),
            (Mrkdwn::new().text("a").line().text("b\nc"), "a\nb c"),
        ];
        for (text, expected) in cases {
            assert_eq!(text.to_string(), expected);
        }
        assert_eq!(Mrkdwn::new().fit(10), "–");
    }
}
