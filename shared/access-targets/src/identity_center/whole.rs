//! Makes an answer without its list an error.
//!
//! The SDK reads a missing list as an empty one, and an empty list of members would have people removed or forgotten.

use aws_sdk_identitystore::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_identitystore::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_identitystore::error::BoxError;
use serde_json::Value;

/// Demands that a successful answer holds a list of this name.
#[derive(Debug)]
pub(super) struct HoldsList(pub(super) &'static str);

impl Intercept for HoldsList {
    fn name(&self) -> &'static str {
        "HoldsList"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.output_or_error().is_err() {
            return Ok(());
        }
        let body = context.response().body().bytes().unwrap_or_default();
        if holds_list(body, self.0) {
            Ok(())
        } else {
            Err(format!("an answer without `{}`", self.0).into())
        }
    }
}

fn holds_list(body: &[u8], name: &str) -> bool {
    serde_json::from_slice::<Value>(body).is_ok_and(|answer| answer[name].is_array())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_list_of_that_name_will_do() {
        let cases = [
            (r#"{"Users":[],"NextToken":null}"#, true),
            (r#"{"Users":[{"UserId":"1"}]}"#, true),
            (r#"{"NextToken":"x"}"#, false),
            (r#"{"Users":null}"#, false),
            (r#"{"Users":"none"}"#, false),
            ("[]", false),
            ("", false),
        ];
        for (body, expected) in cases {
            assert_eq!(holds_list(body.as_bytes(), "Users"), expected, "{body}");
        }
    }
}
