//! All of AWS for one function: passes requests on to the store and the simulated Identity Center, keeps secrets and events
//! itself, and writes down what IAM would be asked.

use super::ask::{Ask, asks};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde_json::{Value, json};
use simulators::kit::Server;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What one function asked of AWS.
#[derive(Clone)]
pub(super) struct Recorder(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    store: String,
    identity_center: String,
    secrets: BTreeMap<String, String>,
    asked: Mutex<BTreeSet<Ask>>,
    operations: Mutex<BTreeSet<String>>,
    events: Mutex<Vec<Value>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Recorder {
    /// Starts before a store and an Identity Center, with these secrets by their names.
    pub(super) async fn start(
        store: &str,
        identity_center: &str,
        secrets: BTreeMap<String, String>,
    ) -> (Self, Server) {
        let recorder = Self(Arc::new(Inner {
            http: acceptance::http::client(),
            store: store.to_owned(),
            identity_center: identity_center.to_owned(),
            secrets,
            asked: Mutex::default(),
            operations: Mutex::default(),
            events: Mutex::default(),
        }));
        let router = Router::new().fallback(take).with_state(recorder.clone());
        let server = Server::start(router).await;
        (recorder, server.expect("a loopback port is free"))
    }

    /// Everything that was asked of IAM so far.
    pub(super) fn asked(&self) -> BTreeSet<Ask> {
        locked(&self.0.asked).clone()
    }

    /// The operations of every SDK that were called so far: `PutItem`.
    pub(super) fn operations(&self) -> BTreeSet<String> {
        locked(&self.0.operations).clone()
    }

    /// What was put on the bus since the last time, as EventBridge delivers it.
    pub(super) fn take_events(&self) -> Vec<Value> {
        std::mem::take(&mut *locked(&self.0.events))
    }

    fn secret(&self, body: &Value) -> Response {
        let name = body["SecretId"].as_str().unwrap_or_default();
        if let Some(secret) = self.0.secrets.get(name) {
            return Json(json!({"Name": name, "SecretString": secret})).into_response();
        }
        let error = json!({"__type": "ResourceNotFoundException", "message": "no secret"});
        (StatusCode::BAD_REQUEST, Json(error)).into_response()
    }

    fn events(&self, body: &Value) -> Response {
        let entries = body["Entries"].as_array().cloned().unwrap_or_default();
        let taken = vec![json!({"EventId": "e"}); entries.len()];
        locked(&self.0.events).extend(entries.iter().map(delivered));
        Json(json!({"FailedEntryCount": 0, "Entries": taken})).into_response()
    }

    async fn pass(&self, url: &str, mut headers: HeaderMap, body: Bytes) -> Response {
        headers.remove("host");
        let sent = self.0.http.post(url).headers(headers).body(body).send();
        let answer = sent.await.expect("the server behind the recorder answers");
        let (status, mut headers) = (answer.status(), answer.headers().clone());
        headers.remove("transfer-encoding");
        let body = answer.bytes().await.expect("the answer arrives whole");
        (status, headers, body).into_response()
    }
}

async fn take(State(recorder): State<Recorder>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers
        .get("x-amz-target")
        .and_then(|target| target.to_str().ok());
    let target = target.expect("the SDK says what it calls").to_owned();
    let json: Value = serde_json::from_slice(&body).expect("the SDK sends JSON");
    locked(&recorder.0.asked).extend(asks(&target, &json));
    let (service, operation) = target.split_once('.').expect("a service and an operation");
    locked(&recorder.0.operations).insert(operation.to_owned());
    match service {
        "secretsmanager" => recorder.secret(&json),
        "AWSEvents" => recorder.events(&json),
        "AWSIdentityStore" => {
            let url = recorder.0.identity_center.clone();
            recorder.pass(&url, headers, body).await
        }
        _ => {
            let url = recorder.0.store.clone();
            recorder.pass(&url, headers, body).await
        }
    }
}

/// An entry of `PutEvents` as a rule hands it over.
fn delivered(entry: &Value) -> Value {
    let detail = entry["Detail"].as_str().unwrap_or_default();
    let detail: Value = serde_json::from_str(detail).expect("a detail is JSON");
    json!({"detail-type": entry["DetailType"], "source": entry["Source"], "detail": detail})
}
