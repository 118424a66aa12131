//! What happens to incidents, as webhooks tell it; read back by the real client.

use std::collections::BTreeSet;

use pagerduty_client::webhook::{self, EventData, EventType, ResponderAnswer};
use serde_json::{Value, json};
use simulators::pagerduty::{Incident, PagerDuty, WEBHOOK_EVENTS, WebhookFilter};

use crate::support::at;
use crate::webhook_receiver::{
    ANN, BANK, BANK_POLICY, BANK_TEAM, BEN, Receiver, SHOP, SHOP_TEAM, fire, minutes, world,
};

/// Events since last asked.
fn events(pd: &PagerDuty) -> Vec<Value> {
    let taken = pd.take_webhooks();
    taken
        .iter()
        .map(simulators::pagerduty::RawWebhook::event)
        .collect()
}

/// What an incident event says, in a line.
fn line(event: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let data = &event["data"];
    let assignees = data["assignees"].as_array().expect("a list");
    let people: Vec<_> = assignees.iter().map(|one| text(&one["id"])).collect();
    let by = text(&event["agent"]["id"]);
    format!(
        "{} by {by}: {} {} {} {} {} {people:?}",
        text(&event["event_type"]),
        text(&data["status"]),
        text(&data["urgency"]),
        text(&data["priority"]["summary"]),
        text(&data["service"]["id"]),
        text(&data["escalation_policy"]["id"]),
    )
}

#[tokio::test]
async fn each_change_of_an_incident_is_told_with_the_state_after_it() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let pd = &world.pd;
    receiver.subscribe(pd);
    fire(pd, "Q1");
    pd.acknowledge_incident("Q1", ANN);
    pd.unacknowledge_incident("Q1");
    pd.reassign_incident("Q1", &[BEN, ANN], Some(ANN));
    pd.escalate_incident("Q1", &[BEN], None);
    pd.set_incident_priority("Q1", Some("P1"), Some(BEN));
    pd.set_incident_urgency("Q1", "low");
    pd.move_incident("Q1", BANK, Some(BEN));
    pd.delegate_incident("Q1", "PEPSHOP", &[ANN], Some(BEN));
    pd.set_incident_priority("Q1", None, Some(BEN));
    pd.resolve_incident("Q1", Some(ANN));
    pd.reopen_incident("Q1", &[ANN], Some(BEN));
    let lines: Vec<_> = events(pd).iter().map(line).collect();
    let expected = [
        r#"incident.triggered by -: triggered high - PSVSHOP PEPSHOP ["PANN001"]"#,
        r#"incident.acknowledged by PANN001: acknowledged high - PSVSHOP PEPSHOP ["PANN001"]"#,
        r#"incident.unacknowledged by -: triggered high - PSVSHOP PEPSHOP ["PANN001"]"#,
        r#"incident.reassigned by PANN001: triggered high - PSVSHOP PEPSHOP ["PBEN001", "PANN001"]"#,
        r#"incident.escalated by -: triggered high - PSVSHOP PEPSHOP ["PBEN001"]"#,
        r#"incident.priority_updated by PBEN001: triggered high P1 PSVSHOP PEPSHOP ["PBEN001"]"#,
        // No event tells of the urgency; the next one shows it.
        r#"incident.service_updated by PBEN001: triggered low P1 PSVBANK PEPBANK ["PBEN001"]"#,
        r#"incident.delegated by PBEN001: triggered low P1 PSVBANK PEPSHOP ["PANN001"]"#,
        r#"incident.priority_updated by PBEN001: triggered low - PSVBANK PEPSHOP ["PANN001"]"#,
        "incident.resolved by PANN001: resolved low - PSVBANK PEPSHOP []",
        r#"incident.reopened by PBEN001: triggered low - PSVBANK PEPSHOP ["PANN001"]"#,
    ];
    assert_eq!(lines, expected);
}

#[tokio::test]
async fn the_client_reads_every_event_that_is_told() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let pd = &world.pd;
    let subscription = receiver.subscribe(pd);
    let burning = Incident::new("It burns", SHOP).id("Q1").assigned(ANN);
    pd.open_incident(burning.priority("P2"));
    fire(pd, "Q2");
    pd.acknowledge_incident("Q1", ANN);
    pd.add_responder("Q1", BEN, Some(ANN));
    pd.accept_responder("Q1", BEN);
    pd.decline_responder("Q1", BEN);
    pd.cancel_responder("Q1", BEN, Some(ANN));
    pd.annotate_incident("Q1", "Rolled back.", Some(ANN));
    pd.merge_incident("Q2", "Q1", Some(ANN));
    pd.ping_webhook_subscription(&subscription);
    let mut answers = Vec::new();
    let mut types = Vec::new();
    for raw in pd.take_webhooks() {
        let delivery = webhook::parse(&raw.body).expect("a documented shape");
        assert_eq!(delivery.occurred_at, at("2026-11-22T10:00:00Z"));
        types.push(delivery.event_type.to_string());
        match delivery.data {
            EventData::Incident(incident) if delivery.event_type == EventType::IncidentResolved => {
                assert_eq!(incident.id.as_str(), "Q2");
                let reason = &raw.event()["data"]["resolve_reason"];
                assert_eq!(reason["type"], "merge_resolve_reason");
                assert_eq!(reason["incident"]["id"], "Q1");
            }
            EventData::Incident(incident) => {
                let people = incident.assignee_ids.expect("said");
                assert_eq!(people.first().expect("one").as_str(), ANN);
                assert_eq!(incident.service_id.expect("said").as_str(), SHOP);
                let teams = incident.team_ids.expect("said");
                assert_eq!(teams.first().expect("one").as_str(), SHOP_TEAM);
                assert_eq!(incident.created_at, Some(at("2026-11-22T10:00:00Z")));
            }
            EventData::Responder(responder) => {
                assert_eq!(responder.incident_id.as_str(), "Q1");
                assert_eq!(responder.user_id.expect("a person").as_str(), BEN);
                answers.push(responder.state);
            }
            EventData::Ping { message } => assert!(message.is_some()),
            EventData::Other => assert_eq!(types.last().expect("one"), "incident.annotated"),
        }
    }
    assert_eq!(
        answers,
        [
            ResponderAnswer::Pending,
            ResponderAnswer::Accepted,
            ResponderAnswer::Declined,
            ResponderAnswer::Cancelled
        ]
    );
    assert_eq!(types.len(), 10);
}

#[tokio::test]
async fn filters_and_events_choose_what_a_subscription_hears() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let pd = &world.pd;
    let add = |name: &str, filter: WebhookFilter, events: &[&str]| {
        let subscription = receiver.subscription(filter).id(name).events(events);
        pd.add_webhook_subscription(subscription);
    };
    let all = &WEBHOOK_EVENTS;
    add("account", WebhookFilter::Account, all);
    add("shop", WebhookFilter::Service(SHOP.into()), all);
    add("bank", WebhookFilter::Service(BANK.into()), all);
    add("shop team", WebhookFilter::Team(SHOP_TEAM.into()), all);
    add("bank team", WebhookFilter::Team(BANK_TEAM.into()), all);
    add("resolved", WebhookFilter::Account, &["incident.resolved"]);
    let heard = || {
        let taken = pd.take_webhooks();
        let heard = taken
            .iter()
            .map(|one| one.header("X-Webhook-Subscription").to_owned());
        let mut heard: Vec<_> = heard.collect();
        heard.sort();
        heard
    };
    fire(pd, "Q1");
    assert_eq!(heard(), ["account", "shop", "shop team"]);
    pd.move_incident("Q1", BANK, None);
    assert_eq!(heard(), ["account", "bank", "bank team"]);
    pd.resolve_incident("Q1", None);
    assert_eq!(heard(), ["account", "bank", "bank team", "resolved"]);
    pd.ping_webhook_subscription("resolved");
    assert_eq!(heard(), ["resolved"], "a ping needs no subscription to it");
}

#[tokio::test]
async fn one_event_has_one_id_and_each_delivery_its_own() {
    let (world, receiver) = (world().await, Receiver::start().await);
    receiver.subscribe(&world.pd);
    receiver.subscribe(&world.pd);
    fire(&world.pd, "Q1");
    fire(&world.pd, "Q2");
    let taken = world.pd.take_webhooks();
    let ids: Vec<_> = taken.iter().map(|one| one.event()["id"].clone()).collect();
    assert!(ids[0] == ids[1] && ids[2] == ids[3] && ids[0] != ids[2]);
    let webhooks: std::collections::BTreeSet<_> =
        taken.iter().map(|one| one.header("x-webhook-id")).collect();
    assert_eq!(webhooks.len(), 4);
}

#[tokio::test]
async fn instants_have_milliseconds_and_may_be_the_same() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let pd = &world.pd;
    receiver.subscribe(pd);
    pd.clock().set(at("2026-11-22T10:00:00.123456Z"));
    fire(pd, "Q1");
    pd.acknowledge_incident("Q1", ANN);
    pd.clock().advance(minutes(5));
    pd.resolve_incident("Q1", None);
    let instants: Vec<_> = events(pd)
        .iter()
        .map(|event| event["occurred_at"].clone())
        .collect();
    assert_eq!(
        instants,
        [
            "2026-11-22T10:00:00.123Z",
            "2026-11-22T10:00:00.123Z",
            "2026-11-22T10:05:00.123Z"
        ]
    );
}

#[tokio::test]
async fn an_event_has_the_documented_shape() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let pd = &world.pd;
    receiver.subscribe(pd);
    fire(pd, "Q1");
    pd.acknowledge_incident("Q1", ANN);
    let mut told = events(pd);
    let (by_hand, by_rule) = (told.remove(1), told.remove(0));
    assert_eq!(
        (&by_rule["agent"], &by_rule["client"]),
        (&json!(null), &json!(null))
    );
    assert_eq!(by_hand["client"], json!({"name": "PagerDuty"}));
    assert_eq!(
        by_hand["agent"],
        json!({
            "id": ANN, "type": "user_reference", "summary": "Ann",
            "self": format!("https://api.pagerduty.com/users/{ANN}"),
            "html_url": format!("https://acme.pagerduty.com/users/{ANN}"),
        })
    );
    assert_eq!(by_hand["resource_type"], "incident");
    let data = by_hand["data"].as_object().expect("an object");
    let keys: BTreeSet<&str> = data.keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        BTreeSet::from([
            "assignees",
            "conference_bridge",
            "created_at",
            "escalation_policy",
            "html_url",
            "id",
            "incident_key",
            "incident_type",
            "number",
            "priority",
            "resolve_reason",
            "self",
            "service",
            "status",
            "teams",
            "title",
            "type",
            "urgency"
        ])
    );
    let policy = &by_hand["data"]["escalation_policy"];
    assert_ne!(policy["id"], BANK_POLICY);
}
