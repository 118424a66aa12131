//! What somebody typed after `/access`.

use access_core::config::parse_duration;
use access_core::id::GroupName;
use access_core::request::{Kind, Reason};
use jiff::SignedDuration;

/// Words that a duration may have: `1 hour 30 minutes`.
const DURATION_WORDS_MAX: usize = 4;
const EXAMPLE: &str = "Write it such as `/access payments-prod-admin 2h fixing refunds`.";

/// What it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// Nothing was typed: the dialog.
    Dialog,
    /// How it is used.
    Help,
    /// The person's own grants and requests.
    Status,
    /// To hand back what they hold, in this group or, without one, the only one.
    Done(Option<GroupName>),
    /// Access.
    Ask {
        group: GroupName,
        duration: SignedDuration,
        reason: Reason,
        kind: Kind,
    },
}

/// Reads a line; the error is for whoever typed it.
pub(super) fn read(text: &str) -> Result<Line, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        [] => Ok(Line::Dialog),
        [word] if word.eq_ignore_ascii_case("help") => Ok(Line::Help),
        [word] if word.eq_ignore_ascii_case("status") => Ok(Line::Status),
        [word] if word.eq_ignore_ascii_case("done") => Ok(Line::Done(None)),
        [word, name] if word.eq_ignore_ascii_case("done") => group(name).map(Some).map(Line::Done),
        [word, rest @ ..] if word.eq_ignore_ascii_case("break-glass") => {
            asked(rest, Kind::BreakGlass)
        }
        rest => asked(rest, Kind::Access),
    }
}

/// Reads `GROUP DURATION REASON`.
fn asked(words: &[&str], kind: Kind) -> Result<Line, String> {
    let [name, rest @ ..] = words else {
        return Err(format!("Name a group, a duration and a reason. {EXAMPLE}"));
    };
    let group = group(name)?;
    let Some((duration, said)) = duration(rest) else {
        let what = match rest.first() {
            Some(word) => format!("`{word}` is no duration"),
            None => "A duration and a reason are missing".to_owned(),
        };
        return Err(format!(
            "{what}: write numbers with units, such as 30m, 2h or 1h 30m. {EXAMPLE}"
        ));
    };
    let reason = Reason::new(said.join(" "));
    let reason = reason.map_err(|error| format!("Say why: {error}. {EXAMPLE}"))?;
    Ok(Line::Ask {
        group,
        duration,
        reason,
        kind,
    })
}

/// The longest duration at the beginning, and what follows it.
fn duration<'a, 'w>(words: &'a [&'w str]) -> Option<(SignedDuration, &'a [&'w str])> {
    let most = words.len().min(DURATION_WORDS_MAX);
    (1..=most).rev().find_map(|count| {
        let (first, rest) = words.split_at(count);
        Some((parse_duration(&first.join(" "))?, rest))
    })
}

fn group(name: &str) -> Result<GroupName, String> {
    GroupName::new(name).map_err(|_| format!("`{name}` cannot be the name of a group. {EXAMPLE}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(duration: SignedDuration, reason: &str, kind: Kind) -> Line {
        Line::Ask {
            group: GroupName::new("payments-prod-admin").unwrap(),
            duration,
            reason: Reason::new(reason).unwrap(),
            kind,
        }
    }

    #[test]
    fn lines_are_read() {
        let minutes = SignedDuration::from_mins;
        let done = |name| Line::Done(Some(GroupName::new(name).unwrap()));
        let refunds = |length| ask(minutes(length), "fixing refunds", Kind::Access);
        for (text, expected) in [
            ("", Line::Dialog),
            ("  \t ", Line::Dialog),
            ("help", Line::Help),
            ("Help ", Line::Help),
            ("status", Line::Status),
            ("done", Line::Done(None)),
            ("DONE payments-prod-admin", done("payments-prod-admin")),
            ("payments-prod-admin 2h fixing refunds", refunds(120)),
            (
                " payments-prod-admin  1h 30m  fixing   refunds ",
                refunds(90),
            ),
            ("payments-prod-admin 2 hours fixing refunds", refunds(120)),
            ("payments-prod-admin 1d fixing refunds", refunds(24 * 60)),
            (
                "payments-prod-admin 1h 30 customers wait",
                ask(minutes(60), "30 customers wait", Kind::Access),
            ),
            (
                "break-glass payments-prod-admin 1h <!channel> fire",
                ask(minutes(60), "<!channel> fire", Kind::BreakGlass),
            ),
        ] {
            assert_eq!(read(text), Ok(expected), "`{text}`");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_an_example() {
        for (text, expected) in [
            ("payments-prod-admin", "A duration and a reason are missing"),
            ("payments-prod-admin soon please", "`soon` is no duration"),
            ("payments-prod-admin 2 fixing", "`2` is no duration"),
            ("payments-prod-admin 2h", "Say why: a reason is needed"),
            (
                "pay/ments 2h fixing",
                "`pay/ments` cannot be the name of a group",
            ),
            ("break-glass", "Name a group"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.starts_with(expected), "`{text}`: {error}");
            assert!(error.ends_with(EXAMPLE), "`{text}`: {error}");
        }
        let long = format!("payments-prod-admin 2h {}", "x".repeat(501));
        assert!(read(&long).unwrap_err().contains("501 characters"));
    }
}
