//! What each call asks, and what it makes of the answer.

use std::collections::BTreeSet;

use pagerduty_client::{
    Error, EscalationPolicyId, EscalationPolicyQuery, EscalationTarget, IncidentId, IncidentStatus,
    NewOverride, OncallInclude, OncallQuery, OverrideId, ResponderState, ScheduleId, ScheduleKind,
    ScheduleQuery, ServiceId, ServiceQuery, ServiceStatus, TeamId, TeamRole, Urgency, UserId,
    UserQuery, UserRole,
};
use serde_json::{Value, json};
use wiremock::Request;

use crate::support::{World, at, ok, refused, status, values, window};

fn list(key: &str, rows: Value) -> wiremock::ResponseTemplate {
    let mut body = json!({"limit": 100, "offset": 0, "more": false, "total": null, "something_new": {"a": [1]}});
    body[key] = rows;
    ok(body)
}

fn schedule_id(text: &str) -> ScheduleId {
    ScheduleId::parse(text).unwrap()
}

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

fn user(id: &str, email: Value) -> Value {
    json!({
        "id": id, "type": "user", "name": "Jo", "email": email, "role": "limited_user", "time_zone": "Europe/Berlin",
        "job_title": null, "invitation_sent": true, "teams": [{"id": "T1", "type": "team_reference"}],
    })
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

#[tokio::test]
async fn users_are_found_by_the_whole_address_only() {
    let world = World::start().await;
    let rows = json!([
        user("U1", json!("jane.doe@acme.example")),
        user("U2", json!("Doe@Acme.example")),
        user("U3", Value::Null),
    ]);
    world.on("GET", "/users", list("users", rows)).await;
    let client = world.client();
    let found = client
        .find_user_by_email(" doe@acme.example ")
        .await
        .unwrap();
    assert_eq!(found.unwrap().id.as_str(), "U2");
    assert!(
        client
            .find_user_by_email("e@acme.example")
            .await
            .unwrap()
            .is_none()
    );
    assert_eq!(
        values(&world.api_requests().await[0], "query"),
        ["doe@acme.example"]
    );
    assert!(
        client.find_user_by_email("").await.unwrap().is_none(),
        "nobody has no address"
    );
    assert_eq!(client.calls(), 2);
}

#[tokio::test]
async fn two_users_of_one_address_are_ambiguous() {
    let world = World::start().await;
    let rows = json!([
        user("U1", json!("jo@acme.example")),
        user("U2", json!("JO@acme.example"))
    ]);
    world.on("GET", "/users", list("users", rows)).await;
    let error = world
        .client()
        .find_user_by_email("jo@acme.example")
        .await
        .unwrap_err();
    insta::assert_snapshot!(error, @"find user by e-mail: 2 match; exactly one must");
}

#[tokio::test]
async fn users_and_their_roles_are_read() {
    let world = World::start().await;
    let mut odd = user("U2", json!("x@acme.example"));
    odd["role"] = json!("role_of_tomorrow");
    odd["name"] = Value::Null;
    odd["teams"] = Value::Null;
    world
        .on(
            "GET",
            "/users",
            list("users", json!([user("U1", json!("jo@acme.example")), odd])),
        )
        .await;
    world
        .on(
            "GET",
            "/users/U1",
            ok(json!({"user": user("U1", json!("jo@acme.example"))})),
        )
        .await;
    let client = world.client();
    let query = UserQuery {
        text_part: None,
        team_ids: BTreeSet::from([TeamId::parse("T1").unwrap()]),
    };
    let found = client.users(&query).await.unwrap();
    assert_eq!(found[0].role, Some(UserRole::LimitedUser));
    assert!(found[0].is_invited);
    assert_eq!(
        found[1].role,
        Some(UserRole::Other("role_of_tomorrow".into()))
    );
    assert_eq!(found[1].name, "");
    let one = client.user(&UserId::parse("U1").unwrap()).await.unwrap();
    assert_eq!(one, found[0]);
}

#[tokio::test]
async fn team_members_come_with_role_and_address() {
    let world = World::start().await;
    let rows = json!([
        {"user": user("U1", json!("jo@acme.example")), "role": "manager"},
        {"user": {"id": "U2", "type": "user_reference", "summary": "Al"}, "role": "captain"},
    ]);
    world
        .on("GET", "/teams/T1/members", list("members", rows))
        .await;
    let found = world
        .client()
        .team_members(&TeamId::parse("T1").unwrap())
        .await
        .unwrap();
    assert_eq!(found[0].user.email.as_deref(), Some("jo@acme.example"));
    assert_eq!(found[0].role, Some(TeamRole::Manager));
    assert_eq!(found[1].role, Some(TeamRole::Other("captain".into())));
    assert_eq!(
        values(&world.api_requests().await[0], "include[]"),
        ["users"]
    );
}

#[tokio::test]
async fn escalation_policies_name_people_and_schedules_of_both_kinds() {
    let world = World::start().await;
    let policy = json!({
        "id": "P1", "type": "escalation_policy", "name": "Ops", "num_loops": 2, "services": [], "teams": null,
        "escalation_rules": [
            {"id": "R1", "escalation_delay_in_minutes": 30, "targets": [
                {"id": "S1", "type": "schedule_reference"}, {"id": "S2", "type": "schedule_v3_reference", "summary": "C"}]},
            {"id": "R2", "escalation_delay_in_minutes": 10, "targets": [
                {"id": "U1", "type": "user_reference"}, {"id": "X1", "type": "robot_reference"}]},
        ],
    });
    world
        .on(
            "GET",
            "/escalation_policies",
            list("escalation_policies", json!([policy.clone()])),
        )
        .await;
    world
        .on(
            "GET",
            "/escalation_policies/P1",
            ok(json!({"escalation_policy": policy})),
        )
        .await;
    let client = world.client();
    let found = client
        .escalation_policies(&EscalationPolicyQuery::default())
        .await
        .unwrap();
    let kinds: Vec<_> = found[0]
        .rules
        .iter()
        .flat_map(|rule| &rule.targets)
        .map(|target| match target {
            EscalationTarget::User(user) => format!("user {}", user.id),
            EscalationTarget::Schedule(schedule) => format!("{} {}", schedule.kind, schedule.id),
            EscalationTarget::Other { kind, id } => format!("{kind} {id}"),
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "layer-based S1",
            "shift-based S2",
            "user U1",
            "robot_reference X1"
        ]
    );
    let one = client
        .escalation_policy(&EscalationPolicyId::parse("P1").unwrap())
        .await
        .unwrap();
    assert_eq!(one, found[0]);
}

#[tokio::test]
async fn services_are_read() {
    let world = World::start().await;
    let service = json!({
        "id": "V1", "type": "service", "name": "Checkout", "status": "sleeping", "teams": [],
        "escalation_policy": {"id": "P1", "type": "escalation_policy_reference"},
    });
    world
        .on("GET", "/services", list("services", json!([service])))
        .await;
    let found = world
        .client()
        .services(&ServiceQuery::default())
        .await
        .unwrap();
    assert_eq!(
        found[0].status,
        Some(ServiceStatus::Other("sleeping".into()))
    );
    assert_eq!(
        found[0].escalation_policy.as_ref().unwrap().id.as_str(),
        "P1"
    );
}

fn incident() -> Value {
    json!({
        "id": "I1", "type": "incident", "incident_number": 42, "title": "It burns", "status": "acknowledged",
        "urgency": "high", "priority": {"id": "PR1", "type": "priority", "summary": "P1", "name": "P1"},
        "created_at": "2026-09-01T10:00:00Z", "resolved_at": null, "teams": [],
        "service": {"id": "V1", "type": "service_reference", "summary": "Checkout"},
        "escalation_policy": {"id": "P1", "type": "escalation_policy_reference"},
        "assignments": [{"at": "2026-09-01T10:00:00Z", "assignee": {"id": "U1", "type": "user_reference"}}],
        "acknowledgements": [
            {"at": "2026-09-01T10:05:00Z", "acknowledger": {"id": "U1", "type": "user_reference"}},
            {"at": "2026-09-01T10:06:00Z", "acknowledger": {"id": "V1", "type": "service_reference"}},
        ],
        "incidents_responders": [
            {"state": "joined", "user": {"id": "U2", "type": "user_reference"}, "requested_at": "2026-09-01T10:07:00Z", "message": "help"},
            {"state": "dreaming", "user": {"id": "U3", "type": "user_reference"}},
        ],
    })
}

#[tokio::test]
async fn open_incidents_are_found_however_old() {
    let world = World::start().await;
    world
        .on("GET", "/incidents", list("incidents", json!([incident()])))
        .await;
    let services = BTreeSet::from(["V1", "V2"].map(|id| ServiceId::parse(id).unwrap()));
    let found = world.client().open_incidents(&services).await.unwrap();
    assert_eq!(
        (&found[0].status, found[0].resolved_at),
        (&IncidentStatus::Acknowledged, None)
    );
    assert_eq!(
        (found[0].urgency.as_ref(), found[0].number),
        (Some(&Urgency::High), Some(42))
    );
    assert!(found[0].assignments[0].assignee.user().is_some());
    assert!(found[0].acknowledgements[1].acknowledger.user().is_none());
    assert_eq!(found[0].responders[0].state, ResponderState::Joined);
    assert_eq!(
        found[0].responders[1].state,
        ResponderState::Other("dreaming".into())
    );
    let request = &world.api_requests().await[0];
    assert_eq!(values(request, "statuses[]"), ["triggered", "acknowledged"]);
    assert_eq!(values(request, "service_ids[]"), ["V1", "V2"]);
    assert_eq!(values(request, "date_range"), ["all"]);
}

#[tokio::test]
async fn one_incident_is_read_with_its_priority() {
    let world = World::start().await;
    world
        .on("GET", "/incidents/I1", ok(json!({"incident": incident()})))
        .await;
    let client = world.client();
    let found = client
        .incident(&IncidentId::parse("I1").unwrap())
        .await
        .unwrap();
    assert_eq!(found.priority.unwrap().name.as_deref(), Some("P1"));
    assert_eq!(found.title.as_deref(), Some("It burns"));
}

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
    assert_eq!(deletion, pagerduty_client::Deletion::Deleted);
}
