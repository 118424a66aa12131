//! Lists are whole or an error.

use pagerduty_client::{AuditQuery, Error, TeamQuery};
use serde_json::{Value, json};
use wiremock::{Request, ResponseTemplate};

use crate::support::{World, number, ok, status, values, window};

/// So many teams from this one on.
fn teams(from: usize, count: usize) -> Vec<Value> {
    let team = |n| json!({"id": format!("T{n}"), "type": "team", "name": format!("Team {n}")});
    (from..from + count).map(team).collect()
}

/// A well-behaved list of so many teams, on pages of at most so many rows.
fn list(total: usize, page_rows: usize) -> impl Fn(&Request) -> ResponseTemplate {
    move |request| {
        let limit = number(request, "limit").min(page_rows);
        let offset = number(request, "offset");
        let count = limit.min(total.saturating_sub(offset));
        ok(json!({
            "teams": teams(offset, count), "limit": limit, "offset": offset,
            "more": offset + count < total, "total": null,
        }))
    }
}

#[tokio::test]
async fn lists_are_read_to_the_end() {
    for (total, page_rows, calls) in [
        (0, 100, 1),
        (100, 100, 1),
        (101, 100, 2),
        (250, 100, 3),
        (250, 40, 7),
    ] {
        let world = World::start().await;
        world.on("GET", "/teams", list(total, page_rows)).await;
        let client = world.client();
        let found = client.teams(&TeamQuery::default()).await.unwrap();
        let ids: Vec<_> = found.iter().map(|team| team.id.to_string()).collect();
        let expected: Vec<_> = (0..total).map(|n| format!("T{n}")).collect();
        assert_eq!(ids, expected, "{total} by {page_rows}");
        assert_eq!(client.calls(), calls, "{total} by {page_rows}");
    }
}

#[tokio::test]
async fn ten_thousand_rows_are_read_and_one_more_is_an_error() {
    let world = World::start().await;
    world.on("GET", "/teams", list(10_000, 100)).await;
    let found = world.client().teams(&TeamQuery::default()).await.unwrap();
    assert_eq!(found.len(), 10_000);

    let world = World::start().await;
    world.on("GET", "/teams", list(10_001, 100)).await;
    let client = world.client();
    let error = client.teams(&TeamQuery::default()).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::TooManyRows {
                rows_max: 10_000,
                ..
            }
        ),
        "{error}"
    );
    let beyond = |request: &Request| number(request, "limit") + number(request, "offset") > 10_000;
    assert!(
        !world.api_requests().await.iter().any(beyond),
        "PagerDuty would answer 400"
    );
}

#[tokio::test]
async fn answers_that_contradict_themselves_are_no_answers() {
    let full = |offset: usize, more: Value| {
        ok(json!({"teams": teams(0, 100), "offset": offset, "more": more}))
    };
    let text = |body: &str| ResponseTemplate::new(200).set_body_raw(body, "application/json");
    let cases = [
        ("no list", ok(json!({"more": false}))),
        ("null list", ok(json!({"teams": null, "more": false}))),
        (
            "list of another thing",
            ok(json!({"users": [], "more": false})),
        ),
        ("no more", ok(json!({"teams": teams(0, 3), "offset": 0}))),
        ("null more", full(0, Value::Null)),
        (
            "empty page, more to come",
            ok(json!({"teams": [], "offset": 0, "more": true})),
        ),
        ("another page", full(100, Value::Bool(false))),
        (
            "the same page for ever",
            ok(json!({"teams": teams(0, 100), "more": true})),
        ),
        ("truncated", text(r#"{"teams":[{"id":"T1","name":"Tea"#)),
        (
            "truncated after the rows",
            text(r#"{"teams":[{"id":"T1"}],"more":false"#),
        ),
        ("html", text("<html>maintenance</html>")),
        ("nothing", text("")),
        (
            "a row without id",
            ok(json!({"teams": [{"name": "x"}], "more": false})),
        ),
        (
            "a row with a bad id",
            ok(json!({"teams": [{"id": "../users"}], "more": false})),
        ),
    ];
    for (name, answer) in cases {
        let world = World::start().await;
        world.on("GET", "/teams", answer).await;
        let error = world.client().teams(&TeamQuery::default()).await;
        let error = error.expect_err(name);
        assert!(matches!(error, Error::Malformed { .. }), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_lost_second_page_loses_the_list() {
    for code in [500, 404, 400, 403, 200] {
        let world = World::start().await;
        let answer = move |request: &Request| match number(request, "offset") {
            0 => ok(json!({"teams": teams(0, 100), "offset": 0, "more": true})),
            _ => status(code),
        };
        world.on("GET", "/teams", answer).await;
        let found = world.client().teams(&TeamQuery::default()).await;
        assert!(found.is_err(), "{code}");
    }
}

#[tokio::test]
async fn shift_based_schedules_come_a_thousand_at_a_time() {
    let world = World::start().await;
    let answer = |request: &Request| {
        let offset = number(request, "offset");
        let count = if offset == 0 { 1_000 } else { 1 };
        let row =
            |n| json!({"id": format!("S{n}"), "type": "schedule_v3_reference", "summary": "x"});
        let rows: Vec<_> = (offset..offset + count).map(row).collect();
        ok(json!({"schedules": rows, "limit": 1_000, "offset": offset, "more": offset == 0}))
    };
    world.on("GET", "/v3/schedules", answer).await;
    let found = world.client().shift_schedules().await.unwrap();
    assert_eq!(found.len(), 1_001);
    assert_eq!(number(&world.api_requests().await[0], "limit"), 1_000);
}

fn audit_query() -> AuditQuery {
    AuditQuery {
        window: window("2026-11-01T00:00:00Z", "2026-11-22T00:00:00Z"),
        root_resource_types: vec!["teams".into(), "users".into()],
    }
}

#[tokio::test]
async fn cursors_are_followed_to_the_end() {
    let world = World::start().await;
    let record = |id: &str| {
        json!({
            "id": id, "execution_time": "2026-11-20T10:00:00.000Z", "action": "update", "new_key": 1,
            "actors": [{"id": "U1", "type": "user_reference", "summary": "Jo"}],
            "root_resource": {"id": "T1", "type": "team_reference", "summary": "Ops"},
        })
    };
    let answer =
        move |request: &Request| match values(request, "cursor").first().map(String::as_str) {
            None => ok(json!({"records": [record("A1")], "next_cursor": "c1", "limit": 100})),
            Some("c1") => ok(json!({"records": [], "next_cursor": "c2"})),
            _ => ok(json!({"records": [record("A2")], "next_cursor": null})),
        };
    world.on("GET", "/audit/records", answer).await;
    let found = world.client().audit_records(&audit_query()).await.unwrap();
    let ids: Vec<_> = found.iter().map(|record| record.id.as_str()).collect();
    assert_eq!(ids, ["A1", "A2"]);
    assert_eq!(found[0].actors[0].user().unwrap().id.as_str(), "U1");
    let first = &world.api_requests().await[0];
    assert_eq!(values(first, "root_resource_types[]"), ["teams", "users"]);
    assert_eq!(values(first, "since"), ["2026-11-01T00:00:00Z"]);
}

#[tokio::test]
async fn cursors_that_lead_nowhere_are_errors() {
    let cases = [
        ("absent", json!({"records": []})),
        ("repeated", json!({"records": [], "next_cursor": "c"})),
    ];
    for (name, body) in cases {
        let world = World::start().await;
        world.on("GET", "/audit/records", ok(body)).await;
        let error = world
            .client()
            .audit_records(&audit_query())
            .await
            .expect_err(name);
        assert!(matches!(error, Error::Malformed { .. }), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_plan_without_audit_records_says_so() {
    let world = World::start().await;
    world.on("GET", "/audit/records", status(402)).await;
    let error = world
        .client()
        .audit_records(&audit_query())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::PlanLacksAbility { .. }), "{error}");
}
