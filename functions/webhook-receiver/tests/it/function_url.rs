//! The same over a Function URL: events as Lambda hands them over, answers as it takes them.

use crate::hook::Hook;
use crate::support::{World, noon};
use lambda_http::http::Method;
use lambda_http::{Body, Response, request};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use webhook_receiver::handle;

/// The event of a Function URL: <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>.
fn event(hook: &Hook, body: &Value, is_base64: bool) -> String {
    let method = hook.method.as_str();
    let headers: BTreeMap<&str, &str> = hook
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    let event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": hook.path,
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "abc",
            "domainName": "abc.lambda-url.eu-west-1.on.aws",
            "domainPrefix": "abc",
            "http": {
                "method": method,
                "path": hook.path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "PagerDuty-Webhook/V3.0",
            },
            "requestId": "r-1",
            "routeKey": "$default",
            "stage": "$default",
            "time": "22/Nov/2026:12:00:00 +0000",
            "timeEpoch": noon(0).as_millisecond(),
        },
        "body": body,
        "isBase64Encoded": is_base64,
    });
    event.to_string()
}

async fn send(world: &World, event: &str) -> Response<Body> {
    let request = request::from_str(event).unwrap();
    handle(&world.deps, noon(0), request).await
}

fn text(hook: &Hook) -> Value {
    Value::from(String::from_utf8(hook.body.clone()).unwrap())
}

#[tokio::test]
async fn text_and_base64_are_the_same_bytes() {
    let hook = Hook::fixture("incident-triggered");
    // The type of the body knows how Lambda writes bytes.
    let base64 = serde_json::to_value(Body::from(hook.body.clone())).unwrap();
    assert_ne!(base64, text(&hook));
    for (body, is_base64) in [(text(&hook), false), (base64, true)] {
        let world = World::new().await;
        let answer = send(&world, &event(&hook, &body, is_base64)).await;
        assert_eq!(answer.status(), 202, "base64: {is_base64}");
        assert!(answer.body().is_empty() && answer.headers().is_empty());
        assert_eq!(world.incidents().await.len(), 1);
    }
}

#[tokio::test]
async fn a_refusal_is_a_problem_in_json() {
    let world = World::new().await;
    let get = Hook::fixture("incident-triggered").method(Method::GET);
    let answer = send(&world, &event(&get, &Value::Null, false)).await;
    assert_eq!(answer.status(), 405);
    assert_eq!(answer.headers()["allow"], "POST");
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
    let problem: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(
        problem,
        json!({
            "type": "about:blank",
            "title": "Method Not Allowed",
            "status": 405,
            "detail": "webhooks are sent by POST",
            "code": "method-not-allowed",
        })
    );

    let forged = Hook::fixture("incident-triggered").signed_with("forged");
    let answer = send(&world, &event(&forged, &text(&forged), false)).await;
    assert_eq!(answer.status(), 401);
    assert!(!answer.headers().contains_key("allow"));
    let problem: Value = serde_json::from_slice(answer.body()).unwrap();
    assert_eq!(problem["code"], "bad-signature");
}
