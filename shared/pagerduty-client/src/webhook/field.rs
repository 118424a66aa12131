//! One field of a payload and its place, so that an error can name the place and nothing else.

use std::str::FromStr;

use serde_json::Value;

use crate::ids::ID_BYTES_MAX;

/// The body is not a webhook that this crate can read.
///
/// Names the field, never its value: values may be names or addresses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// It is not JSON, or nested more than some hundred levels deep.
    #[error("the body is no JSON that can be read, from line {line}, column {column} on")]
    NotJson {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// What must be there is not, or is null.
    #[error("`{field}` is missing")]
    Missing {
        /// Its place, such as `event.data.id`.
        field: String,
    },
    /// Something else stands there.
    #[error("`{field}` is not {expected}")]
    Wrong {
        /// Its place, such as `event.data.assignees[2].id`.
        field: String,
        /// What should stand there.
        expected: &'static str,
    },
}

/// A value and its place. Null counts as absent.
pub(super) struct Field<'a> {
    place: String,
    value: &'a Value,
}

impl<'a> Field<'a> {
    /// The whole body.
    pub(super) fn root(value: &'a Value) -> Self {
        let place = String::new();
        Self { place, value }
    }

    /// A member that may be absent.
    pub(super) fn find(&self, key: &str) -> Result<Option<Self>, WebhookError> {
        let Value::Object(members) = self.value else {
            return Err(self.wrong("an object"));
        };
        let value = members.get(key).filter(|value| !value.is_null());
        let place = || self.member(key);
        Ok(value.map(|value| Self {
            place: place(),
            value,
        }))
    }

    /// A member that must be there.
    pub(super) fn need(&self, key: &str) -> Result<Self, WebhookError> {
        let found = self.find(key)?;
        found.ok_or_else(|| WebhookError::Missing {
            field: self.member(key),
        })
    }

    /// Reads a member that may be absent.
    pub(super) fn maybe<T>(
        &self,
        key: &str,
        read: impl FnOnce(&Self) -> Result<T, WebhookError>,
    ) -> Result<Option<T>, WebhookError> {
        self.find(key)?.as_ref().map(read).transpose()
    }

    pub(super) fn items(&self) -> Result<impl Iterator<Item = Self>, WebhookError> {
        let Value::Array(items) = self.value else {
            return Err(self.wrong("a list"));
        };
        Ok(items.iter().enumerate().map(|(n, value)| Self {
            place: format!("{}[{n}]", self.place),
            value,
        }))
    }

    pub(super) fn text(&self) -> Result<&'a str, WebhookError> {
        self.value.as_str().ok_or_else(|| self.wrong("a text"))
    }

    /// A text that is fit for a log: short, of printable ASCII.
    pub(super) fn word(&self) -> Result<&'a str, WebhookError> {
        let text = self.text()?;
        let is_word = !text.is_empty()
            && text.len() <= ID_BYTES_MAX
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_word {
            return Ok(text);
        }
        Err(self.wrong("a short word"))
    }

    pub(super) fn number(&self) -> Result<u64, WebhookError> {
        self.value
            .as_u64()
            .ok_or_else(|| self.wrong("a whole number"))
    }

    /// An id or an instant.
    pub(super) fn parsed<T: FromStr>(&self, expected: &'static str) -> Result<T, WebhookError> {
        let parsed = self.text().ok().and_then(|text| text.parse().ok());
        parsed.ok_or_else(|| self.wrong(expected))
    }

    fn wrong(&self, expected: &'static str) -> WebhookError {
        let field = match self.place.as_str() {
            "" => "the body".to_owned(),
            place => place.to_owned(),
        };
        WebhookError::Wrong { field, expected }
    }

    fn member(&self, key: &str) -> String {
        match self.place.as_str() {
            "" => key.to_owned(),
            place => format!("{place}.{key}"),
        }
    }
}
