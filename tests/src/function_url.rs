//! HTTP as a Function URL hands it over to a function.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A request by nobody who is known: version 2.0 of the payload, with the body in Base64. What follows a question mark in
/// `path` is the query.
/// <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads>
#[must_use]
pub fn request(method: &str, path: &str, headers: &[(String, String)], body: &[u8]) -> Value {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let headers = headers.iter();
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.as_str()));
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers.collect::<BTreeMap<_, _>>(),
        "requestContext": {"http": {"method": method, "path": path}},
        "body": STANDARD.encode(body),
        "isBase64Encoded": true,
    })
}
