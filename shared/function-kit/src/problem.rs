//! Refusals over HTTP, in the form of RFC 9457.

use serde_json::{Value, json};

/// The content type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The body of a refusal. `title` is the status in words; `detail` says what to look at, and `code` is a fixed word that
/// programs match on.
///
/// A problem that is no more than its status has no type of its own, and that status as its title:
/// <https://www.rfc-editor.org/rfc/rfc9457#section-4.2.1>.
#[must_use]
pub fn problem(status: u16, title: &str, detail: &str, code: &str) -> Value {
    json!({
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    })
}
