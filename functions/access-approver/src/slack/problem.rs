//! Why a request of Slack is refused, as JSON (RFC 9457).

use crate::http::HttpReply;
use function_kit::{PROBLEM_JSON, problem};

/// Why a request is refused. Slack then shows the person that something went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Problem {
    /// No such path, or the configuration has no chat-ops app.
    NotFound,
    /// Another method than POST.
    MethodNotAllowed,
    /// More than Slack sends.
    TooLarge,
    /// The body is not proven to come from Slack.
    BadSignature,
    /// It comes from another workspace, or from a person of another one.
    OtherWorkspace,
    /// It is signed, and not of the documented form.
    Unreadable,
    /// It cannot be taken now, through no fault of the request.
    Unavailable,
}

impl Problem {
    /// The answer.
    pub(super) fn reply(self) -> HttpReply {
        let (status, title) = self.status();
        let body = problem(status, title, self.detail(), self.code());
        let mut reply = HttpReply::json(status, PROBLEM_JSON, &body);
        if self == Self::MethodNotAllowed {
            reply.headers.insert("allow", "POST".to_owned());
        }
        reply
    }

    /// The HTTP status and its name.
    fn status(self) -> (u16, &'static str) {
        match self {
            Self::NotFound => (404, "Not Found"),
            Self::MethodNotAllowed => (405, "Method Not Allowed"),
            Self::TooLarge => (413, "Payload Too Large"),
            Self::BadSignature => (401, "Unauthorized"),
            Self::OtherWorkspace => (403, "Forbidden"),
            Self::Unreadable => (400, "Bad Request"),
            Self::Unavailable => (503, "Service Unavailable"),
        }
    }

    /// A fixed word per kind: `code` in the answer and in the log.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::TooLarge => "too-large",
            Self::BadSignature => "bad-signature",
            Self::OtherWorkspace => "other-workspace",
            Self::Unreadable => "unreadable",
            Self::Unavailable => "unavailable",
        }
    }

    /// Says what to look at, and nothing of what is known here.
    fn detail(self) -> &'static str {
        match self {
            Self::NotFound => {
                "there are /slack/command and /slack/interaction, if an app is configured"
            }
            Self::MethodNotAllowed => "Slack sends by POST",
            Self::TooLarge => "Slack sends nothing that large",
            Self::BadSignature => {
                "the signature in X-Slack-Signature does not fit the body and its time"
            }
            Self::OtherWorkspace => "only people of the app's own workspace are heard",
            Self::Unreadable => "the body is not of the form that Slack documents",
            Self::Unavailable => "nothing was done; try again later",
        }
    }
}
