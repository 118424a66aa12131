//! What the SDK says, in the store's words: without addresses, values or secrets.

use access_core::ports::StoreError;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// Why one call did not do its work.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Another transaction was at the same item at that moment; nothing was done.
    Collision(&'static str),
    /// Another writer came first, at what is named; nothing was done.
    Raced(String),
    /// Anything else.
    Final(StoreError),
}

impl From<Trouble> for StoreError {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Collision(call) => Self::Unavailable(format!(
                "{call}: other transactions came in the way again and again"
            )),
            Trouble::Raced(what) => Self::Conflict(format!("{what}, again and again")),
            Trouble::Final(error) => error,
        }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Final(error)
    }
}

/// An error of a call, classified; conditions that failed were looked at before.
pub(crate) fn trouble<E: ProvideErrorMetadata, R>(
    call: &'static str,
    error: &SdkError<E, R>,
) -> Trouble {
    match error {
        SdkError::ServiceError(context)
            if context.err().code() == Some("TransactionConflictException") =>
        {
            Trouble::Collision(call)
        }
        _ => Trouble::Final(unavailable(call, error)),
    }
}

/// An error of a call for which nothing better can be said than that it did not answer as it should.
pub(crate) fn unavailable<E: ProvideErrorMetadata, R>(
    call: &'static str,
    error: &SdkError<E, R>,
) -> StoreError {
    let what = match error {
        SdkError::ConstructionFailure(_) => "the request could not be built".to_owned(),
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        SdkError::DispatchFailure(failure) if failure.is_timeout() => {
            "no connection in time".to_owned()
        }
        SdkError::DispatchFailure(_) => "no connection".to_owned(),
        SdkError::ResponseError(_) => "the answer cannot be read".to_owned(),
        SdkError::ServiceError(context) => refusal(context.err()),
        _ => "an unknown error".to_owned(),
    };
    StoreError::Unavailable(format!("{call}: {what}"))
}

/// What an embedded engine may say of its file: no values, and what has to be known to help.
const OF_THE_FILE: [&str; 7] = [
    "attempt to write a readonly database",
    "database disk image is malformed",
    "database is locked",
    "database or disk is full",
    "disk I/O error",
    "no such table",
    "unable to open database file",
];

/// The code; and the message only where it names rights and tables, not values.
fn refusal(error: &impl ProvideErrorMetadata) -> String {
    let code = error.code().unwrap_or("an error without a code");
    match (code, error.message()) {
        (
            "AccessDeniedException" | "ResourceNotFoundException" | "UnrecognizedClientException",
            Some(message),
        ) => format!("{code}: {message}"),
        (_, Some(message)) => {
            let said = OF_THE_FILE.iter().find(|said| message.contains(**said));
            said.map_or_else(|| code.to_owned(), |said| format!("{code}: {said}"))
        }
        (_, None) => code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_dynamodb::error::ErrorMetadata;

    #[test]
    fn a_file_in_trouble_is_told_and_no_value() {
        for (code, message, told) in [
            (
                "InternalServerError",
                "Internal error: database or disk is full",
                "InternalServerError: database or disk is full",
            ),
            (
                "InternalServerError",
                "invalid type: string \"ada@acme.example\"",
                "InternalServerError",
            ),
            (
                "ValidationException",
                "the value ada@acme.example is too long",
                "ValidationException",
            ),
        ] {
            let error = ErrorMetadata::builder().code(code).message(message).build();
            assert_eq!(refusal(&error), told, "{message}");
        }
    }
}
