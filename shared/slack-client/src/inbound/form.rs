//! The form in which Slack posts everything.

use std::collections::BTreeMap;

/// Largest body parsed, in bytes. The largest that Slack sends is a dialog of 250,000 bytes, escaped threefold.
pub const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// A body that cannot be what Slack posts. Names fields, never what was in them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// More than [`BODY_BYTES_MAX`] bytes.
    #[error("the body is larger than any that slack sends")]
    TooLarge,
    /// A field that Slack always sends is not there, or empty.
    #[error("the field `{0}` is missing")]
    Missing(&'static str),
    /// Two values for one field: whoever checks one may act on the other.
    #[error("the field `{0}` is there more than once")]
    Repeated(&'static str),
    /// The field is there and is not of the documented form.
    #[error("the field `{0}` cannot be read")]
    Invalid(&'static str),
    /// The payload is no JSON, or not of the documented shape.
    #[error("the payload cannot be read at line {line}, column {column}")]
    Json {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
}

impl From<serde_json::Error> for PayloadError {
    /// Keeps where, not what: serde's own text may quote what people wrote.
    fn from(error: serde_json::Error) -> Self {
        Self::Json {
            line: error.line(),
            column: error.column(),
        }
    }
}

/// The wanted fields of a form; the others are not looked at.
pub(super) struct Form(BTreeMap<&'static str, String>);

impl Form {
    /// Bytes that are not UTF-8 become U+FFFD, which no identifier accepts.
    pub(super) fn read(body: &[u8], wanted: &[&'static str]) -> Result<Self, PayloadError> {
        if body.len() > BODY_BYTES_MAX {
            return Err(PayloadError::TooLarge);
        }
        let mut fields = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(body) {
            let Some(&name) = wanted.iter().find(|wanted| **wanted == name) else {
                continue;
            };
            if fields.insert(name, value.into_owned()).is_some() {
                return Err(PayloadError::Repeated(name));
            }
        }
        Ok(Self(fields))
    }

    /// Takes out a field that may be absent or empty.
    pub(super) fn text(&mut self, name: &'static str) -> String {
        self.0.remove(name).unwrap_or_default()
    }

    /// Takes out a field and reads it as what it must be.
    pub(super) fn required<T: TryFrom<String>>(
        &mut self,
        name: &'static str,
    ) -> Result<T, PayloadError> {
        self.optional(name)?.ok_or(PayloadError::Missing(name))
    }

    /// The same, for a field that may be absent or empty.
    pub(super) fn optional<T: TryFrom<String>>(
        &mut self,
        name: &'static str,
    ) -> Result<Option<T>, PayloadError> {
        let text = self.text(name);
        if text.is_empty() {
            return Ok(None);
        }
        let read = T::try_from(text).map_err(|_| PayloadError::Invalid(name))?;
        Ok(Some(read))
    }
}
