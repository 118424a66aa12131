//! What is sent again, how often, and when the client stops waiting.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use pagerduty_client::{
    Client, Deletion, Error, NewOverride, OverrideId, RetryPolicy, ScheduleId, StaticCredential,
    UserId,
};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::support::{KEY, World, builder, chain, ok, raw, refused, script, status, window};

const OVERRIDES: &str = "/schedules/S1/overrides";

fn abilities() -> ResponseTemplate {
    ok(json!({"abilities": ["teams"]}))
}

fn rate_limited() -> ResponseTemplate {
    refused(429, 2020, "Rate Limit Exceeded")
}

async fn create(client: &Client) -> Result<(), Error> {
    let new = NewOverride {
        user_id: UserId::parse("U1").unwrap(),
        window: window("2026-11-22T08:00:00Z", "2026-11-22T16:00:00Z"),
    };
    let schedule = ScheduleId::parse("S1").unwrap();
    client.create_overrides(&schedule, &[new]).await.map(drop)
}

fn in_five_seconds() -> Instant {
    Instant::now() + Duration::from_secs(5)
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    let cases = [
        ("500", status(500)),
        ("502 with html", status(502).set_body_string("<html>")),
        ("408", status(408)),
        ("429 bare", status(429)),
        ("429 with a body", rate_limited()),
        (
            "429 with its headers",
            rate_limited()
                .insert_header("ratelimit-remaining", "0")
                .insert_header("ratelimit-reset", "0"),
        ),
        (
            "429 with Retry-After",
            status(429).insert_header("retry-after", "0"),
        ),
    ];
    for (name, answer) in cases {
        let world = World::start().await;
        world
            .on(
                "GET",
                "/abilities",
                script(vec![answer.clone(), answer, abilities()]),
            )
            .await;
        let client = world.client();
        client.abilities().await.expect(name);
        assert_eq!(client.calls(), 3, "{name}");
    }
}

#[tokio::test]
async fn what_stays_is_not_tried_again() {
    for code in [400, 402, 403, 404, 409, 422, 302] {
        let world = World::start().await;
        world.on("GET", "/abilities", status(code)).await;
        let client = world.client();
        client.abilities().await.unwrap_err();
        assert_eq!(client.calls(), 1, "{code}");
    }
}

#[tokio::test]
async fn the_budget_ends() {
    let world = World::start().await;
    world.on("GET", "/abilities", status(503)).await;
    let client = world.client();
    let error = client.abilities().await.unwrap_err();
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
    assert_eq!(client.calls(), 5);

    let world = World::start().await;
    world.on("GET", "/abilities", status(429)).await;
    let error = world.client().abilities().await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::RateLimited {
                retry_after: None,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_create_is_sent_once() {
    for answer in [status(500), status(429), status(408)] {
        let world = World::start().await;
        world.on("POST", OVERRIDES, answer).await;
        let client = world.client();
        let error = create(&client).await.unwrap_err();
        assert!(
            matches!(error, Error::Unreachable { .. } | Error::RateLimited { .. }),
            "{error}"
        );
        assert_eq!(client.calls(), 1);
    }
}

#[tokio::test]
async fn a_create_waits_for_its_token_but_is_sent_once() {
    let world = World::start().await;
    let token = ok(json!({"access_token": "t", "scope": "", "expires_in": 86_400}));
    let answers = script(vec![status(503), token]);
    wiremock::Mock::given(wiremock::matchers::any())
        .respond_with(answers)
        .mount(&world.identity)
        .await;
    world.on("POST", OVERRIDES, status(500)).await;
    let client = world.app(&[]);
    create(&client).await.unwrap_err();
    assert_eq!(client.calls(), 1);
    assert_eq!(world.token_requests().await.len(), 2);
}

#[tokio::test]
async fn a_delete_that_was_heard_but_not_answered_is_done() {
    let world = World::start().await;
    let answers = script(vec![status(500), status(404)]);
    world
        .on("DELETE", "/schedules/S1/overrides/O1", answers)
        .await;
    let client = world.client();
    let schedule = ScheduleId::parse("S1").unwrap();
    let id = OverrideId::parse("O1").unwrap();
    let deletion = client.delete_override(&schedule, &id).await.unwrap();
    assert_eq!(deletion, Deletion::AlreadyGone);
    assert_eq!(client.calls(), 2);
}

fn raw_client(url: &str) -> Client {
    let credentials = StaticCredential::api_key(KEY);
    builder(url, "http://127.0.0.1:1", Arc::new(credentials))
        .build()
        .unwrap()
}

const GOOD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 23\r\nconnection: close\r\n\r\n{\"abilities\":[\"teams\"]}";
const CUT: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 23\r\n\r\n{\"abilities\":";

#[tokio::test]
async fn cut_connections_are_tried_again() {
    let (url, seen) = raw(vec![b"", CUT, GOOD]);
    let client = raw_client(&url);
    assert_eq!(client.abilities().await.unwrap().len(), 1);
    assert_eq!(seen.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_create_whose_connection_is_cut_may_have_happened() {
    for cut in [b"".as_slice(), CUT] {
        let (url, seen) = raw(vec![cut]);
        let error = create(&raw_client(&url)).await.unwrap_err();
        assert!(
            matches!(
                error,
                Error::Unreachable {
                    source: Some(_),
                    ..
                }
            ),
            "{error}"
        );
        assert_eq!(seen.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let client = raw_client("http://127.0.0.1:1");
    let error = client.abilities().await.unwrap_err();
    assert!(
        matches!(error, Error::Unreachable { status: None, .. }),
        "{error}"
    );
    assert_eq!(client.calls(), 5);
}

#[tokio::test]
async fn one_call_takes_no_longer_than_its_timeout() {
    let world = World::start().await;
    world
        .on(
            "GET",
            "/abilities",
            abilities().set_delay(Duration::from_secs(20)),
        )
        .await;
    let retry = RetryPolicy {
        tries_max: 1,
        ..RetryPolicy::immediate()
    };
    let credentials = Arc::new(StaticCredential::api_key(KEY));
    let builder = world.builder(credentials).retry(retry);
    let client = builder
        .call_timeout(Duration::from_millis(50))
        .build()
        .unwrap();
    let error = client.abilities().await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::Unreachable {
                source: Some(_),
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn a_passed_deadline_sends_nothing() {
    let world = World::start().await;
    world.on("GET", "/abilities", abilities()).await;
    let client = world.client();
    let late = client
        .with_deadline(Instant::now())
        .with_deadline(in_five_seconds());
    let error = late.abilities().await.unwrap_err();
    assert!(
        matches!(error, Error::DeadlinePassed { source: None, .. }),
        "{error}"
    );
    assert_eq!(client.calls(), 0);
    client
        .abilities()
        .await
        .expect("the deadline is the clone's alone");
}

#[tokio::test]
async fn a_deadline_during_a_call_ends_it() {
    let world = World::start().await;
    world
        .on(
            "GET",
            "/abilities",
            abilities().set_delay(Duration::from_secs(20)),
        )
        .await;
    let soon = world
        .client()
        .with_deadline(Instant::now() + Duration::from_millis(100));
    let error = soon.abilities().await.unwrap_err();
    assert!(matches!(error, Error::DeadlinePassed { .. }), "{error}");
}

#[tokio::test]
async fn a_wait_past_the_deadline_fails_at_once() {
    let asked_to_wait = rate_limited()
        .insert_header("ratelimit-remaining", "0")
        .insert_header("ratelimit-reset", "30");
    for answer in [
        asked_to_wait,
        status(429).insert_header("retry-after", "30"),
    ] {
        let world = World::start().await;
        world.on("GET", "/abilities", answer).await;
        let client = world.client();
        let began = Instant::now();
        let error = client
            .with_deadline(in_five_seconds())
            .abilities()
            .await
            .unwrap_err();
        assert!(began.elapsed() < Duration::from_secs(5), "it waited");
        insta::allow_duplicates! {
            insta::assert_snapshot!(chain(&error), @"list abilities: the deadline has passed: list abilities: too many calls; try again in 30 s");
        }
        assert_eq!(client.calls(), 1);
        // Everyone who shares the client stays away, without asking again.
        let error = client
            .with_deadline(in_five_seconds())
            .abilities()
            .await
            .unwrap_err();
        assert!(matches!(error, Error::DeadlinePassed { .. }), "{error}");
        assert_eq!(client.calls(), 1);
    }
}

#[tokio::test]
async fn a_wait_longer_than_allowed_is_left_to_the_caller() {
    let world = World::start().await;
    world
        .on(
            "GET",
            "/abilities",
            status(429).insert_header("retry-after", "3600"),
        )
        .await;
    let client = world.client();
    for _ in 0..2 {
        let error = client.abilities().await.unwrap_err();
        let Error::RateLimited {
            retry_after: Some(wait),
            ..
        } = error
        else {
            panic!("{error}");
        };
        assert!(wait > Duration::from_secs(3_500), "{wait:?}");
    }
    assert_eq!(client.calls(), 1);
}

#[tokio::test]
async fn an_exhausted_limit_keeps_the_next_call_back() {
    let world = World::start().await;
    let last = abilities()
        .insert_header("ratelimit-limit", "960")
        .insert_header("ratelimit-remaining", "0")
        .insert_header("ratelimit-reset", "30");
    let before = abilities().insert_header("ratelimit-remaining", "1");
    world
        .on("GET", "/abilities", script(vec![before, last]))
        .await;
    let client = world.client();
    assert_eq!(client.rate_remaining(), None);
    client.abilities().await.unwrap();
    assert_eq!(client.rate_remaining(), Some(1));
    client.abilities().await.unwrap();
    assert_eq!(client.rate_remaining(), Some(0));
    let error = client
        .with_deadline(in_five_seconds())
        .abilities()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::DeadlinePassed { .. }), "{error}");
    assert_eq!(client.calls(), 2);
}
