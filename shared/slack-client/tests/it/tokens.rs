//! Where the token comes from, what it may do, and that nobody else sees it.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use secrecy::SecretString;
use serde_json::json;
use slack_client::{FixedToken, Freshness, SlackError, TokenError, TokenSource};
use wiremock::matchers::header;
use wiremock::{Mock, MockServer};

use crate::support::{TOKEN, answers, client, client_with, requests_seen, serve, serve_once};

/// Gives each token in turn when asked to read again.
struct Rotating {
    tokens: Vec<&'static str>,
    rereads: AtomicUsize,
}

#[async_trait]
impl TokenSource for Rotating {
    async fn token(&self, freshness: Freshness) -> Result<SecretString, TokenError> {
        let index = match freshness {
            Freshness::Cached => self.rereads.load(Ordering::SeqCst),
            Freshness::Reread => self.rereads.fetch_add(1, Ordering::SeqCst) + 1,
        };
        match self.tokens.get(index) {
            Some(&token) => Ok(token.into()),
            None => Err(TokenError::new("the secret is gone")),
        }
    }
}

#[tokio::test]
async fn a_rotated_token_is_read_again_once() {
    let server = MockServer::start().await;
    Mock::given(header("authorization", "Bearer new"))
        .respond_with(answers(&json!({
            "ok": true, "team_id": "T1", "team": "acme", "user_id": "U0", "bot_id": "B0",
        })))
        .expect(2)
        .mount(&server)
        .await;
    serve(
        &server,
        "auth.test",
        answers(&json!({"ok": false, "error": "token_revoked"})),
    )
    .await;
    let tokens = Rotating {
        tokens: vec!["old", "new"],
        rereads: AtomicUsize::new(0),
    };
    let client = client_with(&server, tokens);
    assert_eq!(client.auth_test().await.unwrap().team_id, "T1");
    client.auth_test().await.unwrap();
    assert_eq!(requests_seen(&server).await, 3);
}

#[tokio::test]
async fn a_token_that_stays_wrong_ends_the_call() {
    for (name, tokens, requests) in [
        ("another wrong token", vec!["old", "new"], 2),
        ("the same token", vec!["old", "old"], 1),
        ("no token to read", vec!["old"], 1),
    ] {
        let server = MockServer::start().await;
        serve(
            &server,
            "auth.test",
            answers(&json!({"ok": false, "error": "invalid_auth"})),
        )
        .await;
        let client = client_with(
            &server,
            Rotating {
                tokens,
                rereads: AtomicUsize::new(0),
            },
        );
        let error = client.auth_test().await.unwrap_err();
        let refused = matches!(
            error,
            SlackError::InvalidAuth { .. } | SlackError::Credential { .. }
        );
        assert!(refused, "{name}: {error:?}");
        assert_eq!(requests_seen(&server).await, requests, "{name}");
    }
}

#[tokio::test]
async fn the_scopes_are_read_from_the_header() {
    let server = MockServer::start().await;
    let app = json!({"ok": true, "team_id": "T1", "team": "acme", "user_id": "U0"});
    let granted = answers(&app).insert_header("x-oauth-scopes", "chat:write, users:read,");
    serve_once(&server, "auth.test", granted).await;
    serve(&server, "auth.test", answers(&app)).await;
    let client = client(&server);
    let scopes: Vec<_> = client
        .auth_test()
        .await
        .unwrap()
        .scopes
        .into_iter()
        .collect();
    assert_eq!(scopes, ["chat:write", "users:read"]);
    assert!(client.auth_test().await.unwrap().scopes.is_empty());
}

#[tokio::test]
async fn nothing_printed_holds_the_token() {
    let server = MockServer::start().await;
    serve(
        &server,
        "auth.test",
        answers(&json!({"ok": false, "error": "invalid_auth"})),
    )
    .await;
    let client = client(&server);
    let error = client.auth_test().await.unwrap_err();
    let printed = format!("{client:?} {error:?} {error} {:?}", FixedToken::new(TOKEN));
    assert!(!printed.contains(TOKEN), "{printed}");
}
