//! The paths of `cargo lambda watch`: functions invoked by name, and their URLs.

use super::functions::{FunctionError, Functions};
use super::guard::{guard, require_loopback};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, Uri, header};
use axum::middleware::from_fn;
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

/// An address that is taken, and not served yet: whoever connects waits for an answer.
#[derive(Debug)]
pub struct Taken {
    listener: TcpListener,
    address: SocketAddr,
}

impl Taken {
    /// Takes a loopback address, for what asks nobody who they are. Port 0 is any free one.
    ///
    /// # Errors
    /// When it is not free, or other machines might reach it.
    pub async fn own(listen: SocketAddr) -> io::Result<Self> {
        require_loopback(listen)?;
        Self::public(listen).await
    }

    /// Takes any address, for what anybody may ask for.
    ///
    /// # Errors
    /// When it is not free.
    pub async fn public(listen: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address })
    }

    fn serve(self, router: Router) -> Listener {
        let Self { listener, address } = self;
        let stop = CancellationToken::new();
        let serve =
            axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
        let server = tokio::spawn(serve.into_future());
        Listener {
            address,
            stop,
            server,
        }
    }
}

/// A running gateway. Dropping it stops it, without waiting for answers under way.
#[derive(Debug)]
pub struct Gateway {
    own: Listener,
    public: Option<Listener>,
}

impl Gateway {
    /// Serves `functions` on `listen`, a loopback address, to this machine alone: invocations ask nobody who they are. Port 0
    /// is any free one. Answers how they are invoked from within, too.
    ///
    /// # Errors
    /// When it cannot listen there, or other machines might reach it.
    pub async fn start(listen: SocketAddr, functions: Functions) -> io::Result<(Self, Invoker)> {
        let own = Taken::own(listen).await?;
        Ok(Self::serve(own, None, functions, Router::new()))
    }

    /// The same at an address of [`Taken::own`], with more for this machine alone: paths that are none of the functions'. At
    /// `public` it serves the functions' URLs as well, to whoever reaches it, and no invocations.
    ///
    /// # Panics
    /// When `more` has a path of the gateway's, or outside of a Tokio runtime.
    #[must_use]
    pub fn serve(
        own: Taken,
        public: Option<Taken>,
        functions: Functions,
        more: Router,
    ) -> (Self, Invoker) {
        let invoker = Invoker(functions);
        let own = own.serve(own_paths(&invoker, more));
        let public = public.map(|public| public.serve(urls(&invoker)));
        (Self { own, public }, invoker)
    }

    /// Where it listens for this machine.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.own.address
    }

    /// `http://ADDRESS:PORT`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        self.own.url()
    }

    /// The same of what is public; `None`: nothing is.
    #[must_use]
    pub fn public_url(&self) -> Option<String> {
        self.public.as_ref().map(Listener::url)
    }

    /// Takes no more requests at either address, and answers those under way.
    ///
    /// # Errors
    /// When a server had failed before; the other is stopped all the same.
    pub async fn stop(self) -> io::Result<()> {
        let Self { own, public } = self;
        let public = async {
            match public {
                Some(public) => public.stop().await,
                None => Ok(()),
            }
        };
        let (own, public) = tokio::join!(own.stop(), public);
        own.and(public)
    }
}

/// One address with a server behind it.
#[derive(Debug)]
struct Listener {
    address: SocketAddr,
    stop: CancellationToken,
    server: JoinHandle<io::Result<()>>,
}

impl Listener {
    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    async fn stop(mut self) -> io::Result<()> {
        self.stop.cancel();
        (&mut self.server).await.map_err(io::Error::other)?
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.stop.cancel();
        self.server.abort();
    }
}

/// What is served to this machine: everything.
fn own_paths(invoker: &Invoker, more: Router) -> Router {
    let invocations = post(invoke).with_state(invoker.clone());
    urls(invoker)
        .route("/2015-03-31/functions/{function}/invocations", invocations)
        .merge(more)
        .layer(from_fn(guard))
}

/// What is served to anybody: the functions' URLs, which have to see for themselves who calls.
fn urls(invoker: &Invoker) -> Router {
    let health = Router::new()
        .route("/healthz", get(async || "ok\n"))
        .fallback(async |uri: Uri| not_found(&format!("nothing is served at `{}`", uri.path())));
    let urls = invoker.0.urls.iter();
    urls.fold(health, |router, (name, url)| {
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
pub(super) fn problem(status: StatusCode, detail: &str) -> Response {
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
    use tokio::sync::{Semaphore, mpsc};

    /// Any free port of this machine.
    const ANY: (Ipv4Addr, u16) = (Ipv4Addr::LOCALHOST, 0);

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

    /// A gateway with both addresses, and the public one's URL.
    async fn published(functions: Functions) -> (Gateway, String) {
        let own = Taken::own(ANY.into()).await.unwrap();
        let public = Taken::public(ANY.into()).await.unwrap();
        let (gateway, _) = Gateway::serve(own, Some(public), functions, Router::new());
        let public = gateway.public_url().unwrap();
        (gateway, public)
    }

    async fn gateway() -> (Gateway, reqwest::Client) {
        let hello = Router::new().route("/hello", get(async || "hello"));
        let functions = Functions::new()
            .with("echo", Arc::new(Echo))
            .with_url("web", hello);
        let (gateway, _) = published(functions).await;
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
    async fn what_is_public_is_urls_alone() {
        let (gateway, http) = gateway().await;
        let (own, public) = (gateway.url(), gateway.public_url().unwrap());
        let invocations = "/2015-03-31/functions/echo/invocations";
        for (method, path, here, there) in [
            ("GET", "/healthz", 200, 200),
            ("GET", "/lambda-url/web/hello", 200, 200),
            ("GET", "/lambda-url/web/other", 404, 404),
            ("GET", "/lambda-url/webhook-receiver/x", 404, 404),
            ("POST", invocations, 200, 404),
            ("GET", invocations, 405, 404),
            ("POST", "/lambda-url/echo", 404, 404),
        ] {
            for (url, status) in [(&own, here), (&public, there)] {
                let method = method.parse().unwrap();
                let sent = http.request(method, format!("{url}{path}")).body("{}");
                let answer = sent.send().await.unwrap();
                assert_eq!(answer.status(), status, "{url}{path}");
            }
        }
    }

    #[tokio::test]
    async fn only_what_is_public_takes_requests_from_elsewhere() {
        let (gateway, http) = gateway().await;
        for (name, value, said) in [
            ("Host", "rotakey.example", "for another host"),
            ("X-Forwarded-For", "203.0.113.9", "was passed on"),
            ("Origin", "https://evil.example", "a web page"),
        ] {
            for path in [
                "/2015-03-31/functions/echo/invocations",
                "/lambda-url/web/hello",
                "/elsewhere",
            ] {
                let sent = http.post(format!("{}{path}", gateway.url()));
                let answer = sent.header(name, value).body("{}").send().await.unwrap();
                assert_eq!(answer.status(), 403, "{name} {path}");
                assert_eq!(
                    answer.headers()[header::CONTENT_TYPE],
                    "application/problem+json"
                );
                let problem: Value = answer.json().await.unwrap();
                let detail = problem["detail"].as_str().unwrap();
                assert!(detail.contains(said), "{name} {path}: {detail}");
                assert!(!detail.contains(value), "what was sent is not repeated");
            }
            let sent = http.get(format!(
                "{}/lambda-url/web/hello",
                gateway.public_url().unwrap()
            ));
            let answer = sent.header(name, value).send().await.unwrap();
            assert_eq!(answer.status(), 200, "{name}");
        }
    }

    #[tokio::test]
    async fn invocations_are_never_offered_to_other_machines() {
        let everywhere = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let refused = Gateway::start(everywhere, Functions::new()).await;
        let kind = refused.err().map(|error| error.kind());
        assert_eq!(kind, Some(io::ErrorKind::InvalidInput));
    }

    #[tokio::test]
    async fn stopping_waits_for_answers_at_both_addresses() {
        let (begun, mut begins) = mpsc::unbounded_channel();
        let may_end = Arc::new(Semaphore::new(0));
        let permits = Arc::clone(&may_end);
        let slow = move || {
            let (begun, permits) = (begun.clone(), Arc::clone(&permits));
            async move {
                begun.send(()).unwrap();
                permits.acquire().await.unwrap().forget();
                "done"
            }
        };
        let functions = Functions::new().with_url("slow", Router::new().fallback(slow));
        let (gateway, public) = published(functions).await;
        let http = crate::local::tests::http();
        let send = |url: &str| tokio::spawn(http.get(format!("{url}/lambda-url/slow/x")).send());
        let answers = [send(&gateway.url()), send(&public)];
        for _ in &answers {
            begins.recv().await.unwrap();
        }
        let stopping = tokio::spawn(gateway.stop());
        for _ in &answers {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            assert!(!stopping.is_finished(), "an answer is still under way");
            may_end.add_permits(1);
        }
        stopping.await.unwrap().unwrap();
        for answer in answers {
            assert_eq!(answer.await.unwrap().unwrap().status(), 200);
        }
    }
}
