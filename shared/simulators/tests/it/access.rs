//! Credentials, scopes, headers and the rate limit.

use reqwest::Method;
use serde_json::{Value, json};
use simulators::pagerduty::User;

use crate::support::{KEY, World, at};

async fn token(world: &World, secret: &str, scope: &str) -> (u16, Value) {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", "app"),
        ("client_secret", secret),
        ("scope", scope),
    ];
    let response = world
        .bare(Method::POST, "/oauth/token")
        .form(&form)
        .send()
        .await;
    let response = response.expect("an answer");
    (
        response.status().as_u16(),
        response.json().await.expect("JSON"),
    )
}

async fn status_with(world: &World, path: &str, authorization: &str) -> u16 {
    let request = world
        .bare(Method::GET, path)
        .header("authorization", authorization);
    request.send().await.expect("an answer").status().as_u16()
}

#[tokio::test]
async fn only_the_two_exact_forms_of_authorization_are_accepted() {
    let world = World::at("2026-11-22T10:00:00Z").await;
    let cases = [
        (format!("Token token={KEY}"), 200),
        (format!("Token {KEY}"), 401),
        (format!("Bearer {KEY}"), 401),
        (format!("token token={KEY}"), 401),
        ("Token token=other".to_owned(), 401),
        (KEY.to_owned(), 401),
    ];
    for (authorization, expected) in cases {
        assert_eq!(
            status_with(&world, "/abilities", &authorization).await,
            expected
        );
    }
    let bare = world
        .bare(Method::GET, "/abilities")
        .send()
        .await
        .expect("an answer");
    assert_eq!(bare.status(), 401);
    let body: Value = bare.json().await.expect("JSON");
    assert_eq!(body["error"]["code"], 2006);
    world.pd.revoke(KEY);
    assert_eq!(world.send("/abilities").await.status(), 401);
}

#[tokio::test]
async fn a_token_has_the_scopes_that_were_asked_and_granted_for_a_day() {
    let world = World::at("2026-11-22T10:00:00Z").await;
    world
        .pd
        .add_app("app", "s3cret", &["oncalls.read", "users.read"]);
    let account = "as_account-us.acme";
    let (status, body) = token(
        &world,
        "s3cret",
        &format!("{account} users.read teams.read"),
    )
    .await;
    assert_eq!(status, 200);
    assert_eq!(body["scope"], "as_account-us.acme users.read");
    assert_eq!(
        (&body["token_type"], &body["expires_in"]),
        (&json!("bearer"), &json!(86_400))
    );
    let bearer = format!("Bearer {}", body["access_token"].as_str().expect("a token"));
    for (path, expected) in [
        ("/users", 200),
        ("/teams", 403),
        ("/oncalls", 403),
        ("/schedules/P1/users", 404),
    ] {
        assert_eq!(status_with(&world, path, &bearer).await, expected, "{path}");
    }
    world.pd.clock().set(at("2026-11-23T09:59:59Z"));
    assert_eq!(status_with(&world, "/users", &bearer).await, 200);
    world.pd.clock().set(at("2026-11-23T10:00:00Z"));
    assert_eq!(status_with(&world, "/users", &bearer).await, 401);
}

#[tokio::test]
async fn token_requests_that_are_wrong_are_refused() {
    let world = World::at("2026-11-22T10:00:00Z").await;
    world.pd.add_app("app", "s3cret", &["users.read"]);
    assert_eq!(
        token(&world, "wrong", "as_account-us.acme users.read")
            .await
            .0,
        401
    );
    assert_eq!(token(&world, "s3cret", "users.read").await.0, 400);
    assert_eq!(
        token(&world, "s3cret", "as_account-eu.acme users.read")
            .await
            .0,
        400
    );
    let unformed = world
        .bare(Method::POST, "/oauth/token")
        .json(&json!({}))
        .send()
        .await;
    assert_eq!(unformed.expect("an answer").status(), 400);
}

#[tokio::test]
async fn a_read_only_key_cannot_write_and_writes_need_json() {
    let world = World::at("2026-11-22T10:00:00Z").await;
    let user = world.pd.add_user(User::new("Ann", "ann@x.example"));
    world.pd.add_read_only_key("reader");
    let path = format!("/users/{user}");
    let request = world
        .bare(Method::DELETE, &path)
        .header("authorization", "Token token=reader");
    assert_eq!(request.send().await.expect("an answer").status(), 403);
    let request = world.request(Method::PUT, &path).body("{}");
    assert_eq!(request.send().await.expect("an answer").status(), 400);
    let body = json!({ "user": { "name": "Ann", "email": "ann.lee@x.example" } });
    let request = world.request(Method::PUT, &path).json(&body);
    let answer: Value = request
        .send()
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    assert_eq!(answer["user"]["email"], "ann.lee@x.example");
    assert_eq!(world.delete(&path).await, 204);
    assert_eq!(world.send(&path).await.status(), 404);
}

#[tokio::test]
async fn other_versions_and_unknown_routes_are_refused_as_json() {
    let world = World::at("2026-11-22T10:00:00Z").await;
    let key = format!("Token token={KEY}");
    for (accept, expected) in [
        ("application/vnd.pagerduty+json;version=2", 200),
        ("application/json", 200),
        ("*/*", 200),
        ("application/vnd.pagerduty+json;version=1", 400),
        ("text/html", 400),
    ] {
        let request = world
            .bare(Method::GET, "/abilities")
            .header("authorization", &key);
        let response = request
            .header("accept", accept)
            .send()
            .await
            .expect("an answer");
        assert_eq!(response.status(), expected, "{accept}");
    }
    let (status, body) = world.status("/nowhere").await;
    assert_eq!(status, 404);
    assert_eq!(
        body,
        json!({ "error": { "message": "Not Found", "code": 2100 } })
    );
}

#[tokio::test]
async fn the_rate_limit_counts_a_minute_of_the_simulated_clock() {
    let world = World::at("2026-11-22T10:00:20Z").await;
    world.pd.limit_rate(Some(3));
    let headers = |response: &reqwest::Response| {
        ["limit", "remaining", "reset"].map(|name| {
            let value = response.headers().get(format!("ratelimit-{name}"));
            value
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        })
    };
    for remaining in ["2", "1", "0"] {
        let response = world.send("/abilities").await;
        assert_eq!(response.status(), 200);
        let expected = ["3", remaining, "40"].map(|value| Some(value.to_owned()));
        assert_eq!(headers(&response), expected);
    }
    let response = world.send("/abilities").await;
    assert_eq!(response.status(), 429);
    let body: Value = response.json().await.expect("JSON");
    assert_eq!(
        body,
        json!({ "error": { "message": "Rate Limit Exceeded", "code": 2020 } })
    );
    world.pd.clock().set(at("2026-11-22T10:01:00Z"));
    assert_eq!(world.send("/abilities").await.status(), 200);
    world.pd.limit_rate(None);
    assert_eq!(headers(&world.send("/abilities").await), [None, None, None]);
}

#[tokio::test]
async fn the_log_tells_requests_apart_and_holds_no_credential() {
    let world = World::at("2026-11-22T10:00:00Z").await;
    world.send("/users/P1?include[]=teams").await;
    world.send("/abilities").await;
    let log = world.pd.log();
    let requests = log.requests();
    assert_eq!(requests[0].operation, "GET /users/{id}");
    assert_eq!(
        (requests[0].path.as_str(), requests[0].status),
        ("/users/P1", Some(404))
    );
    assert_eq!((log.total(), log.count("GET /abilities")), (2, 1));
    assert!(!format!("{requests:?} {:?}", world.pd).contains(KEY));
    log.reset();
    assert_eq!(log.total(), 0);
}
