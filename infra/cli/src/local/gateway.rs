//! The paths of `cargo lambda watch`: functions invoked by name, and their URLs.

use super::functions::{FunctionError, Functions};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Set on the answer of a function that failed, as Lambda's Invoke does.
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html>
const FUNCTION_ERROR: HeaderName = HeaderName::from_static("x-amz-function-error");

/// Invokes functions, from within the process; clones share them.
#[derive(Clone, Default)]
pub struct Invoker(Functions);

impl Invoker {
    /// Invokes a function; `None` when there is none of that name.
    pub async fn invoke(&self, name: &str, payload: Value) -> Option<Result<Value, FunctionError>> {
        let function = self.0.invoked.get(name)?;
        Some(function.invoke(payload).await)
    }
}

/// A running gateway. Dropping it stops it, without waiting for answers under way.
#[derive(Debug)]
pub struct Gateway {
    address: SocketAddr,
    stop: CancellationToken,
    server: JoinHandle<io::Result<()>>,
}

impl Gateway {
    /// Serves `functions` on `listen`; port 0 is any free one. Answers how they are invoked from within, too.
    ///
    /// # Errors
    /// When it cannot listen there.
    pub async fn start(listen: SocketAddr, functions: Functions) -> io::Result<(Self, Invoker)> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let invoker = Invoker(functions);
        let (router, stop) = (router(&invoker), CancellationToken::new());
        let serve =
            axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
        let server = tokio::spawn(serve.into_future());
        let gateway = Self {
            address,
            stop,
            server,
        };
        Ok((gateway, invoker))
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://ADDRESS:PORT`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Takes no more requests, and answers those under way.
    ///
    /// # Errors
    /// When the server had failed before.
    pub async fn stop(mut self) -> io::Result<()> {
        self.stop.cancel();
        (&mut self.server).await.map_err(io::Error::other)?
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.stop.cancel();
        self.server.abort();
    }
}

fn router(invoker: &Invoker) -> Router {
    let own = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/2015-03-31/functions/{function}/invocations", post(invoke))
        .fallback(async |uri: Uri| not_found(&format!("nothing is served at `{}`", uri.path())))
        .with_state(invoker.clone());
    let urls = invoker.0.urls.iter();
    urls.fold(own, |router, (name, url)| {
        router.nest(&format!("/lambda-url/{name}"), url.clone())
    })
}

async fn invoke(State(invoker): State<Invoker>, Path(name): Path<String>, body: Bytes) -> Response {
    // An empty body is `null`, as for Lambda.
    let payload = if body.is_empty() {
        Ok(Value::Null)
    } else {
        serde_json::from_slice(&body)
    };
    let Ok(payload) = payload else {
        return problem(StatusCode::BAD_REQUEST, "the payload is no JSON");
    };
    match invoker.invoke(&name, payload).await {
        None => not_found(&format!("there is no function `{name}`")),
        Some(Ok(answer)) => Json(answer).into_response(),
        Some(Err(error)) => ([(FUNCTION_ERROR, "Unhandled")], Json(error)).into_response(),
    }
}

fn not_found(detail: &str) -> Response {
    problem(StatusCode::NOT_FOUND, detail)
}

/// A refusal in the form of RFC 9457.
fn problem(status: StatusCode, detail: &str) -> Response {
    let body =
        json!({"title": status.canonical_reason(), "status": status.as_u16(), "detail": detail});
    let kind = (header::CONTENT_TYPE, "application/problem+json");
    (status, [kind], body.to_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::functions::Function;
    use async_trait::async_trait;
    use std::net::Ipv4Addr;
    use std::sync::Arc;

    /// Answers what it was asked, and fails when that is no object.
    struct Echo;

    #[async_trait]
    impl Function for Echo {
        async fn invoke(&self, payload: Value) -> Result<Value, FunctionError> {
            if payload.is_object() {
                return Ok(payload);
            }
            let (error_type, error_message) = ("NoObject".to_owned(), "no object".to_owned());
            Err(FunctionError {
                error_type,
                error_message,
            })
        }
    }

    async fn gateway() -> (Gateway, reqwest::Client) {
        let hello = Router::new().route("/hello", get(async || "hello"));
        let functions = Functions::new()
            .with("echo", Arc::new(Echo))
            .with_url("web", hello);
        let (gateway, _) = Gateway::start((Ipv4Addr::LOCALHOST, 0).into(), functions)
            .await
            .unwrap();
        (gateway, crate::local::tests::http())
    }

    #[tokio::test]
    async fn functions_answer_as_lambda_would() {
        let (gateway, http) = gateway().await;
        let invoke = |name: &str, body: &'static str| {
            let url = format!("{}/2015-03-31/functions/{name}/invocations", gateway.url());
            http.post(url).body(body).send()
        };
        let answer = invoke("echo", r#"{"a": 1}"#).await.unwrap();
        assert_eq!(
            (
                answer.status().as_u16(),
                answer.headers().get(FUNCTION_ERROR)
            ),
            (200, None)
        );
        assert_eq!(answer.json::<Value>().await.unwrap(), json!({"a": 1}));

        let answer = invoke("echo", "").await.unwrap();
        assert_eq!(answer.status(), 200);
        assert!(answer.headers().contains_key(FUNCTION_ERROR));
        let body = answer.json::<Value>().await.unwrap();
        assert_eq!(
            body,
            json!({"errorType": "NoObject", "errorMessage": "no object"})
        );

        assert_eq!(invoke("echo", "{").await.unwrap().status(), 400);
        assert_eq!(invoke("other", "{}").await.unwrap().status(), 404);
        gateway.stop().await.unwrap();
    }

    #[tokio::test]
    async fn urls_lead_to_functions_that_have_one() {
        let (gateway, http) = gateway().await;
        for (path, status) in [
            ("/healthz", 200),
            ("/lambda-url/web/hello", 200),
            ("/lambda-url/web/other", 404),
            ("/lambda-url/webhook-receiver/x", 404),
        ] {
            let answer = http
                .get(format!("{}{path}", gateway.url()))
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), status, "{path}");
        }
    }
}
