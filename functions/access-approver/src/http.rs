//! HTTP as a Function URL brings it, whole and with its bytes as they were sent.
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;

/// One HTTP request. Its `Debug` shows neither headers nor body.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// In capitals: `POST`.
    pub method: String,
    /// From the slash on, without the query.
    pub path: String,
    /// What follows the question mark, as it was sent; may be empty.
    pub query: String,
    /// By name in lower case; several of one name are one, joined by commas.
    pub headers: BTreeMap<String, String>,
    /// The raw bytes, as they were signed.
    pub body: Vec<u8>,
    /// Who signed it, as AWS says; `None` where anybody may call. Never from a header.
    pub identity: Option<IamIdentity>,
}

/// Who signed a request, as AWS proved it.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IamIdentity {
    /// The account of the identity, twelve digits.
    pub account_id: String,
    /// The whole name: `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION` for a role.
    pub user_arn: String,
    /// The unique id; `ROLEID:SESSION` for a role.
    pub user_id: String,
}

/// The answer to one HTTP request. Its `Debug` shows only the status.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpReply {
    /// The status: 200.
    pub status: u16,
    /// By name in lower case.
    pub headers: BTreeMap<&'static str, String>,
    /// Text; may be empty.
    pub body: String,
}

/// A payload that looked like HTTP and is none. Says nothing of what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the payload is no request of a Function URL: `{0}` is missing or of another kind")]
pub struct NotHttp(pub(crate) &'static str);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    raw_path: String,
    #[serde(default)]
    raw_query_string: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
    request_context: Context,
}

#[derive(Deserialize)]
struct Context {
    http: Http,
    #[serde(default)]
    authorizer: Option<Authorizer>,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

#[derive(Deserialize)]
struct Authorizer {
    #[serde(default)]
    iam: Option<IamIdentity>,
}

impl HttpRequest {
    /// Reads a payload of a Function URL, version 2.0.
    ///
    /// # Errors
    /// [`NotHttp`] when it is none, or its body is not the Base64 that it says.
    pub fn read(payload: Value) -> Result<Self, NotHttp> {
        let payload: Payload =
            serde_json::from_value(payload).map_err(|_| NotHttp("requestContext"))?;
        let Payload {
            raw_path,
            raw_query_string,
            headers,
            body,
            is_base64_encoded,
            request_context: Context { http, authorizer },
        } = payload;
        let text = body.unwrap_or_default();
        let body = if is_base64_encoded {
            STANDARD.decode(text).map_err(|_| NotHttp("body"))?
        } else {
            text.into_bytes()
        };
        let headers = headers.into_iter();
        Ok(Self {
            method: http.method,
            path: raw_path,
            query: raw_query_string,
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), value))
                .collect(),
            body,
            identity: authorizer.and_then(|authorizer| authorizer.iam),
        })
    }

    /// A header by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

impl HttpReply {
    /// A status and nothing else.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: BTreeMap::new(),
            body: String::new(),
        }
    }

    /// JSON of this content type, such as `application/json`.
    #[must_use]
    pub fn json(status: u16, content_type: &str, body: &Value) -> Self {
        Self {
            status,
            headers: BTreeMap::from([("content-type", content_type.to_owned())]),
            body: body.to_string(),
        }
    }

    /// As a Function URL takes it.
    #[must_use]
    pub fn into_payload(self) -> Value {
        let Self {
            status,
            headers,
            body,
        } = self;
        json!({ "statusCode": status, "headers": headers, "body": body, "isBase64Encoded": false })
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("HttpRequest");
        debug.field("method", &self.method);
        debug.field("path", &self.path);
        debug.finish_non_exhaustive()
    }
}

/// A session's name may be somebody's address.
impl fmt::Debug for IamIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("IamIdentity");
        debug.field("account_id", &self.account_id);
        debug.finish_non_exhaustive()
    }
}

impl fmt::Debug for HttpReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("HttpReply");
        debug.field("status", &self.status);
        debug.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(more: &Value) -> Value {
        let mut payload = json!({
            "version": "2.0",
            "rawPath": "/slack/command",
            "rawQueryString": "",
            "headers": {"Content-Type": "application/x-www-form-urlencoded"},
            "requestContext": {"http": {"method": "POST", "path": "/slack/command"}},
            "body": "text=help",
            "isBase64Encoded": false,
        });
        let more = more.as_object().unwrap().clone();
        payload.as_object_mut().unwrap().extend(more);
        payload
    }

    #[test]
    fn bytes_are_as_they_were_sent() {
        for (case, more, expected) in [
            ("text", json!({}), &b"text=help"[..]),
            (
                "Base64",
                json!({"body": "AP+A", "isBase64Encoded": true}),
                &[0, 255, 128],
            ),
            ("none", json!({"body": null}), &[]),
        ] {
            let request = HttpRequest::read(payload(&more)).unwrap();
            assert_eq!(request.body, expected, "{case}");
            assert_eq!(
                request.header("content-type"),
                Some("application/x-www-form-urlencoded")
            );
            assert_eq!(request.identity, None, "{case}");
        }
    }

    #[test]
    fn an_identity_comes_from_the_context_and_from_nowhere_else() {
        let iam = json!({"accountId": "123456789012", "userArn": "arn", "userId": "id", "accessKey": "AKIA"});
        let context = json!({"http": {"method": "GET"}, "authorizer": {"iam": iam}});
        let request = HttpRequest::read(payload(&json!({"requestContext": context}))).unwrap();
        assert_eq!(request.identity.unwrap().account_id, "123456789012");
        let forged = payload(&json!({"authorizer": {"iam": iam}, "identity": iam}));
        assert_eq!(HttpRequest::read(forged).unwrap().identity, None);
    }

    #[test]
    fn what_is_no_request_is_refused_without_its_values() {
        for more in [
            json!({"requestContext": {}}),
            json!({"rawPath": null}),
            json!({"body": "a-secret!", "isBase64Encoded": true}),
        ] {
            let error = HttpRequest::read(payload(&more)).unwrap_err().to_string();
            assert!(!error.contains("a-secret"), "{error}");
        }
    }
}
