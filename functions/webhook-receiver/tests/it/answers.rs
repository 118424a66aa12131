//! Every bad request has its answer, and none leaves a trace in the store or on the bus.

use crate::hook::{Hook, SECRET, sign};
use crate::support::{ACCEPTED, BAD_SIGNATURE, UNAVAILABLE, World, noon};
use lambda_http::http::Method;
use serde_json::{Value, json};
use webhook_receiver::{BODY_BYTES_MAX, Problem};

const NOT_FOUND: (u16, Option<&str>) = (404, Some("not-found"));

fn hook() -> Hook {
    Hook::fixture("incident-triggered")
}

/// The status, and the problem's code.
type Answer = (u16, Option<&'static str>);

/// Sends each, and checks that nothing came of it.
async fn all_without_trace(cases: Vec<(&str, Hook, Answer)>) {
    let world = World::new().await;
    let writes = world.writes();
    for (case, hook, expected) in cases {
        assert_eq!(world.send(&hook).await, expected, "{case}");
    }
    assert!(world.incidents().await.is_empty());
    assert_eq!(world.writes(), writes, "nothing was written");
    assert_eq!(world.bell.rung(), Vec::<String>::new());
}

#[tokio::test]
async fn what_is_not_proven_is_refused() {
    let good = sign(SECRET, &hook().body);
    let digits = good.trim_start_matches("v1=");
    let signed = |signature: &str| hook().header("x-pagerduty-signature", signature);
    let refused = |case, hook| (case, hook, BAD_SIGNATURE);
    all_without_trace(vec![
        refused("another secret", hook().signed_with("another")),
        refused("the empty secret", hook().signed_with("")),
        refused("no header", hook().without("x-pagerduty-signature")),
        refused("an empty header", signed("")),
        refused("truncated", signed(&good[..good.len() - 2])),
        refused("not hexadecimal", signed(&format!("v1={}", "g".repeat(64)))),
        refused("version 2 only", signed(&format!("v2={digits}"))),
        refused("no version", signed(digits)),
        refused("another body", hook().body("{}")),
        refused("no body", hook().body("")),
        refused("not JSON", hook().body("{")),
        refused("deep nesting", hook().body("[".repeat(100_000))),
        refused(
            "another account's name",
            hook().signed_with("").path("/quiet"),
        ),
    ])
    .await;
}

#[tokio::test]
async fn what_is_proven_but_cannot_be_read_is_accepted_and_not_stored() {
    let event = |event: Value| Hook::event(&event);
    let accepted = |case, hook| (case, hook, ACCEPTED);
    let incident = |data: Value| {
        json!({
            "id": "01E", "event_type": "incident.triggered", "occurred_at": noon(0), "data": data,
        })
    };
    all_without_trace(vec![
        accepted("no body", Hook::new("")),
        accepted("not JSON", Hook::new("not JSON")),
        accepted("not UTF-8", Hook::new(vec![0xff, 0xfe])),
        accepted("cut off", Hook::new(r#"{"event":{"id":"01E""#)),
        accepted("deep nesting", Hook::new("[".repeat(100_000))),
        accepted("no event", Hook::new("{}")),
        accepted("a list", Hook::new("[]")),
        accepted("an event of nothing", event(json!({}))),
        accepted("no data", event(incident(json!(null)))),
        accepted(
            "a number for an id",
            event(incident(json!({"id": 1, "status": "triggered"}))),
        ),
        accepted(
            "an unknown status",
            event(incident(json!({"id": "Q1", "status": "smouldering"}))),
        ),
        accepted(
            "a service's id that cannot be kept",
            event(incident(
                json!({"id": "Q1", "status": "triggered", "service": {"id": "P*1"}}),
            )),
        ),
    ])
    .await;
}

#[tokio::test]
async fn only_accounts_of_the_configuration_have_a_path() {
    let at = |path| (path, hook().path(path), NOT_FOUND);
    all_without_trace(vec![
        at("/"),
        at(""),
        at("/nobody"),
        at("/ACME"),
        at("/acme/"),
        at("/acme/more"),
        at("/%61cme"),
        at("/account with spaces"),
    ])
    .await;
}

#[tokio::test]
async fn other_methods_are_refused_before_anything_is_looked_at() {
    let refused = (405, Some("method-not-allowed"));
    let by = |method: Method| hook().method(method).without("x-pagerduty-signature");
    all_without_trace(vec![
        ("GET", by(Method::GET), refused),
        ("HEAD", by(Method::HEAD), refused),
        ("PUT", by(Method::PUT), refused),
        ("GET of no account", by(Method::GET).path("/"), NOT_FOUND),
    ])
    .await;
}

#[tokio::test]
async fn a_body_has_at_most_256_kb() {
    let refused = (413, Some("too-large"));
    all_without_trace(vec![
        ("300 KB", Hook::new(vec![b' '; 300 * 1024]), refused),
        (
            "one too many",
            Hook::new(vec![b' '; BODY_BYTES_MAX + 1]),
            refused,
        ),
        (
            "300 KB, not proven",
            hook().body(vec![b' '; 300 * 1024]),
            refused,
        ),
    ])
    .await;

    let world = World::new().await;
    let mut body = hook().body;
    body.resize(BODY_BYTES_MAX, b' ');
    assert_eq!(world.send(&Hook::new(body)).await, ACCEPTED);
    assert_eq!(world.incidents().await.len(), 1);
}

#[tokio::test]
async fn an_account_without_webhook_secrets_is_sent_to_again() {
    let world = World::with_secrets(&[]).await;
    assert_eq!(world.send(&hook()).await, UNAVAILABLE);
    assert!(world.incidents().await.is_empty());
}

#[test]
fn each_problem_has_its_status() {
    for (problem, status) in [
        (Problem::NotFound, 404),
        (Problem::MethodNotAllowed, 405),
        (Problem::TooLarge, 413),
        (Problem::BadSignature, 401),
        (Problem::Unavailable, 503),
    ] {
        assert_eq!(problem.status().as_u16(), status);
    }
}
