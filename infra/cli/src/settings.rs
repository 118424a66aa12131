//! The settings of two versions of a configuration held against each other, file by file and line by line.

use crate::setup::Loaded;
use crate::show::{Look, Tone, count, harmless_lines};
use access_core::ports::ConfigVersion;
use serde::Serialize;
use similar::{ChangeTag, TextDiff};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What the configuration is called beside its policies, wherever it lies: the store keeps no path.
const FILE: &str = "rotakey.toml";

/// Lines around a change that are shown with it.
const CONTEXT_LINES: usize = 3;

/// Two texts of 350 KB that share nothing would be compared for minutes; past this, lines are shown as changed that
/// are not.
const COMPARED_WITHIN: Duration = Duration::from_secs(2);

/// The texts of one version.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings<'a> {
    text: &'a str,
    policies: &'a BTreeMap<String, String>,
}

impl<'a> From<&'a Loaded> for Settings<'a> {
    fn from(loaded: &'a Loaded) -> Self {
        Self {
            text: &loaded.text,
            policies: &loaded.policies,
        }
    }
}

impl<'a> From<&'a ConfigVersion> for Settings<'a> {
    fn from(version: &'a ConfigVersion) -> Self {
        Self {
            text: &version.text,
            policies: &version.policies,
        }
    }
}

impl<'a> Settings<'a> {
    /// Its files by their names; a policy file called as the configuration itself stays apart from it.
    fn files(self) -> BTreeMap<(bool, &'a str), &'a str> {
        let policies = self.policies.iter();
        let policies = policies.map(|(name, text)| ((true, name.as_str()), text.as_str()));
        std::iter::once(((false, FILE), self.text))
            .chain(policies)
            .collect()
    }
}

/// What became of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Became {
    /// It was not there before.
    Added,
    /// It is there no more.
    Removed,
    /// It says something else.
    Changed,
}

/// How one file of a configuration differs between two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct FileChange {
    /// `rotakey.toml`, or a policy file as `[access] policies` names it.
    pub(crate) file: String,
    pub(crate) change: Became,
    /// Lines that are new or other than before.
    pub(crate) added: usize,
    /// Lines that are gone or other now.
    pub(crate) removed: usize,
    /// Both, with the lines around them, as a unified diff. What could mislead a reader's eye is spelled out.
    pub(crate) diff: String,
}

/// Every file that differs, the configuration first; `before` is `None` for the first version of all.
pub(crate) fn changes(before: Option<Settings<'_>>, after: Settings<'_>) -> Vec<FileChange> {
    let before = before.map(Settings::files).unwrap_or_default();
    let after = after.files();
    let names: BTreeSet<(bool, &str)> = before.keys().chain(after.keys()).copied().collect();
    let changed = names.into_iter().filter_map(|key| {
        let (_, name) = key;
        change(name, before.get(&key).copied(), after.get(&key).copied())
    });
    changed.collect()
}

fn change(name: &str, before: Option<&str>, after: Option<&str>) -> Option<FileChange> {
    let change = match (before, after) {
        (None, None) => return None,
        (None, Some(_)) => Became::Added,
        (Some(_), None) => Became::Removed,
        (Some(before), Some(after)) if before == after => return None,
        (Some(_), Some(_)) => Became::Changed,
    };
    let named = |text: Option<&str>| if text.is_some() { name } else { "/dev/null" };
    let (from, to) = (named(before), named(after));
    let compared = TextDiff::configure()
        .timeout(COMPARED_WITHIN)
        .diff_lines(before.unwrap_or_default(), after.unwrap_or_default());
    let lines = |tag: ChangeTag| {
        let changes = compared.iter_all_changes();
        changes.filter(|change| change.tag() == tag).count()
    };
    let diff = compared
        .unified_diff()
        .context_radius(CONTEXT_LINES)
        .header(from, to)
        .to_string();
    Some(FileChange {
        file: name.to_owned(),
        change,
        added: lines(ChangeTag::Insert),
        removed: lines(ChangeTag::Delete),
        diff: harmless_lines(&diff),
    })
}

/// The diffs one after another, as a terminal shows them.
pub(crate) fn shown(changes: &[FileChange], look: Look) -> String {
    let lines = changes.iter().flat_map(|change| change.diff.lines());
    let toned = lines.map(|line| match line.as_bytes() {
        [b'-', b'-', b'-', b' ', ..] | [b'+', b'+', b'+', b' ', ..] => {
            look.tone(Tone::Strong, line)
        }
        [b'+', ..] => look.tone(Tone::Open, line),
        [b'-', ..] => look.tone(Tone::Close, line),
        [b'@', ..] => look.tone(Tone::Faint, line),
        _ => line.to_owned(),
    });
    toned.collect::<Vec<_>>().join("\n")
}

/// `2 files, +12 -3 lines`; "nothing" where that is so.
pub(crate) fn tally(changes: &[FileChange]) -> String {
    if changes.is_empty() {
        return "nothing".to_owned();
    }
    let (added, removed) = lines(changes);
    let files = count(changes.len(), "file");
    format!("{files}, +{added} -{removed} lines")
}

/// How many lines came, and how many went, in all files together.
pub(crate) fn lines(changes: &[FileChange]) -> (usize, usize) {
    let sum = |of: fn(&FileChange) -> usize| changes.iter().map(of).sum();
    (sum(|change| change.added), sum(|change| change.removed))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Policy files by their names.
    type Files<'a> = &'a [(&'a str, &'a str)];

    const NONE: Files<'static> = &[];

    fn policies(files: Files<'_>) -> BTreeMap<String, String> {
        let files = files.iter();
        files
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect()
    }

    fn between(before: Option<(&str, Files<'_>)>, after: (&str, Files<'_>)) -> Vec<FileChange> {
        let before = before.map(|(text, files)| (text, policies(files)));
        let (text, files) = (after.0, policies(after.1));
        let before = before
            .as_ref()
            .map(|(text, policies)| Settings { text, policies });
        let after = Settings {
            text,
            policies: &files,
        };
        changes(before, after)
    }

    #[test]
    fn a_change_is_shown_with_three_lines_around_it() {
        let text = |lead: &str| format!("1\n2\n3\n4\nlead = {lead}\n6\n7\n8\n9\n");
        let (before, after) = (text("\"5m\""), text("\"10m\""));
        let found = between(Some((before.as_str(), NONE)), (after.as_str(), NONE));
        let [change] = found.as_slice() else {
            panic!("one file: {found:?}");
        };
        assert_eq!(
            change.diff,
            "--- rotakey.toml\n+++ rotakey.toml\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-lead = \"5m\"\n+lead = \"10m\"\n 6\n 7\n 8\n"
        );
        assert_eq!(
            (change.change, change.added, change.removed),
            (Became::Changed, 1, 1)
        );
        assert_eq!(shown(&found, Look::plain()), change.diff.trim_end());
        assert_eq!(tally(&found), "1 file, +1 -1 lines");
    }

    #[test]
    fn files_come_go_change_and_stay() {
        let found = between(
            Some((
                "a\n",
                &[("gone.cedar", "x\ny\n"), ("same.cedar", "s\n")][..],
            )),
            ("a\n", &[("new.cedar", "n\n"), ("same.cedar", "s\n")][..]),
        );
        let said: Vec<_> = found
            .iter()
            .map(|it| (it.file.as_str(), it.change, it.added, it.removed))
            .collect();
        assert_eq!(
            said,
            [
                ("gone.cedar", Became::Removed, 0, 2),
                ("new.cedar", Became::Added, 1, 0)
            ]
        );
        assert!(
            found[0].diff.starts_with("--- gone.cedar\n+++ /dev/null\n"),
            "{found:?}"
        );
        assert!(
            found[1].diff.starts_with("--- /dev/null\n+++ new.cedar\n"),
            "{found:?}"
        );
        assert_eq!(tally(&found), "2 files, +1 -2 lines");
    }

    #[test]
    fn of_the_first_version_everything_is_new() {
        let found = between(None, ("a\nb\n", NONE));
        assert_eq!((found.len(), lines(&found)), (1, (2, 0)));
        assert_eq!(found[0].change, Became::Added);
        assert!(between(Some(("a", NONE)), ("a", NONE)).is_empty());
        assert_eq!(tally(&[]), "nothing");
    }

    #[test]
    fn an_end_without_a_line_break_is_seen() {
        let found = between(Some(("a\n", NONE)), ("a", NONE));
        assert_eq!(lines(&found), (1, 1));
        assert!(
            found[0].diff.contains("No newline at end of file"),
            "{found:?}"
        );
    }

    #[test]
    fn what_would_mislead_the_eye_is_spelled_out() {
        let hidden = "permit (\u{1b}[2K\rforbid \u{202e}) // \u{7f}\ttab\n";
        let found = between(Some(("a\n", NONE)), ("a\n", &[("x.cedar", hidden)][..]));
        let diff = &found[0].diff;
        for hidden in ['\u{1b}', '\r', '\u{202e}', '\u{7f}'] {
            assert!(!diff.contains(hidden), "{diff:?}");
        }
        assert!(
            diff.contains("\\u{1b}[2K") && diff.contains("\ttab"),
            "{diff:?}"
        );
    }
}
