//! Which chain an event belongs to.

use crate::event::Event;
use crate::id::{GroupName, IdError};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// One chain of the audit trail, written `group/NAME` or `system`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum StreamName {
    /// Everything about one group.
    Group(GroupName),
    /// Everything about none.
    System,
}

/// The text names no stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAStream {
    /// Neither form.
    #[error("`{0}` is no stream: write group/NAME or system")]
    Shape(String),
    /// The group's name is wrong.
    #[error(transparent)]
    Id(#[from] IdError),
}

impl StreamName {
    /// The stream of an event: its group's, if it is about one.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        event
            .group()
            .map_or(Self::System, |group| Self::Group(group.clone()))
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Group(name) => write!(f, "group/{name}"),
            Self::System => f.write_str("system"),
        }
    }
}

impl FromStr for StreamName {
    type Err = NotAStream;

    fn from_str(text: &str) -> Result<Self, NotAStream> {
        match text.split_once('/') {
            Some(("group", name)) => Ok(Self::Group(GroupName::new(name)?)),
            None if text == "system" => Ok(Self::System),
            _ => Err(NotAStream::Shape(text.to_owned())),
        }
    }
}

impl TryFrom<String> for StreamName {
    type Error = NotAStream;
    fn try_from(text: String) -> Result<Self, NotAStream> {
        text.parse()
    }
}

impl From<StreamName> for String {
    fn from(stream: StreamName) -> String {
        stream.to_string()
    }
}
