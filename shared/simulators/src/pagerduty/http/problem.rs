//! PagerDuty's error bodies, in the older style (a list of messages) and v3's (fields).

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// A refused request.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    code: u32,
    message: &'static str,
    /// A field's path and what is wrong with it.
    details: Vec<(String, String)>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: u32, message: &'static str) -> Self {
        Self {
            status,
            code,
            message,
            details: Vec::new(),
        }
    }

    /// The error PagerDuty gives with a status when nothing else is known.
    pub(super) fn of_status(status: StatusCode) -> Self {
        let (code, message) = match status.as_u16() {
            400 => (2001, "Invalid Input Provided"),
            401 => (2006, "Authentication Failed"),
            402 => (2014, "Account Missing Ability"),
            403 => (2010, "Access Denied"),
            404 => (2100, "Not Found"),
            408 => (2016, "Request Took Too Long"),
            429 => (2020, "Rate Limit Exceeded"),
            _ => (2000, "Internal Error"),
        };
        Self::new(status, code, message)
    }

    pub(super) fn not_found() -> Self {
        Self::of_status(StatusCode::NOT_FOUND)
    }

    pub(super) fn invalid(detail: impl Into<String>) -> Self {
        Self::of_status(StatusCode::BAD_REQUEST).about("request", detail)
    }

    /// Adds what is wrong with a field.
    pub(super) fn about(mut self, field: &str, detail: impl Into<String>) -> Self {
        self.details.push((field.to_owned(), detail.into()));
        self
    }

    pub(super) fn body(&self, v3: bool) -> Value {
        let mut error = json!({ "message": self.message, "code": self.code });
        if !self.details.is_empty() {
            error["errors"] = if v3 {
                let fields = self.details.iter();
                fields
                    .map(|(field, detail)| (field.clone(), json!([detail])))
                    .collect()
            } else {
                json!(self.messages())
            };
        }
        json!({ "error": error })
    }

    pub(super) fn messages(&self) -> Vec<&str> {
        self.details
            .iter()
            .map(|(_, detail)| detail.as_str())
            .collect()
    }

    pub(super) fn answer(&self, v3: bool) -> Response {
        (self.status, axum::Json(self.body(v3))).into_response()
    }
}
