//! What a request is answered: nothing but 202 when it is accepted, a problem in JSON (RFC 9457) when it is not.

use function_kit::{PROBLEM_JSON, problem};
use lambda_http::http::header::{ALLOW, CONTENT_TYPE};
use lambda_http::http::{HeaderValue, Response, StatusCode};

/// The answer to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reply {
    /// 202, or that of `problem`.
    pub status: StatusCode,
    /// Why the request was refused, if it was.
    pub problem: Option<Problem>,
}

/// Why a request is refused. What PagerDuty does then: <https://developer.pagerduty.com/docs/webhooks-overview>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// No such path, or no such PagerDuty account in the configuration. The delivery is dropped.
    NotFound,
    /// Another method than POST.
    MethodNotAllowed,
    /// More than [`BODY_BYTES_MAX`](crate::BODY_BYTES_MAX). PagerDuty sends nothing that large.
    TooLarge,
    /// The body is not proven to come from PagerDuty. The delivery is dropped.
    BadSignature,
    /// It cannot be taken now, through no fault of the request. Nothing was stored, and PagerDuty sends it again.
    Unavailable,
}

impl Reply {
    pub(crate) const ACCEPTED: Self = Self {
        status: StatusCode::ACCEPTED,
        problem: None,
    };

    pub(crate) fn refused(problem: Problem) -> Self {
        Self {
            status: problem.status(),
            problem: Some(problem),
        }
    }

    /// The answer for an HTTP server; its body is empty or JSON.
    #[must_use]
    pub fn into_response(self) -> Response<String> {
        let body = self.problem.map(Problem::body).unwrap_or_default();
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if self.problem.is_some() {
            let json = HeaderValue::from_static(PROBLEM_JSON);
            headers.insert(CONTENT_TYPE, json);
        }
        if self.problem == Some(Problem::MethodNotAllowed) {
            headers.insert(ALLOW, HeaderValue::from_static("POST"));
        }
        response
    }
}

impl Problem {
    /// The HTTP status.
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BadSignature => StatusCode::UNAUTHORIZED,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// A fixed word per kind: `code` in the answer and in the log.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::TooLarge => "too-large",
            Self::BadSignature => "bad-signature",
            Self::Unavailable => "unavailable",
        }
    }

    /// Says what to look at, and nothing of what is known here.
    fn detail(self) -> &'static str {
        match self {
            Self::NotFound => "the path is the name of a PagerDuty account in the configuration",
            Self::MethodNotAllowed => "webhooks are sent by POST",
            Self::TooLarge => "a webhook has at most 256 KB",
            Self::BadSignature => "no signature in X-PagerDuty-Signature fits the body",
            Self::Unavailable => "nothing was stored; send it again later",
        }
    }

    fn body(self) -> String {
        let status = self.status();
        let title = status.canonical_reason().unwrap_or_default();
        problem(status.as_u16(), title, self.detail(), self.code()).to_string()
    }
}
