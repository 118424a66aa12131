//! What is wrong with policies: the file, the place, the mistake and the remedy.

use miette::Diagnostic;
use std::fmt;

/// One mistake in a policy.
///
/// `message` may repeat what the owner wrote: print it for the owner, do not log it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}\n  help: {help}")]
pub struct PolicyError {
    /// The file's name as it was given, or the table of the configuration that the policy came from.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// Everything that is wrong with policies: at least one error, sorted by file and place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyErrors(Vec<PolicyError>);

impl PolicyErrors {
    /// Sorts `errors` by their places; `None` if there are none.
    pub(crate) fn new(mut errors: Vec<PolicyError>) -> Option<Self> {
        errors.sort();
        errors.dedup();
        (!errors.is_empty()).then_some(Self(errors))
    }

    /// The errors, sorted by file and place.
    pub fn iter(&self) -> std::slice::Iter<'_, PolicyError> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a PolicyErrors {
    type Item = &'a PolicyError;
    type IntoIter = std::slice::Iter<'a, PolicyError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl std::error::Error for PolicyErrors {}

impl fmt::Display for PolicyErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

/// Where mistakes of one text are noted.
pub(crate) struct Source<'a> {
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
}

impl Source<'_> {
    /// A mistake at a byte offset.
    pub(crate) fn at(
        &self,
        offset: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> PolicyError {
        let before = self.text.get(..offset).unwrap_or_default();
        let last = before.rsplit('\n').next().unwrap_or_default();
        PolicyError {
            file: self.file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: last.chars().count() + 1,
            message: message.into(),
            help: help.into(),
        }
    }

    /// A mistake that Cedar found; `help` stands where Cedar knows no remedy.
    pub(crate) fn found(&self, diagnostic: &(impl Diagnostic + ?Sized), help: &str) -> PolicyError {
        let label = diagnostic.labels().and_then(|mut labels| labels.next());
        let offset = label.map_or(0, |label| label.offset());
        let help = diagnostic
            .help()
            .map_or_else(|| help.to_owned(), |help| help.to_string());
        self.at(offset, diagnostic.to_string(), help)
    }
}
