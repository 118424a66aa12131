//! Paths in commands that are printed to be pasted.

use std::path::Path;

/// The path as one word of a POSIX shell, in quotes where it needs them.
pub(crate) fn for_shell(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain =
        |character: char| character.is_ascii_alphanumeric() || "/._-+,:@%".contains(character);
    // What begins with a dash would be taken for an option.
    let path = if path.starts_with('-') {
        format!("./{path}")
    } else {
        path
    };
    if !path.is_empty() && path.chars().all(is_plain) {
        path
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_one_word_whatever_it_holds() {
        for (path, word) in [
            ("rotakey.toml", "rotakey.toml"),
            ("/etc/rotakey/rotakey.toml", "/etc/rotakey/rotakey.toml"),
            ("my stores/other.db", "'my stores/other.db'"),
            ("$HOME;ls", "'$HOME;ls'"),
            ("it's.db", r"'it'\''s.db'"),
            ("-other.db", "./-other.db"),
            ("", "''"),
        ] {
            assert_eq!(for_shell(Path::new(path)), word);
        }
    }
}
