//! A minimal Lambda Runtime API: one invocation at a time for one process.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::routing::{get, post};
use simulators::kit::Server;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::{Mutex, mpsc};

/// How long an invocation may last.
const INVOCATION: Duration = Duration::from_mins(2);

/// A Runtime API on a loopback port.
pub struct RuntimeApi {
    server: Server,
    invoke: mpsc::Sender<String>,
    answers: mpsc::Receiver<(bool, String, Instant)>,
    polled: mpsc::Receiver<Instant>,
}

/// A function whose release binary can be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    /// `oncall-poller`, which `ROTAKEY_POLLER` names.
    Poller,
    /// `webhook-receiver`, which `ROTAKEY_RECEIVER` names.
    Receiver,
    /// `access-approver`, which `ROTAKEY_APPROVER` names.
    Approver,
}

impl Binary {
    /// The variable with its path, and the function's name.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Poller => ("ROTAKEY_POLLER", "oncall-poller"),
            Self::Receiver => ("ROTAKEY_RECEIVER", "webhook-receiver"),
            Self::Approver => ("ROTAKEY_APPROVER", "access-approver"),
        }
    }

    /// The function's name.
    #[must_use]
    pub fn function(self) -> &'static str {
        self.names().1
    }
}

/// A release binary, running. Dropped, it is ended.
pub struct Process {
    child: Child,
    /// When the process was started.
    pub started: Instant,
}

struct Shared {
    payloads: Mutex<mpsc::Receiver<String>>,
    answers: mpsc::Sender<(bool, String, Instant)>,
    polled: mpsc::Sender<Instant>,
}

impl RuntimeApi {
    /// Starts it; nothing is invoked yet.
    ///
    /// # Panics
    /// When the world of the benchmark breaks: it cannot go on.
    pub async fn start() -> Self {
        let (invoke, payloads) = mpsc::channel(1);
        let (answered, answers) = mpsc::channel(1);
        let (poll, polled) = mpsc::channel(16);
        let shared = Arc::new(Shared {
            payloads: Mutex::new(payloads),
            answers: answered,
            polled: poll,
        });
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route(
                "/2018-06-01/runtime/invocation/{id}/response",
                post(|shared, body| answer(shared, true, body)),
            )
            .route(
                "/2018-06-01/runtime/invocation/{id}/error",
                post(|shared, body| answer(shared, false, body)),
            )
            .route("/2018-06-01/runtime/init/error", post(init_error))
            .with_state(shared);
        let server = Server::start(router)
            .await
            .expect("a loopback port is free");
        Self {
            server,
            invoke,
            answers,
            polled,
        }
    }

    /// Starts a binary, with a clean environment and these variables.
    ///
    /// # Panics
    /// When the world of the benchmark breaks: it cannot go on.
    #[must_use]
    pub fn spawn(&self, binary: Binary, variables: &[(&str, &str)]) -> Process {
        let (variable, function) = binary.names();
        let binary = std::env::var(variable).expect("tests/bench says where the binaries are");
        let address = self.server.url().trim_start_matches("http://").to_owned();
        let mut command = Command::new(binary);
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", address)
            .env("AWS_LAMBDA_FUNCTION_NAME", function);
        command
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "bench");
        command
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "bench")
            .env("RUST_LOG", "warn")
            .envs(variables.iter().copied());
        let started = Instant::now();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("the binary starts");
        Process { child, started }
    }

    /// When the process first asked for work.
    ///
    /// # Panics
    /// When the world of the benchmark breaks: it cannot go on.
    pub async fn ready(&mut self) -> Instant {
        self.polled.recv().await.expect("the process asks for work")
    }

    /// Invokes and waits for the answer: whether it succeeded, its body, and when it came.
    ///
    /// # Panics
    /// When the world of the benchmark breaks: it cannot go on.
    pub async fn invoke(&mut self, payload: &str) -> (bool, String, Instant) {
        self.invoke
            .send(payload.to_owned())
            .await
            .expect("the server listens");
        self.answers.recv().await.expect("the process answers")
    }
}

impl Process {
    /// Peak resident memory so far, in bytes.
    ///
    /// # Panics
    /// When the world of the benchmark breaks: it cannot go on.
    #[must_use]
    pub fn peak_memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))
            .expect("the process runs");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmHWM:"))
            .expect("Linux tells peak memory");
        let kibibytes: u64 = line
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .expect("a number of kB");
        kibibytes * 1024
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail only when the process has ended by itself.
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

async fn next(State(shared): State<Arc<Shared>>) -> (HeaderMap, String) {
    // Nobody may be listening for this one: only the first is of interest.
    let _ = shared.polled.try_send(Instant::now());
    let payload = shared
        .payloads
        .lock()
        .await
        .recv()
        .await
        .unwrap_or_default();
    let deadline =
        function_kit::now() + jiff::SignedDuration::try_from(INVOCATION).expect("a short span");
    let mut headers = HeaderMap::new();
    for (name, value) in [
        (
            "lambda-runtime-aws-request-id",
            "00000000-0000-4000-8000-000000000000".to_owned(),
        ),
        (
            "lambda-runtime-deadline-ms",
            deadline.as_millisecond().to_string(),
        ),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:eu-west-1:123456789012:function:benchmark".to_owned(),
        ),
    ] {
        headers.insert(name, HeaderValue::from_str(&value).expect("plain text"));
    }
    (headers, payload)
}

async fn answer(State(shared): State<Arc<Shared>>, succeeded: bool, body: Bytes) -> StatusCode {
    let body = String::from_utf8_lossy(&body).into_owned();
    shared
        .answers
        .send((succeeded, body, Instant::now()))
        .await
        .expect("the benchmark listens");
    StatusCode::ACCEPTED
}

async fn init_error(Path(()): Path<()>, body: Bytes) -> StatusCode {
    #[expect(clippy::print_stderr, reason = "a benchmark's own complaint")]
    let () = eprintln!(
        "the function did not start: {}",
        String::from_utf8_lossy(&body)
    );
    StatusCode::ACCEPTED
}
