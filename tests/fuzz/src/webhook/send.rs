//! The ways in: straight to the receiver, or as Lambda hands over what came to a Function URL.

use super::delivery::{Delivery, Way};
use lambda_http::http::request::Parts;
use lambda_http::http::{HeaderMap, HeaderValue, Response};
use lambda_http::{Body, Request, request};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use webhook_receiver::{Deps, Received, handle, receive};

/// A delivery on its way in, as often as it is sent.
pub(crate) struct Sending<'d> {
    pub(crate) delivery: &'d Delivery,
    /// What comes in by a Function URL. Unpacked once: for a large body that takes far longer than the answer.
    unpacked: Option<(Parts, Body)>,
}

impl<'d> Sending<'d> {
    pub(crate) fn new(delivery: &'d Delivery) -> Self {
        Self {
            unpacked: match delivery.way {
                Way::Direct => None,
                Way::Text | Way::Base64 => Some(unpacked(delivery).into_parts()),
            },
            delivery,
        }
    }

    /// Sends the delivery its way.
    pub(crate) async fn send(&self, deps: &Deps) -> Response<Vec<u8>> {
        let delivery = self.delivery;
        if let Some((parts, body)) = &self.unpacked {
            let request = Request::from_parts(parts.clone(), copied(body));
            let answer = handle(deps, delivery.now, request).await;
            return answer.map(|body| body.to_vec());
        }
        let received = Received {
            method: &delivery.method,
            path: delivery.path,
            headers: &delivery.headers,
            body: &delivery.body,
        };
        let reply = receive(deps, delivery.now, received).await;
        reply.into_response().map(String::into_bytes)
    }
}

/// The same body; its type cannot be cloned.
fn copied(body: &Body) -> Body {
    if let Body::Text(text) = body {
        Body::Text(text.clone())
    } else {
        Body::Binary(body.to_vec())
    }
}

/// The request as `lambda_http` unpacks it.
fn unpacked(delivery: &Delivery) -> Request {
    let text = std::str::from_utf8(&delivery.body).ok();
    let text = text.filter(|_| delivery.way == Way::Text);
    let (body, is_base64) = match text {
        Some(text) => (Value::from(text), false),
        // The type of the body knows how Lambda writes bytes.
        None => (
            serde_json::to_value(Body::from(delivery.body.clone())).expect("bytes are base64"),
            true,
        ),
    };
    let event = event(delivery, &body, is_base64);
    request::from_str(&event).expect("it is the event of a Function URL")
}

/// The event of a Function URL: <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>.
fn event(delivery: &Delivery, body: &Value, is_base64: bool) -> String {
    let event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": delivery.path,
        "rawQueryString": "",
        "headers": headers(&delivery.headers),
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "abc",
            "domainName": "abc.lambda-url.eu-west-1.on.aws",
            "domainPrefix": "abc",
            "http": {
                "method": delivery.method.as_str(),
                "path": delivery.path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "PagerDuty-Webhook/V3.0",
            },
            "requestId": "r-1",
            "routeKey": "$default",
            "stage": "$default",
            "time": "22/Nov/2026:12:00:00 +0000",
            "timeEpoch": delivery.now.as_millisecond(),
        },
        "body": body,
        "isBase64Encoded": is_base64,
    });
    event.to_string()
}

/// Headers as Lambda writes them: those of one name joined by commas. One that is no text never gets that far.
fn headers(headers: &HeaderMap) -> BTreeMap<&str, String> {
    let all = headers.keys().map(|name| {
        let values = headers.get_all(name).iter();
        let texts = values.filter_map(|value: &HeaderValue| value.to_str().ok());
        (name.as_str(), texts.collect::<Vec<_>>().join(","))
    });
    all.collect()
}
