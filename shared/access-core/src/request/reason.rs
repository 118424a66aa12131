//! A person's words: bounded and without control characters, so that they can be shown anywhere.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The longest reason, in characters.
pub const REASON_CHARS_MAX: usize = 500;

/// Why somebody asks, denies, revokes, or what a review found: 1 to 500 characters on one line, trimmed, at least one of which
/// can be seen. Marks that turn the direction of text and invisible ones are left out: nobody types them, and what a text
/// shows must be what it says. A joiner stays between two symbols, where it makes one of them.
///
/// Whatever shows it still has to escape it: it may hold markup, and text that runs from right to left.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Reason(String);

/// Why a text is no reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadReason {
    /// Nothing that can be seen.
    #[error("a reason is needed")]
    Empty,
    /// More than [`REASON_CHARS_MAX`] characters.
    #[error("the reason has {chars} characters, and at most {REASON_CHARS_MAX} are kept")]
    TooLong {
        /// How many it has.
        chars: usize,
    },
    /// A line break or another control character.
    #[error("the reason holds a line break or another control character")]
    Control,
}

impl Reason {
    /// Takes a text; white space around it is left out, and what nobody can see.
    ///
    /// # Errors
    /// [`BadReason`] when nothing is left, or too much, or a control character is in it.
    pub fn new(text: impl AsRef<str>) -> Result<Self, BadReason> {
        let text = visible(text.as_ref());
        let text = text.trim();
        if !text.chars().any(is_seen) {
            return Err(BadReason::Empty);
        }
        if text.chars().any(char::is_control) {
            return Err(BadReason::Control);
        }
        let chars = text.chars().count();
        if chars > REASON_CHARS_MAX {
            return Err(BadReason::TooLong { chars });
        }
        Ok(Self(text.to_owned()))
    }

    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const JOINER: char = '\u{200d}';

/// A text without invisible marks.
fn visible(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut left = text.chars().peekable();
    while let Some(character) = left.next() {
        let joins = character == JOINER
            && kept.chars().next_back().is_some_and(is_symbol)
            && left.peek().copied().is_some_and(is_symbol);
        if joins || !is_format(character) {
            kept.push(character);
        }
    }
    kept
}

/// Marks of direction, joiners, and what has no width.
fn is_format(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

/// What a joiner makes one picture of with the next.
fn is_symbol(character: char) -> bool {
    let is_text = character.is_ascii() || character.is_alphanumeric() || character.is_whitespace();
    !is_text && !is_format(character)
}

/// Whether a character leaves a trace by itself.
fn is_seen(character: char) -> bool {
    let is_blank = matches!(
        character,
        // Fillers of Hangul and Braille, and what only changes the character before it.
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}'
            | '\u{300}'..='\u{36f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}'
    );
    // Of control characters more is said than that nothing can be seen.
    let is_control = character.is_control() && !character.is_whitespace();
    !(is_blank || character.is_whitespace() || is_format(character)) || is_control
}

impl TryFrom<String> for Reason {
    type Error = BadReason;
    fn try_from(text: String) -> Result<Self, BadReason> {
        Self::new(text)
    }
}

impl FromStr for Reason {
    type Err = BadReason;
    fn from_str(text: &str) -> Result<Self, BadReason> {
        Self::new(text)
    }
}

impl From<Reason> for String {
    fn from(reason: Reason) -> String {
        reason.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_trimmed_bounded_and_on_one_line() {
        let longest = "ä".repeat(REASON_CHARS_MAX);
        let longer = "ä".repeat(REASON_CHARS_MAX + 1);
        let chars = REASON_CHARS_MAX + 1;
        for (case, text, expected) in [
            ("plain", " fixing refunds ", Ok("fixing refunds")),
            ("markup stays", "<!channel> *now*", Ok("<!channel> *now*")),
            ("longest", longest.as_str(), Ok(longest.as_str())),
            (
                "too long",
                longer.as_str(),
                Err(BadReason::TooLong { chars }),
            ),
            ("empty", "", Err(BadReason::Empty)),
            ("only space", " \t\n ", Err(BadReason::Empty)),
            ("line break", "a\nb", Err(BadReason::Control)),
            ("bell", "a\u{7}b", Err(BadReason::Control)),
            (
                "zero width",
                "\u{200b}\u{feff}\u{200d}",
                Err(BadReason::Empty),
            ),
            (
                "fillers",
                "\u{3164}\u{2800} \u{fe0f}",
                Err(BadReason::Empty),
            ),
            ("override", "abc\u{202e}gpj.exe", Ok("abcgpj.exe")),
            ("isolate", "\u{2067}abc\u{2069}", Ok("abc")),
            ("inside a word", "pay\u{200b}\u{200d}ments", Ok("payments")),
            ("space within", "\u{200f} abc", Ok("abc")),
            (
                "a family",
                "\u{1f469}\u{200d}\u{1f467}",
                Ok("\u{1f469}\u{200d}\u{1f467}"),
            ),
            (
                "a rainbow",
                "\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}",
                Ok("\u{1f3f3}\u{fe0f}\u{200d}\u{1f308}"),
            ),
        ] {
            let reason = Reason::new(text);
            assert_eq!(
                reason.as_ref().map(Reason::as_str),
                expected.as_ref().copied(),
                "{case}"
            );
        }
    }
}
