//! The faults a simulator can be told to show.

use std::time::Duration;

/// One way for a request to go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Answers this status without handling the request.
    Status {
        /// The HTTP status.
        status: u16,
        /// Headers to add, such as `ratelimit-reset` or `retry-after`.
        headers: Vec<(String, String)>,
        /// The body; `None` sends the vendor's own error body for that status.
        body: Option<String>,
    },
    /// Waits in real time, then handles the request and answers as usual.
    Delay(Duration),
    /// Closes the connection without handling the request or answering.
    CutBefore,
    /// Handles the request, then closes the connection without answering: it *did* happen.
    CutAfter,
    /// Handles the request, sends half of the body it announced, then closes the connection.
    CutBody,
    /// Handles the request and sends the first half of the JSON as if it were whole.
    TruncatedJson,
    /// Handles the request and sends an HTML page with the same status, as a proxy would.
    NotJson,
    /// Handles the request and empties the answer's list, yet says that more follows.
    EmptyPageWithMore,
    /// Handles the request and leaves out the answer's list (or its only object).
    MissingKey,
    /// Handles the request and puts a string where the answer's list (or object) was.
    WrongType,
}

impl Fault {
    /// Answers `status` with the vendor's error body.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::Status {
            status,
            headers: Vec::new(),
            body: None,
        }
    }

    /// Adds a header to a [`Fault::Status`]; other faults are returned unchanged.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Status { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Every kind of fault, for tests that try each at every call of a sweep.
    ///
    /// Statuses a client should tell apart are all present; the 429 comes once with and once
    /// without headers; the delay is 10 ms, which a client should not notice.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let statuses = [400, 401, 402, 403, 404, 408, 409, 429, 500, 502, 503, 504];
        let mut all: Vec<Self> = statuses.into_iter().map(Self::status).collect();
        all.push(
            Self::status(429)
                .header("ratelimit-limit", "960")
                .header("ratelimit-remaining", "0")
                .header("ratelimit-reset", "0")
                .header("retry-after", "0"),
        );
        all.extend([
            Self::Delay(Duration::from_millis(10)),
            Self::CutBefore,
            Self::CutAfter,
            Self::CutBody,
            Self::TruncatedJson,
            Self::NotJson,
            Self::EmptyPageWithMore,
            Self::MissingKey,
            Self::WrongType,
        ]);
        all
    }
}
