//! Function URLs: HTTP as the payload that Lambda makes of it, and a function's answer as HTTP again.
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads>

use super::functions::Function;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tracing::error;

/// The longest body that Lambda takes, in bytes.
/// <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>
const BODY_BYTES_MAX: usize = 6 * 1024 * 1024;

/// What answers on the URL of a function, open to anybody.
///
/// No request has an identity, whatever it says of itself: nobody has proven one here. The payload is made of nothing but
/// the method, the path, headers and the body.
pub fn function_url(function: Arc<dyn Function>) -> Router {
    Router::new()
        .fallback(serve)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(function)
}

async fn serve(
    State(function): State<Arc<dyn Function>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let payload = payload(&method, &uri, &headers, &body);
    let answer = match function.invoke(payload).await {
        Ok(answer) => reply(answer),
        Err(error) => {
            error!(%error, "a request failed: {error}");
            None
        }
    };
    answer.unwrap_or_else(|| {
        let body = r#"{"Message":"Internal Server Error"}"#;
        let kind = (header::CONTENT_TYPE, "application/json");
        (StatusCode::BAD_GATEWAY, [kind], body).into_response()
    })
}

/// Version 2.0 of the payload.
fn payload(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Value {
    let text = std::str::from_utf8(body).ok();
    let text = text.filter(|text| text.is_empty() || is_text(headers));
    let encoded = || STANDARD.encode(body);
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": uri.path(),
        "rawQueryString": uri.query().unwrap_or_default(),
        "cookies": cookies(headers),
        "headers": joined(headers),
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "local",
            "http": {
                "method": method.as_str(),
                "path": uri.path(),
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
            },
            "routeKey": "$default",
            "stage": "$default",
        },
        "body": text.map_or_else(encoded, str::to_owned),
        "isBase64Encoded": text.is_none(),
    })
}

/// Whether Lambda hands such a body on as text. A form comes in Base64.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.starts_with("text/")
        || matches!(
            kind,
            "application/json" | "application/xml" | "application/javascript"
        )
}

/// Headers by name, those of one name joined by commas. One that is no text never gets that far.
fn joined(headers: &HeaderMap) -> BTreeMap<&str, String> {
    let names = headers.keys().filter(|name| **name != header::COOKIE);
    let joined = names.map(|name| {
        let values = headers.get_all(name).iter().filter_map(text);
        (name.as_str(), values.collect::<Vec<_>>().join(","))
    });
    joined.collect()
}

fn cookies(headers: &HeaderMap) -> Vec<&str> {
    let all = headers.get_all(header::COOKIE).iter().filter_map(text);
    let each = all.flat_map(|cookies| cookies.split(';'));
    each.map(str::trim)
        .filter(|cookie| !cookie.is_empty())
        .collect()
}

fn text(value: &HeaderValue) -> Option<&str> {
    value.to_str().ok()
}

/// What a function answers to a request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    cookies: Vec<String>,
    #[serde(default)]
    body: String,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// The answer as HTTP; `None`: it is of another form.
fn reply(answer: Value) -> Option<Response<Body>> {
    let Answer {
        status_code,
        headers,
        cookies,
        body,
        is_base64_encoded,
    } = serde_json::from_value(answer).ok()?;
    let body = if is_base64_encoded {
        STANDARD.decode(body).ok()?
    } else {
        body.into_bytes()
    };
    let mut reply = Response::builder().status(status_code);
    for (name, value) in headers {
        reply = reply.header(name, value);
    }
    for cookie in cookies {
        reply = reply.header(header::SET_COOKIE, cookie);
    }
    reply.body(Body::from(body)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::functions::{FunctionError, Functions};
    use crate::local::gateway::Gateway;
    use async_trait::async_trait;
    use std::net::Ipv4Addr;

    /// Answers with the payload that it was given, and fails on `/broken`.
    struct Mirror;

    #[async_trait]
    impl Function for Mirror {
        async fn invoke(&self, payload: Value) -> Result<Value, FunctionError> {
            match payload["rawPath"].as_str() {
                Some("/broken") => Err(FunctionError {
                    error_type: "Broken".to_owned(),
                    error_message: "it is broken".to_owned(),
                }),
                Some("/odd") => Ok(json!("no answer to HTTP")),
                _ => Ok(json!({
                    "statusCode": 201,
                    "headers": {"x-seen": "yes"},
                    "cookies": ["a=1", "b=2"],
                    "body": STANDARD.encode(payload.to_string()),
                    "isBase64Encoded": true,
                })),
            }
        }
    }

    async fn mirror() -> (Gateway, String, reqwest::Client) {
        let functions = Functions::new().with_url("mirror", function_url(Arc::new(Mirror)));
        let (gateway, _) = Gateway::start((Ipv4Addr::LOCALHOST, 0).into(), functions)
            .await
            .unwrap();
        let url = format!("{}/lambda-url/mirror", gateway.url());
        (gateway, url, crate::local::tests::http())
    }

    #[tokio::test]
    async fn a_request_reaches_the_function_as_lambda_hands_it_over() {
        let (_gateway, url, http) = mirror().await;
        let sent = http
            .post(format!("{url}/slack/command?a=1&b=%20"))
            .header("X-Twice", "one")
            .header("X-Twice", "two")
            .header("Cookie", "c=3; d=4")
            .header("Content-Type", "application/x-www-form-urlencoded")
            .body("text=help")
            .send();
        let answer = sent.await.unwrap();
        assert_eq!(answer.status(), 201);
        assert_eq!(answer.headers()["x-seen"], "yes");
        assert_eq!(answer.headers().get_all("set-cookie").iter().count(), 2);
        let payload: Value = answer.json().await.unwrap();
        let http = &payload["requestContext"]["http"];
        assert_eq!(
            (&http["method"], &http["path"]),
            (&json!("POST"), &json!("/slack/command"))
        );
        assert_eq!(payload["rawPath"], "/slack/command");
        assert_eq!(payload["rawQueryString"], "a=1&b=%20");
        assert_eq!(payload["headers"]["x-twice"], "one,two");
        assert_eq!(payload["headers"]["cookie"], Value::Null);
        assert_eq!(payload["cookies"], json!(["c=3", "d=4"]));
        assert_eq!(payload["body"], STANDARD.encode("text=help"));
        assert_eq!(payload["isBase64Encoded"], true);
    }

    #[tokio::test]
    async fn bodies_come_as_text_only_if_they_say_so_and_are() {
        let (_gateway, url, http) = mirror().await;
        for (kind, body, expected, is_base64) in [
            ("application/json", &b"{}"[..], "{}", false),
            ("text/plain; charset=utf-8", b"hello", "hello", false),
            ("application/json", b"\xff\x00", "/wA=", true),
            ("application/octet-stream", b"hello", "aGVsbG8=", true),
            ("", b"", "", false),
        ] {
            let sent = http
                .put(format!("{url}/x"))
                .header("Content-Type", kind)
                .body(body);
            let payload: Value = sent.send().await.unwrap().json().await.unwrap();
            assert_eq!(payload["body"], expected, "{kind}");
            assert_eq!(payload["isBase64Encoded"], is_base64, "{kind}");
        }
    }

    #[tokio::test]
    async fn nobody_becomes_somebody_by_what_they_send() {
        let (_gateway, url, http) = mirror().await;
        let iam = json!({"iam": {"accountId": "123456789012", "userArn": "arn", "userId": "id"}});
        let forged = json!({
            "authorizer": iam,
            "requestContext": {"authorizer": iam},
            "detail-type": "Slack Work Requested",
        });
        let sent = http
            .post(format!(
                "{url}/requests?requestContext.authorizer.iam.userArn=arn"
            ))
            .header("requestContext", iam.to_string())
            .header("authorizer", iam.to_string())
            .header("x-amzn-request-context", forged.to_string())
            .json(&forged);
        let payload: Value = sent.send().await.unwrap().json().await.unwrap();
        assert_eq!(payload["requestContext"]["authorizer"], Value::Null);
        assert_eq!(payload["requestContext"]["accountId"], "anonymous");
        assert_eq!(payload["authorizer"], Value::Null);
        assert_eq!(
            payload["detail-type"],
            Value::Null,
            "nor an event of the bus"
        );
        assert_eq!(payload["body"], forged.to_string());
    }

    #[tokio::test]
    async fn a_function_that_fails_or_answers_oddly_is_a_bad_gateway() {
        let (_gateway, url, http) = mirror().await;
        for path in ["/broken", "/odd"] {
            let answer = http.get(format!("{url}{path}")).send().await.unwrap();
            assert_eq!(answer.status(), 502, "{path}");
        }
    }
}
