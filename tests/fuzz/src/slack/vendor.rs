//! A Slack that answers whatever the approver asks of it, and notes every message and dialog that the real one would refuse.

use axum::body::Bytes;
use axum::extract::{Form, Path, State};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use simulators::slack::{check_blocks, check_view};
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::net::TcpListener;

/// The workspace.
pub(crate) const TEAM: &str = "T0SIMULATED";

/// What is wrong with what was sent so far.
#[derive(Clone, Default)]
pub(crate) struct Vendor(Arc<Mutex<Vec<String>>>);

impl Vendor {
    /// Listens on a loopback port for as long as the runtime runs; answers the address, with a slash at the end.
    pub(crate) async fn start(&self) -> io::Result<String> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let router = Router::new()
            .route("/api/{method}", post(call))
            .route("/hooks/{key}", post(reply))
            .with_state(self.clone());
        tokio::spawn(axum::serve(listener, router).into_future());
        Ok(format!("http://{address}/api/"))
    }

    /// Takes what was found since the last time.
    pub(crate) fn findings(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, findings: Vec<String>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.extend(findings);
    }
}

async fn call(
    State(vendor): State<Vendor>,
    Path(method): Path<String>,
    Form(fields): Form<BTreeMap<String, String>>,
) -> Json<Value> {
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let mut answer = match method.as_str() {
        "users.info" => person(field("user")),
        "users.lookupByEmail" => {
            let name = field("email").split('@').next().unwrap_or_default();
            person(&format!("U0{}", name.to_uppercase()))
        }
        "conversations.open" => json!({"channel": {"id": field("users").replacen('U', "D", 1)}}),
        "chat.postMessage" | "chat.update" => {
            vendor.note(message(field("text"), field("blocks")));
            json!({"channel": field("channel"), "ts": "1.000001"})
        }
        "views.open" => {
            let view: Value = serde_json::from_str(field("view")).unwrap_or_default();
            vendor.note(check_view(&view));
            json!({"view": {"id": "V0SIMULATED", "hash": "1.simulated"}})
        }
        other => {
            vendor.note(vec![format!("nobody is to call {other}")]);
            json!({})
        }
    };
    if answer.get("error").is_none() {
        answer["ok"] = json!(true);
    }
    Json(answer)
}

/// What only one person sees.
async fn reply(State(vendor): State<Vendor>, body: Bytes) -> Json<Value> {
    let said: Value = serde_json::from_slice(&body).unwrap_or_default();
    vendor.note(said_badly(&said));
    Json(json!({"ok": true}))
}

/// What is wrong with a reply to a command or a button.
pub(crate) fn said_badly(said: &Value) -> Vec<String> {
    let blocks = match &said["blocks"] {
        Value::Null => String::new(),
        blocks => blocks.to_string(),
    };
    message(said["text"].as_str().unwrap_or_default(), &blocks)
}

fn message(text: &str, blocks: &str) -> Vec<String> {
    let mut findings = Vec::new();
    if text.is_empty() {
        findings.push("a message without text".to_owned());
    }
    if text.contains("<!channel") || text.contains("<!here") || text.contains("<!everyone") {
        findings.push("a message calls everybody".to_owned());
    }
    if !blocks.is_empty() {
        match serde_json::from_str(blocks) {
            Ok(blocks) => findings.extend(check_blocks(&blocks)),
            Err(_) => findings.push("blocks are no JSON".to_owned()),
        }
    }
    findings
}

/// A person by their id: everybody of the story, a bot, somebody who left, and somebody without an address.
fn person(id: &str) -> Value {
    let name = id.trim_start_matches("U0").to_lowercase();
    let profile = match name.as_str() {
        "ada" | "lena" | "leo" | "ted" | "robot" | "gone" => {
            json!({"email": format!("{name}@acme.example")})
        }
        "shy" => json!({}),
        _ => return json!({"ok": false, "error": "user_not_found"}),
    };
    let (is_bot, deleted) = (name == "robot", name == "gone");
    json!({"user": {
        "id": id, "team_id": TEAM, "name": name, "deleted": deleted, "is_bot": is_bot, "profile": profile,
    }})
}
