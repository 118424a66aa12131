//! Texts of others, shown so that they move no cursor and hide nothing: whoever names a schedule or writes a reason does not
//! write on an operator's terminal.

/// A text of one line, with everything spelled out that would move a cursor, end the line, turn the direction of writing
/// or take no room: `\u{1b}`.
pub(crate) fn harmless(text: &str) -> String {
    spelled_out(text, misleads)
}

/// The same of a text that may have lines and tabs.
pub(crate) fn harmless_lines(text: &str) -> String {
    let misleads = |character| !matches!(character, '\n' | '\t') && misleads(character);
    spelled_out(text, misleads)
}

fn spelled_out(text: &str, misleads: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if misleads(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Whether nobody sees the character itself, only what it does.
fn misleads(character: char) -> bool {
    let turns = matches!(
        character,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    let takes_no_room = matches!(character, '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}');
    let ends_line = matches!(character, '\u{2028}' | '\u{2029}');
    turns || takes_no_room || ends_line || character.is_control()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_something_is_spelled_out_and_the_rest_stays() {
        for (text, one_line, lines) in [
            ("Zoë, 日本 🙂", "Zoë, 日本 🙂", "Zoë, 日本 🙂"),
            ("a\u{1b}[2Kb", "a\\u{1b}[2Kb", "a\\u{1b}[2Kb"),
            ("a\nb\tc", "a\\u{a}b\\u{9}c", "a\nb\tc"),
            ("a\rb\u{7f}", "a\\u{d}b\\u{7f}", "a\\u{d}b\\u{7f}"),
            ("\u{9b}31m", "\\u{9b}31m", "\\u{9b}31m"),
        ] {
            assert_eq!(harmless(text), one_line);
            assert_eq!(harmless_lines(text), lines);
        }
        for hidden in [
            '\u{61c}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{200e}', '\u{2028}', '\u{2029}',
            '\u{202e}', '\u{2060}', '\u{2066}', '\u{feff}',
        ] {
            let shown = harmless_lines(&hidden.to_string());
            assert!(shown.is_ascii(), "{shown:?}");
        }
    }
}
