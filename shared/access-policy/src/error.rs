//! What is wrong with policies: the file, the place, the mistake and the remedy.

use access_core::config::{ConfigError, ConfigErrors};
use miette::Diagnostic;

/// Everything that is wrong with policies: at least one error, sorted by file and place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(transparent)]
pub struct PolicyErrors(ConfigErrors);

impl PolicyErrors {
    /// Sorts `errors` by their places; `None` if there are none.
    pub(crate) fn new(errors: Vec<ConfigError>) -> Option<Self> {
        ConfigErrors::new(errors).map(Self)
    }

    /// The errors, sorted by file and place.
    pub fn iter(&self) -> std::slice::Iter<'_, ConfigError> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a PolicyErrors {
    type Item = &'a ConfigError;
    type IntoIter = std::slice::Iter<'a, ConfigError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
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
    ) -> ConfigError {
        let before = self.text.get(..offset).unwrap_or_default();
        let last = before.rsplit('\n').next().unwrap_or_default();
        ConfigError {
            file: self.file.into(),
            line: before.matches('\n').count() + 1,
            column: last.chars().count() + 1,
            message: message.into(),
            help: help.into(),
        }
    }

    /// A mistake that Cedar found; `help` stands where Cedar knows no remedy.
    pub(crate) fn found(&self, diagnostic: &(impl Diagnostic + ?Sized), help: &str) -> ConfigError {
        let label = diagnostic.labels().and_then(|mut labels| labels.next());
        let offset = label.map_or(0, |label| label.offset());
        let help = diagnostic
            .help()
            .map_or_else(|| help.to_owned(), |help| help.to_string());
        self.at(offset, diagnostic.to_string(), help)
    }
}
