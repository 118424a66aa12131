//! Webhook subscriptions: created once, listed, tried, switched on again, deleted.

use std::collections::BTreeSet;

use pagerduty_client::{
    Deletion, Error, NewWebhookSubscription, ServiceId, TeamId, WebhookFilter,
    WebhookSubscriptionId, webhook::EventType,
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use url::Url;
use wiremock::Request;

use crate::support::{World, chain, ok, status, values};

const SECRET: &str = "uQ1rT9c0Yk3b7hW5xZ2nV8mP4sD6fG0jL1aE9oI3uR7tY5wQ2zX4cB6vN8mK0hJ2";

fn subscription(id: &str) -> Value {
    json!({
        "id": id, "type": "webhook_subscription", "active": true, "description": "Rotakey",
        "delivery_method": {
            "id": "PDEL001", "type": "http_delivery_method", "url": "https://hooks.acme.example/acme?key=s3cr3t",
            "secret": null, "temporarily_disabled": false, "custom_headers": [],
        },
        "events": ["incident.triggered", "incident.of_tomorrow"],
        "filter": {"type": "account_reference"},
    })
}

fn id() -> WebhookSubscriptionId {
    WebhookSubscriptionId::parse("PWHS001").unwrap()
}

fn new(filter: WebhookFilter) -> NewWebhookSubscription {
    NewWebhookSubscription {
        url: Url::parse("https://hooks.acme.example/acme").unwrap(),
        events: EventType::INCIDENTS.into(),
        filter,
        description: "Rotakey".into(),
    }
}

fn created() -> Value {
    let mut created = subscription("PWHS001");
    created["delivery_method"]["secret"] = json!(SECRET);
    json!({ "webhook_subscription": created })
}

#[tokio::test]
async fn a_subscription_is_created_and_its_secret_told_once() {
    // PagerDuty's document says 200, its manners 201.
    for code in [200, 201] {
        let world = World::start().await;
        let answer = status(code).set_body_json(created());
        world.on("POST", "/webhook_subscriptions", answer).await;
        let filter = WebhookFilter::Service(ServiceId::parse("PSVPAY1").unwrap());
        let found = world
            .client()
            .create_webhook_subscription(&new(filter))
            .await
            .unwrap();
        assert_eq!(found.secret.expose_secret(), SECRET);
        assert!(!format!("{found:?}").contains(SECRET));
        assert_eq!(found.subscription.id, id());
        let sent: Value = world.api_requests().await[0].body_json().unwrap();
        let sent = &sent["webhook_subscription"];
        assert_eq!(sent["type"], "webhook_subscription");
        assert_eq!(
            sent["delivery_method"],
            json!({"type": "http_delivery_method", "url": "https://hooks.acme.example/acme"})
        );
        assert_eq!(
            sent["filter"],
            json!({"type": "service_reference", "id": "PSVPAY1"})
        );
        assert_eq!(sent["events"].as_array().unwrap().len(), 12);
        assert_eq!(sent["description"], "Rotakey");
    }
}

#[tokio::test]
async fn filters_are_written_as_references() {
    let cases = [
        (WebhookFilter::Account, json!({"type": "account_reference"})),
        (
            WebhookFilter::Team(TeamId::parse("T1").unwrap()),
            json!({"type": "team_reference", "id": "T1"}),
        ),
    ];
    for (filter, expected) in cases {
        let world = World::start().await;
        world
            .on("POST", "/webhook_subscriptions", ok(created()))
            .await;
        let client = world.client();
        client
            .create_webhook_subscription(&new(filter))
            .await
            .unwrap();
        let sent: Value = world.api_requests().await[0].body_json().unwrap();
        assert_eq!(sent["webhook_subscription"]["filter"], expected);
    }
}

#[tokio::test]
async fn a_creation_is_never_sent_twice() {
    let mut without_secret = created();
    without_secret["webhook_subscription"]["delivery_method"]["secret"] = Value::Null;
    let mut odd = created();
    odd["webhook_subscription"]["events"] = json!({"of": SECRET});
    let cases = [
        ("failure", status(500), "Unreachable"),
        ("too many", status(429), "RateLimited"),
        ("no secret", ok(without_secret), "Malformed"),
        ("odd", ok(odd), "Malformed"),
        (
            "cut",
            status(201).set_body_string("{\"webhook_sub"),
            "Malformed",
        ),
    ];
    for (name, answer, kind) in cases {
        let world = World::start().await;
        world.on("POST", "/webhook_subscriptions", answer).await;
        let client = world.client();
        let error = client
            .create_webhook_subscription(&new(WebhookFilter::Account))
            .await
            .unwrap_err();
        assert_eq!((error.kind(), client.calls()), (kind, 1), "{name}");
        let said = format!("{} {error:?}", chain(&error));
        assert!(!said.contains(SECRET), "{name}: {said}");
    }
}

#[tokio::test]
async fn all_subscriptions_are_listed_with_their_health() {
    let world = World::start().await;
    let answer = |request: &Request| {
        let offset: usize = values(request, "offset")[0].parse().unwrap();
        let mut row = subscription(&format!("PWHS{offset}"));
        match offset {
            0 => row["delivery_method"]["temporarily_disabled"] = json!(true),
            1 => {
                row["active"] = json!(false);
                row["filter"] = json!({"type": "team_reference", "id": "T1"});
            }
            _ => {
                row["delivery_method"] =
                    json!({"type": "pigeon_delivery_method", "url": "{nowhere}"});
                row["filter"] = json!({"type": "planet_reference", "id": null});
                row["description"] = Value::Null;
            }
        }
        ok(
            json!({"webhook_subscriptions": [row], "offset": offset, "limit": 1, "more": offset < 2}),
        )
    };
    world.on("GET", "/webhook_subscriptions", answer).await;
    let found = world.client().webhook_subscriptions().await.unwrap();
    let disabled = found.iter().map(|one| one.delivery.is_temporarily_disabled);
    assert_eq!(disabled.collect::<Vec<_>>(), [true, false, false]);
    let active = found.iter().map(|one| one.is_active);
    assert_eq!(active.collect::<Vec<_>>(), [true, false, true]);
    let filters: Vec<_> = found.iter().map(|one| one.filter.clone()).collect();
    let team = WebhookFilter::Team(TeamId::parse("T1").unwrap());
    let unknown = WebhookFilter::Other("planet_reference".into());
    assert_eq!(filters, [WebhookFilter::Account, team, unknown]);
    assert_eq!(
        found[0].events,
        BTreeSet::from([
            EventType::IncidentTriggered,
            EventType::Other("incident.of_tomorrow".into())
        ])
    );
    assert_eq!(
        (&found[2].delivery.url, &found[2].description),
        (&None, &None)
    );
    let said = format!("{found:?}");
    assert!(
        said.contains("hooks.acme.example") && !said.contains("s3cr3t"),
        "{said}"
    );
}

#[tokio::test]
async fn a_filter_that_names_nothing_is_no_answer() {
    let world = World::start().await;
    let mut odd = subscription("PWHS001");
    odd["filter"] = json!({"type": "service_reference"});
    let body = json!({ "webhook_subscription": odd });
    world
        .on("GET", "/webhook_subscriptions/PWHS001", ok(body))
        .await;
    let error = world.client().webhook_subscription(&id()).await;
    assert!(matches!(error, Err(Error::Malformed { .. })));
}

#[tokio::test]
async fn a_subscription_is_read_tried_enabled_and_deleted() {
    let world = World::start().await;
    let path = "/webhook_subscriptions/PWHS001";
    let body = json!({ "webhook_subscription": subscription("PWHS001") });
    world.on("GET", path, ok(body.clone())).await;
    world.on("POST", &format!("{path}/ping"), status(202)).await;
    world.on("POST", &format!("{path}/enable"), ok(body)).await;
    world.on("DELETE", path, status(204)).await;
    let client = world.client();
    let found = client.webhook_subscription(&id()).await.unwrap();
    assert_eq!(found.description.as_deref(), Some("Rotakey"));
    client.ping_webhook_subscription(&id()).await.unwrap();
    client.enable_webhook_subscription(&id()).await.unwrap();
    let deletion = client.delete_webhook_subscription(&id()).await.unwrap();
    assert_eq!(deletion, Deletion::Deleted);
    let gone = WebhookSubscriptionId::parse("PGONE").unwrap();
    let deletion = client.delete_webhook_subscription(&gone).await.unwrap();
    assert_eq!(deletion, Deletion::AlreadyGone);
}

#[tokio::test]
async fn a_command_that_may_have_happened_is_not_repeated() {
    let world = World::start().await;
    let client = world.client();
    for command in ["ping", "enable"] {
        let path = format!("/webhook_subscriptions/PWHS001/{command}");
        world.on("POST", &path, status(503)).await;
    }
    let ping = client.ping_webhook_subscription(&id()).await;
    let enable = client.enable_webhook_subscription(&id()).await;
    for outcome in [ping, enable] {
        assert!(matches!(outcome, Err(Error::Unreachable { .. })));
    }
    assert_eq!(client.calls(), 2);
}

#[tokio::test]
async fn the_scope_that_is_lacking_is_named() {
    let world = World::start().await;
    world.on("GET", "/webhook_subscriptions", status(403)).await;
    world
        .on("POST", "/webhook_subscriptions/PWHS001/ping", status(403))
        .await;
    let client = world.client();
    let read = client.webhook_subscriptions().await.unwrap_err();
    assert!(
        read.to_string()
            .contains("needs `webhook_subscriptions.read`")
    );
    let write = client.ping_webhook_subscription(&id()).await.unwrap_err();
    assert!(
        write
            .to_string()
            .contains("needs `webhook_subscriptions.write`")
    );
}
