//! Incidents over REST while they change, and notes on them.

use reqwest::Method;
use serde_json::{Value, json};
use simulators::pagerduty::Incident;

use crate::support::{World, at};
use crate::webhook_receiver::{ANN, BANK, BEN, SHOP, fire, minutes, world};

async fn incident(world: &World) -> Value {
    world.get("/incidents/Q1").await["incident"].take()
}

fn people(rows: &Value, key: &str) -> Vec<String> {
    let rows = rows.as_array().expect("a list");
    let ids = rows
        .iter()
        .map(|row| row[key]["id"].as_str().expect("an id"));
    ids.map(str::to_owned).collect()
}

#[tokio::test]
async fn rest_and_webhooks_tell_of_one_state() {
    let world = world().await;
    fire(&world.pd, "Q1");
    world.pd.clock().advance(minutes(1));
    world.pd.acknowledge_incident("Q1", ANN);
    world.pd.clock().advance(minutes(1));
    world.pd.add_responder("Q1", BEN, Some(ANN));
    world.pd.accept_responder("Q1", BEN);
    let shown = incident(&world).await;
    assert_eq!(shown["status"], "acknowledged");
    assert_eq!(people(&shown["acknowledgements"], "acknowledger"), [ANN]);
    assert_eq!(people(&shown["incidents_responders"], "user"), [BEN]);
    assert_eq!(shown["incidents_responders"][0]["state"], "joined");
    assert_eq!(shown["last_status_change_at"], "2026-11-22T10:01:00Z");
    assert_eq!(shown["updated_at"], "2026-11-22T10:02:00Z");

    world.pd.clock().advance(minutes(1));
    world.pd.reassign_incident("Q1", &[BEN], Some(ANN));
    let shown = incident(&world).await;
    assert_eq!(
        shown["status"], "triggered",
        "the next one must acknowledge"
    );
    assert_eq!(people(&shown["assignments"], "assignee"), [BEN]);
    assert!(people(&shown["acknowledgements"], "acknowledger").is_empty());
    assert_eq!(shown["last_status_change_at"], "2026-11-22T10:03:00Z");

    world.pd.move_incident("Q1", BANK, None);
    let shown = incident(&world).await;
    assert_eq!(shown["service"]["id"], BANK);
    assert_eq!(shown["escalation_policy"]["id"], "PEPBANK");
    assert_eq!(shown["teams"][0]["id"], "PTMBANK");
}

#[tokio::test]
async fn a_merged_incident_is_resolved_with_the_reason() {
    let world = world().await;
    fire(&world.pd, "Q1");
    fire(&world.pd, "Q2");
    world.pd.merge_incident("Q1", "Q2", Some(ANN));
    let shown = incident(&world).await;
    assert_eq!(shown["status"], "resolved");
    assert_eq!(shown["resolved_at"], "2026-11-22T10:00:00Z");
    assert_eq!(shown["resolve_reason"]["incident"]["id"], "Q2");
    let open = world.get("/incidents?statuses[]=triggered").await;
    assert_eq!(open["incidents"].as_array().expect("rows").len(), 1);
    world.pd.reopen_incident("Q1", &[ANN], None);
    let shown = incident(&world).await;
    assert_eq!(
        (&shown["resolve_reason"], &shown["resolved_at"]),
        (&Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn an_old_open_incident_is_listed_only_when_all_dates_are_asked_for() {
    let world = world().await;
    let old = Incident::new("Still burns", SHOP).id("Q1");
    world.pd.open_incident(old);
    world.pd.clock().set(at("2027-09-01T10:00:00Z"));
    for (query, found) in [("", 0), ("?date_range=all", 1)] {
        let list = world.get(&format!("/incidents{query}")).await;
        assert_eq!(list["incidents"].as_array().expect("rows").len(), found);
    }
}

#[tokio::test]
async fn notes_are_written_in_someones_name() {
    let world = world().await;
    fire(&world.pd, "Q1");
    let note = json!({ "note": { "content": "Rolled back." } });
    let cases = [
        ("nobody", None, &note, 400),
        ("a stranger", Some("eve@x.example"), &note, 400),
        (
            "nothing",
            Some("ann@x.example"),
            &json!({ "note": { "content": " " } }),
            400,
        ),
        ("Ann", Some("Ann@x.example"), &note, 201),
    ];
    for (name, from, body, expected) in cases {
        let mut request = world
            .request(Method::POST, "/incidents/Q1/notes")
            .json(body);
        if let Some(from) = from {
            request = request.header("from", from);
        }
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), expected, "{name}");
    }
    let notes = world.get("/incidents/Q1/notes").await;
    assert_eq!(notes["notes"].as_array().expect("notes").len(), 1);
    assert_eq!(notes["notes"][0]["user"]["id"], ANN);
    assert_eq!(notes["notes"][0]["content"], "Rolled back.");
    assert_eq!(world.pd.incident("Q1").notes.len(), 1);
    let gone = world
        .request(Method::POST, "/incidents/Q9/notes")
        .json(&note);
    let gone = gone.header("from", "ann@x.example").send().await;
    assert_eq!(gone.expect("an answer").status(), 404);
}
