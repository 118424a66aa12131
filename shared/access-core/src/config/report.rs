//! Collects mistakes while a configuration is read, so that the owner sees all of them at once.

use super::error::{ConfigError, ConfigErrors};
use std::{cell::RefCell, fmt::Display, sync::Arc};

/// Where mistakes go; places are byte offsets until here, lines and columns from here on.
pub(super) struct Report<'a> {
    file: Arc<str>,
    text: &'a str,
    line_starts: Vec<usize>,
    errors: RefCell<Vec<ConfigError>>,
}

/// A value and the byte offset at which the configuration says it.
#[derive(Debug, Clone)]
pub(super) struct At<T> {
    pub(super) at: usize,
    pub(super) value: T,
}

impl<'a> Report<'a> {
    pub(super) fn new(file: &str, text: &'a str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0)
            .chain(breaks.map(|(at, _)| at + 1))
            .collect();
        Self {
            file: file.into(),
            text,
            line_starts,
            errors: RefCell::new(Vec::new()),
        }
    }

    /// Notes a mistake and lets reading go on.
    pub(super) fn add(&self, at: usize, message: impl Into<String>, help: impl Into<String>) {
        let line = self.line(at);
        let bytes = &self.text.as_bytes()[self.line_starts[line - 1]..at.min(self.text.len())];
        // Only the first byte of a character counts.
        let characters = bytes.iter().filter(|byte| *byte & 0xC0 != 0x80).count();
        self.errors.borrow_mut().push(ConfigError {
            file: Arc::clone(&self.file),
            line,
            column: characters + 1,
            message: message.into(),
            help: help.into(),
        });
    }

    /// The line of a byte offset, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        self.line_starts.partition_point(|start| *start <= at)
    }

    /// What the file says between two byte offsets; empty if that is no text.
    pub(super) fn written(&self, span: std::ops::Range<usize>) -> &'a str {
        self.text.get(span).unwrap_or_default()
    }

    /// Everything that was noted; `None` if nothing was.
    pub(super) fn take(&self) -> Option<ConfigErrors> {
        ConfigErrors::new(self.errors.take())
    }
}

/// The one of `names` that was probably meant by `text`.
pub(super) fn nearest<T: Display>(text: &str, names: impl IntoIterator<Item = T>) -> Option<T> {
    // One slip in three characters is a slip; more is another word.
    let slips_max = (text.chars().count() / 3).max(1);
    let slips = |name: &str| match name.len().abs_diff(text.len()) {
        // Letters that are missing are slips too; counting bytes spares most of the work.
        missing if missing > 4 * slips_max => missing,
        _ => strsim::osa_distance(text, name),
    };
    names
        .into_iter()
        .map(|name| (slips(&name.to_string()), name))
        .filter(|(slips, _)| *slips <= slips_max)
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, name)| name)
}

/// `a, b, c`, and at most a dozen of them.
pub(super) fn joined<T: Display>(names: impl IntoIterator<Item = T>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
    match names.split_at_checked(12) {
        Some((shown, rest)) if !rest.is_empty() => {
            format!("{} and {} more", shown.join(", "), rest.len())
        }
        _ => names.join(", "),
    }
}
