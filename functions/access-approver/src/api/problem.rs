//! Why nothing was done, as JSON (RFC 9457): a status, a fixed code for programs, and words for people.

use crate::act::Refused;
use crate::configured::Unconfigured;
use crate::http::HttpReply;
use access_core::request::Refusal;
use function_kit::{PROBLEM_JSON, problem};
use serde_json::json;
use std::collections::BTreeSet;

/// When to ask again while something cannot be read, in seconds.
const RETRY_SECONDS: &str = "5";

/// Why nothing was done. What it says is for the caller, not for the log: it may repeat what they sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) status: u16,
    pub(super) code: &'static str,
    detail: String,
    policies: BTreeSet<String>,
    /// The methods that the path has.
    allow: Option<String>,
}

impl Problem {
    pub(super) fn new(status: u16, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            policies: BTreeSet::new(),
            allow: None,
        }
    }

    /// Nobody is proven to call.
    pub(super) fn unauthenticated(detail: &str) -> Self {
        Self::new(401, "unauthenticated", detail)
    }

    /// Somebody calls whom the configuration does not believe.
    pub(super) fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(403, "forbidden", detail)
    }

    /// A field, a parameter or a header holds what it cannot.
    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::new(422, "invalid", detail)
    }

    /// No such thing, or none that the caller may see: the same words for both.
    pub(super) fn not_found() -> Self {
        Refused::NotFound.into()
    }

    /// Nothing is at this path.
    pub(super) fn no_path() -> Self {
        let detail = "nothing is at this path; see /openapi.json";
        Self::new(404, "no-such-path", detail)
    }

    /// The path is there, and has only these methods.
    pub(super) fn no_method(methods: &[&str]) -> Self {
        let allow = methods.join(", ");
        let detail = format!("this path takes {allow}");
        Self {
            allow: Some(allow),
            ..Self::new(405, "method-not-allowed", detail)
        }
    }

    /// Nothing can be decided now, through no fault of the caller.
    pub(super) fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(503, "unavailable", detail)
    }

    /// The answer.
    pub(super) fn reply(self) -> HttpReply {
        let Self {
            status,
            code,
            detail,
            policies,
            allow,
        } = self;
        let mut body = problem(status, title(status), &detail, code);
        if !policies.is_empty() {
            body["policies"] = json!(policies);
        }
        let mut reply = HttpReply::json(status, PROBLEM_JSON, &body);
        if let Some(allow) = allow {
            reply.headers.insert("allow", allow);
        }
        if status == 401 {
            let scheme = "Bearer realm=\"rotakey\"";
            reply.headers.insert("www-authenticate", scheme.to_owned());
        }
        if status == 503 {
            let seconds = RETRY_SECONDS.to_owned();
            reply.headers.insert("retry-after", seconds);
        }
        reply
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let problem = Self::new(status(&refused), refused.code(), refused.to_string());
        let policies = match refused {
            Refused::Policy { why: _, policies } => policies,
            Refused::Refusal(_)
            | Refused::Unknown { .. }
            | Refused::NotFound
            | Refused::KeyTaken
            | Refused::Unavailable(_) => BTreeSet::new(),
        };
        Self {
            policies,
            ..problem
        }
    }
}

impl From<Unconfigured> for Problem {
    fn from(error: Unconfigured) -> Self {
        Refused::from(error).into()
    }
}

fn status(refused: &Refused) -> u16 {
    match refused {
        Refused::Refusal(refusal) => match refusal {
            Refusal::OwnRequest | Refusal::Blocked(_) | Refusal::NotYours => 403,
            Refusal::AlreadyResolved(_)
            | Refusal::TimedOut(_)
            | Refusal::AlreadyApprovedBy(_)
            | Refusal::NotLive
            | Refusal::TooMany { .. }
            | Refusal::NotYet(_)
            | Refusal::NothingToDo => 409,
            Refusal::TooLong { .. } | Refusal::NoTime | Refusal::NoRule(_) => 422,
        },
        Refused::Policy { .. } => 403,
        Refused::NotFound => 404,
        Refused::KeyTaken => 422,
        Refused::Unknown { .. } | Refused::Unavailable(_) => 503,
    }
}

/// The status in words, as RFC 9110 has them.
fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        422 => "Unprocessable Content",
        503 => "Service Unavailable",
        _ => "Internal Server Error",
    }
}
