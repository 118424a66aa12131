//! A fake PagerDuty and token host, and what tests ask of them.

use std::{
    error::Error as _,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use jiff::Timestamp;
use pagerduty_client::{
    Client, ClientBuilder, CredentialSource, Error, Instance, RetryPolicy, ScheduleId,
    StaticCredential, Window,
};
use serde_json::{Value, json};
use wiremock::{
    Mock, MockServer, Request, Respond, ResponseTemplate,
    matchers::{any, method, path},
};

/// The API key that tests use unless they rotate it.
pub(crate) const KEY: &str = "y_NbAkKc66ryYTWUXYEu";
/// The app's secret.
pub(crate) const APP_SECRET: &str = "s3cr3t-of-the-app";

/// Two servers: the API and the token host.
pub(crate) struct World {
    pub(crate) api: MockServer,
    pub(crate) identity: MockServer,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self {
            api: MockServer::start().await,
            identity: MockServer::start().await,
        }
    }

    /// A client that holds an API key.
    pub(crate) fn client(&self) -> Client {
        let credentials = StaticCredential::api_key(KEY);
        self.builder(Arc::new(credentials)).build().unwrap()
    }

    /// A client that holds an app's id and secret and wants these scopes.
    pub(crate) fn app(&self, scopes: &[&str]) -> Client {
        let credentials = StaticCredential::scoped_oauth("app-1", APP_SECRET);
        let builder = self.builder(Arc::new(credentials));
        builder.scopes(scopes.iter().copied()).build().unwrap()
    }

    pub(crate) fn builder(&self, credentials: Arc<dyn CredentialSource>) -> ClientBuilder {
        builder(&self.api.uri(), &self.identity.uri(), credentials)
    }

    /// Answers these paths of the API from now on.
    pub(crate) async fn on(&self, verb: &str, at: &str, answer: impl Respond + 'static) {
        let mock = Mock::given(method(verb)).and(path(at));
        mock.respond_with(answer).mount(&self.api).await;
    }

    /// Hands out `token-0`, `token-1` and so on, with these scopes, for so many seconds.
    pub(crate) async fn grants(&self, scope: &'static str, expires_in: u64) {
        let count = AtomicUsize::new(0);
        let answer = move |_: &Request| {
            let n = count.fetch_add(1, Ordering::Relaxed);
            ok(json!({
                "access_token": format!("token-{n}"), "scope": scope, "token_type": "bearer", "expires_in": expires_in,
            }))
        };
        Mock::given(any())
            .respond_with(answer)
            .mount(&self.identity)
            .await;
    }

    pub(crate) async fn api_requests(&self) -> Vec<Request> {
        self.api.received_requests().await.expect("recording is on")
    }

    pub(crate) async fn token_requests(&self) -> Vec<Request> {
        self.identity
            .received_requests()
            .await
            .expect("recording is on")
    }
}

pub(crate) fn builder(
    api: &str,
    identity: &str,
    credentials: Arc<dyn CredentialSource>,
) -> ClientBuilder {
    let instance = Instance::parse("https://acme.eu.pagerduty.com")
        .and_then(|instance| instance.with_api_url(api))
        .and_then(|instance| instance.with_identity_url(identity))
        .unwrap();
    Client::builder(instance, credentials).retry(RetryPolicy::immediate())
}

/// Answers in turn; the last one for ever.
pub(crate) fn script(answers: Vec<ResponseTemplate>) -> impl Respond {
    let count = AtomicUsize::new(0);
    move |_: &Request| {
        let n = count.fetch_add(1, Ordering::Relaxed);
        answers[n.min(answers.len() - 1)].clone()
    }
}

pub(crate) fn ok(body: Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

pub(crate) fn status(status: u16) -> ResponseTemplate {
    ResponseTemplate::new(status)
}

pub(crate) fn refused(status: u16, code: i64, message: &str) -> ResponseTemplate {
    let body = json!({"error": {"message": message, "code": code}});
    ResponseTemplate::new(status).set_body_json(body)
}

/// A whole user.
pub(crate) fn user(id: &str, email: Value) -> Value {
    json!({
        "id": id, "type": "user", "name": "Jo", "email": email, "role": "limited_user", "time_zone": "Europe/Berlin",
        "job_title": null, "invitation_sent": true, "teams": [{"id": "T1", "type": "team_reference"}],
    })
}

/// The only page of a list.
pub(crate) fn list(key: &str, rows: Value) -> ResponseTemplate {
    let mut body = json!({"limit": 100, "offset": 0, "more": false, "total": null, "something_new": {"a": [1]}});
    body[key] = rows;
    ok(body)
}

pub(crate) fn schedule_id(text: &str) -> ScheduleId {
    ScheduleId::parse(text).unwrap()
}

/// The values of a query parameter, in order.
pub(crate) fn values(request: &Request, key: &str) -> Vec<String> {
    let pairs = request.url.query_pairs();
    let wanted = pairs.filter(|(k, _)| k == key);
    wanted.map(|(_, value)| value.into_owned()).collect()
}

pub(crate) fn number(request: &Request, key: &str) -> usize {
    values(request, key)[0].parse().unwrap()
}

/// The form that was sent.
pub(crate) fn form(request: &Request) -> Vec<(String, String)> {
    url::form_urlencoded::parse(&request.body)
        .into_owned()
        .collect()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn window(since: &str, until: &str) -> Window {
    Window::new(at(since), at(until)).unwrap()
}

/// An error with all its causes, as a log would show it.
pub(crate) fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// A server that answers each connection with raw bytes, then cuts it; for what no sane server does. Ends with the
/// last answer. Gives its URL, and how many requests it saw.
pub(crate) fn raw(answers: Vec<&'static [u8]>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&seen);
    thread::spawn(move || {
        for answer in answers {
            let (stream, _) = listener.accept().unwrap();
            read_request(&stream);
            count.fetch_add(1, Ordering::Relaxed);
            (&stream).write_all(answer).unwrap();
        }
    });
    (url, seen)
}

/// Reads head and body, so that closing does not reset the connection before the answer is read.
fn read_request(stream: &TcpStream) {
    let mut reader = BufReader::new(stream);
    let mut body_bytes = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(length) = line.to_lowercase().strip_prefix("content-length:") {
            body_bytes = length.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; body_bytes];
    std::io::Read::read_exact(&mut reader, &mut body).unwrap();
}
