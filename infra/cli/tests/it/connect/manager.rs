//! A Secrets Manager that keeps what it is given, as far as `connect` asks.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// The secrets, by name.
#[derive(Clone, Default)]
pub(super) struct Manager(Arc<Mutex<BTreeMap<String, String>>>);

impl Manager {
    /// Serves it until the test ends; answers its URL.
    pub(super) async fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = axum::Router::new()
            .fallback(answer)
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        url
    }

    pub(super) fn put(&self, name: &str, text: &str) {
        let mut kept = self.0.lock().unwrap();
        kept.insert(name.to_owned(), text.to_owned());
    }

    pub(super) fn object(&self, name: &str) -> Value {
        serde_json::from_str(&self.0.lock().unwrap()[name]).unwrap()
    }

    pub(super) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

async fn answer(
    State(manager): State<Manager>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Json<Value>) {
    let asked: Value = serde_json::from_slice(&body).unwrap();
    let call = headers["x-amz-target"].to_str().unwrap().to_owned();
    let name = asked["SecretId"].as_str().or(asked["Name"].as_str());
    let name = name.unwrap().to_owned();
    let mut kept = manager.0.lock().unwrap();
    let is_there = kept.contains_key(&name);
    let refused = |code: &str| (StatusCode::BAD_REQUEST, Json(json!({"__type": code})));
    match call.rsplit('.').next().unwrap() {
        "GetSecretValue" if is_there => {
            let secret = json!({"Name": name, "SecretString": kept[&name]});
            (StatusCode::OK, Json(secret))
        }
        "CreateSecret" if is_there => refused("ResourceExistsException"),
        "CreateSecret" => write(&mut kept, name, &asked),
        "PutSecretValue" if is_there => write(&mut kept, name, &asked),
        _ => refused("ResourceNotFoundException"),
    }
}

fn write(
    kept: &mut BTreeMap<String, String>,
    name: String,
    asked: &Value,
) -> (StatusCode, Json<Value>) {
    let text = asked["SecretString"].as_str().unwrap().to_owned();
    let written = json!({"Name": name});
    kept.insert(name, text);
    (StatusCode::OK, Json(written))
}
