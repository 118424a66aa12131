//! `serve`: the stack in the foreground, on the real clock.

use crate::support::Office;
use access_core::ports::Configs;
use rotakey::local::LocalStore;
use serde_json::{Value, json};
use simulators::kit::Fault;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};

/// A served stack, stopped at the end of the test whatever happens.
pub(crate) struct Served {
    child: Child,
    said: BufReader<ChildStdout>,
    pub(crate) url: String,
}

impl Served {
    pub(crate) fn start(office: &Office) -> Self {
        Self::start_with(office, &[])
    }

    pub(crate) fn start_with(office: &Office, arguments: &[&str]) -> Self {
        let mut command = office.command();
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut served = Self {
            said: BufReader::new(child.stdout.take().unwrap()),
            child,
            url: String::new(),
        };
        served.url = url_in(&served.line());
        served
    }

    /// Told to stop, as a service manager does it.
    #[cfg(unix)]
    fn tell_to_stop(&self) {
        let mut kill = Command::new("kill");
        let told = kill.arg(self.child.id().to_string()).status().unwrap();
        assert!(told.success());
    }

    /// How it ended, once it has.
    #[cfg(unix)]
    fn ended(&mut self) -> Option<i32> {
        tokio::task::block_in_place(|| self.child.wait())
            .unwrap()
            .code()
    }

    /// The next line of what it prints.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line
    }
}

/// The first URL of a line.
pub(crate) fn url_in(line: &str) -> String {
    let url = line
        .split_whitespace()
        .find(|word| word.starts_with("http://"));
    let url = url.unwrap_or_else(|| panic!("no address: {line}"));
    url.trim_end_matches(',').to_owned()
}

impl Drop for Served {
    fn drop(&mut self) {
        // It has ended by itself unless the test failed.
        let _killed = self.child.kill();
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_served_stack_syncs_answers_and_stops_when_told() {
    let office = Office::open().await;
    let mut served = tokio::task::block_in_place(|| Served::start(&office));
    let invocations = format!(
        "{}/2015-03-31/functions/oncall-poller/invocations",
        served.url
    );
    let _first = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::new();
    let answer = http
        .post(&invocations)
        .body(r#"{"sync": {}}"#)
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success());
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["failures"], json!([]), "{answer}");
    assert_eq!(office.holds_ada(), (true, true));

    // Questions go through the store that `serve` has open; so does another sync.
    office
        .run(&["explain", crate::support::ADA, "payments"])
        .await
        .says(0, &["is a member"]);
    office.run(&["sync"]).await.says(0, &["nothing to change"]);

    served.tell_to_stop();
    assert_eq!(served.ended(), Some(0));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_takes_no_more_requests_and_ends_what_it_began() {
    let office = Office::open().await;
    let kit = office.aws.kit();
    let long = Fault::Delay(Duration::from_secs(3));
    kit.faults.on("CreateGroupMembership", 1, long);
    let mut served = tokio::task::block_in_place(|| Served::start(&office));
    let begun = || kit.log.count("CreateGroupMembership") > 0;
    assert!(until(async || begun()).await, "the first tick adds her");
    served.tell_to_stop();
    // While the addition is under way.
    let address = served.url.trim_start_matches("http://").to_owned();
    let is_refused = async || TcpStream::connect(&address).await.is_err();
    assert!(until(is_refused).await, "nobody is let in any more");
    assert_eq!(served.ended(), Some(0));
    assert_eq!(office.holds_ada(), (true, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_is_served_is_served_by_nobody_else() {
    let office = Office::open().await;
    let served = tokio::task::block_in_place(|| Served::start(&office));
    let second = office.run(&["serve", "--listen", "127.0.0.1:0"]).await;
    second.refuses(1, &["store.db` is in use", "stop that one"]);
    let _first = rustls::crypto::ring::default_provider().install_default();
    let health = reqwest::get(format!("{}/health", served.url)).await;
    assert_eq!(health.unwrap().status(), 200, "the first goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_not_free_leaves_what_is_in_force() {
    let office = Office::open().await;
    let applied = office.run(&["apply", "--yes"]).await;
    applied.says(0, &["version 1"]);
    let text = std::fs::read_to_string(office.config()).unwrap();
    office.write(&format!("{text}\n# changed\n"));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let busy = listener.local_addr().unwrap().to_string();
    let busy = busy.as_str();
    for arguments in [
        &["serve", "--listen", busy][..],
        &["serve", "--listen", "127.0.0.1:0", "--public", busy],
    ] {
        let told = ["cannot listen on", busy];
        office.run(arguments).await.refuses(1, &told);
    }
    let local = LocalStore::open(Some(&office.store())).await.unwrap();
    let latest = local.store().latest_config().await.unwrap().unwrap();
    assert_eq!((latest.version, latest.text), (1, text));
    local.stop().await.unwrap();
}

/// Looks until it is so; `false`: it was not for far too long.
pub(crate) async fn until(is_so: impl AsyncFn() -> bool) -> bool {
    let looks = async {
        let mut times = tokio::time::interval(Duration::from_millis(20));
        while !is_so().await {
            times.tick().await;
        }
    };
    let within = Duration::from_mins(2);
    tokio::time::timeout(within, looks).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_public_takes_webhooks_and_no_orders() {
    let office = Office::open().await;
    let text = std::fs::read_to_string(office.config()).unwrap();
    let auth = "auth = \"api-key\"";
    let hooks = "webhook_secrets = [\"file:hooks.json\"]";
    office.write(&text.replace(auth, &format!("{auth}\n{hooks}")));
    let mut served =
        tokio::task::block_in_place(|| Served::start_with(&office, &["--public", "127.0.0.1:0"]));
    let [told, paste] = tokio::task::block_in_place(|| [served.line(), served.line()]);
    let public = url_in(&told);
    assert_ne!(public, served.url);
    let receiver = "/lambda-url/webhook-receiver/acme";
    assert!(
        paste.contains(&format!("https://HOST{receiver}")),
        "{paste}"
    );

    let _first = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::new();
    let invocations = "/2015-03-31/functions/oncall-poller/invocations";
    // As a tunnel passes it on.
    let send = |url: &str, path: &str| {
        http.post(format!("{url}{path}"))
            .header("Host", "rotakey.example")
            .header("X-Forwarded-For", "203.0.113.9")
            .body(r#"{"sync": {}}"#)
            .send()
    };
    let refused = send(&served.url, invocations).await.unwrap();
    assert_eq!(refused.status(), 403);
    let problem: Value = refused.json().await.unwrap();
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("`--public`"), "{detail}");
    let absent = send(&public, invocations).await.unwrap();
    assert_eq!(absent.status(), 404);
    // The receiver hears it, and believes nothing that is not signed.
    let heard = send(&public, receiver).await.unwrap().status().as_u16();
    assert!(matches!(heard, 401 | 503), "{heard}");
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_that_it_goes_on_without_are_warned_of_at_the_start() {
    let office = Office::open().await;
    let text = std::fs::read_to_string(office.config()).unwrap();
    let hooks = "webhook_secrets = [\"env:NO_HOOK\"]\napi_url";
    let text = text.replacen("api_url", hooks, 1);
    let app = "[slack]\nbot_token = \"env:NO_BOT\"\nsigning_secret = \"env:NO_SIGNING\"";
    let token = "[[api.token]]\nperson = \"ada@acme.example\"\nsecret = \"file:no-token\"";
    office.write(&format!("{text}\n{app}\n\n{token}\n"));
    let mut command = office.command();
    command
        .args(["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let (said, logged) = tokio::task::block_in_place(|| {
        let mut child = command.spawn().unwrap();
        let mut said = String::new();
        let mut lines = BufReader::new(child.stdout.take().unwrap());
        lines.read_line(&mut said).unwrap();
        child.kill().unwrap();
        let output = child.wait_with_output().unwrap();
        (said, String::from_utf8(output.stderr).unwrap())
    });
    assert!(said.contains("rotakey serves"), "{said}{logged}");
    let secrets = ["env:NO_HOOK", "env:NO_BOT", "env:NO_SIGNING"];
    for secret in secrets.into_iter().chain(["file:no-token"]) {
        let named = format!("secret `{secret}` does not exist");
        let of_it = logged.lines().filter(|line| line.contains(&named));
        let warned = of_it.filter(|line| line.contains("WARN")).count();
        assert_eq!(warned, 1, "{secret}: {logged}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_taken_from_this_machine_alone() {
    let office = Office::open().await;
    office
        .run(&["serve", "--listen", "0.0.0.0:0"])
        .await
        .refuses(2, &["--listen", "`--public ADDRESS`"]);
    assert!(!office.store().exists(), "nothing was started");
}
