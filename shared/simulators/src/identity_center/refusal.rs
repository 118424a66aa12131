//! How the service says no: an HTTP status and a body that names the exception.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

/// Whether a conflict says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConflictReasons {
    /// With `Reason`.
    Sent,
    /// Without, as AWS allows itself.
    LeftOut,
}

/// What a missing thing is called in `ResourceType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resource {
    IdentityStore,
    User,
    Group,
    GroupMembership,
}

/// An exception of the service.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    exception: &'static str,
    status: StatusCode,
    members: Map<String, Value>,
}

impl Refusal {
    fn new(exception: &'static str, status: StatusCode, message: &str) -> Self {
        let mut members = Map::new();
        members.insert("Message".to_owned(), json!(message));
        Self {
            exception,
            status,
            members,
        }
    }

    fn with(mut self, key: &str, value: Value) -> Self {
        self.members.insert(key.to_owned(), value);
        self
    }

    pub(super) fn not_found(resource: Resource, id: &str) -> Self {
        let kind = match resource {
            Resource::IdentityStore => "IDENTITY_STORE",
            Resource::User => "USER",
            Resource::Group => "GROUP",
            Resource::GroupMembership => "GROUP_MEMBERSHIP",
        };
        Self::new(
            "ResourceNotFoundException",
            StatusCode::NOT_FOUND,
            "no such resource",
        )
        .with("ResourceType", json!(kind))
        .with("ResourceId", json!(id))
    }

    pub(super) fn invalid(message: &str) -> Self {
        Self::new("ValidationException", StatusCode::BAD_REQUEST, message)
    }

    pub(super) fn already_there(reasons: ConflictReasons) -> Self {
        let refusal = Self::new(
            "ConflictException",
            StatusCode::CONFLICT,
            "the resource exists already",
        );
        match reasons {
            ConflictReasons::Sent => {
                refusal.with("Reason", json!("UNIQUENESS_CONSTRAINT_VIOLATION"))
            }
            ConflictReasons::LeftOut => refusal,
        }
    }

    pub(super) fn concurrent_modification() -> Self {
        let message = "another request changed the resource";
        Self::new("ConflictException", StatusCode::CONFLICT, message)
            .with("Reason", json!("CONCURRENT_MODIFICATION"))
    }

    pub(super) fn throttled(wait_seconds: i64) -> Self {
        Self::new(
            "ThrottlingException",
            StatusCode::TOO_MANY_REQUESTS,
            "too many requests",
        )
        .with("RetryAfterSeconds", json!(wait_seconds))
    }

    pub(super) fn unsigned() -> Self {
        Self::new(
            "AccessDeniedException",
            StatusCode::FORBIDDEN,
            "the request is not signed",
        )
    }

    pub(super) fn unreadable() -> Self {
        Self::new(
            "SerializationException",
            StatusCode::BAD_REQUEST,
            "the body cannot be read",
        )
    }

    pub(super) fn unknown_operation() -> Self {
        let message = "the simulator does not know this operation";
        Self::new(
            "UnknownOperationException",
            StatusCode::BAD_REQUEST,
            message,
        )
    }

    /// The exception that belongs to a scripted status.
    pub(super) fn of_status(status: StatusCode) -> Self {
        let exception = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "AccessDeniedException",
            StatusCode::PAYMENT_REQUIRED => "ServiceQuotaExceededException",
            StatusCode::NOT_FOUND => "ResourceNotFoundException",
            StatusCode::CONFLICT => "ConflictException",
            StatusCode::TOO_MANY_REQUESTS => "ThrottlingException",
            StatusCode::REQUEST_TIMEOUT => "RequestTimeoutException",
            status if status.is_server_error() => "InternalServerException",
            _ => "ValidationException",
        };
        Self::new(exception, status, "scripted")
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    pub(super) fn into_body(self) -> Value {
        let mut body = json!({"__type": self.exception});
        body.as_object_mut()
            .expect("built as an object above")
            .extend(self.members);
        body
    }
}
