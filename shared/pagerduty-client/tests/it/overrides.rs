//! Overrides: created one by one, listed, deleted.

use pagerduty_client::{Deletion, Error, NewOverride, OverrideId, UserId};
use serde_json::{Value, json};

use crate::support::{World, at, schedule_id, status, values, window};

fn new_override(user: &str) -> NewOverride {
    NewOverride {
        user_id: UserId::parse(user).unwrap(),
        window: window("2026-11-22T08:00:00Z", "2026-11-22T16:00:00Z"),
    }
}

fn created(id: &str) -> Value {
    json!({
        "id": id, "start": "2026-11-22T08:00:00Z", "end": "2026-11-22T16:00:00Z",
        "user": {"id": "U1", "type": "user_reference", "summary": "Jo"},
    })
}

#[tokio::test]
async fn overrides_are_created_or_refused_one_by_one() {
    let echoed = json!({"start": "2026-11-22T08:00:00Z", "end": "2026-11-22T16:00:00Z", "user": {"id": "U2", "type": "user_reference"}});
    let good = json!({"status": 201, "override": created("O1")});
    let bad =
        json!({"status": 400, "errors": ["Override must end after its start"], "override": echoed});
    let bare = json!({"status": 400, "errors": ["Override must end after its start"]});
    let cases = [
        ("bare array", json!([good.clone(), bad.clone()])),
        ("refusal alone", json!([good.clone(), bare])),
        ("wrapped outcomes", json!({"overrides": [good, bad]})),
    ];
    for (name, body) in cases {
        let world = World::start().await;
        world
            .on(
                "POST",
                "/schedules/S1/overrides",
                status(201).set_body_json(body),
            )
            .await;
        let new = [new_override("U1"), new_override("U2")];
        let found = world
            .client()
            .create_overrides(&schedule_id("S1"), &new)
            .await
            .expect(name);
        assert_eq!(found[0].as_ref().unwrap().id.as_str(), "O1", "{name}");
        let refusal = found[1].as_ref().unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "the override was refused with status 400: Override must end after its start",
            "{name}"
        );
        let sent: Value = world.api_requests().await[0].body_json().unwrap();
        assert_eq!(
            sent["overrides"][0],
            json!({"start": "2026-11-22T08:00:00Z", "end": "2026-11-22T16:00:00Z", "user": {"id": "U1", "type": "user_reference"}}),
        );
    }
}

#[tokio::test]
async fn overrides_may_come_wrapped_and_without_status() {
    let world = World::start().await;
    let body = json!({"overrides": [created("O1")]});
    world
        .on(
            "POST",
            "/schedules/S1/overrides",
            status(201).set_body_json(body),
        )
        .await;
    let found = world
        .client()
        .create_overrides(&schedule_id("S1"), &[new_override("U1")])
        .await
        .unwrap();
    assert_eq!(found[0].as_ref().unwrap().user.id.as_str(), "U1");
}

#[tokio::test]
async fn a_create_answered_in_part_is_no_answer() {
    for body in [
        json!([]),
        json!({}),
        json!([{"status": 201}]),
        json!([{"status": 201, "override": null}]),
    ] {
        let world = World::start().await;
        world
            .on(
                "POST",
                "/schedules/S1/overrides",
                status(201).set_body_json(&body),
            )
            .await;
        let client = world.client();
        let error = client
            .create_overrides(&schedule_id("S1"), &[new_override("U1")])
            .await;
        assert!(matches!(error, Err(Error::Malformed { .. })), "{body}");
        assert_eq!(client.calls(), 1);
    }
}

#[tokio::test]
async fn overrides_are_listed_whatever_the_status_of_success() {
    let world = World::start().await;
    let body = json!({"overrides": [created("O1")]});
    world
        .on(
            "GET",
            "/schedules/S1/overrides",
            status(201).set_body_json(body),
        )
        .await;
    world
        .on("DELETE", "/schedules/S1/overrides/O1", status(204))
        .await;
    let client = world.client();
    let asked = window("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z");
    let found = client.overrides(&schedule_id("S1"), asked).await.unwrap();
    assert_eq!(found[0].ends_at, at("2026-11-22T16:00:00Z"));
    assert_eq!(values(&world.api_requests().await[0], "overflow"), ["true"]);
    let id = OverrideId::parse("O1").unwrap();
    let deletion = client
        .delete_override(&schedule_id("S1"), &id)
        .await
        .unwrap();
    assert_eq!(deletion, Deletion::Deleted);
}
