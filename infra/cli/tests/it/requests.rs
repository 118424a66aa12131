//! `request` and what follows: against the real approver, over an embedded store, behind a plain HTTP server.

use crate::support::{Run, run};
use access_approver::lambda::answer;
use access_approver::wiring::RealSystems;
use access_approver::{Deps, HttpRequest, IamIdentity, Later};
use access_core::facts::Grant;
use access_core::id::GroupName;
use access_core::ports::{Bus, BusError, Configs, OutboxEntry, Requests, Wake};
use access_core::principal::Principal;
use access_core::request::{GrantRecord, GrantState, Step};
use access_store::embedded::Embedded;
use async_trait::async_trait;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use function_kit::Secrets;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const NINA: &str = "ninas-token-0123456789-0123456789";
const LENA: &str = "lenas-token-0123456789-0123456789";
/// Whom the server takes signed requests for, as AWS would say it.
const SIGNER: &str = "sven@acme.example";
const ACCOUNT: &str = "123456789012";

/// Tells nobody anything.
struct Silence;

#[async_trait]
impl Bus for Silence {
    async fn put(&self, entries: &[OutboxEntry]) -> Result<Vec<bool>, BusError> {
        Ok(vec![true; entries.len()])
    }
}

#[async_trait]
impl Wake for Silence {
    async fn reconcile(&self, _now: Timestamp, _: &BTreeSet<GroupName>) -> Result<(), String> {
        Ok(())
    }
}

#[async_trait]
impl Later for Silence {
    async fn later(&self, _now: Timestamp, _work: &Value) -> Result<(), String> {
        Ok(())
    }
}

/// An approver at work, and people who use it.
struct Desk {
    embedded: Embedded,
    _folder: TempDir,
    url: String,
    server: JoinHandle<()>,
}

fn config(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        r#"
[[group]]
name = "leads"
sources = ["person:lena@acme.example"]

[[group]]
name = "vault"
[group.request]
max = "2h"
approvers = ["group:leads"]
break_glass = ["person:nina@acme.example"]

[[group]]
name = "archive"
[group.request]
max = "2h"
approvers = ["group:leads"]

[api]
aws_accounts = ["{ACCOUNT}"]

[[api.token]]
person = "nina@acme.example"
secret = "file:{folder}/nina"

[[api.token]]
person = "lena@acme.example"
secret = "file:{folder}/lena"
"#
    )
}

async fn serve(
    State(deps): State<Arc<Deps>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_signed = text("authorization").is_some_and(|value| {
        value.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
            && value.contains("/eu-central-1/lambda/aws4_request")
    });
    let role = "AWSReservedSSO_Oncall_0123456789abcdef";
    let identity = is_signed.then(|| IamIdentity {
        account_id: ACCOUNT.to_owned(),
        user_arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{SIGNER}"),
        user_id: format!("AROAEXAMPLEROLEID:{SIGNER}"),
    });
    let named = headers.iter().map(|(name, value)| {
        let value = value.to_str().unwrap_or_default();
        (name.as_str().to_owned(), value.to_owned())
    });
    let request = HttpRequest {
        method: method.as_str().to_owned(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers: named.collect(),
        body: body.to_vec(),
        identity,
    };
    let reply = answer(&deps, function_kit::now(), &request).await;
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    response.body(reply.body).unwrap()
}

impl Desk {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("nina"), NINA).unwrap();
        std::fs::write(folder.path().join("lena"), LENA).unwrap();
        let embedded = Embedded::start(None).await.unwrap();
        let store = embedded.store().await.unwrap();
        let (text, policies) = (config(folder.path()), BTreeMap::new());
        let saved = store.save_config(function_kit::now(), "a test", &text, &policies);
        saved.await.unwrap();
        let systems = RealSystems(Arc::new(Secrets::new(&rotakey::local::no_aws())));
        let silence = Arc::new(Silence);
        let deps = Deps::new(
            Arc::new(store),
            Arc::new(systems),
            silence.clone(),
            silence.clone(),
            silence,
        );
        let router = Router::new().fallback(serve).with_state(Arc::new(deps));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.unwrap();
        });
        Self {
            embedded,
            _folder: folder,
            url,
            server,
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rotakey"));
        command
            .args(arguments)
            .env_clear()
            .env("ROTAKEY_API", &self.url);
        command
    }

    async fn by(&self, token: &str, arguments: &[&str]) -> Run {
        let mut command = self.command(arguments);
        command.env("ROTAKEY_TOKEN", token);
        let run = run(command).await;
        for text in [&run.out, &run.err] {
            assert!(!text.contains(token), "a token is printed: {run:?}");
        }
        run
    }

    /// Nina's request for the vault: its id.
    async fn asked(&self) -> String {
        let arguments = ["request", "vault", "1h", "the key is stuck", "--json"];
        let run = self.by(NINA, &arguments).await;
        let view = run.says(0, &[]).json();
        assert_eq!(view["state"], "pending");
        view["id"].as_str().unwrap().to_owned()
    }

    /// So many grants of Nina's, newer than any by a request of today, are over.
    async fn held_before(&self, number: u32) {
        let store = self.embedded.store().await.unwrap();
        let expires_at = function_kit::now() - SignedDuration::from_hours(1);
        for one in 0..number {
            let id = |kind: &str| format!("{kind}0000-0000-7000-8000-{one:012x}");
            let grant = Grant {
                id: id("02ff").parse().unwrap(),
                request: id("01ff").parse().unwrap(),
                principal: Principal::new("nina@acme.example").unwrap(),
                group: GroupName::new("vault").unwrap(),
                starts_at: expires_at - SignedDuration::from_hours(1),
                expires_at,
            };
            let record = GrantRecord {
                grant,
                version: 1,
                state: GrantState::Live,
                break_glass: None,
            };
            let step = Step {
                request: None,
                grant: Some(record),
                events: Vec::new(),
            };
            store.take(&step).await.unwrap();
        }
    }

    /// A grant of Nina's for the vault: its id.
    async fn granted(&self, duration: &str) -> String {
        let arguments = ["request", "vault", duration, "a look", "--json"];
        let asked = self.by(NINA, &arguments).await.says(0, &[]).json();
        let approve = ["approve", asked["id"].as_str().unwrap(), "--json"];
        let approved = self.by(LENA, &approve).await.says(0, &[]).json();
        approved["grant"].as_str().unwrap().to_owned()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asked_approved_looked_at_and_done() {
    let desk = Desk::open().await;
    let run = desk.by(NINA, &["request", "vault", "1h", "the key is stuck"]);
    run.await
        .says(0, &["pending: vault for 1h needs 1 approval until"]);
    let waiting = desk.by(LENA, &["requests", "--json"]).await;
    let waiting = waiting.says(0, &[]).json();
    let id = waiting["requests"][0]["id"].as_str().unwrap();
    let table = desk.by(LENA, &["requests"]).await;
    table.says(0, &["nina@acme.example", "vault", "the key is stuck", id]);
    let approved = desk.by(LENA, &["approve", id]).await;
    approved.says(0, &["approved: vault for 1h, by its approvers", "grant "]);
    desk.by(LENA, &["requests"])
        .await
        .says(0, &["there are no such requests"]);
    desk.by(NINA, &["grants"]).await.says(0, &["vault", "live"]);
    desk.by(LENA, &["grants", "--of", "nina@acme.example"])
        .await
        .says(0, &["vault", "nina@acme.example"]);

    let done = desk.by(NINA, &["done"]).await;
    done.says(
        0,
        &["vault: nina@acme.example is out since", "(handed-back)"],
    );
    desk.by(NINA, &["done"])
        .await
        .refuses(2, &["you hold no grant"]);
    desk.by(NINA, &["grants"]).await.says(0, &["handed-back"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn denied_cancelled_and_too_late() {
    let desk = Desk::open().await;
    let id = desk.asked().await;
    desk.by(NINA, &["approve", &id]).await.refuses(
        1,
        &["nobody decides on their own request", "help: ask another"],
    );
    desk.by(LENA, &["deny", &id, "use the archive"]).await.says(
        0,
        &["denied: vault for 1h, by lena@acme.example: use the archive"],
    );
    desk.by(LENA, &["approve", &id])
        .await
        .refuses(1, &["the request is already denied"]);
    let id = desk.asked().await;
    desk.by(NINA, &["cancel", &id])
        .await
        .says(0, &["cancelled: vault for 1h"]);
    let nobodys = "019a0000-0000-7000-8000-000000000000";
    desk.by(NINA, &["cancel", nobodys])
        .await
        .refuses(2, &["there is no such request", "`rotakey requests`"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn several_grants_are_told_apart() {
    let desk = Desk::open().await;
    for group in ["vault", "archive"] {
        let arguments = ["request", group, "1h", "a look", "--json"];
        let asked = desk.by(NINA, &arguments);
        let id = asked.await.json()["id"].as_str().unwrap().to_owned();
        desk.by(LENA, &["approve", &id]).await.says(0, &[]);
    }
    desk.by(NINA, &["done"])
        .await
        .refuses(2, &["you hold several grants", "(archive)", "(vault)"]);
    desk.by(NINA, &["done", "elsewhere"])
        .await
        .refuses(2, &["you hold no grant in `elsewhere`"]);
    desk.by(NINA, &["done", "archive"])
        .await
        .says(0, &["archive: nina@acme.example is out"]);
    let live = desk.by(NINA, &["grants", "--all", "--json"]).await.json();
    let grant = live["grants"][0]["id"].as_str().unwrap();
    let more = desk
        .by(NINA, &["extend", grant, "30m", "still at it"])
        .await;
    more.says(0, &["pending: vault for up to 30m more"]);
    desk.by(LENA, &["revoke", grant, "the audit begins"])
        .await
        .says(0, &["vault: nina@acme.example is out", "(revoked)"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_grant_is_found_behind_a_hundred_newer_ones() {
    let desk = Desk::open().await;
    let id = desk.granted("1h").await;
    desk.held_before(102).await;
    let newest = desk.by(NINA, &["grants"]).await;
    newest.says(0, &["and older ones: --older shows them"]);
    assert!(!newest.out.contains(&id), "{newest:#?}");
    let all = desk.by(NINA, &["grants", "--older"]).await;
    all.says(0, &[&id]);
    assert!(!all.out.contains("older ones"), "{all:#?}");
    let json = desk.by(NINA, &["grants", "--older", "--json"]).await;
    let json = json.says(0, &[]).json();
    assert_eq!(json["grants"].as_array().unwrap().len(), 103);
    assert_eq!(json["next"], Value::Null);

    let done = desk.by(NINA, &["done", "vault"]).await;
    done.says(0, &["vault: nina@acme.example is out", "(handed-back)"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_extension_promises_no_more_than_it_gives() {
    let desk = Desk::open().await;
    let grant = desk.granted("1h 30m").await;
    let extend = ["extend", &grant, "2h", "still at it", "--json"];
    let asked = desk.by(NINA, &extend).await.says(0, &[]).json();
    let approve = ["approve", asked["id"].as_str().unwrap()];
    let approved = desk.by(LENA, &approve).await;
    let held = desk.by(NINA, &["grants", "--json"]).await.json();
    let ends_at = held["grants"][0]["ends_at"].as_str().unwrap();
    let ends_at: Timestamp = ends_at.parse().unwrap();
    let until = format!("grant {grant} until {}", ends_at.strftime("%a %d %b %H:%M"));
    approved.says(0, &["approved: vault for up to 2h more", &until]);
    let left = ends_at.duration_since(function_kit::now());
    assert!(left <= SignedDuration::from_hours(2), "{left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_is_in_at_once_and_reviewed() {
    let desk = Desk::open().await;
    let arguments = [
        "request",
        "vault",
        "1h",
        "all is on fire",
        "--break-glass",
        "--wait",
    ];
    desk.by(NINA, &arguments)
        .await
        .says(0, &["approved: vault for 1h, as an emergency"]);
    let grants = desk.by(LENA, &["grants", "--all"]).await;
    grants.says(0, &["live, review open"]);
    let grants = desk.by(LENA, &["grants", "--all", "--json"]).await.json();
    let id = grants["grants"][0]["id"].as_str().unwrap();
    desk.by(LENA, &["review", id, "was right"])
        .await
        .says(0, &["it is reviewed"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_the_machines_session_signs() {
    let desk = Desk::open().await;
    let signed = |region: &str| {
        let mut command = desk.command(&["request", "vault", "1h", "a look", "--json"]);
        command
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret")
            .env("AWS_SESSION_TOKEN", "session")
            .env("AWS_REGION", region);
        command
    };
    let view = run(signed("eu-central-1")).await.says(0, &[]).json();
    assert_eq!(view["by"], SIGNER);
    run(signed("eu-west-1"))
        .await
        .refuses(2, &["sign the request", "help: sign in to AWS"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_said_before_or_by_the_approver() {
    let desk = Desk::open().await;
    for (arguments, words) in [
        (&["request", "vault", "soon", "a look"][..], "such as 2h"),
        (&["request", "vault", "1h", " "], "a reason is needed"),
        (&["request", "a b", "1h", "a look"], "group name"),
        (&["request", "vault", "3h", "a look"], "at most 2h"),
        (&["request", "nowhere", "1h", "a look"], "nowhere"),
        (&["approve", "42"], "42"),
    ] {
        desk.by(NINA, arguments).await.refuses(2, &[words]);
    }
    let stranger = "somebodys-token-0123456789-0123456789";
    desk.by(stranger, &["requests"])
        .await
        .refuses(2, &["the token is nobody's", "ROTAKEY_TOKEN"]);
    let far = ["requests", "--api", "http://approver.acme.example/"];
    desk.by(NINA, &far).await.refuses(2, &["write https"]);
    let other = format!("{}/elsewhere", desk.url);
    desk.by(NINA, &["requests", "--api", &other])
        .await
        .refuses(2, &["nothing is at this path", "is --api right"]);
    let closed = ["requests", "--api", "http://127.0.0.1:1/"];
    desk.by(NINA, &closed).await.refuses(
        1,
        &["no answer", "http://127.0.0.1:1/", "ROTAKEY_API", "help:"],
    );
    let mut nowhere = desk.command(&["requests"]);
    nowhere.env_remove("ROTAKEY_API");
    let words = ["--api", "ROTAKEY_API", "/lambda-url/access-approver"];
    run(nowhere).await.refuses(2, &words);
    desk.by(&format!("{NINA}\r"), &["requests"])
        .await
        .refuses(2, &["ROTAKEY_TOKEN holds the end of a line"]);
}
