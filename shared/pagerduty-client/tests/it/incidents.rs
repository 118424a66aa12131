//! Incidents: the open ones however old and many, one, and notes on them.

use std::collections::BTreeSet;

use pagerduty_client::{
    Error, FromAddress, IncidentId, IncidentStatus, OpenIncidentQuery, ResponderState, ServiceId,
    TeamId, Urgency, UserId,
};
use serde_json::{Value, json};
use wiremock::Request;

use crate::support::{World, at, list, ok, refused, status, values};

fn incident() -> Value {
    json!({
        "id": "I1", "type": "incident", "incident_number": 42, "title": "It burns", "status": "acknowledged",
        "urgency": "high", "priority": {"id": "PR1", "type": "priority", "summary": "P1", "name": "P1"},
        "created_at": "2026-02-01T10:00:00Z", "resolved_at": null,
        "last_status_change_at": "2026-09-01T10:05:00Z", "teams": [],
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

fn of_services<S: AsRef<str>>(ids: impl IntoIterator<Item = S>) -> OpenIncidentQuery {
    let ids = ids.into_iter().map(|id| ServiceId::parse(id.as_ref()));
    OpenIncidentQuery {
        service_ids: ids.collect::<Result<_, _>>().unwrap(),
        ..OpenIncidentQuery::default()
    }
}

fn users<const N: usize>(ids: [&str; N]) -> BTreeSet<UserId> {
    ids.into_iter()
        .map(|id| UserId::parse(id).unwrap())
        .collect()
}

fn incident_id() -> IncidentId {
    IncidentId::parse("I1").unwrap()
}

#[tokio::test]
async fn open_incidents_are_found_however_old() {
    let world = World::start().await;
    world
        .on("GET", "/incidents", list("incidents", json!([incident()])))
        .await;
    let query = of_services(["V1", "V2"]);
    let found = world.client().open_incidents(&query).await.unwrap();
    assert_eq!(
        (&found[0].status, found[0].resolved_at),
        (&IncidentStatus::Acknowledged, None)
    );
    assert_eq!(
        (found[0].urgency.as_ref(), found[0].number),
        (Some(&Urgency::High), Some(42))
    );
    assert_eq!(found[0].status_changed_at, Some(at("2026-09-01T10:05:00Z")));
    let request = &world.api_requests().await[0];
    assert_eq!(values(request, "statuses[]"), ["triggered", "acknowledged"]);
    assert_eq!(values(request, "service_ids[]"), ["V1", "V2"]);
    assert_eq!(values(request, "date_range"), ["all"]);
    assert!(values(request, "since").is_empty() && values(request, "team_ids[]").is_empty());
}

#[tokio::test]
async fn the_people_of_an_incident_are_told_apart_by_what_they_do() {
    let world = World::start().await;
    let mut silent = incident();
    silent["id"] = json!("I2");
    silent["incidents_responders"] = Value::Null;
    let rows = json!([incident(), silent]);
    world.on("GET", "/incidents", list("incidents", rows)).await;
    let query = OpenIncidentQuery::default();
    let found = world.client().open_incidents(&query).await.unwrap();
    assert_eq!(found[0].assignee_ids(), users(["U1"]));
    assert_eq!(
        found[0].acknowledger_ids(),
        users(["U1"]),
        "a service acknowledges, too, and is nobody"
    );
    assert_eq!(found[0].accepted_responder_ids(), Some(users(["U2"])));
    let responders = found[0].responders.as_ref().unwrap();
    assert_eq!(
        responders[1].state,
        ResponderState::Other("dreaming".into())
    );
    assert_eq!(
        found[1].accepted_responder_ids(),
        None,
        "not said is not nobody"
    );
}

#[tokio::test]
async fn an_incident_without_its_people_or_teams_is_no_answer() {
    for key in ["assignments", "acknowledgements", "teams"] {
        for missing in [true, false] {
            let world = World::start().await;
            let mut odd = incident();
            if missing {
                odd.as_object_mut().unwrap().remove(key);
            } else {
                odd[key] = Value::Null;
            }
            world
                .on("GET", "/incidents/I1", ok(json!({"incident": odd})))
                .await;
            let error = world.client().incident(&incident_id()).await;
            assert!(matches!(error, Err(Error::Malformed { .. })), "{key}");
        }
    }
}

#[tokio::test]
async fn many_services_are_asked_for_in_portions_and_read_to_the_last_page() {
    let world = World::start().await;
    let answer = |request: &Request| {
        let first = values(request, "service_ids[]").remove(0);
        let offset: usize = values(request, "offset")[0].parse().unwrap();
        let row = |n: usize| {
            let mut row = incident();
            row["id"] = json!(format!("{first}-{n}"));
            row
        };
        let rows: Vec<_> = (offset..(offset + 2).min(3)).map(row).collect();
        let more = offset + 2 < 3;
        ok(json!({"incidents": rows, "offset": offset, "limit": 2, "more": more}))
    };
    world.on("GET", "/incidents", answer).await;
    let query = of_services((0..250).map(|n| format!("V{n:03}")));
    let found = world.client().open_incidents(&query).await.unwrap();
    let ids: Vec<_> = found.iter().map(|incident| incident.id.as_str()).collect();
    assert_eq!(
        ids,
        [
            "V000-0", "V000-1", "V000-2", "V100-0", "V100-1", "V100-2", "V200-0", "V200-1",
            "V200-2"
        ]
    );
    let requests = world.api_requests().await;
    assert_eq!(requests.len(), 6);
    for request in requests {
        assert!(values(&request, "service_ids[]").len() <= 100);
        assert!(request.url.as_str().len() < 8_000);
    }
}

#[tokio::test]
async fn an_incident_of_two_teams_comes_once() {
    let world = World::start().await;
    world
        .on("GET", "/incidents", list("incidents", json!([incident()])))
        .await;
    let teams = (0..101).map(|n| TeamId::parse(&format!("T{n}")).unwrap());
    let query = OpenIncidentQuery {
        team_ids: teams.collect(),
        ..OpenIncidentQuery::default()
    };
    let found = world.client().open_incidents(&query).await.unwrap();
    assert_eq!(found.len(), 1);
    let requests = world.api_requests().await;
    let asked = requests.iter().map(|request| values(request, "team_ids[]"));
    assert_eq!(asked.map(|teams| teams.len()).collect::<Vec<_>>(), [100, 1]);
}

#[tokio::test]
async fn one_incident_is_read_with_its_priority() {
    let world = World::start().await;
    world
        .on("GET", "/incidents/I1", ok(json!({"incident": incident()})))
        .await;
    let found = world.client().incident(&incident_id()).await.unwrap();
    let priority = found.priority.unwrap();
    assert_eq!(
        (priority.id.as_str(), priority.name.as_deref()),
        ("PR1", Some("P1"))
    );
    assert_eq!(found.title.as_deref(), Some("It burns"));
}

#[tokio::test]
async fn a_note_is_written_in_someones_name() {
    let world = World::start().await;
    let answer = status(201).set_body_json(json!({"note": {"id": "N1", "content": "x"}}));
    world.on("POST", "/incidents/I1/notes", answer).await;
    let author = FromAddress::parse("rotakey@acme.example").unwrap();
    let note = "Grace has payments-prod-admin \u{2014} until 12:30";
    world
        .client()
        .add_incident_note(&incident_id(), &author, note)
        .await
        .unwrap();
    let request = &world.api_requests().await[0];
    assert_eq!(request.headers["from"], "rotakey@acme.example");
    let sent: Value = request.body_json().unwrap();
    assert_eq!(sent, json!({"note": {"content": note}}));
}

#[tokio::test]
async fn a_note_that_may_stand_there_is_not_written_again() {
    let author = FromAddress::parse("rotakey@acme.example").unwrap();
    let cases = [
        ("failure", status(500), "Unreachable"),
        ("too many", status(429), "RateLimited"),
        (
            "no such author",
            refused(400, 1008, "Requester User Not Found"),
            "Refused",
        ),
    ];
    for (name, answer, kind) in cases {
        let world = World::start().await;
        world.on("POST", "/incidents/I1/notes", answer).await;
        let client = world.client();
        let error = client
            .add_incident_note(&incident_id(), &author, "x")
            .await
            .unwrap_err();
        assert_eq!((error.kind(), client.calls()), (kind, 1), "{name}");
        assert!(!format!("{error} {error:?}").contains("acme.example"));
    }
}
