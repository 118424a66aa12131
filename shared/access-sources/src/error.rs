//! What the client's errors mean for a read, in words that hold no secret, no address and no text of PagerDuty's.

use access_core::ports::ReadError;
use pagerduty_client::{Error, Refusal};

/// A failure that leaves nothing to answer.
pub(crate) fn read_error(error: &Error) -> ReadError {
    let text = describe(error);
    match error {
        Error::Unauthorized { .. }
        | Error::MissingScopes { .. }
        | Error::Credential { .. }
        | Error::Forbidden { .. } => ReadError::Refused(text),
        Error::Malformed { .. } | Error::TooManyRows { .. } | Error::Ambiguous { .. } => {
            ReadError::Malformed(text)
        }
        Error::NotFound { .. }
        | Error::Refused { .. }
        | Error::PlanLacksAbility { .. }
        | Error::RateLimited { .. }
        | Error::Unreachable { .. }
        | Error::DeadlinePassed { .. } => ReadError::Unavailable(text),
    }
}

/// The failure for people. The same failure has the same text at every read, so that it is no change of the facts.
pub(crate) fn describe(error: &Error) -> String {
    match error {
        Error::Unauthorized { operation, refusal } => {
            format!(
                "{operation}: the credential is not accepted{}",
                code(refusal)
            )
        }
        Error::Credential { operation, .. } => format!("{operation}: no usable credential"),
        Error::Forbidden {
            operation,
            scope,
            refusal,
        } => {
            let hint = scope.map_or_else(String::new, |scope| format!(" (needs `{scope}`)"));
            format!("{operation}: forbidden{hint}{}", code(refusal))
        }
        Error::Refused {
            operation,
            status,
            refusal,
        } => format!("{operation}: refused with status {status}{}", code(refusal)),
        Error::PlanLacksAbility { operation, .. } => {
            format!("{operation}: the account's plan does not include this")
        }
        // Without the seconds to wait, which change from try to try.
        Error::RateLimited { operation, .. } => format!("{operation}: too many calls"),
        Error::MissingScopes { .. }
        | Error::NotFound { .. }
        | Error::TooManyRows { .. }
        | Error::Unreachable { .. }
        | Error::Malformed { .. }
        | Error::DeadlinePassed { .. }
        | Error::Ambiguous { .. } => error.to_string(),
    }
}

fn code(refusal: &Refusal) -> String {
    let code = refusal.code;
    code.map_or_else(String::new, |code| format!(", code {code}"))
}
