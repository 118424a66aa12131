//! Secrets that are written: in files, and in a Secrets Manager that really keeps them.

use super::*;
use crate::secrets::Freshness;
use crate::secrets::testing::{managed_by, place, secret, secrets};
use serde_json::{Value, json};
use std::sync::Mutex;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers};

/// Holds one secret, called `hooks`.
struct Manager {
    kept: Mutex<String>,
    may_write: bool,
}

impl Respond for &'static Manager {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let asked: Value = request.body_json().unwrap();
        let call = request.headers["x-amz-target"].to_str().unwrap();
        let refusal =
            |code: &str| ResponseTemplate::new(400).set_body_json(json!({"__type": code}));
        if asked["SecretId"] != "hooks" {
            return refusal("ResourceNotFoundException");
        }
        let mut kept = self.kept.lock().unwrap();
        if call.ends_with("PutSecretValue") {
            if !self.may_write {
                return refusal("AccessDeniedException");
            }
            asked["SecretString"]
                .as_str()
                .unwrap()
                .clone_into(&mut kept);
        }
        let answer = json!({"Name": "hooks", "SecretString": *kept});
        ResponseTemplate::new(200).set_body_json(answer)
    }
}

async fn manager(text: &str, may_write: bool) -> (Secrets, &'static Manager, MockServer) {
    let manager: &'static Manager = Box::leak(Box::new(Manager {
        kept: Mutex::new(text.to_owned()),
        may_write,
    }));
    let server = MockServer::start().await;
    let any = Mock::given(matchers::method("POST"));
    any.respond_with(manager).mount(&server).await;
    (managed_by(&server), manager, server)
}

#[tokio::test]
async fn a_file_is_made_for_its_owner_and_filled() {
    let (folder, path, reference) = place("hooks.json");
    let secrets = secrets();
    secrets.try_writing(&reference).await.unwrap();
    assert!(!path.exists(), "trying makes nothing");
    for (key, text) in [("ONE", "1"), ("TWO", "2"), ("TWO", "2")] {
        secrets
            .put_text(&reference, key, &secret(text), "FORMER")
            .await
            .unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert_eq!(kept, "{\"ONE\":\"1\",\"TWO\":\"2\"}\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(secrets.remove_text(&reference, "ONE").await.unwrap());
    assert!(!secrets.remove_text(&reference, "ONE").await.unwrap());
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 1, "nothing stays beside it");
}

#[tokio::test]
async fn what_was_read_before_is_read_again_after_a_change() {
    let (_folder, path, reference) = place("hooks.json");
    std::fs::write(&path, "one").unwrap();
    let secrets = secrets();
    secrets.get(&reference, Freshness::Cached).await.unwrap();
    secrets
        .put_text(&reference, "NEW", &secret("two"), "OLD")
        .await
        .unwrap();
    for (key, text) in [("OLD", "one"), ("NEW", "two")] {
        let read = secrets
            .get(&format!("{reference}#{key}"), Freshness::Cached)
            .await;
        assert_eq!(read.unwrap().expose_secret(), text);
    }
}

#[tokio::test]
async fn a_place_that_cannot_be_written_says_so_before_anything_is_put_there() {
    let (folder, path, reference) = place("hooks.json");
    let secrets = secrets();
    let tried = secrets.try_writing("env:HOOKS").await;
    assert!(matches!(tried, Err(SecretWriteError::Environment { .. })));
    let nowhere = format!("file:{}/no/such/hooks.json", folder.path().display());
    let tried = secrets.try_writing(&nowhere).await;
    assert!(matches!(tried, Err(SecretWriteError::Unavailable { .. })));
    std::fs::write(&path, "one").unwrap();
    let tried = secrets.try_writing(&format!("{reference}#hooks")).await;
    assert!(matches!(tried, Err(SecretWriteError::Misfit { .. })));
    let busy = folder.path().join("hooks.json.new");
    std::fs::write(&busy, "").unwrap();
    let tried = secrets.try_writing(&reference).await.unwrap_err();
    assert!(tried.to_string().contains("hooks.json.new"), "{tried}");
    assert!(busy.exists(), "another writer's work is left alone");
}

#[tokio::test]
async fn secrets_manager_keeps_everything_else() {
    let before = r#"{"client_id":"app","hooks":"{\"OLD\":\"one\"}"}"#;
    let (secrets, manager, _server) = manager(before, true).await;
    secrets
        .put_text("hooks#hooks", "NEW", &secret("two"), "FORMER")
        .await
        .unwrap();
    let kept: Value = serde_json::from_str(&manager.kept.lock().unwrap()).unwrap();
    let inner: Value = serde_json::from_str(kept["hooks"].as_str().unwrap()).unwrap();
    assert_eq!(kept["client_id"], "app");
    assert_eq!(inner, json!({"OLD": "one", "NEW": "two"}));
    assert!(secrets.remove_text("hooks#hooks", "OLD").await.unwrap());
    let read = secrets.get("hooks#hooks", Freshness::Cached).await.unwrap();
    assert_eq!(read.expose_secret(), r#"{"NEW":"two"}"#);
}

#[tokio::test]
async fn a_refusal_names_the_permission_and_no_secret() {
    let (secrets, manager, _server) = manager("one", false).await;
    secrets.try_writing("hooks").await.unwrap();
    let put = secrets
        .put_text("hooks", "NEW", &secret("two"), "OLD")
        .await;
    let error = put.unwrap_err();
    assert!(matches!(error, SecretWriteError::Denied { .. }), "{error}");
    assert!(error.to_string().contains("PutSecretValue"));
    assert_eq!(*manager.kept.lock().unwrap(), "one");
    let missing = secrets.try_writing("others").await;
    let not_found = matches!(
        missing,
        Err(SecretWriteError::Read(SecretError::NotFound { .. }))
    );
    assert!(not_found, "{missing:?}");
}
