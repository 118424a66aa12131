//! No secret, address or body in `Debug`, errors or logs, at whatever level anyone logs.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use pagerduty_client::{Credential, StaticCredential};
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{APP_SECRET, KEY, World, chain, ok, refused, script, status};

const PERSON: &str = "jane.doe@acme.example";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn is_clean(name: &str, text: &str) {
    for secret in [
        KEY, APP_SECRET, "token-0", "token-1", PERSON, "jane.doe", "Jane",
    ] {
        assert!(!text.contains(secret), "{name} holds `{secret}`: {text}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let key = StaticCredential::api_key(KEY);
    is_clean("the source", &format!("{key:?}"));
    let app = Credential::ScopedOauth {
        client_id: "app-1".into(),
        client_secret: APP_SECRET.into(),
    };
    is_clean("the credential", &format!("{app:?}"));
}

#[tokio::test]
async fn nothing_private_is_logged_or_said() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    // The test runs on one thread, so this sees everything of ours and of the libraries below.
    let guard = tracing::subscriber::set_default(subscriber);

    let world = World::start().await;
    world.grants("", 86_400).await;
    let page = ok(
        json!({"users": [{"id": "U1", "name": "Jane", "email": PERSON}], "offset": 0, "more": false}),
    );
    let odd =
        ok(json!({"users": [{"id": "U1", "role": {"of": PERSON}}], "offset": 0, "more": false}));
    let answers = vec![
        status(500),
        status(401),
        page,
        odd,
        refused(403, 2010, "Access Denied"),
        status(503),
    ];
    world.on("GET", "/users", script(answers)).await;

    let app = world.app(&[]);
    let key = world.client();
    assert!(app.find_user_by_email(PERSON).await.unwrap().is_some());
    for client in [&app, &key, &key] {
        let error = client.find_user_by_email(PERSON).await.unwrap_err();
        is_clean("an error", &chain(&error));
        is_clean("an error's debug", &format!("{error:?}"));
    }
    drop(world);
    let error = key.find_user_by_email(PERSON).await.unwrap_err();
    is_clean("an error", &chain(&error));
    is_clean("an error's debug", &format!("{error:?}"));
    is_clean("a client's debug", &format!("{app:?} {key:?}"));

    drop(guard);
    let log = log.text();
    assert!(
        log.contains("called PagerDuty"),
        "our own lines are there: {log}"
    );
    is_clean("the log", &log);
}
