//! Turns a fault into what the client sees.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use serde_json::{Value, json};

use super::server::Cut;
use super::{Fault, Vendor};

pub(super) async fn answer(
    fault: Fault,
    vendor: &Vendor,
    request: Request,
    next: Next,
) -> Response {
    match fault {
        Fault::Status {
            status,
            headers,
            body,
        } => error(vendor, status, &headers, body),
        Fault::Delay(delay) => {
            tokio::time::sleep(delay).await;
            next.run(request).await
        }
        Fault::CutBefore => cut(),
        Fault::CutAfter => {
            next.run(request).await;
            cut()
        }
        Fault::CutBody => rewrite(next.run(request).await, |body| tear(&body)).await,
        Fault::TruncatedJson => {
            let halve = |body: Bytes| Body::from(body.slice(..body.len() / 2));
            rewrite(next.run(request).await, halve).await
        }
        Fault::NotJson => {
            let page = "<html><body><h1>Bad gateway</h1></body></html>";
            let mut response = rewrite(next.run(request).await, |_| Body::from(page)).await;
            let html = HeaderValue::from_static("text/html");
            response.headers_mut().insert(CONTENT_TYPE, html);
            response
        }
        Fault::EmptyPageWithMore => {
            let more = vendor.more_follows;
            edit(next.run(request).await, move |body| empty_page(body, more)).await
        }
        Fault::MissingKey => edit(next.run(request).await, missing_key).await,
        Fault::WrongType => edit(next.run(request).await, wrong_type).await,
    }
}

fn error(
    vendor: &Vendor,
    status: u16,
    headers: &[(String, String)],
    body: Option<String>,
) -> Response {
    let status = StatusCode::from_u16(status).expect("a scripted fault has a valid status");
    let body = body.unwrap_or_else(|| (vendor.error_body)(status).to_string());
    let mut response = (status, [(CONTENT_TYPE, "application/json")], body).into_response();
    for (name, value) in headers {
        let name: HeaderName = name.parse().expect("a scripted header has a valid name");
        let value = value.parse().expect("a scripted header has a valid value");
        response.headers_mut().insert(name, value);
    }
    response
}

fn cut() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(Cut);
    response
}

async fn rewrite(response: Response, change: impl FnOnce(Bytes) -> Body) -> Response {
    let (mut parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX)
        .await
        .expect("a simulator's own bodies are in memory");
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, change(bytes))
}

async fn edit(response: Response, change: impl FnOnce(&mut Value)) -> Response {
    rewrite(response, |bytes| match serde_json::from_slice(&bytes) {
        Ok(mut value) => {
            change(&mut value);
            Body::from(value.to_string())
        }
        // An empty answer (204) has no list to damage.
        Err(_) => Body::from(bytes),
    })
    .await
}

/// The member a reader looks for: the first list, or else the first object.
fn payload_key(body: &Value) -> Option<String> {
    let members = body.as_object()?;
    let find = |wanted: fn(&Value) -> bool| members.iter().find(|(_, value)| wanted(value));
    let (key, _) = find(Value::is_array).or_else(|| find(Value::is_object))?;
    Some(key.clone())
}

fn empty_page(body: &mut Value, more: fn(&mut serde_json::Map<String, Value>)) {
    let key = payload_key(body);
    let Some(members) = body.as_object_mut() else {
        *body = json!([]);
        return;
    };
    if let Some(value) = key.and_then(|key| members.get_mut(&key))
        && value.is_array()
    {
        *value = json!([]);
    }
    more(members);
}

fn missing_key(body: &mut Value) {
    match payload_key(body) {
        Some(key) => {
            body.as_object_mut()
                .and_then(|members| members.remove(&key));
        }
        None => *body = json!({}),
    }
}

fn wrong_type(body: &mut Value) {
    match payload_key(body) {
        Some(key) => body[key] = json!("unexpected"),
        None => *body = json!("unexpected"),
    }
}

/// Half of the bytes, then an error, which makes hyper close the connection.
struct Torn {
    half: Option<Bytes>,
    flushed: bool,
}

fn tear(whole: &Bytes) -> Body {
    let half = Some(whole.slice(..whole.len() / 2));
    Body::new(Torn {
        half,
        flushed: false,
    })
}

impl hyper::body::Body for Torn {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Some(half) = self.half.take() {
            return Poll::Ready(Some(Ok(Frame::data(half))));
        }
        if !self.flushed {
            // One more turn of the executor lets hyper flush what it has.
            self.flushed = true;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Err(std::io::Error::other("scripted cut"))))
    }
}
