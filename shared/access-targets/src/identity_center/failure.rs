//! What a failed request to the identity store means, in the domain's words.
//!
//! AWS's own messages are not passed on: they may quote an address.

use access_core::ports::TargetError;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_identitystore::Error;
use aws_sdk_identitystore::config::http::HttpResponse;
use aws_sdk_identitystore::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_identitystore::operation::RequestId;
use aws_sdk_identitystore::types::{ConflictExceptionReason, ResourceType};
use std::error::Error as StdError;
use std::time::Duration;
use tracing::debug;

/// A request that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Failed {
    /// AWS's name of the operation.
    pub(super) operation: &'static str,
    pub(super) why: Why,
}

/// Why, as far as a caller does something different about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Why {
    /// Something named in the request does not exist; AWS need not say what.
    Missing(Option<ResourceType>),
    /// It exists already, or somebody else changed it at the same time; AWS need not say which.
    Conflict { is_concurrent: bool },
    /// Too many requests; nothing was done.
    Throttled { retry_after: Option<Duration> },
    /// It may have happened.
    Unclear(String),
    /// The credentials lack something.
    Denied(String),
    /// Repeating the request will not help.
    Refused(String),
}

impl Failed {
    pub(super) fn of<E>(operation: &'static str, error: SdkError<E, HttpResponse>) -> Self
    where
        Error: From<SdkError<E, HttpResponse>>,
    {
        let why = match &error {
            SdkError::ServiceError(answer) => {
                let status = answer.raw().status().as_u16();
                answered(operation, status, Error::from(error))
            }
            SdkError::ConstructionFailure(_) => {
                Why::Refused(format!("`{operation}` could not be put into a request"))
            }
            SdkError::TimeoutError(_) => Why::Unclear(format!("`{operation}` took too long")),
            SdkError::DispatchFailure(failure) => {
                let connector = failure.as_connector_error();
                let why = if connector.is_some_and(|error| lacks_credentials(error)) {
                    " without credentials for AWS: sign in (`aws sso login`), or set AWS_PROFILE"
                } else {
                    ""
                };
                Why::Unclear(format!("`{operation}` could not be sent{why}"))
            }
            _ => Why::Unclear(format!("the answer to `{operation}` cannot be read")),
        };
        Self { operation, why }
    }

    /// An answer that lacks what it must have.
    pub(super) fn unclear(operation: &'static str, what: &str) -> Self {
        let why = Why::Unclear(format!("the answer to `{operation}` {what}"));
        Self { operation, why }
    }
}

/// Whether a request was not sent because nobody is signed in.
fn lacks_credentials(error: &(dyn StdError + 'static)) -> bool {
    std::iter::successors(Some(error), |&error| error.source())
        .any(<dyn StdError>::is::<CredentialsError>)
}

fn answered(operation: &'static str, status: u16, error: Error) -> Why {
    let code = error.code().unwrap_or("no code").to_owned();
    debug!(
        aws.operation = operation,
        aws.request_id = error.request_id(),
        http.status = status,
        "`{operation}` ended in `{code}`"
    );
    match error {
        Error::ResourceNotFoundException(it) => match it.resource_type {
            Some(ResourceType::IdentityStore) => Why::Refused(
                "there is no such identity store in this region: correct identity_store_id or region of the target".into(),
            ),
            missing => Why::Missing(missing),
        },
        Error::ConflictException(it) => Why::Conflict {
            is_concurrent: it.reason == Some(ConflictExceptionReason::ConcurrentModification),
        },
        Error::ThrottlingException(it) => Why::Throttled {
            retry_after: u64::try_from(it.retry_after_seconds)
                .ok()
                .filter(|seconds| *seconds > 0)
                .map(Duration::from_secs),
        },
        Error::InternalServerException(_) => {
            Why::Unclear(format!("`{operation}` ended in `{code}`"))
        }
        Error::AccessDeniedException(_) => denied(operation, &code),
        Error::ServiceQuotaExceededException(_) => Why::Refused(format!(
            "`{operation}` would exceed a quota of the identity store: have it raised"
        )),
        Error::ValidationException(_) => {
            Why::Refused(format!("`{operation}` ended in `{code}`"))
        }
        _ => by_status(operation, status, &code),
    }
}

/// Errors that every AWS service may answer with, signatures and credentials above all.
fn by_status(operation: &str, status: u16, code: &str) -> Why {
    let throttles = ["Throttl", "TooManyRequests", "RequestLimitExceeded"];
    let credentials = [
        "UnrecognizedClient",
        "InvalidClientTokenId",
        "InvalidSignature",
        "SignatureDoesNotMatch",
        "IncompleteSignature",
        "MissingAuthenticationToken",
        "ExpiredToken",
        "RequestExpired",
        "OptInRequired",
        "AccessDenied",
        "NotAuthorized",
    ];
    let is_one_of = |names: &[&str]| names.iter().any(|name| code.contains(name));
    match status {
        _ if is_one_of(&throttles) => Why::Throttled { retry_after: None },
        _ if is_one_of(&credentials) => denied(operation, code),
        401 | 403 => denied(operation, code),
        429 => Why::Throttled { retry_after: None },
        408 | 500.. => Why::Unclear(format!("`{operation}` ended in `{code}`, status {status}")),
        // A success that is an error, or a redirect: not AWS who answers.
        ..=399 => Why::Unclear(format!("the answer to `{operation}` cannot be read")),
        _ => Why::Refused(format!("`{operation}` ended in `{code}`, status {status}")),
    }
}

fn denied(operation: &str, code: &str) -> Why {
    Why::Denied(format!(
        "`{operation}` ended in `{code}`: the role needs `identitystore:{operation}`, in the account that manages Identity Center or is delegated to"
    ))
}

impl From<Failed> for TargetError {
    fn from(failed: Failed) -> Self {
        let Failed { operation, why } = failed;
        match why {
            Why::Missing(what) => Self::NotFound(match what {
                Some(ResourceType::User) => "the account is not in the identity store".into(),
                Some(ResourceType::Group) => "the group is not in the identity store".into(),
                _ => format!("`{operation}` names something that is not in the identity store"),
            }),
            Why::Conflict {
                is_concurrent: true,
            } => Self::Unreachable(format!(
                "others kept changing what `{operation}` was to change"
            )),
            Why::Conflict {
                is_concurrent: false,
            } => Self::Unreachable(format!(
                "`{operation}` met a conflict that AWS does not explain"
            )),
            Why::Throttled { retry_after } => Self::Throttled { retry_after },
            Why::Unclear(text) => Self::Unreachable(text),
            Why::Denied(text) => Self::Denied(text),
            Why::Refused(text) => Self::Refused(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_answers_with_in_general_is_told_apart() {
        let throttled = Why::Throttled { retry_after: None };
        let cases = [
            (400, "UnrecognizedClientException", "denied"),
            (400, "ExpiredTokenException", "denied"),
            (403, "SomethingNew", "denied"),
            (503, "SlowDownThrottling", "throttled"),
            (429, "SomethingNew", "throttled"),
            (503, "ServiceUnavailable", "unclear"),
            (408, "RequestTimeout", "unclear"),
            (200, "no code", "unclear"),
            (400, "SomethingNew", "refused"),
        ];
        for (status, code, expected) in cases {
            let why = by_status("GetUserId", status, code);
            let got = match &why {
                Why::Denied(_) => "denied",
                Why::Unclear(_) => "unclear",
                Why::Refused(_) => "refused",
                why if *why == throttled => "throttled",
                _ => "another",
            };
            assert_eq!(got, expected, "{status} {code}");
        }
    }
}
