//! The arguments of a call.

use std::collections::BTreeMap;

use super::refusal::Refusal;

/// The fields of a form; of a field given twice the last counts.
#[derive(Clone, Debug, Default)]
pub(super) struct Form(BTreeMap<String, String>);

impl Form {
    /// Reads the query and the body of a request, the body winning.
    pub(super) fn parse(query: &str, body: &[u8]) -> Result<Self, Refusal> {
        let mut fields = BTreeMap::new();
        for part in [query.as_bytes(), body] {
            let read: Vec<(String, String)> = serde_urlencoded::from_bytes(part)
                .map_err(|_| Refusal::new("invalid_form_data"))?;
            fields.extend(read);
        }
        Ok(Self(fields))
    }

    /// A field that is there and not empty.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.0
            .get(key)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    }

    pub(super) fn required(&self, key: &'static str) -> Result<&str, Refusal> {
        self.text(key)
            .ok_or_else(|| Refusal::new("invalid_arguments"))
    }

    /// Slack takes `true` and `1`; everything else is no.
    pub(super) fn flag(&self, key: &str) -> bool {
        matches!(self.text(key), Some("true" | "1"))
    }
}
