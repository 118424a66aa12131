//! How a command ends: its exit code, and what is said when it stops early.

use crate::show::harmless_lines;
use access_core::config::ConfigErrors;
use access_core::ports::StoreError;
use access_policy::PolicyErrors;
use access_store::embedded::EmbeddedError;
use oncall_poller::PollerError;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write};

/// The exit codes, as the README lists them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Everything was done.
    Done = 0,
    /// Something failed; the rest was done.
    Failed = 1,
    /// The configuration or the command line is wrong; nothing was done.
    Usage = 2,
    /// Removals wait for a person.
    Held = 3,
}

/// A command that could not go on.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) exit: Exit,
    message: String,
}

impl Stop {
    /// The operator has to change the configuration or the command line.
    pub(crate) fn usage(message: impl Display) -> Self {
        Self {
            exit: Exit::Usage,
            message: message.to_string(),
        }
    }

    /// Something else is in the way; a later run may do better.
    pub(crate) fn failed(message: impl Display) -> Self {
        Self {
            exit: Exit::Failed,
            message: message.to_string(),
        }
    }

    /// The same, with everything that led to it.
    pub(crate) fn from_error(error: &dyn Error) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message = format!("{message}: {cause}");
            source = cause.source();
        }
        Self::failed(message)
    }

    /// What would be said.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Says it on standard error.
    pub(crate) fn report(self) -> Exit {
        // Nobody is left to be told that standard error is closed.
        // What others say may be part of it.
        let _told = writeln!(io::stderr(), "error: {}", harmless_lines(&self.message));
        self.exit
    }
}

impl From<ConfigErrors> for Stop {
    fn from(errors: ConfigErrors) -> Self {
        Self::usage(format!("the configuration is refused\n{errors}"))
    }
}

impl From<PolicyErrors> for Stop {
    fn from(errors: PolicyErrors) -> Self {
        Self::usage(format!("the policies are refused\n{errors}"))
    }
}

impl From<EmbeddedError> for Stop {
    fn from(error: EmbeddedError) -> Self {
        match error {
            EmbeddedError::InUse { .. } => Self::failed(format!(
                "{error}; wait until it has ended, stop that one, or name another --store"
            )),
            EmbeddedError::NoStore { .. } => Self::failed(format!(
                "{error}, and was left as it is; name another --store"
            )),
            error => Self::from_error(&error),
        }
    }
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::from_error(&error)
    }
}

impl From<PollerError> for Stop {
    fn from(error: PollerError) -> Self {
        match &error {
            PollerError::NoSuchGroup(_) | PollerError::BadConfig { .. } => Self::usage(error),
            PollerError::Store(StoreError::NotFound(what)) => {
                Self::usage(format!("{what} is not held"))
            }
            PollerError::Store(StoreError::Leased { until }) => Self::failed(format!(
                "another sweep is under way, or one was cut off; try again after {until:.0}"
            )),
            PollerError::NotConfigured | PollerError::Unusable { .. } | PollerError::Store(_) => {
                Self::from_error(&error)
            }
        }
    }
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::from_error(&error)
    }
}
