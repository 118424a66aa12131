//! How Slack says no: HTTP 200 and `ok: false`.

use serde_json::{Map, Value, json};

/// An `ok: false` answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    code: &'static str,
    details: Map<String, Value>,
}

impl Refusal {
    pub(super) fn new(code: &'static str) -> Self {
        Self {
            code,
            details: Map::new(),
        }
    }

    /// A refusal of blocks or a dialog that says what is wrong with them.
    pub(super) fn invalid(code: &'static str, messages: Vec<String>) -> Self {
        let messages = Value::from(messages);
        Self::new(code).with("response_metadata", json!({"messages": messages}))
    }

    pub(super) fn with(mut self, key: &str, value: Value) -> Self {
        self.details.insert(key.to_owned(), value);
        self
    }

    pub(super) fn into_body(self) -> Value {
        let mut body = json!({"ok": false, "error": self.code});
        body.as_object_mut()
            .expect("built as an object above")
            .extend(self.details);
        body
    }
}
