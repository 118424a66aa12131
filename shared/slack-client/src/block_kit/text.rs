//! People's text made harmless, and cut to a length.

/// What stands where a text has nothing to show, as Slack refuses empty texts.
const EMPTY: &str = "–";
const ELLIPSIS: char = '…';

/// Whether a text may have several lines.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lines {
    /// A line break becomes a blank: nobody adds a line of their own to a card.
    One,
    /// Line breaks are kept.
    Several,
}

/// Escapes the three characters that have a meaning in Slack's `mrkdwn`, so that text mentions nobody and links nowhere.
///
/// Escaping twice shows the escapes. Asterisks and the like have no escape at Slack: they can make text bold, no more.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        push_escaped(&mut escaped, character);
    }
    escaped
}

fn push_escaped(text: &mut String, character: char) {
    match character {
        '&' => text.push_str("&amp;"),
        '<' => text.push_str("&lt;"),
        '>' => text.push_str("&gt;"),
        other => text.push(other),
    }
}

/// How long a text is, as strictly as Slack may count.
pub(super) fn width(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Text without what could deceive a reader: control characters, invisible ones, and those that turn the direction of
/// writing. Never empty.
pub(super) fn clean(text: &str, lines: Lines) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => cleaned.push(match lines {
                Lines::One => ' ',
                Lines::Several => '\n',
            }),
            '\t' => cleaned.push(' '),
            other if is_shown(other) => cleaned.push(other),
            _ => {}
        }
    }
    let trimmed = cleaned.trim();
    if trimmed.is_empty() {
        return EMPTY.to_owned();
    }
    trimmed.to_owned()
}

fn is_shown(character: char) -> bool {
    let is_direction = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    // The zero-width joiner and non-joiner stay: emoji and several scripts are written with them.
    let is_invisible = matches!(
        character,
        '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{206a}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    );
    !character.is_control() && !is_direction && !is_invisible
}

/// The text, or as much of its beginning as fits with an ellipsis.
pub(super) fn cut(text: &str, max: usize) -> String {
    if width(text) <= max {
        return text.to_owned();
    }
    let mut left = max.saturating_sub(ELLIPSIS.len_utf16());
    let mut kept = String::new();
    for character in text.chars() {
        let Some(rest) = left.checked_sub(character.len_utf16()) else {
            break;
        };
        left = rest;
        kept.push(character);
    }
    end(kept)
}

/// Marks a text that was cut.
pub(super) fn end(mut kept: String) -> String {
    kept.truncate(kept.trim_end().len());
    kept.push(ELLIPSIS);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cleaned() {
        let cases = [
            ("plain", "fixing refunds", "fixing refunds"),
            ("empty", "", "–"),
            ("blank", " \t\r\n", "–"),
            ("invisible", "\u{200b}\u{feff}", "–"),
            ("line breaks", "a\r\nb\rc\nd\u{2028}e", "a b c d e"),
            ("control", "a\u{0}b\u{1b}[31mc\u{7f}", "ab[31mc"),
            ("override", "abc\u{202e}gpj.exe", "abcgpj.exe"),
            ("isolate", "\u{2067}abc\u{2069}", "abc"),
            ("right to left", "שלום", "שלום"),
            ("family", "👩\u{200d}👧", "👩\u{200d}👧"),
        ];
        for (name, text, expected) in cases {
            assert_eq!(clean(text, Lines::One), expected, "{name}");
        }
        assert_eq!(clean("a\r\nb\n", Lines::Several), "a\nb");
    }

    #[test]
    fn text_is_cut_between_characters() {
        let cases = [
            ("fits", "abcd", 4, "abcd"),
            ("one too many", "abcde", 4, "abc…"),
            ("blank before the end", "ab cde", 4, "ab…"),
            ("emoji count two", "👍👍", 4, "👍👍"),
            ("no half emoji", "👍👍👍", 4, "👍…"),
            ("umlauts count one", "äöüß", 4, "äöüß"),
        ];
        for (name, text, max, expected) in cases {
            assert_eq!(cut(text, max), expected, "{name}");
        }
    }

    #[test]
    fn markup_is_escaped() {
        assert_eq!(
            escape("<!channel> & <@U1>"),
            "&lt;!channel&gt; &amp; &lt;@U1&gt;"
        );
    }
}
