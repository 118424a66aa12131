//! Both authentications, rotation, scopes.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use async_trait::async_trait;
use futures::future::join_all;
use pagerduty_client::{
    Client, Credential, CredentialError, CredentialSource, Error, Freshness, StaticCredential,
};
use serde_json::json;
use wiremock::{Mock, Request, ResponseTemplate, matchers::any};

use crate::support::{APP_SECRET, KEY, World, chain, form, ok, refused, script, status};

fn abilities() -> ResponseTemplate {
    ok(json!({"abilities": ["teams", "sso"]}))
}

fn authorization(request: &Request) -> &str {
    request.headers["authorization"].to_str().unwrap()
}

#[tokio::test]
async fn an_api_key_is_sent_in_pagerdutys_own_form() {
    let world = World::start().await;
    world.on("GET", "/abilities", abilities()).await;
    let found = world.client().abilities().await.unwrap();
    assert_eq!(Vec::from_iter(found), ["sso", "teams"]);
    let requests = world.api_requests().await;
    assert_eq!(authorization(&requests[0]), format!("Token token={KEY}"));
    assert_eq!(
        requests[0].headers["accept"],
        "application/vnd.pagerduty+json;version=2"
    );
    assert_eq!(requests[0].headers["content-type"], "application/json");
    assert!(world.token_requests().await.is_empty());
}

#[tokio::test]
async fn an_app_asks_for_one_token_and_keeps_it() {
    let world = World::start().await;
    world
        .grants("as_account-eu.acme abilities.read users.read", 86_400)
        .await;
    world.on("GET", "/abilities", abilities()).await;
    let client = world.app(&["users.read", "abilities.read"]);
    client.abilities().await.unwrap();
    client.abilities().await.unwrap();
    let tokens = world.token_requests().await;
    assert_eq!(tokens.len(), 1);
    assert_eq!(
        (tokens[0].method.as_str(), tokens[0].url.path()),
        ("POST", "/oauth/token")
    );
    let expected = [
        ("grant_type", "client_credentials"),
        ("client_id", "app-1"),
        ("client_secret", APP_SECRET),
        ("scope", "as_account-eu.acme abilities.read users.read"),
    ];
    assert_eq!(
        form(&tokens[0]),
        expected.map(|(k, v)| (k.to_owned(), v.to_owned()))
    );
    for request in world.api_requests().await {
        assert_eq!(authorization(&request), "Bearer token-0");
    }
    assert_eq!(client.calls(), 2, "token requests are not counted");
}

#[tokio::test]
async fn concurrent_callers_share_one_token_request() {
    let world = World::start().await;
    world.grants("abilities.read", 86_400).await;
    world.on("GET", "/abilities", abilities()).await;
    let client = world.app(&["abilities.read"]);
    let outcomes = join_all((0..20).map(|_| client.abilities())).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(world.token_requests().await.len(), 1);
}

#[tokio::test]
async fn a_token_at_its_end_is_replaced_before_it_is_refused() {
    let world = World::start().await;
    world.grants("abilities.read", 0).await;
    world.on("GET", "/abilities", abilities()).await;
    let client = world.app(&["abilities.read"]);
    client.abilities().await.unwrap();
    client.abilities().await.unwrap();
    let used: Vec<_> = world
        .api_requests()
        .await
        .iter()
        .map(|r| authorization(r).to_owned())
        .collect();
    assert_eq!(used, ["Bearer token-0", "Bearer token-1"]);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let world = World::start().await;
    world.grants("abilities.read", 86_400).await;
    let refuse = refused(401, 2006, "Authentication failed");
    world
        .on("GET", "/abilities", script(vec![refuse, abilities()]))
        .await;
    let client = world.app(&["abilities.read"]);
    client.abilities().await.unwrap();
    assert_eq!(world.token_requests().await.len(), 2);
    assert_eq!(
        authorization(&world.api_requests().await[1]),
        "Bearer token-1"
    );
}

#[tokio::test]
async fn a_credential_refused_twice_is_given_up() {
    let world = World::start().await;
    world.grants("abilities.read", 86_400).await;
    world
        .on(
            "GET",
            "/abilities",
            refused(401, 2006, "Authentication failed"),
        )
        .await;
    for client in [world.app(&["abilities.read"]), world.client()] {
        let error = client.abilities().await.unwrap_err();
        assert!(matches!(error, Error::Unauthorized { .. }), "{error}");
        assert_eq!(client.calls(), 2);
    }
    assert_eq!(world.token_requests().await.len(), 2);
}

/// A place where the secret has been replaced: what was read before is stale.
#[derive(Default)]
struct Rotated {
    is_app: bool,
    rereads: AtomicUsize,
}

#[async_trait]
impl CredentialSource for Rotated {
    async fn credential(&self, freshness: Freshness) -> Result<Credential, CredentialError> {
        if freshness == Freshness::Reread {
            self.rereads.fetch_add(1, Ordering::Relaxed);
        }
        let is_new = self.rereads.load(Ordering::Relaxed) > 0;
        let secret = if is_new { "new" } else { "old" };
        Ok(if self.is_app {
            Credential::ScopedOauth {
                client_id: "app-1".into(),
                client_secret: secret.into(),
            }
        } else {
            Credential::ApiKey(secret.into())
        })
    }
}

#[tokio::test]
async fn a_rotated_key_is_read_again_once_by_all() {
    let world = World::start().await;
    let answer = |request: &Request| match authorization(request) {
        "Token token=new" => abilities(),
        _ => status(401),
    };
    world.on("GET", "/abilities", answer).await;
    let source = Arc::new(Rotated::default());
    let client = world.builder(source.clone()).build().unwrap();
    let outcomes = join_all((0..10).map(|_| client.abilities())).await;
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(source.rereads.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_rotated_app_secret_is_read_again_when_the_token_host_refuses() {
    let world = World::start().await;
    world.on("GET", "/abilities", abilities()).await;
    let answer = |request: &Request| {
        if form(request).contains(&("client_secret".into(), "new".into())) {
            ok(json!({"access_token": "t", "scope": "abilities.read", "expires_in": 86_400}))
        } else {
            ResponseTemplate::new(401).set_body_json(json!({"error": "invalid_client"}))
        }
    };
    Mock::given(any())
        .respond_with(answer)
        .mount(&world.identity)
        .await;
    let source = Rotated {
        is_app: true,
        ..Rotated::default()
    };
    let client = world.builder(Arc::new(source)).build().unwrap();
    client.abilities().await.unwrap();
    assert_eq!(world.token_requests().await.len(), 2);
}

#[tokio::test]
async fn a_wrong_app_secret_says_what_the_token_host_says() {
    let world = World::start().await;
    let refuse = ResponseTemplate::new(401).set_body_json(json!({"error": "invalid_client"}));
    Mock::given(any())
        .respond_with(refuse)
        .mount(&world.identity)
        .await;
    let error = world.app(&[]).abilities().await.unwrap_err();
    insta::assert_snapshot!(chain(&error), @"authenticate: PagerDuty does not accept the credential: `invalid_client`");
    assert!(world.api_requests().await.is_empty());
}

#[tokio::test]
async fn missing_scopes_are_named() {
    let world = World::start().await;
    world.grants("as_account-eu.acme users.read", 86_400).await;
    let client = world.app(&["users.read", "schedules.read", "oncalls.read"]);
    let error = client.abilities().await.unwrap_err();
    insta::assert_snapshot!(chain(&error), @"the app lacks the scopes `oncalls.read`, `schedules.read`");
    assert!(world.api_requests().await.is_empty());
}

#[tokio::test]
async fn an_unnamed_grant_is_the_whole_grant() {
    let world = World::start().await;
    let token = json!({"access_token": "t", "expires_in": 60});
    Mock::given(any())
        .respond_with(ok(token))
        .mount(&world.identity)
        .await;
    world.on("GET", "/abilities", abilities()).await;
    world.app(&["abilities.read"]).abilities().await.unwrap();
}

#[tokio::test]
async fn a_failing_token_host_is_asked_again() {
    let world = World::start().await;
    let token = ok(json!({"access_token": "t", "scope": "", "expires_in": 60}));
    let answers = script(vec![status(503), status(429), token]);
    Mock::given(any())
        .respond_with(answers)
        .mount(&world.identity)
        .await;
    world.on("GET", "/abilities", abilities()).await;
    world.app(&[]).abilities().await.unwrap();
    assert_eq!(world.token_requests().await.len(), 3);
}

#[tokio::test]
async fn a_token_host_out_of_order_is_not_asked_for_ever() {
    let world = World::start().await;
    Mock::given(any())
        .respond_with(status(503))
        .mount(&world.identity)
        .await;
    let error = world.app(&[]).abilities().await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Unreachable {
                status: Some(503),
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(world.token_requests().await.len(), 5);
}

#[tokio::test]
async fn unusable_secrets_fail_without_a_call() {
    struct Broken;

    #[async_trait]
    impl CredentialSource for Broken {
        async fn credential(&self, _: Freshness) -> Result<Credential, CredentialError> {
            Err(CredentialError::new("the safe is locked"))
        }
    }

    let world = World::start().await;
    let sources: [(Arc<dyn CredentialSource>, &str); 3] = [
        (
            Arc::new(StaticCredential::api_key(" \n")),
            "the secret is empty",
        ),
        (
            Arc::new(StaticCredential::api_key("a\nb")),
            "characters that no key has",
        ),
        (Arc::new(Broken), "the safe is locked"),
    ];
    for (source, reason) in sources {
        let client: Client = world.builder(source).build().unwrap();
        let error = client.abilities().await.unwrap_err();
        assert!(matches!(error, Error::Credential { .. }), "{error}");
        assert!(chain(&error).contains(reason), "{}", chain(&error));
    }
    assert!(world.api_requests().await.is_empty());
}

#[tokio::test]
async fn a_forbidden_call_names_the_scope_it_needs() {
    let world = World::start().await;
    world
        .on("GET", "/abilities", refused(403, 2010, "Access Denied"))
        .await;
    let error = world.client().abilities().await.unwrap_err();
    insta::assert_snapshot!(chain(&error), @"list abilities: forbidden (needs `abilities.read`): `Access Denied` (code 2010)");
}
