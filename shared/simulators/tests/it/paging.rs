//! Offset paging: defaults, maxima, `more`, `total`, and the end of what can be reached.

use serde_json::{Value, json};
use simulators::pagerduty::{ShiftSchedule, User};

use crate::support::World;

async fn with_users(count: usize) -> World {
    let world = World::at("2026-11-22T10:00:00Z").await;
    for number in 0..count {
        world.pd.add_user(User::new(
            &format!("User {number}"),
            &format!("u{number}@x.example"),
        ));
    }
    world
}

#[tokio::test]
async fn a_list_has_25_items_unless_asked_and_never_more_than_100() {
    let world = with_users(130).await;
    let cases = [
        ("/users", 25, 25, 0, true),
        ("/users?limit=100", 100, 100, 0, true),
        ("/users?limit=5000", 100, 100, 0, true),
        ("/users?limit=100&offset=100", 30, 100, 100, false),
        ("/users?limit=65&offset=65", 65, 65, 65, false),
        ("/users?offset=500", 0, 25, 500, false),
    ];
    for (path, count, limit, offset, more) in cases {
        let body = world.get(path).await;
        assert_eq!(
            body["users"].as_array().map(Vec::len),
            Some(count),
            "{path}"
        );
        assert_eq!(body["limit"], limit, "{path}");
        assert_eq!(body["offset"], offset, "{path}");
        assert_eq!(body["more"], more, "{path}");
        assert_eq!(body["total"], Value::Null, "{path}");
    }
    assert_eq!(world.get("/users?total=true").await["total"], 130);
}

#[tokio::test]
async fn nothing_beyond_ten_thousand_can_be_reached() {
    let world = with_users(1).await;
    world.get("/users?limit=100&offset=9900").await;
    for path in [
        "/users?limit=100&offset=9901",
        "/users?offset=10000",
        "/users?limit=0",
        "/users?limit=x",
    ] {
        let (status, body) = world.status(path).await;
        assert_eq!(
            (status, &body["error"]["code"]),
            (400, &json!(2001)),
            "{path}"
        );
        assert!(body["error"]["errors"].is_array(), "{path}");
    }
}

#[tokio::test]
async fn v3_pages_are_larger_and_have_no_total() {
    let world = World::at("2026-11-22T10:00:00Z").await;
    for number in 0..120 {
        world
            .pd
            .add_shift_schedule(ShiftSchedule::new(&format!("S{number:03}"), "Etc/UTC"));
    }
    let body = world.get("/v3/schedules?total=true").await;
    assert_eq!(body["schedules"].as_array().map(Vec::len), Some(100));
    assert_eq!((&body["more"], body.get("total")), (&json!(true), None));
    let body = world.get("/v3/schedules?limit=2000").await;
    assert_eq!(body["schedules"].as_array().map(Vec::len), Some(120));
    assert_eq!(body["limit"], 1000);
}

#[tokio::test]
async fn a_query_is_a_part_of_name_or_email_whatever_the_case() {
    let world = World::at("2026-11-22T10:00:00Z").await;
    for (name, email) in [
        ("Jane Doe", "jane.doe@x.example"),
        ("E Doe", "E.Doe@x.example"),
        ("Ann", "ann@x.example"),
    ] {
        world.pd.add_user(User::new(name, email));
    }
    let found = world.get("/users?query=e.doe%40x").await;
    assert_eq!(found["users"].as_array().map(Vec::len), Some(2));
    let found = world.get("/users?query=ANN").await;
    assert_eq!(found["users"][0]["email"], "ann@x.example");
}
