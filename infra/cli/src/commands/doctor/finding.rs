//! One thing that was found: how bad it is, what, where, and what to do about it.

use super::code::Code;
use crate::stop::Stop;
use serde::Serialize;
use std::error::Error;
use std::fmt::Display;

/// How bad a finding is; the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    /// It keeps access from opening or closing, or soon will.
    Error,
    /// Somebody should see to it; everything else goes on.
    Warning,
    /// Worth knowing.
    Note,
}

impl Level {
    /// The word that programs go by.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// One finding, as `--json` shows it. Ordered by level, then as things are looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(super) struct Finding {
    pub(super) level: Level,
    pub(super) code: Code,
    /// A place in the configuration, an account, a target, a group.
    #[serde(rename = "where")]
    pub(super) place: String,
    pub(super) what: String,
    pub(super) remedy: String,
}

impl Finding {
    /// With the remedy of its code.
    pub(super) fn new(code: Code, place: impl Display, what: impl Into<String>) -> Self {
        Self {
            level: code.level(),
            code,
            place: place.to_string(),
            what: what.into(),
            remedy: code.remedy().to_owned(),
        }
    }

    /// The same with a remedy of its own.
    pub(super) fn with_remedy(self, remedy: impl Into<String>) -> Self {
        Self {
            remedy: remedy.into(),
            ..self
        }
    }
}

/// An error with everything that led to it, for people.
pub(super) fn said(error: &dyn Error) -> String {
    Stop::from_error(error).message().to_owned()
}

/// How a PagerDuty account is called in findings.
pub(super) fn account(name: &impl Display) -> String {
    format!("PagerDuty account {name}")
}
