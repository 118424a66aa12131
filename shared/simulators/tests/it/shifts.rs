//! `/v3/schedules`: references, computed shifts, the 400 for the other kind.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use jiff::civil::date;
use serde_json::{Value, json};
use simulators::pagerduty::{Event, LayerSchedule, Recurrence, ShiftSchedule, User};

use crate::support::{World, ids};

const WINDOW: &str = "since=2026-11-22T10:00:00Z&until=2026-11-24T10:00:00Z";

async fn world() -> World {
    let world = World::at("2026-11-22T10:00:00Z").await;
    let pd = &world.pd;
    for id in ["PANN001", "PBEN001", "PCEM001"] {
        pd.add_user(User::new(id, &format!("{id}@x.example")).id(id));
    }
    let start = date(2026, 11, 2).at(9, 0, 0, 0);
    let day = SignedDuration::from_hours(24);
    let days = Event::new("Days", start, day, Recurrence::Daily(1))
        .users(&["PANN001"])
        .vacant();
    let deputy = Event::new("Deputy", start, day, Recurrence::Daily(1)).users(&["PBEN001"]);
    let schedule = ShiftSchedule::new("Shifts", "Etc/UTC").id("PSHIFT1");
    pd.add_shift_schedule(schedule.rotation(days).rotation(deputy));
    pd.add_schedule(LayerSchedule::new("Layers", "Etc/UTC").id("PLAYER1"));
    world
}

fn assignments(body: &Value) -> Vec<(String, String, String)> {
    let found = body["schedule"]["final_schedule"]["computed_shift_assignments"].as_array();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let one = |item: &Value| {
        (
            text(&item["start_time"]),
            text(&item["member"]["user_id"]),
            text(&item["source"]["type"]),
        )
    };
    found.expect("a list").iter().map(one).collect()
}

#[tokio::test]
async fn the_list_has_references_to_v3_schedules_only() {
    let world = world().await;
    let body = world.get("/v3/schedules").await;
    assert_eq!(ids(&body["schedules"]), ["PSHIFT1"]);
    let schedule = body["schedules"][0].as_object().expect("an object");
    let members: BTreeSet<&str> = schedule.keys().map(String::as_str).collect();
    let documented = ["html_url", "id", "self", "summary", "type"];
    assert_eq!(members, BTreeSet::from(documented));
    assert_eq!(body["schedules"][0]["type"], "schedule_v3_reference");
}

#[tokio::test]
async fn a_layer_based_id_is_400_with_fields_and_an_unknown_one_404() {
    let world = world().await;
    let (status, body) = world.status("/v3/schedules/PLAYER1").await;
    assert_eq!(status, 400);
    assert!(body["error"]["errors"]["schedule_id"].is_array());
    assert_eq!(world.send("/v3/schedules/PUNKNWN").await.status(), 404);
}

#[tokio::test]
async fn computed_shifts_come_only_when_included() {
    let world = world().await;
    let bare = world.get("/v3/schedules/PSHIFT1").await;
    assert_eq!(bare["schedule"]["type"], "schedule_v3");
    assert_eq!(bare["schedule"].get("final_schedule"), None);
    let event = &bare["schedule"]["rotations"][0]["events"][0];
    assert_eq!(
        event["start_time"],
        json!({ "date_time": "2026-11-02T09:00:00Z", "time_zone": "Etc/UTC" })
    );
    assert_eq!(event["recurrence"], json!(["RRULE:FREQ=DAILY"]));
    let members =
        json!([{ "type": "user_member", "user_id": "PANN001" }, { "type": "empty_member" }]);
    assert_eq!(event["assignment_strategy"]["members"], members);

    let (status, _) = world
        .status("/v3/schedules/PSHIFT1?include[]=final_schedule")
        .await;
    assert_eq!(status, 400);
    let body = world
        .get(&format!(
            "/v3/schedules/PSHIFT1?include[]=final_schedule&{WINDOW}"
        ))
        .await;
    let expected = [
        ("2026-11-22T10:00:00Z", "PANN001"),
        ("2026-11-22T10:00:00Z", "PBEN001"),
        ("2026-11-23T09:00:00Z", "PBEN001"),
        ("2026-11-23T09:00:00Z", "-"),
        ("2026-11-24T09:00:00Z", "PANN001"),
        ("2026-11-24T09:00:00Z", "PBEN001"),
    ];
    let expected = expected.map(|(at, who)| {
        (
            at.to_owned(),
            who.to_owned(),
            "schedule_rotation".to_owned(),
        )
    });
    assert_eq!(assignments(&body), expected);
    let vacant = &body["schedule"]["final_schedule"]["computed_shift_assignments"][3];
    assert_eq!(vacant["member"], json!({ "type": "empty_member" }));
}

#[tokio::test]
async fn an_override_replaces_one_member_and_a_custom_shift_adds_one() {
    let world = world().await;
    let rotation = &world.pd.rotation_ids("PSHIFT1")[1];
    let member = |id: &str| json!({ "type": "user_member", "user_id": id });
    let body = json!({ "overrides": [{
        "type": "override_shift",
        "rotation_id": rotation,
        "start_time": "2026-11-22T12:00:00Z",
        "end_time": "2026-11-22T13:00:00Z",
        "overridden_member": member("PBEN001"),
        "overriding_member": member("PCEM001"),
    }] });
    let (status, made) = world.post("/v3/schedules/PSHIFT1/overrides", &body).await;
    assert_eq!(status, 201, "{made}");
    let body = json!({ "custom_shifts": [{
        "type": "custom_shift",
        "start_time": "2026-11-22T12:00:00Z",
        "end_time": "2026-11-22T13:00:00Z",
        "assignments": [{ "type": "shift_assignment", "member": member("PBEN001") }],
    }] });
    let (status, shift) = world
        .post("/v3/schedules/PSHIFT1/custom_shifts", &body)
        .await;
    assert_eq!(status, 201, "{shift}");
    let at_noon = "include[]=final_schedule&since=2026-11-22T12:00:00Z&until=2026-11-22T12:00:01Z";
    let shown = assignments(&world.get(&format!("/v3/schedules/PSHIFT1?{at_noon}")).await);
    let who: Vec<(&str, &str)> = shown
        .iter()
        .map(|(_, who, source)| (who.as_str(), source.as_str()))
        .collect();
    assert_eq!(
        who,
        [
            ("PANN001", "schedule_rotation"),
            ("PBEN001", "custom_shift"),
            ("PCEM001", "schedule_rotation_override")
        ]
    );
    let list = world
        .get(&format!("/v3/schedules/PSHIFT1/overrides?{WINDOW}"))
        .await;
    let id = ids(&list["overrides"])[0];
    assert_eq!(
        world
            .delete(&format!("/v3/schedules/PSHIFT1/overrides/{id}"))
            .await,
        204
    );
    let list = world
        .get(&format!("/v3/schedules/PSHIFT1/custom_shifts?{WINDOW}"))
        .await;
    let id = ids(&list["custom_shifts"])[0];
    assert_eq!(
        world
            .delete(&format!("/v3/schedules/PSHIFT1/custom_shifts/{id}"))
            .await,
        204
    );
    let shown = assignments(&world.get(&format!("/v3/schedules/PSHIFT1?{at_noon}")).await);
    assert_eq!(shown.len(), 2);
    let (status, body) = world
        .post(
            "/v3/schedules/PSHIFT1/overrides",
            &json!({ "overrides": [{}] }),
        )
        .await;
    assert_eq!(status, 400);
    assert!(body["error"]["errors"].is_object());
}
