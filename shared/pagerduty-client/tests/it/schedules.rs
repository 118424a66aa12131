//! On-calls and schedules: what is asked, and what is made of the answer.

use std::collections::BTreeSet;

use pagerduty_client::{
    Error, EscalationPolicyId, OncallInclude, OncallQuery, ScheduleKind, ScheduleQuery, TeamId,
    UserId,
};
use serde_json::{Value, json};
use wiremock::Request;

use crate::support::{World, at, list, ok, refused, schedule_id, user, values, window};

fn oncall(schedule: Value, start: Value, end: Value) -> Value {
    json!({
        "user": {"id": "U1", "type": "user_reference", "summary": "Jo", "self": "https://x", "html_url": null},
        "schedule": schedule,
        "escalation_policy": {"id": "P1", "type": "escalation_policy_reference", "summary": "Ops"},
        "escalation_level": 2,
        "start": start,
        "end": end,
    })
}

#[tokio::test]
async fn oncalls_of_every_form_are_read() {
    let world = World::start().await;
    let rows = json!([
        oncall(
            json!({"id": "S1", "type": "schedule_reference", "summary": "Days"}),
            json!("2026-10-25T01:00:00+02:00"),
            json!("2026-10-25T09:00:00+01:00")
        ),
        oncall(
            json!({"id": "S2", "type": "schedule_v3_reference", "summary": null}),
            json!("2026-10-25T00:00:00Z"),
            Value::Null
        ),
        oncall(Value::Null, Value::Null, Value::Null),
    ]);
    world.on("GET", "/oncalls", list("oncalls", rows)).await;
    let query = OncallQuery {
        schedule_ids: BTreeSet::from([schedule_id("S1"), schedule_id("S2")]),
        with_permanent: true,
        escalation_policy_ids: BTreeSet::from([EscalationPolicyId::parse("P1").unwrap()]),
        user_ids: BTreeSet::from([UserId::parse("U1").unwrap()]),
        window: Some(window("2026-10-25T00:00:00Z", "2026-10-26T00:00:00Z")),
        is_earliest_only: true,
        include: OncallInclude {
            users: true,
            schedules: true,
            escalation_policies: true,
        },
    };
    let found = world.client().oncalls(&query).await.unwrap();
    let day = &found[0];
    assert_eq!(
        (
            day.user.id.as_str(),
            day.escalation_policy.id.as_str(),
            day.escalation_level
        ),
        ("U1", "P1", 2)
    );
    assert_eq!(
        day.schedule.as_ref().unwrap().kind,
        ScheduleKind::LayerBased
    );
    assert_eq!(day.starts_at, Some(at("2026-10-24T23:00:00Z")));
    assert_eq!(day.ends_at, Some(at("2026-10-25T08:00:00Z")));
    assert_eq!(
        found[1].schedule.as_ref().unwrap().kind,
        ScheduleKind::ShiftBased
    );
    assert_eq!(found[1].ends_at, None);
    assert_eq!(
        (&found[2].schedule, found[2].starts_at, found[2].ends_at),
        (&None, None, None)
    );

    let request = &world.api_requests().await[0];
    for (key, expected) in [
        ("schedule_ids[]", vec!["S1", "S2", "null"]),
        ("escalation_policy_ids[]", vec!["P1"]),
        ("user_ids[]", vec!["U1"]),
        ("since", vec!["2026-10-25T00:00:00Z"]),
        ("until", vec!["2026-10-26T00:00:00Z"]),
        ("time_zone", vec!["UTC"]),
        ("earliest", vec!["true"]),
        (
            "include[]",
            vec!["users", "schedules", "escalation_policies"],
        ),
        ("limit", vec!["100"]),
        ("offset", vec!["0"]),
        ("total", vec![]),
    ] {
        assert_eq!(values(request, key), expected, "{key}");
    }
}

#[tokio::test]
async fn an_oncall_without_an_end_is_not_one_that_never_ends() {
    for key in [
        "schedule",
        "start",
        "end",
        "user",
        "escalation_policy",
        "escalation_level",
    ] {
        let world = World::start().await;
        let mut row = oncall(Value::Null, Value::Null, Value::Null);
        row.as_object_mut().unwrap().remove(key);
        world
            .on("GET", "/oncalls", list("oncalls", json!([row])))
            .await;
        let error = world
            .client()
            .oncalls(&OncallQuery::default())
            .await
            .expect_err(key);
        assert!(matches!(error, Error::Malformed { .. }), "{key}: {error}");
    }
}

#[tokio::test]
async fn many_schedules_are_asked_for_in_portions() {
    let world = World::start().await;
    let answer = |request: &Request| {
        let asked = values(request, "schedule_ids[]");
        let of = |id: &String| {
            oncall(
                json!({"id": id, "type": "schedule_reference"}),
                Value::Null,
                Value::Null,
            )
        };
        list(
            "oncalls",
            asked.iter().filter(|id| *id != "null").map(of).collect(),
        )
    };
    world.on("GET", "/oncalls", answer).await;
    let query = OncallQuery {
        schedule_ids: (0..250).map(|n| schedule_id(&format!("S{n}"))).collect(),
        with_permanent: true,
        ..OncallQuery::default()
    };
    let found = world.client().oncalls(&query).await.unwrap();
    let ids: BTreeSet<_> = found
        .into_iter()
        .map(|row| row.schedule.unwrap().id)
        .collect();
    assert_eq!(ids, query.schedule_ids);
    let requests = world.api_requests().await;
    let sizes: Vec<_> = requests
        .iter()
        .map(|r| values(r, "schedule_ids[]").len())
        .collect();
    assert_eq!(
        sizes,
        [101, 100, 50],
        "permanent on-calls are asked for once"
    );
}

fn layer_schedule(entries: Value) -> Value {
    json!({
        "id": "S1", "type": "schedule", "name": "Days", "summary": "Days", "time_zone": "Europe/Berlin",
        "description": null, "schedule_layers": [], "overrides_subschedule": {"rendered_schedule_entries": []},
        "teams": [{"id": "T1", "type": "team_reference", "summary": "Ops"}],
        "escalation_policies": [{"id": "P1", "type": "escalation_policy_reference"}],
        "users": [{"id": "U1", "type": "user_reference", "summary": "Jo"}],
        "final_schedule": {"name": "Final Schedule", "rendered_schedule_entries": entries},
    })
}

fn entry(user: Value, end: Value) -> Value {
    json!({"start": "2026-11-22T08:00:00+01:00", "end": end, "user": user, "id": "x"})
}

#[tokio::test]
async fn listed_schedules_carry_their_shifts() {
    let world = World::start().await;
    let entries = json!([entry(
        json!({"id": "U1", "type": "user_reference"}),
        json!("2026-11-22T20:00:00+01:00")
    )]);
    let mut bare = layer_schedule(json!([]));
    bare["id"] = json!("S2");
    bare.as_object_mut().unwrap().remove("final_schedule");
    world
        .on(
            "GET",
            "/schedules",
            list("schedules", json!([layer_schedule(entries), bare])),
        )
        .await;
    let client = world.client();
    let query = ScheduleQuery {
        name_part: Some("Da".into()),
        team_ids: BTreeSet::from([TeamId::parse("T1").unwrap()]),
        rendered: Some(window("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z")),
    };
    let found = client.schedules(&query).await.unwrap();
    assert_eq!(
        (found[0].name.as_str(), found[0].kind),
        ("Days", ScheduleKind::LayerBased)
    );
    assert_eq!(found[0].time_zone.as_deref(), Some("Europe/Berlin"));
    assert_eq!(
        (
            found[0].teams.len(),
            found[0].escalation_policies.len(),
            found[0].users.len()
        ),
        (1, 1, 1)
    );
    let shifts = &found[0].rendered.as_ref().unwrap().shifts;
    assert_eq!(
        (shifts[0].starts_at, shifts[0].ends_at),
        (at("2026-11-22T07:00:00Z"), Some(at("2026-11-22T19:00:00Z")))
    );
    assert_eq!(found[1].rendered, None, "not given is not empty");
    let plain = client.schedules(&ScheduleQuery::default()).await.unwrap();
    assert_eq!(plain[0].rendered, None, "not asked for is not empty");

    let requests = world.api_requests().await;
    assert_eq!(values(&requests[0], "query"), ["Da"]);
    assert_eq!(values(&requests[0], "team_ids[]"), ["T1"]);
    assert_eq!(values(&requests[0], "include[]"), ["final_schedule"]);
    assert_eq!(values(&requests[0], "time_zone"), ["UTC"]);
    assert!(values(&requests[1], "include[]").is_empty());
}

#[tokio::test]
async fn a_layer_based_schedule_is_found_after_a_400() {
    for code in [400, 404] {
        let world = World::start().await;
        let entries = json!([
            entry(
                json!({"id": "U1", "type": "user_reference", "summary": "Jo"}),
                Value::Null
            ),
            entry(Value::Null, json!("2026-11-22T20:00:00Z")),
        ]);
        world
            .on(
                "GET",
                "/v3/schedules/S1",
                refused(code, 2001, "Invalid Input Provided"),
            )
            .await;
        world
            .on(
                "GET",
                "/schedules/S1",
                ok(json!({"schedule": layer_schedule(entries)})),
            )
            .await;
        let asked = window("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z");
        let found = world
            .client()
            .schedule(&schedule_id("S1"), Some(asked))
            .await
            .unwrap();
        assert_eq!(found.kind, ScheduleKind::LayerBased);
        let rendered = found.rendered.unwrap();
        assert_eq!((rendered.shifts.len(), rendered.unknown_entries), (1, 1));
        assert_eq!(rendered.shifts[0].ends_at, None);
        let requests = world.api_requests().await;
        assert_eq!(values(&requests[0], "include[]"), ["final_schedule"]);
        assert_eq!(values(&requests[1], "overflow"), ["true"]);
        assert_eq!(values(&requests[1], "since"), ["2026-11-22T00:00:00Z"]);
    }
}

#[tokio::test]
async fn a_shift_based_schedule_may_have_several_people_at_once() {
    let world = World::start().await;
    let assignment = |member: Value| {
        json!({
            "type": "computed_shift_assignment", "start_time": "2026-11-22T08:00:00Z", "end_time": "2026-11-22T20:00:00Z",
            "member": member, "source": {"type": "schedule_rotation", "rotation_id": "R1"},
        })
    };
    let body = json!({"schedule": {
        "id": "S2", "type": "schedule_v3", "name": "Around the clock", "time_zone": "UTC", "rotations": [{"id": "R1"}],
        "final_schedule": {"type": "final_schedule", "rendered_coverage_percentage": 50.0, "computed_shift_assignments": [
            assignment(json!({"type": "user_member", "user_id": "U1"})),
            assignment(json!({"type": "user_member", "user_id": "U2"})),
            assignment(json!({"type": "empty_member"})),
            assignment(json!({"type": "member_of_tomorrow", "team_id": "T1"})),
        ]},
    }});
    world.on("GET", "/v3/schedules/S2", ok(body)).await;
    let client = world.client();
    let asked = window("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z");
    let found = client
        .schedule(&schedule_id("S2"), Some(asked))
        .await
        .unwrap();
    assert_eq!(
        (found.kind, found.name.as_str()),
        (ScheduleKind::ShiftBased, "Around the clock")
    );
    let rendered = found.rendered.unwrap();
    let ids: Vec<_> = rendered
        .shifts
        .iter()
        .map(|shift| shift.user.id.as_str())
        .collect();
    assert_eq!(ids, ["U1", "U2"]);
    assert_eq!(rendered.unknown_entries, 1);
    assert_eq!(client.calls(), 1);
}

#[tokio::test]
async fn a_schedule_without_its_shifts_is_no_answer() {
    let asked = window("2026-11-22T00:00:00Z", "2026-11-23T00:00:00Z");
    let mut no_entries = layer_schedule(Value::Null);
    no_entries["final_schedule"]["rendered_schedule_entries"] = Value::Null;
    let mut no_final = layer_schedule(json!([]));
    no_final["final_schedule"] = Value::Null;
    let mut other = layer_schedule(json!([]));
    other["id"] = json!("S9");
    for (name, schedule) in [
        ("no entries", no_entries),
        ("no final", no_final),
        ("another one", other),
    ] {
        let world = World::start().await;
        world
            .on(
                "GET",
                "/v3/schedules/S1",
                ok(json!({"schedule": schedule.clone()})),
            )
            .await;
        world
            .on("GET", "/schedules/S1", ok(json!({"schedule": schedule})))
            .await;
        let client = world.client();
        let error = client
            .layer_schedule(&schedule_id("S1"), Some(asked))
            .await
            .expect_err(name);
        assert!(matches!(error, Error::Malformed { .. }), "{name}: {error}");
        let error = client
            .shift_schedule(&schedule_id("S1"), Some(asked))
            .await
            .expect_err(name);
        assert!(matches!(error, Error::Malformed { .. }), "{name}: {error}");
    }
}

#[tokio::test]
async fn a_schedule_is_gone_only_if_neither_kind_knows_it() {
    let world = World::start().await;
    world
        .on("GET", "/v3/schedules/S1", refused(404, 2100, "Not Found"))
        .await;
    world
        .on("GET", "/schedules/S1", refused(404, 2100, "Not Found"))
        .await;
    let client = world.client();
    let error = client.schedule(&schedule_id("S1"), None).await.unwrap_err();
    insta::assert_snapshot!(error, @"get schedule `S1`: not found");
    assert_eq!(client.calls(), 2);
}

#[tokio::test]
async fn schedule_users_are_whole_users() {
    let world = World::start().await;
    let users = json!({"users": [user("U1", json!("jo@acme.example"))]});
    world.on("GET", "/schedules/S1/users", ok(users)).await;
    let client = world.client();
    let asked = window("2026-11-22T00:00:00Z", "2026-11-22T00:00:01Z");
    let found = client
        .schedule_users(&schedule_id("S1"), Some(asked))
        .await
        .unwrap();
    assert_eq!(found[0].email.as_deref(), Some("jo@acme.example"));
    client
        .schedule_users(&schedule_id("S1"), None)
        .await
        .unwrap();
    let requests = world.api_requests().await;
    assert_eq!(values(&requests[0], "until"), ["2026-11-22T00:00:01Z"]);
    assert_eq!(requests[1].url.query(), None);
}
