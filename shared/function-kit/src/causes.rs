//! Errors in one line.

use std::error::Error;

/// An error and what led to it, each in its own words and without what `Debug` would show: the SDK's own errors name
/// themselves alone ("dispatch failure"), and their dumps fill a screen.
#[must_use]
pub fn causes(error: &(dyn Error + 'static)) -> String {
    let mut said = String::new();
    for error in chain(error) {
        let words = error.to_string();
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        // Some errors already end with the words of what led to them.
        if words.is_empty() || said.ends_with(&words) {
            continue;
        }
        if !said.is_empty() {
            said.push_str(": ");
        }
        said.push_str(&words);
    }
    said
}

/// The error, what led to it, and so on.
pub(crate) fn chain<'e>(
    error: &'e (dyn Error + 'static),
) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{words}")]
    struct Step {
        words: &'static str,
        source: Option<Box<Step>>,
    }

    fn step(words: &'static str, source: Option<Step>) -> Step {
        let source = source.map(Box::new);
        Step { words, source }
    }

    #[test]
    fn each_cause_is_said_once_and_on_one_line() {
        let no_route = || step("no route to\n  the host", None);
        for (error, expected) in [
            (no_route(), "no route to the host"),
            (
                step("not sent", Some(step("io error", Some(no_route())))),
                "not sent: io error: no route to the host",
            ),
            (
                step("not sent: no route to the host", Some(no_route())),
                "not sent: no route to the host",
            ),
            (step("", Some(no_route())), "no route to the host"),
        ] {
            assert_eq!(causes(&error), expected);
        }
    }
}
