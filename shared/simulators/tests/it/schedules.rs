//! `/schedules`: lists, details, members, overrides.

use jiff::civil::date;
use serde_json::{Value, json};
use simulators::pagerduty::{EscalationPolicy, Event, Target};
use simulators::pagerduty::{Layer, LayerSchedule, Recurrence, ShiftSchedule, Team, User};

use crate::support::{World, ids};

async fn world() -> World {
    let world = World::at("2026-11-22T10:00:00Z").await;
    let pd = &world.pd;
    for name in ["Ann", "Ben", "Cem"] {
        let id = format!("P{}001", name.to_uppercase());
        pd.add_user(User::new(name, &format!("{name}@x.example")).id(&id));
    }
    pd.add_team(
        Team::new("Payments")
            .id("PTEAM01")
            .member("PANN001", "manager"),
    );
    let people = ["PANN001", "PBEN001"];
    let start = date(2026, 11, 2).at(9, 0, 0, 0);
    let schedule = LayerSchedule::new("Payments Primary", "Europe/Zurich").id("PPRIM01");
    pd.add_schedule(schedule.team("PTEAM01").layer(Layer::daily(start, &people)));
    pd.add_schedule(LayerSchedule::new("Nobody", "Etc/UTC").id("PNOBODY"));
    let day = jiff::SignedDuration::from_hours(24);
    let event = Event::new("Days", start, day, Recurrence::Daily(1)).users(&people);
    pd.add_shift_schedule(
        ShiftSchedule::new("Shifts", "Etc/UTC")
            .id("PSHIFT1")
            .rotation(event),
    );
    let policy = EscalationPolicy::new("One")
        .id("PPOL001")
        .level(vec![Target::schedule("PPRIM01")]);
    pd.add_policy(policy);
    world
}

const WINDOW: &str = "since=2026-11-22T10:00:00Z&until=2026-11-23T10:00:00Z";

#[tokio::test]
async fn the_list_has_layer_based_schedules_only() {
    let world = world().await;
    assert_eq!(
        ids(&world.get("/schedules").await["schedules"]),
        ["PNOBODY", "PPRIM01"]
    );
    let body = world.get("/schedules?query=PRIMARY").await;
    let schedule = &body["schedules"][0];
    assert_eq!(schedule["type"], "schedule");
    assert_eq!(schedule["time_zone"], "Europe/Zurich");
    assert_eq!(
        schedule["html_url"],
        "https://acme.pagerduty.com/schedules/PPRIM01"
    );
    assert_eq!(ids(&schedule["escalation_policies"]), ["PPOL001"]);
    assert_eq!(ids(&schedule["users"]), ["PANN001", "PBEN001"]);
    assert_eq!(schedule.get("final_schedule"), None);
    assert_eq!(
        ids(&world.get("/schedules?team_ids[]=PTEAM01").await["schedules"]),
        ["PPRIM01"]
    );
}

#[tokio::test]
async fn the_list_can_carry_rendered_entries() {
    let world = world().await;
    let path = format!("/schedules?include[]=final_schedule&{WINDOW}");
    let body = world.get(&path).await;
    let entries = &body["schedules"][1]["final_schedule"]["rendered_schedule_entries"];
    let spans: Vec<[&Value; 3]> = entries
        .as_array()
        .expect("a list")
        .iter()
        .map(|entry| [&entry["user"]["id"], &entry["start"], &entry["end"]])
        .collect();
    assert_eq!(
        spans,
        [
            [
                &json!("PANN001"),
                &json!("2026-11-22T11:00:00+01:00"),
                &json!("2026-11-23T09:00:00+01:00")
            ],
            [
                &json!("PBEN001"),
                &json!("2026-11-23T09:00:00+01:00"),
                &json!("2026-11-23T11:00:00+01:00")
            ],
        ]
    );
    assert_eq!(
        body["schedules"][1]["final_schedule"]["rendered_coverage_percentage"],
        100.0
    );
    assert_eq!(
        body["schedules"][0]["final_schedule"]["rendered_coverage_percentage"],
        0.0
    );
    assert_eq!(body["schedules"][1].get("schedule_layers"), None);
}

#[tokio::test]
async fn a_schedule_is_rendered_only_when_a_window_is_given() {
    let world = world().await;
    let entries = |body: &Value| {
        body["schedule"]["final_schedule"]["rendered_schedule_entries"]
            .as_array()
            .map(Vec::len)
    };
    assert_eq!(entries(&world.get("/schedules/PPRIM01").await), Some(0));
    let body = world
        .get(&format!("/schedules/PPRIM01?{WINDOW}&time_zone=UTC"))
        .await;
    assert_eq!(entries(&body), Some(2));
    let layer = &body["schedule"]["schedule_layers"][0];
    assert_eq!(layer["rotation_turn_length_seconds"], 86_400);
    assert_eq!(layer["users"][0]["user"]["id"], "PANN001");
    // A fortnight from the given end.
    assert_eq!(
        entries(
            &world
                .get("/schedules/PPRIM01?since=2026-11-22T08:00:00Z")
                .await
        ),
        Some(14)
    );
    let whole = world
        .get(&format!(
            "/schedules/PPRIM01?{WINDOW}&overflow=true&time_zone=UTC"
        ))
        .await;
    let first = &whole["schedule"]["final_schedule"]["rendered_schedule_entries"][0];
    assert_eq!(first["start"], "2026-11-22T08:00:00Z");
    // A v3 schedule looks empty here: the trap that PagerDuty's guide describes.
    let hollow = world.get(&format!("/schedules/PSHIFT1?{WINDOW}")).await;
    assert_eq!(entries(&hollow), Some(0));
    let (status, body) = world.status("/schedules/PUNKNWN").await;
    assert_eq!((status, &body["error"]["code"]), (404, &json!(2100)));
}

#[tokio::test]
async fn users_of_a_schedule_are_all_members_or_those_on_call_in_a_window() {
    let world = world().await;
    let all = world.get("/schedules/PPRIM01/users").await;
    assert_eq!(ids(&all["users"]), ["PANN001", "PBEN001"]);
    assert_eq!(all["users"][0]["email"], "Ann@x.example");
    assert_eq!(all.get("more"), None);
    let window = "since=2026-11-22T10:00:00Z&until=2026-11-22T11:00:00Z";
    let some = world
        .get(&format!("/schedules/PPRIM01/users?{window}"))
        .await;
    assert_eq!(ids(&some["users"]), ["PANN001"]);
}

#[tokio::test]
async fn overrides_are_created_with_a_status_each_and_cut_short_when_running() {
    let world = world().await;
    let one = |start: &str, end: &str, user: &str| json!({ "start": start, "end": end, "user": { "id": user, "type": "user_reference" } });
    let body = json!({ "overrides": [
        one("2026-11-22T11:00:00+01:00", "2026-11-22T14:00:00+01:00", "PCEM001"),
        one("2026-11-22T15:00:00Z", "2026-11-22T14:00:00Z", "PCEM001"),
        one("2026-11-24T10:00:00Z", "2026-11-24T12:00:00Z", "PGONE01"),
        one("2026-11-24T10:00:00Z", "2026-11-24T12:00:00Z", "PBEN001"),
    ] });
    let (status, made) = world.post("/schedules/PPRIM01/overrides", &body).await;
    assert_eq!(status, 201);
    let statuses: Vec<&Value> = made
        .as_array()
        .expect("a list")
        .iter()
        .map(|item| &item["status"])
        .collect();
    assert_eq!(statuses, [201, 400, 400, 201]);
    let list = world
        .get("/schedules/PPRIM01/overrides?since=2026-11-22T00:00:00Z&until=2026-11-30T00:00:00Z")
        .await;
    let ids = ids(&list["overrides"]);
    assert_eq!(ids.len(), 2);
    let now = world.pd.clock().now();
    assert_eq!(
        world.pd.on_call_at("PPRIM01", now),
        ["PCEM001".to_owned()].into()
    );

    world
        .pd
        .clock()
        .advance(jiff::SignedDuration::from_mins(30));
    assert_eq!(
        world
            .delete(&format!("/schedules/PPRIM01/overrides/{}", ids[0]))
            .await,
        200
    );
    assert_eq!(
        world
            .delete(&format!("/schedules/PPRIM01/overrides/{}", ids[1]))
            .await,
        204
    );
    assert_eq!(
        world
            .delete(&format!("/schedules/PPRIM01/overrides/{}", ids[1]))
            .await,
        404
    );
    assert_eq!(
        world.pd.on_call_at("PPRIM01", now),
        ["PCEM001".to_owned()].into(),
        "the past stays"
    );
    assert_eq!(
        world.pd.on_call_at("PPRIM01", world.pd.clock().now()),
        ["PANN001".to_owned()].into()
    );
    let (status, body) = world
        .status("/schedules/PPRIM01/overrides?since=2026-11-22T00:00:00Z")
        .await;
    assert_eq!((status, &body["error"]["code"]), (400, &json!(2003)));
}
