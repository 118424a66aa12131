//! What can go wrong, one variant per thing a caller would do differently.

use std::{collections::BTreeSet, fmt, sync::Arc, time::Duration};

use crate::credential::CredentialError;

/// Which call an error is about: what was done and, where there is one, to which resource.
///
/// Never holds search texts or addresses, so it is safe to log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    name: &'static str,
    id: Option<Arc<str>>,
}

impl Operation {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, id: None }
    }

    pub(crate) fn of(name: &'static str, id: &str) -> Self {
        let id = Some(id.into());
        Self { name, id }
    }

    /// What was done, such as `get schedule`. Low in number: fit for metrics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The resource it was done to.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.id {
            Some(id) => write!(f, "{} `{id}`", self.name),
            None => f.write_str(self.name),
        }
    }
}

/// What PagerDuty wrote into the body of a refusal. Both of its styles are read; a missing body leaves all empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// PagerDuty's own error code, such as 2001 for invalid input.
    pub code: Option<i64>,
    /// The summary, cut to a few hundred characters, without control characters.
    pub message: String,
    /// The details; for shift-based schedules each begins with the field it is about.
    pub errors: Vec<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = match self.message.as_str() {
            "" => "no reason given",
            message => message,
        };
        write!(f, "`{message}`")?;
        if let Some(code) = self.code {
            write!(f, " (code {code})")?;
        }
        for error in &self.errors {
            write!(f, "; `{error}`")?;
        }
        Ok(())
    }
}

/// Why a call failed.
///
/// Texts name the operation and its id; they never hold secrets, search texts or bodies.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The credential is not, or no longer, valid, even after it was read again. A person must replace it.
    #[error("{operation}: PagerDuty does not accept the credential: {refusal}")]
    Unauthorized {
        /// What was tried.
        operation: Operation,
        /// What PagerDuty says.
        refusal: Box<Refusal>,
    },
    /// The app was granted less than was asked for. A person must add the scopes in PagerDuty.
    #[error("the app lacks the scopes {}", listed(.missing))]
    MissingScopes {
        /// Asked for and not granted.
        missing: BTreeSet<String>,
    },
    /// The credential could not be read where it is kept, or cannot stand in a request.
    #[error("{operation}: no usable credential")]
    Credential {
        /// What was tried.
        operation: Operation,
        /// Why not.
        #[source]
        source: CredentialError,
    },
    /// The credential is valid but may not do this.
    #[error("{operation}: forbidden{}: {refusal}", hint(*.scope))]
    Forbidden {
        /// What was tried.
        operation: Operation,
        /// The scope that the operation needs, where PagerDuty documents one.
        scope: Option<&'static str>,
        /// What PagerDuty says.
        refusal: Box<Refusal>,
    },
    /// There is no such thing (any more), or it is hidden from this credential.
    #[error("{operation}: not found")]
    NotFound {
        /// What was tried.
        operation: Operation,
    },
    /// PagerDuty understood and said no; the same call will be refused again.
    #[error("{operation}: refused with status {status}: {refusal}")]
    Refused {
        /// What was tried.
        operation: Operation,
        /// The HTTP status.
        status: u16,
        /// What PagerDuty says.
        refusal: Box<Refusal>,
    },
    /// The account's plan does not include this.
    #[error("{operation}: the account's plan does not include this: {refusal}")]
    PlanLacksAbility {
        /// What was tried.
        operation: Operation,
        /// What PagerDuty says.
        refusal: Box<Refusal>,
    },
    /// Too many calls, and waiting would take longer than is allowed. Nothing was done; come back later.
    #[error("{operation}: too many calls{}", after(*.retry_after))]
    RateLimited {
        /// What was tried.
        operation: Operation,
        /// How long to stay away, when PagerDuty says.
        retry_after: Option<Duration>,
    },
    /// More rows than PagerDuty hands out by offset. Narrow the question.
    #[error(
        "{operation}: more than {rows_max} rows, the most that PagerDuty hands out; narrow the question"
    )]
    TooManyRows {
        /// What was tried.
        operation: Operation,
        /// PagerDuty's limit.
        rows_max: usize,
    },
    /// No answer, or a failure on PagerDuty's side, after all retries. A change may have happened.
    #[error("{operation}: PagerDuty cannot be reached{}", of_status(*.status))]
    Unreachable {
        /// What was tried.
        operation: Operation,
        /// The status of the last answer, when there was one.
        status: Option<u16>,
        /// What the network layer says.
        #[source]
        source: Option<Box<reqwest::Error>>,
    },
    /// The answer is not what is documented, so nothing of it is used. A change may have happened.
    #[error("{operation}: the answer makes no sense: {what}")]
    Malformed {
        /// What was tried.
        operation: Operation,
        /// What is wrong with it.
        what: String,
    },
    /// The caller's deadline came, or would have come while waiting. A change may have happened.
    #[error("{operation}: the deadline has passed")]
    DeadlinePassed {
        /// What was tried.
        operation: Operation,
        /// The failure that was being waited out, when there was one.
        #[source]
        source: Option<Box<Error>>,
    },
    /// More than one answer where one was asked for.
    #[error("{operation}: {matches} match; exactly one must")]
    Ambiguous {
        /// What was tried.
        operation: Operation,
        /// How many there are.
        matches: usize,
    },
}

impl Error {
    /// Which call failed (`authenticate` for what happens before the call itself); `None` for missing scopes, which
    /// concern them all.
    #[must_use]
    pub fn operation(&self) -> Option<&Operation> {
        match self {
            Self::MissingScopes { .. } => None,
            Self::Unauthorized { operation, .. }
            | Self::Credential { operation, .. }
            | Self::Forbidden { operation, .. }
            | Self::NotFound { operation }
            | Self::Refused { operation, .. }
            | Self::PlanLacksAbility { operation, .. }
            | Self::RateLimited { operation, .. }
            | Self::TooManyRows { operation, .. }
            | Self::Unreachable { operation, .. }
            | Self::Malformed { operation, .. }
            | Self::DeadlinePassed { operation, .. }
            | Self::Ambiguous { operation, .. } => Some(operation),
        }
    }

    /// Whether the same call may well succeed later without anyone changing anything.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. } | Self::Unreachable { .. } | Self::DeadlinePassed { .. }
        )
    }

    /// One fixed word per variant, for metrics and alarms.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Unauthorized { .. } => "Unauthorized",
            Self::MissingScopes { .. } => "MissingScopes",
            Self::Credential { .. } => "Credential",
            Self::Forbidden { .. } => "Forbidden",
            Self::NotFound { .. } => "NotFound",
            Self::Refused { .. } => "Refused",
            Self::PlanLacksAbility { .. } => "PlanLacksAbility",
            Self::RateLimited { .. } => "RateLimited",
            Self::TooManyRows { .. } => "TooManyRows",
            Self::Unreachable { .. } => "Unreachable",
            Self::Malformed { .. } => "Malformed",
            Self::DeadlinePassed { .. } => "DeadlinePassed",
            Self::Ambiguous { .. } => "Ambiguous",
        }
    }
}

fn listed(scopes: &BTreeSet<String>) -> String {
    let quoted: Vec<_> = scopes.iter().map(|scope| format!("`{scope}`")).collect();
    quoted.join(", ")
}

fn hint(scope: Option<&'static str>) -> String {
    scope.map_or_else(String::new, |scope| format!(" (needs `{scope}`)"))
}

fn after(wait: Option<Duration>) -> String {
    wait.map_or_else(String::new, |wait| {
        format!("; try again in {} s", wait.as_secs())
    })
}

fn of_status(status: Option<u16>) -> String {
    status.map_or_else(String::new, |status| format!(": status {status}"))
}
