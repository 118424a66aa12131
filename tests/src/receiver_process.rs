//! The webhook receiver as a process of its own: behind the gateway of the local stack, with its store and its bus, all on
//! one thread.

use crate::load::GROUP;
use access_core::ports::Configs;
use access_store::embedded::Embedded;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use function_kit::{EventBus, LogFormat, Secrets, init_logging, now};
use rotakey::local::{self, Bus, Functions, Gateway, LocalClock, WEBHOOK_RECEIVER};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Lines, Write};
use std::net::Ipv4Addr;
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use webhook_receiver::Deps;
use webhook_receiver::wiring::{EventBridge, RealSecrets};

/// What deliveries to it are signed with.
pub const WEBHOOK_SECRET: &str = "the-webhook-secret";

/// The argument by which a program becomes the receiver.
const ROLE: &str = "be-the-receiver";

const SYSTEMS: &str = r#"
[[pagerduty]]
name = "acme"
url = "https://acme.pagerduty.com"
auth = "api-key"
secret = "env:SIMULATED_KEY"
webhook_secrets = ["env:SIMULATED_WEBHOOK_SECRET"]

[[target]]
name = "aws"
kind = "identity-center"
identity_store_id = "d-1234567890"
"#;

/// Another process of this program, which is the receiver. Dropped, it ends by itself.
pub struct ReceiverProcess {
    /// Where it takes webhooks of account `acme`.
    pub url: String,
    /// Where its embedded store answers.
    pub store: String,
    child: Child,
    says: Lines<BufReader<ChildStderr>>,
}

/// What it says when it is ready.
#[derive(Serialize, Deserialize)]
struct Ready {
    url: String,
    store: String,
}

/// What it says at its end.
#[derive(Debug, Serialize, Deserialize)]
pub struct Handled {
    /// How long the handler took for each request, from the end of the headers to its answer.
    pub times: Vec<Duration>,
    /// Items written to the store.
    pub writes: u64,
}

type Times = Arc<Mutex<Vec<Duration>>>;

/// Whether this process was started to be the receiver: it then has to [`serve`], and to do nothing else.
#[must_use]
pub fn is_receiver() -> bool {
    std::env::args().nth(1).as_deref() == Some(ROLE)
}

/// Receives webhooks until standard input ends. On one thread if called on a runtime with one.
///
/// Standard output has the log, as on Lambda; standard error is for whoever started it.
///
/// # Panics
/// When anything does not start: the benchmark cannot go on.
pub async fn serve() {
    init_logging(LogFormat::Json, "info");
    let embedded = Embedded::start(None)
        .await
        .expect("the embedded store starts");
    let store = embedded.store().await.expect("the table is made");
    store
        .save_config(
            now(),
            "benchmark",
            &format!("{SYSTEMS}{GROUP}"),
            &BTreeMap::new(),
        )
        .await
        .expect("the configuration is stored");
    let writes_before = store.writes();
    let bus = Bus::start().await.expect("a loopback port is free");
    let bridge = EventBridge::new(EventBus::new(&bus.aws(), "rotakey", "rotakey"), now);
    let secrets = RealSecrets(Arc::new(Secrets::new(&local::no_aws())));
    let deps = Deps::new(Arc::new(store.clone()), Arc::new(secrets), Arc::new(bridge));
    let times = Times::default();
    let receiver = local::webhook_receiver(deps, Arc::new(LocalClock::real()));
    let receiver = receiver.layer(from_fn_with_state(Arc::clone(&times), timed));
    let functions = Functions::new().with_url(WEBHOOK_RECEIVER, receiver);
    let (gateway, _) = Gateway::start((Ipv4Addr::LOCALHOST, 0).into(), functions)
        .await
        .expect("a loopback port is free");
    say(&Ready {
        url: format!("{}/lambda-url/{WEBHOOK_RECEIVER}/acme", gateway.url()),
        store: embedded.endpoint().to_owned(),
    });
    // Ends also when whoever started this is gone.
    let input = tokio::task::spawn_blocking(|| io::read_to_string(io::stdin()));
    let input = input.await.expect("reading does not panic");
    input.expect("standard input can be read");
    let times = std::mem::take(&mut *times.lock().unwrap_or_else(PoisonError::into_inner));
    say(&Handled {
        times,
        writes: store.writes() - writes_before,
    });
}

async fn timed(State(times): State<Times>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let answer = next.run(request).await;
    let took = began.elapsed();
    times
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(took);
    answer
}

fn say(what: &impl Serialize) {
    let line = serde_json::to_string(what).expect("plain numbers and texts");
    writeln!(io::stderr(), "{line}").expect("whoever started this listens");
}

impl ReceiverProcess {
    /// Starts this program once more, in a clean environment, and waits until it takes webhooks.
    ///
    /// # Panics
    /// When it does not: the benchmark cannot go on.
    #[must_use]
    pub fn start() -> Self {
        let program = std::env::current_exe().expect("a process knows its program");
        let mut child = Command::new(program)
            .arg(ROLE)
            .env_clear()
            .env("SIMULATED_WEBHOOK_SECRET", WEBHOOK_SECRET)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stderr = child.stderr.take().expect("it is piped");
        let mut says = BufReader::new(stderr).lines();
        let Ready { url, store } = hear(&mut says);
        Self {
            url,
            store,
            child,
            says,
        }
    }

    /// Ends it; answers what it measured.
    ///
    /// # Panics
    /// When it failed: the benchmark cannot go on.
    #[must_use]
    pub fn finish(self) -> Handled {
        let Self {
            url: _,
            store: _,
            mut child,
            mut says,
        } = self;
        drop(child.stdin.take());
        let handled = hear(&mut says);
        let status = child.wait().expect("it was started here");
        assert!(status.success(), "the receiver ended with {status}");
        handled
    }
}

/// The next line, or, if that is a complaint, a panic with all of it.
fn hear<T: DeserializeOwned>(says: &mut Lines<BufReader<ChildStderr>>) -> T {
    let line = says.next().transpose().expect("its words can be read");
    let line = line.unwrap_or_default();
    serde_json::from_str(&line).unwrap_or_else(|_| {
        let rest: Vec<String> = says.map_while(Result::ok).collect();
        panic!("the receiver failed: {line} {}", rest.join("\n"))
    })
}
