//! What is made of payloads, old and new, odd and wrong. The fixtures are ours, after the documented shapes.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use jiff::Timestamp;
use pagerduty_client::{
    IncidentStatus, Urgency,
    webhook::{
        Delivery, EventData, EventType, IncidentSnapshot, ResponderAnswer, WebhookError, parse,
    },
};
use serde_json::{Value, json};

/// All fixtures by file name, without its ending.
fn fixtures() -> BTreeMap<String, Vec<u8>> {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/fixtures/pagerduty/webhooks"
    );
    let entries = fs::read_dir(folder).unwrap();
    let read = |path: &Path| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, fs::read(path).unwrap())
    };
    entries.map(|entry| read(&entry.unwrap().path())).collect()
}

fn fixture(name: &str) -> Value {
    serde_json::from_slice(&fixtures()[name]).unwrap()
}

fn parsed(body: &Value) -> Result<Delivery, WebhookError> {
    parse(body.to_string().as_bytes())
}

fn incident(body: &Value) -> IncidentSnapshot {
    match parsed(body).unwrap().data {
        EventData::Incident(incident) => *incident,
        other => panic!("{other:?}"),
    }
}

/// A delivery in a line.
fn told(delivery: &Delivery) -> String {
    let Delivery {
        event_id: _,
        event_type,
        resource_type,
        occurred_at,
        agent,
        data,
    } = delivery;
    let by = agent.as_ref().map_or("-", |agent| agent.as_str());
    let on = resource_type.as_deref().unwrap_or("-");
    let data = match data {
        EventData::Incident(incident) => told_incident(incident),
        EventData::Responder(responder) => {
            let user = responder.user_id.as_ref().map_or("-", |id| id.as_str());
            format!("{} {user} {:?}", responder.incident_id, responder.state)
        }
        EventData::Ping { message } => format!("{message:?}"),
        EventData::Other => "not read".to_owned(),
    };
    format!("{occurred_at} {event_type} {on} by {by}: {data}")
}

fn told_incident(incident: &IncidentSnapshot) -> String {
    let IncidentSnapshot {
        id,
        number,
        status,
        urgency,
        priority,
        service_id,
        team_ids,
        escalation_policy_id,
        assignee_ids,
        created_at,
    } = incident;
    let priority = priority.as_ref().and_then(|one| one.name.as_ref());
    let parts = [
        id.to_string(),
        or_dash(number.as_ref()),
        status.to_string(),
        or_dash(urgency.as_ref()),
        or_dash(priority),
        or_dash(service_id.as_ref()),
        or_dash(escalation_policy_id.as_ref()),
        all_or_dash(team_ids.as_ref()),
        all_or_dash(assignee_ids.as_ref()),
        format!("since {}", or_dash(created_at.as_ref())),
    ];
    parts.join(" ")
}

fn or_dash<T: ToString>(value: Option<&T>) -> String {
    value.map_or_else(|| "-".to_owned(), T::to_string)
}

fn all_or_dash<T: ToString>(ids: Option<&BTreeSet<T>>) -> String {
    let Some(ids) = ids else {
        return "-".to_owned();
    };
    let ids: Vec<_> = ids.iter().map(T::to_string).collect();
    format!("[{}]", ids.join(", "))
}

#[test]
fn every_event_is_read_in_its_old_and_its_new_shape() {
    let mut told_all = String::new();
    for (name, body) in fixtures() {
        let delivery = parse(&body).expect(&name);
        told_all.push_str(&told(&delivery));
        told_all.push('\n');
    }
    insta::assert_snapshot!(told_all, @r#"
    2026-11-22T10:02:00.002Z incident.acknowledged incident by PADA001: Q1FIXTUREINC01 42 acknowledged high P1 PSVPAY1 PPAYEP1 [PTMPAY1] [PADA001] since 2026-11-22T10:00:00Z
    2021-06-01T08:32:00Z incident.acknowledged incident by PADA001: Q1FIXTUREINC01 - acknowledged high - PSVPAY1 PPAYEP1 [PTMPAY1] [PADA001] since 2021-06-01T08:30:00Z
    2026-11-22T10:04:00.004Z incident.delegated incident by PADA001: Q1FIXTUREINC01 42 triggered high P1 PSVPAY1 PCHKEP1 [PTMPAY1] [PBEN002] since 2026-11-22T10:00:00Z
    2021-06-01T08:34:00Z incident.delegated incident by PADA001: Q1FIXTUREINC01 - triggered high - PSVPAY1 PCHKEP1 [PTMPAY1] [PBEN002] since 2021-06-01T08:30:00Z
    2026-11-22T10:05:00.005Z incident.escalated incident by -: Q1FIXTUREINC01 42 triggered high P1 PSVPAY1 PPAYEP1 [PTMPAY1] [PBEN002] since 2026-11-22T10:00:00Z
    2021-06-01T08:35:00Z incident.escalated incident by -: Q1FIXTUREINC01 - triggered high - PSVPAY1 PPAYEP1 [PTMPAY1] [PBEN002] since 2021-06-01T08:30:00Z
    2026-11-22T10:06:00.006Z incident.priority_updated incident by PADA001: Q1FIXTUREINC01 42 acknowledged high - PSVPAY1 PPAYEP1 [PTMPAY1] [PADA001] since 2026-11-22T10:00:00Z
    2021-06-01T08:36:00Z incident.priority_updated incident by PADA001: Q1FIXTUREINC01 - acknowledged high - PSVPAY1 PPAYEP1 [PTMPAY1] [PADA001] since 2021-06-01T08:30:00Z
    2026-11-22T10:07:00.007Z incident.reassigned incident by PADA001: Q1FIXTUREINC01 42 triggered high P1 PSVPAY1 PPAYEP1 [PTMPAY1] [PADA001, PBEN002] since 2026-11-22T10:00:00Z
    2021-06-01T08:37:00Z incident.reassigned incident by PADA001: Q1FIXTUREINC01 - triggered high - PSVPAY1 PPAYEP1 [PTMPAY1] [PBEN002] since 2021-06-01T08:30:00Z
    2026-11-22T10:08:00.008Z incident.reopened incident by PBEN002: Q1FIXTUREINC01 42 triggered high P1 PSVPAY1 PPAYEP1 [PTMPAY1] [PADA001] since 2026-11-22T10:00:00Z
    2021-06-01T08:38:00Z incident.reopened incident by PBEN002: Q1FIXTUREINC01 - triggered high - PSVPAY1 PPAYEP1 [PTMPAY1] [PADA001] since 2021-06-01T08:30:00Z
    2026-11-22T10:09:00.009Z incident.resolved incident by PADA001: Q1FIXTUREINC01 42 resolved high P1 PSVPAY1 PPAYEP1 [PTMPAY1] [] since 2026-11-22T10:00:00Z
    2021-06-01T08:39:00Z incident.resolved incident by -: Q1FIXTUREINC01 - resolved high - PSVPAY1 PPAYEP1 [PTMPAY1] [] since 2021-06-01T08:30:00Z
    2026-11-22T10:11:00.011Z incident.responder.added incident by PADA001: Q1FIXTUREINC01 PBEN002 Pending
    2021-06-01T08:41:00Z incident.responder.added incident by PADA001: Q1FIXTUREINC01 PBEN002 Pending
    2026-11-22T10:12:00.012Z incident.responder.replied incident by PBEN002: Q1FIXTUREINC01 PBEN002 Accepted
    2021-06-01T08:42:00Z incident.responder.replied incident by PBEN002: Q1FIXTUREINC01 PBEN002 Accepted
    2026-11-22T10:10:00.01Z incident.service_updated incident by PADA001: Q1FIXTUREINC01 42 acknowledged low P1 PSVCHK1 PCHKEP1 [PTMPAY1] [PADA001] since 2026-11-22T10:00:00Z
    2021-06-01T08:40:00Z incident.service_updated incident by PADA001: Q1FIXTUREINC01 - acknowledged high - PSVCHK1 PPAYEP1 [PTMPAY1] [PADA001] since 2021-06-01T08:30:00Z
    2026-11-22T10:01:00.001Z incident.triggered incident by -: Q1FIXTUREINC01 42 triggered high P1 PSVPAY1 PPAYEP1 [PTMPAY1] [PADA001] since 2026-11-22T10:00:00Z
    2021-06-01T08:31:00Z incident.triggered incident by -: Q1FIXTUREINC01 - triggered high - PSVPAY1 PPAYEP1 [PTMPAY1] [] since 2021-06-01T08:30:00Z
    2026-11-22T10:03:00.003Z incident.unacknowledged incident by -: Q1FIXTUREINC01 42 triggered high P1 PSVPAY1 PPAYEP1 [PTMPAY1] [PADA001] since 2026-11-22T10:00:00Z
    2021-06-01T08:33:00Z incident.unacknowledged incident by -: Q1FIXTUREINC01 - triggered high - PSVPAY1 PPAYEP1 [PTMPAY1] [PADA001] since 2021-06-01T08:30:00Z
    2026-11-22T10:30:00Z incident.annotated incident by PADA001: not read
    2026-11-22T10:31:00Z incident.of_tomorrow incident by -: not read
    2026-11-22T10:13:00.013Z pagey.ping pagey by PADA001: Some("Hello from your friend Pagey!")
    2021-06-01T08:43:00Z pagey.ping pagey by -: None
    "#);
}

#[test]
fn there_is_a_fixture_of_either_shape_for_every_event_that_is_read() {
    let fixtures = fixtures();
    for kind in EventType::INCIDENTS.iter().chain([&EventType::Ping]) {
        let name = kind.as_str().replace(['.', '_'], "-");
        for name in [name.clone(), format!("{name}-2021")] {
            let body = fixtures.get(&name).expect(&name);
            assert_eq!(parse(body).unwrap().event_type, *kind, "{name}");
        }
    }
}

#[test]
fn fields_that_nobody_set_may_be_null_or_absent() {
    let optional = [
        "number",
        "urgency",
        "priority",
        "service",
        "teams",
        "escalation_policy",
        "assignees",
        "created_at",
    ];
    let mut nulls = fixture("incident-triggered");
    let mut absent = fixture("incident-triggered");
    for key in optional {
        nulls["event"]["data"][key] = Value::Null;
        let data = absent["event"]["data"].as_object_mut().unwrap();
        data.remove(key);
    }
    for key in ["agent", "client", "resource_type"] {
        nulls["event"][key] = Value::Null;
        absent["event"].as_object_mut().unwrap().remove(key);
    }
    for body in [nulls, absent] {
        let delivery = parsed(&body).unwrap();
        assert_eq!((delivery.agent, delivery.resource_type), (None, None));
        let incident = incident(&body);
        assert_eq!(incident.assignee_ids, None, "not said is not nobody");
        assert_eq!(incident.team_ids, None);
        assert_eq!(
            (incident.number, incident.urgency, incident.priority),
            (None, None, None)
        );
        assert_eq!(incident.created_at, None);
        assert_eq!(
            (incident.service_id, incident.escalation_policy_id),
            (None, None)
        );
    }
}

#[test]
fn what_is_new_is_taken() {
    let mut body = fixture("incident-acknowledged");
    body["new"] = json!([1, {"a": null}]);
    body["event"]["new"] = json!({"x": 1});
    body["event"]["agent"]["type"] = json!("bot_reference");
    let data = &mut body["event"]["data"];
    data["type"] = json!("major_incident");
    data["status"] = json!("snoozed");
    data["urgency"] = json!("severe");
    data["assignees"] = json!([
        {"id": "PADA001", "type": "user"}, {"id": "PBEN002"}, {"id": "PAGENT1", "type": "agent_reference"},
        {"id": "PBEN002", "type": "user_reference", "summary": null, "self": null},
    ]);
    data["service"]["type"] = json!("technical_service_reference");
    let delivery = parsed(&body).unwrap();
    assert_eq!(delivery.agent, None);
    let incident = incident(&body);
    assert_eq!(incident.status, IncidentStatus::Other("snoozed".into()));
    assert_eq!(incident.urgency, Some(Urgency::Other("severe".into())));
    let people = incident.assignee_ids.unwrap();
    assert_eq!(
        people.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["PADA001", "PBEN002"]
    );
}

#[test]
fn nobody_assigned_is_said_by_an_empty_list() {
    let mut body = fixture("incident-resolved");
    body["event"]["data"]["assignees"] = json!([]);
    assert_eq!(incident(&body).assignee_ids, Some([].into()));
}

#[test]
fn events_that_nobody_uses_are_read_whatever_they_carry() {
    for data in [
        json!(null),
        json!(7),
        json!([]),
        json!({"type": "incident"}),
    ] {
        let mut body = fixture("incident-triggered");
        body["event"]["event_type"] = json!("service.deleted");
        body["event"]["data"] = data;
        assert_eq!(parsed(&body).unwrap().data, EventData::Other);
    }
}

#[test]
fn both_words_for_a_helper_who_helps_mean_the_same() {
    let cases = [
        ("pending", ResponderAnswer::Pending),
        ("accepted", ResponderAnswer::Accepted),
        ("joined", ResponderAnswer::Accepted),
        ("declined", ResponderAnswer::Declined),
        ("cancelled", ResponderAnswer::Cancelled),
        ("user_cancelled", ResponderAnswer::Cancelled),
        ("asleep", ResponderAnswer::Other("asleep".into())),
    ];
    for (word, expected) in cases {
        let mut body = fixture("incident-responder-replied");
        body["event"]["data"]["state"] = json!(word);
        let EventData::Responder(responder) = parsed(&body).unwrap().data else {
            panic!("{word}");
        };
        assert_eq!(responder.state, expected, "{word}");
    }
}

#[test]
fn an_escalation_policy_that_was_asked_to_help_is_nobody() {
    let mut body = fixture("incident-responder-added");
    body["event"]["data"]["user"] = Value::Null;
    let EventData::Responder(responder) = parsed(&body).unwrap().data else {
        panic!("no responder");
    };
    assert_eq!(responder.user_id, None);
}

#[test]
fn instants_may_have_any_precision_and_offset() {
    for text in [
        "2026-11-22T10:01:00Z",
        "2026-11-22T10:01:00.000Z",
        "2026-11-22T11:01:00.000000+01:00",
    ] {
        let mut body = fixture("incident-triggered");
        body["event"]["occurred_at"] = json!(text);
        let expected: Timestamp = "2026-11-22T10:01:00Z".parse().unwrap();
        assert_eq!(parsed(&body).unwrap().occurred_at, expected, "{text}");
    }
}

const PERSON: &str = "jane.doe@acme.example";

#[track_caller]
fn assert_wrong(cases: impl IntoIterator<Item = (&'static str, Value, &'static str)>) {
    for (place, value, expected) in cases {
        let mut body = fixture("incident-acknowledged");
        *body.pointer_mut(place).unwrap() = value;
        let error = parsed(&body).unwrap_err();
        assert_eq!(error.to_string(), expected, "{place}");
        assert!(!format!("{error:?}").contains(PERSON), "{place}");
    }
}

#[test]
fn a_wrong_envelope_names_the_field_and_never_its_value() {
    let long = "x".repeat(256);
    let odd = json!({ "of": PERSON });
    assert_wrong([
        ("/event/id", odd.clone(), "`event.id` is not an id"),
        ("/event/id", json!(""), "`event.id` is not an id"),
        ("/event/id", json!(null), "`event.id` is missing"),
        (
            "/event/event_type",
            json!(7),
            "`event.event_type` is not a text",
        ),
        (
            "/event/event_type",
            json!(long),
            "`event.event_type` is not a short word",
        ),
        (
            "/event/event_type",
            json!("incident.\ntriggered"),
            "`event.event_type` is not a short word",
        ),
        (
            "/event/occurred_at",
            json!(PERSON),
            "`event.occurred_at` is not an instant",
        ),
        (
            "/event/occurred_at",
            json!(1_700_000_000),
            "`event.occurred_at` is not an instant",
        ),
        (
            "/event/occurred_at",
            json!("2026-11-22T10:01:00"),
            "`event.occurred_at` is not an instant",
        ),
        (
            "/event/agent",
            json!(PERSON),
            "`event.agent` is not an object",
        ),
        (
            "/event/agent/id",
            json!(null),
            "`event.agent.id` is missing",
        ),
        ("/event", json!(null), "`event` is missing"),
        ("/event", json!([PERSON]), "`event` is not an object"),
        ("", json!([]), "`the body` is not an object"),
        ("", json!({"messages": [odd]}), "`event` is missing"),
    ]);
}

#[test]
fn wrong_data_names_the_field_and_never_its_value() {
    let odd = json!({ "of": PERSON });
    assert_wrong([
        ("/event/data", json!(null), "`event.data` is missing"),
        ("/event/data", json!([odd]), "`event.data` is not an object"),
        (
            "/event/data/id",
            json!("a/b"),
            "`event.data.id` is not an id",
        ),
        (
            "/event/data/status",
            json!(null),
            "`event.data.status` is missing",
        ),
        (
            "/event/data/status",
            odd.clone(),
            "`event.data.status` is not a text",
        ),
        (
            "/event/data/number",
            json!(-1),
            "`event.data.number` is not a whole number",
        ),
        (
            "/event/data/urgency",
            json!([]),
            "`event.data.urgency` is not a text",
        ),
        (
            "/event/data/service",
            json!(PERSON),
            "`event.data.service` is not an object",
        ),
        (
            "/event/data/service",
            odd.clone(),
            "`event.data.service.id` is missing",
        ),
        (
            "/event/data/teams",
            odd.clone(),
            "`event.data.teams` is not a list",
        ),
        (
            "/event/data/teams/0",
            json!(null),
            "`event.data.teams[0]` is not an object",
        ),
        (
            "/event/data/priority",
            odd.clone(),
            "`event.data.priority.id` is missing",
        ),
        (
            "/event/data/assignees",
            json!([{"id": "PADA001"}, {"id": PERSON, "type": "user_reference"}, {"id": 7}]),
            "`event.data.assignees[2].id` is not an id",
        ),
    ]);
}

#[test]
fn what_is_no_json_is_refused() {
    let whole = &fixtures()["incident-triggered"];
    let mut twice = whole.clone();
    twice.extend_from_slice(whole);
    let cases = [
        ("empty", Vec::new()),
        ("text", b"hello".to_vec()),
        ("form", b"payload=%7B%7D".to_vec()),
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("twice", twice),
        ("not UTF-8", b"{\"event\":\"\xff\"}".to_vec()),
        ("NUL", vec![0; 64]),
    ];
    for (name, body) in cases {
        let error = parse(&body).unwrap_err();
        assert!(
            matches!(error, WebhookError::NotJson { .. }),
            "{name}: {error}"
        );
    }
}

#[test]
fn deep_nesting_is_refused_before_it_costs_anything() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let nested = |depth: usize| {
            let inner = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let mut body = fixture("pagey-ping").to_string();
            body.replace_range(1..1, &format!("\"deep\":{inner},"));
            parse(body.as_bytes())
        };
        assert!(nested(100).is_ok(), "{open}");
        let error = nested(130).unwrap_err();
        assert!(matches!(error, WebhookError::NotJson { .. }), "{error}");
        assert!(nested(50_000).is_err(), "{open}");
        assert!(parse(open.repeat(100_000).as_bytes()).is_err(), "{open}");
    }
}

#[test]
fn no_prefix_of_a_payload_is_read_as_one() {
    for (name, body) in fixtures() {
        let body = body.trim_ascii_end();
        for end in 0..body.len() {
            assert!(parse(&body[..end]).is_err(), "{name} cut at {end}");
        }
    }
}
