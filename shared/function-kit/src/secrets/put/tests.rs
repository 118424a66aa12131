//! Texts that are put: in files, and in a Secrets Manager that really keeps them.

use super::*;
use crate::secrets::Freshness;
use crate::secrets::testing::{managed_by, place, secret, secrets};
use serde_json::{Value, json};
use std::sync::Mutex;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate, matchers};

/// Keeps any number of secrets; one may be there without a value, and some may be refused.
struct Manager {
    kept: Mutex<BTreeMap<String, Option<String>>>,
    /// The call that this identity may not make.
    denied: &'static str,
    /// What somebody else makes of a secret just before it is made here; taken by whoever comes first.
    overtaking: Mutex<Option<&'static str>>,
}

impl Respond for &'static Manager {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let asked: Value = request.body_json().unwrap();
        let call = request.headers["x-amz-target"].to_str().unwrap();
        let call = call.rsplit('.').next().unwrap();
        let refusal =
            |code: &str| ResponseTemplate::new(400).set_body_json(json!({"__type": code}));
        if call == self.denied {
            return refusal("AccessDeniedException");
        }
        let name = asked["SecretId"].as_str().or(asked["Name"].as_str());
        let name = name.unwrap().to_owned();
        let text = asked["SecretString"].as_str().map(str::to_owned);
        let mut kept = self.kept.lock().unwrap();
        if call == "CreateSecret"
            && let Some(text) = self.overtaking.lock().unwrap().take()
        {
            kept.insert(name.clone(), Some(text.to_owned()));
        }
        let answer = match (call, kept.get(&name)) {
            ("GetSecretValue", Some(Some(text))) => json!({"Name": name, "SecretString": text}),
            ("CreateSecret", Some(_)) => return refusal("ResourceExistsException"),
            ("CreateSecret", None) | ("PutSecretValue", Some(_)) => {
                kept.insert(name.clone(), text);
                json!({"Name": name})
            }
            _ => return refusal("ResourceNotFoundException"),
        };
        ResponseTemplate::new(200).set_body_json(answer)
    }
}

async fn manager(
    kept: &[(&str, Option<&str>)],
    denied: &'static str,
) -> (Secrets, &'static Manager, MockServer) {
    let kept = kept
        .iter()
        .map(|(name, text)| ((*name).to_owned(), text.map(str::to_owned)));
    let manager: &'static Manager = Box::leak(Box::new(Manager {
        kept: Mutex::new(kept.collect()),
        denied,
        overtaking: Mutex::default(),
    }));
    let server = MockServer::start().await;
    let any = Mock::given(matchers::method("POST"));
    any.respond_with(manager).mount(&server).await;
    (managed_by(&server), manager, server)
}

impl Manager {
    fn text(&self, name: &str) -> Option<String> {
        self.kept.lock().unwrap().get(name).cloned().flatten()
    }
}

#[tokio::test]
async fn a_text_that_is_put_is_read_where_its_reference_names_it() {
    let (_folder, path, reference) = place("secret");
    let secrets = secrets();
    for (text, expected) in [
        ("one", Put::Made),
        ("one", Put::Unchanged),
        ("two", Put::Changed),
    ] {
        let text = secret(text);
        let put = secrets.put(&[(reference.as_str(), &text)]).await.unwrap();
        assert_eq!(put, BTreeMap::from([(reference.clone(), expected)]));
        let read = secrets.get(&reference, Freshness::Cached).await.unwrap();
        assert_eq!(read.expose_secret(), text.expose_secret());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "two\n");
}

#[tokio::test]
async fn both_halves_of_a_pair_are_put_at_once_and_neighbours_stay() {
    let before = r#"{"webhook":"hook","client_id":"old","client_secret":"old"}"#;
    let (secrets, manager, server) = manager(&[("acme", Some(before))], "").await;
    let (id, key) = (secret("new-id"), secret("new-key"));
    let texts = [("acme#client_id", &id), ("acme#client_secret", &key)];
    let put = secrets.put(&texts).await.unwrap();
    assert_eq!(put["acme"], Put::Changed);
    let kept: Value = serde_json::from_str(&manager.text("acme").unwrap()).unwrap();
    let expected = json!({"webhook": "hook", "client_id": "new-id", "client_secret": "new-key"});
    assert_eq!(kept, expected);
    assert_eq!(server.received_requests().await.unwrap().len(), 2);
    assert_eq!(secrets.put(&texts).await.unwrap()["acme"], Put::Unchanged);
    assert_eq!(server.received_requests().await.unwrap().len(), 3);
}

#[tokio::test]
async fn a_secret_that_is_not_there_is_made_and_one_without_a_value_gets_one() {
    let (secrets, manager, _server) = manager(&[("empty", None)], "").await;
    let text = secret("one");
    secrets.try_putting(&["new#key", "empty"]).await.unwrap();
    assert_eq!(
        manager.kept.lock().unwrap().len(),
        1,
        "trying makes nothing"
    );
    let put = secrets.put(&[("new#key", &text), ("empty", &text)]).await;
    let made = ["empty", "new"].map(|name| (name.to_owned(), Put::Made));
    assert_eq!(put.unwrap(), BTreeMap::from(made));
    assert_eq!(manager.text("new").unwrap(), r#"{"key":"one"}"#);
    assert_eq!(manager.text("empty").unwrap(), "one");

    let arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:gone-AbCdEf";
    let tried = secrets.try_putting(&[arn]).await;
    let is_missing = matches!(
        tried,
        Err(SecretWriteError::Read(SecretError::NotFound { .. }))
    );
    assert!(is_missing, "{tried:?}");
}

#[tokio::test]
async fn of_two_that_make_a_secret_at_once_neither_loses_its_part() {
    let (secrets, manager, _server) = manager(&[], "").await;
    *manager.overtaking.lock().unwrap() = Some(r#"{"webhook":"hook"}"#);
    let text = secret("one");
    let put = secrets.put(&[("acme#key", &text)]).await.unwrap();
    assert_eq!(put["acme"], Put::Changed);
    let kept: Value = serde_json::from_str(&manager.text("acme").unwrap()).unwrap();
    assert_eq!(kept, json!({"webhook": "hook", "key": "one"}));
}

#[tokio::test]
async fn what_others_keep_there_is_not_done_away_with() {
    let object = r#"{"webhook":"hook"}"#;
    let kept = [("object", Some(object)), ("text", Some("one"))];
    let (secrets, manager, _server) = manager(&kept, "").await;
    let text = secret("new");
    let whole = secrets.put(&[("object", &text)]).await.unwrap_err();
    assert!(
        matches!(whole, SecretWriteError::Shared { .. }),
        "{whole:?}"
    );
    assert!(whole.to_string().contains("object#KEY"), "{whole}");
    let part = secrets.try_putting(&["text#key"]).await.unwrap_err();
    assert!(matches!(part, SecretWriteError::Misfit { .. }), "{part:?}");
    assert_eq!(manager.text("object").as_deref(), Some(object));
    assert_eq!(manager.text("text").as_deref(), Some("one"));
    let variable = secrets.try_putting(&["env:ACME#key"]).await;
    assert!(matches!(
        variable,
        Err(SecretWriteError::Environment { .. })
    ));
}

#[tokio::test]
async fn a_refusal_names_the_right_that_is_missing() {
    for (denied, name) in [("CreateSecret", "new"), ("PutSecretValue", "there")] {
        let (secrets, manager, _server) = manager(&[("there", Some("one"))], denied).await;
        let put = secrets.put(&[(name, &secret("two"))]).await;
        let error = put.unwrap_err().to_string();
        assert!(
            error.contains(&format!("secretsmanager:{denied}")),
            "{error}"
        );
        assert!(!error.contains("two"), "{error}");
        assert_eq!(manager.text("there").as_deref(), Some("one"));
    }
}
