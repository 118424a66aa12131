//! What becomes of each kind of event.

use crate::hook::{Hook, fixture};
use crate::support::{ACCEPTED, World, noon};
use access_core::id::{EscalationPolicyId, PagerDutyUserId, PriorityName, ServiceId, TeamId};
use access_core::incident::{Phase, Priority, Status, Urgency};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// The fixture's event, changed.
fn changed(name: &str, change: impl FnOnce(&mut Value)) -> Hook {
    let mut body: Value = serde_json::from_slice(&fixture(name)).unwrap();
    change(&mut body["event"]);
    Hook::new(body.to_string())
}

async fn last(world: &World) -> Phase {
    let state = world.incident().await.state();
    state.last().unwrap().clone()
}

fn users<'a>(users: impl IntoIterator<Item = &'a PagerDutyUserId>) -> Vec<&'a str> {
    users.into_iter().map(PagerDutyUserId::as_str).collect()
}

#[tokio::test]
async fn an_incident_is_kept_as_it_is_told() {
    let world = World::new().await;
    let told = Hook::fixture("incident-acknowledged");
    assert_eq!(world.send(&told).await, ACCEPTED);
    let incident = world.incident().await;
    assert_eq!(incident.key().to_string(), "acme/Q1FIXTUREINC01");
    let state = incident.state();
    assert_eq!(state.number, Some(42));
    let phase = state.last().unwrap();
    assert_eq!(phase.from.to_string(), "2026-11-22T10:02:00.002Z");
    assert_eq!(
        (phase.status, phase.urgency),
        (Some(Status::Acknowledged), Some(Urgency::High))
    );
    let Some(Priority::Set { id, name }) = &phase.priority else {
        panic!("{:?}", phase.priority);
    };
    assert_eq!(id.as_str(), "PPRI001");
    assert_eq!(name.as_ref().map(PriorityName::as_str), Some("P1"));
    assert_eq!(
        phase.service.as_ref().map(ServiceId::as_str),
        Some("PSVPAY1")
    );
    let teams: Vec<&str> = phase.teams.iter().map(TeamId::as_str).collect();
    assert_eq!(teams, ["PTMPAY1"]);
    let policy = phase
        .escalation_policy
        .as_ref()
        .map(EscalationPolicyId::as_str);
    assert_eq!(policy, Some("PPAYEP1"));
    assert_eq!(users(&phase.assigned), ["PADA001"]);
    assert_eq!(users(&phase.acknowledged), ["PADA001"]);
    assert_eq!(world.bell.rung(), ["payments-admin responders"]);
    assert!(world.is_noted(&told.event_id()).await);
}

#[tokio::test]
async fn every_fixture_is_taken_in_its_old_and_its_new_shape() {
    let world = World::new().await;
    let kinds = [
        "triggered",
        "acknowledged",
        "unacknowledged",
        "delegated",
        "escalated",
        "priority-updated",
        "reassigned",
        "reopened",
        "resolved",
        "responder-added",
        "responder-replied",
        "service-updated",
    ];
    let old: Timestamp = "2021-06-01T09:00:00Z".parse().unwrap();
    for (number, kind) in kinds.iter().enumerate() {
        for (name, now) in [
            (format!("incident-{kind}"), noon(0)),
            (format!("incident-{kind}-2021"), old),
        ] {
            let delivery = Hook::fixture(&name).id(&format!("{name}-{number}"));
            assert_eq!(world.send_at(now, &delivery).await, ACCEPTED, "{name}");
        }
    }
    assert_eq!(
        world.bell.rung().len(),
        2 * kinds.len(),
        "each woke somebody"
    );
}

#[tokio::test]
async fn only_the_agent_of_an_acknowledgement_acknowledges() {
    let world = World::new().await;
    world
        .send(&Hook::fixture("incident-priority-updated"))
        .await;
    let phase = last(&world).await;
    assert_eq!(phase.status, Some(Status::Acknowledged));
    assert!(phase.acknowledged.is_empty());
}

#[tokio::test]
async fn what_an_event_does_not_say_stays_as_it_was() {
    let world = World::new().await;
    world.send(&Hook::fixture("incident-triggered")).await;
    let silent = changed("incident-reassigned", |event| {
        for key in [
            "priority",
            "urgency",
            "service",
            "teams",
            "assignees",
            "escalation_policy",
            "number",
        ] {
            event["data"][key] = Value::Null;
        }
    });
    world.send(&silent.id("delivery-2")).await;
    let incident = world.incident().await;
    let state = incident.state();
    assert_eq!(
        (state.phases.len(), state.number),
        (1, Some(42)),
        "nothing changed: {state:?}"
    );
}

#[tokio::test]
async fn a_priority_that_is_taken_away_is_gone() {
    let world = World::new().await;
    world.send(&Hook::fixture("incident-triggered")).await;
    let unset = Hook::fixture("incident-priority-updated").id("delivery-2");
    world.send(&unset).await;
    assert_eq!(last(&world).await.priority, Some(Priority::Unset));
}

#[tokio::test]
async fn a_priority_by_a_name_that_nobody_can_list_counts_by_its_id() {
    let world = World::new().await;
    let odd = changed("incident-triggered", |event| {
        event["data"]["priority"]["summary"] = json!("P1\n");
    });
    world.send(&odd).await;
    let Some(Priority::Set { id, name }) = last(&world).await.priority else {
        panic!("it is set");
    };
    assert_eq!((id.as_str(), name), ("PPRI001", None));
}

#[tokio::test]
async fn responders_are_kept_before_anybody_knows_the_incident() {
    let world = World::new().await;
    world
        .send(&Hook::fixture("incident-responder-replied"))
        .await;
    let phase = last(&world).await;
    assert_eq!(
        (phase.status, users(&phase.responding)),
        (None, vec!["PBEN002"])
    );
    assert_eq!(
        world.bell.rung(),
        ["payments-admin responders"],
        "it may concern any group with incidents"
    );
}

#[tokio::test]
async fn answers_that_say_nothing_of_a_person_are_not_kept() {
    let world = World::new().await;
    let policy = changed("incident-responder-added", |event| {
        event["data"]["user"] = Value::Null;
    });
    let odd = changed("incident-responder-replied", |event| {
        event["data"]["state"] = json!("thinking about it");
    });
    let other = changed("incident-responder-replied", |event| {
        event["data"]["state"] = json!("perhaps");
    });
    for (id, hook) in [("policy", policy), ("words", odd), ("odd", other)] {
        assert_eq!(world.send(&hook.id(id)).await, ACCEPTED, "{id}");
    }
    assert!(world.incidents().await.is_empty());
    assert!(world.bell.rung().is_empty());
}

#[tokio::test]
async fn an_incident_of_no_group_is_noted_and_not_kept() {
    let world = World::new().await;
    let other = changed("incident-triggered", |event| {
        event["data"]["service"]["id"] = json!("PSVELSE");
    });
    assert_eq!(world.send(&other).await, ACCEPTED);
    assert!(world.incidents().await.is_empty());
    assert!(world.bell.rung().is_empty());
    assert!(world.is_noted(&other.event_id()).await);
}

#[tokio::test]
async fn an_incident_that_goes_to_another_service_is_followed() {
    let world = World::new().await;
    world.send(&Hook::fixture("incident-triggered")).await;
    assert_eq!(world.bell.rung(), ["payments-admin responders"]);
    let gone = Hook::fixture("incident-service-updated").id("delivery-2");
    world.send(&gone).await;
    let service = last(&world).await.service;
    assert_eq!(service.as_ref().map(ServiceId::as_str), Some("PSVCHK1"));
    assert_eq!(
        world.bell.rung(),
        ["checkout-oncall payments-admin responders"],
        "whom it leaves, and its new escalation policy"
    );
}

#[tokio::test]
async fn the_escalation_policy_of_any_incident_is_looked_at() {
    let world = World::new().await;
    world.send(&Hook::fixture("incident-service-updated")).await;
    assert!(world.incidents().await.is_empty());
    assert_eq!(world.bell.rung(), ["checkout-oncall"]);
}

#[tokio::test]
async fn an_account_whose_incidents_nobody_uses_keeps_none() {
    let world = World::new().await;
    for (id, name) in [
        ("1", "incident-triggered"),
        ("2", "incident-responder-replied"),
    ] {
        let hook = Hook::fixture(name).path("/quiet").id(id);
        assert_eq!(world.send(&hook).await, ACCEPTED, "{name}");
        assert!(world.is_noted_for("quiet", id).await, "{name}");
    }
    assert!(world.incidents().await.is_empty());
    assert!(world.bell.rung().is_empty());
}

#[tokio::test]
async fn pings_and_unknown_types_are_noted() {
    let world = World::new().await;
    for name in [
        "pagey-ping",
        "other-incident-annotated",
        "other-incident-of-tomorrow",
    ] {
        assert_eq!(
            world.send(&Hook::fixture(name).id(name)).await,
            ACCEPTED,
            "{name}"
        );
        assert!(world.is_noted(name).await, "{name}");
    }
    assert!(world.incidents().await.is_empty());
    assert!(world.bell.rung().is_empty());
}

#[tokio::test]
async fn what_is_older_than_any_delivery_is_not_taken() {
    let world = World::new().await;
    let hook = Hook::fixture("incident-triggered");
    let happened: Timestamp = "2026-11-22T10:01:00.001Z".parse().unwrap();
    let edge = happened + SignedDuration::from_hours(72);
    let writes = world.writes();
    let late = edge + SignedDuration::from_secs(1);
    assert_eq!(world.send_at(late, &hook).await, ACCEPTED);
    assert_eq!(world.writes(), writes, "somebody's copy");
    assert_eq!(world.send_at(edge, &hook).await, ACCEPTED);
    assert_eq!(world.incidents().await.len(), 1, "just in time");
}

#[tokio::test]
async fn what_lies_ahead_of_the_clock_is_not_taken() {
    let world = World::new().await;
    let hook = Hook::fixture("incident-triggered");
    let happens: Timestamp = "2026-11-22T10:01:00.001Z".parse().unwrap();
    let edge = happens - SignedDuration::from_mins(10);
    let writes = world.writes();
    let early = edge - SignedDuration::from_secs(1);
    assert_eq!(world.send_at(early, &hook).await, ACCEPTED);
    assert_eq!(world.writes(), writes, "it would outlive every later word");
    assert_eq!(world.send_at(edge, &hook).await, ACCEPTED);
    assert_eq!(world.incidents().await.len(), 1, "clocks differ");
}
