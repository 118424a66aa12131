//! `/webhook_subscriptions` over HTTP.

use reqwest::Method;
use serde_json::{Value, json};
use simulators::pagerduty::WebhookFilter;

use crate::support::{World, ids};
use crate::webhook_receiver::{Receiver, SHOP, SHOP_TEAM, fire, world};

fn new(url: &str, filter: &Value) -> Value {
    json!({ "webhook_subscription": {
        "type": "webhook_subscription",
        "delivery_method": { "type": "http_delivery_method", "url": url },
        "events": ["incident.triggered", "incident.resolved"],
        "filter": filter,
        "description": "Rotakey",
    }})
}

async fn create(world: &World, body: &Value) -> (u16, Value) {
    let (status, mut body) = world.post("/webhook_subscriptions", body).await;
    (status, body["webhook_subscription"].take())
}

#[tokio::test]
async fn a_secret_is_told_once_and_signs() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let (status, created) = create(
        &world,
        &new(&receiver.url(), &json!({"type": "account_reference"})),
    )
    .await;
    assert_eq!(status, 201);
    let secret = created["delivery_method"]["secret"].as_str().expect("told");
    assert_eq!(secret.len(), 64);
    let id = created["id"].as_str().expect("an id");
    let path = format!("/webhook_subscriptions/{id}");
    let mut got = world.get(&path).await;
    let mut got = got["webhook_subscription"].take();
    assert_eq!(got["delivery_method"]["secret"], Value::Null);
    got["delivery_method"]["secret"] = json!(secret);
    assert_eq!(got, created);
    fire(&world.pd, "Q1");
    let webhook = world.pd.take_webhooks().remove(0);
    assert_eq!(
        webhook.header("x-pagerduty-signature"),
        simulators::pagerduty::sign_webhook(&webhook.body, secret)
    );
    assert_eq!(world.delete(&path).await, 204);
    assert_eq!(world.delete(&path).await, 404);
    assert_eq!(world.send(&path).await.status(), 404);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let world = world().await;
    let account = json!({"type": "account_reference"});
    let good = new("http://127.0.0.1:1/", &account);
    let with = |place: &str, value: Value| {
        let mut body = good.clone();
        *body.pointer_mut(place).expect("a place") = value;
        body
    };
    let events = "/webhook_subscription/events";
    let filter = "/webhook_subscription/filter";
    let method = "/webhook_subscription/delivery_method";
    let cases = [
        ("no events", with(events, json!([]))),
        ("unknown event", with(events, json!(["incident.eaten"]))),
        ("ping", with(events, json!(["pagey.ping"]))),
        (
            "unknown service",
            with(filter, json!({"type": "service_reference", "id": "PNONE"})),
        ),
        ("no team", with(filter, json!({"type": "team_reference"}))),
        ("no filter", with(filter, json!(null))),
        (
            "no URL",
            with(method, json!({"type": "http_delivery_method"})),
        ),
        (
            "a path",
            with(
                method,
                json!({"type": "http_delivery_method", "url": "/acme"}),
            ),
        ),
        (
            "another method",
            with(
                method,
                json!({"type": "email_delivery_method", "url": "http://x"}),
            ),
        ),
    ];
    for (name, body) in cases {
        assert_eq!(create(&world, &body).await.0, 400, "{name}");
    }
    assert!(world.pd.webhook_subscriptions().is_empty());
}

#[tokio::test]
async fn subscriptions_are_listed_by_page_and_by_filter() {
    let (world, receiver) = (world().await, Receiver::start().await);
    for n in 0..30 {
        let subscription = receiver.subscription(WebhookFilter::Account);
        world
            .pd
            .add_webhook_subscription(subscription.id(&format!("PW{n:02}")));
    }
    let of_shop = receiver.subscription(WebhookFilter::Service(SHOP.into()));
    world.pd.add_webhook_subscription(of_shop.id("PWSHOP"));
    let page = world.get("/webhook_subscriptions?offset=25").await;
    assert_eq!(page["more"], false);
    assert_eq!(ids(&page["webhook_subscriptions"]).len(), 6);
    let filtered = world
        .get(&format!(
            "/webhook_subscriptions?filter_type=service&filter_id={SHOP}"
        ))
        .await;
    assert_eq!(ids(&filtered["webhook_subscriptions"]), ["PWSHOP"]);
    let rows = page["webhook_subscriptions"].as_array().expect("rows");
    assert!(
        rows.iter()
            .all(|row| row["delivery_method"]["secret"].is_null())
    );
}

#[tokio::test]
async fn all_but_the_delivery_method_can_be_changed() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let id = receiver.subscribe(&world.pd);
    let path = format!("/webhook_subscriptions/{id}");
    let change = json!({ "webhook_subscription": {
        "description": "off", "active": false, "events": ["incident.resolved"],
        "filter": { "type": "team_reference", "id": SHOP_TEAM },
        "delivery_method": { "type": "http_delivery_method", "url": "http://elsewhere.example/" },
    }});
    let request = world.request(Method::PUT, &path).json(&change);
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let body: Value = answer.json().await.expect("JSON");
    let shown = &body["webhook_subscription"];
    assert_eq!(shown["description"], "off");
    assert_eq!(shown["events"], json!(["incident.resolved"]));
    assert_eq!(
        shown["filter"],
        json!({"type": "team_reference", "id": SHOP_TEAM})
    );
    assert_eq!(shown["delivery_method"]["url"], receiver.url());
    fire(&world.pd, "Q1");
    world.pd.resolve_incident("Q1", None);
    assert!(world.pd.take_webhooks().is_empty(), "it is switched off");
}

#[tokio::test]
async fn a_ping_arrives_as_one() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let id = receiver.subscribe(&world.pd);
    let path = format!("/webhook_subscriptions/{id}/ping");
    let request = world.request(Method::POST, &path).json(&json!({}));
    let answer = request.send().await.expect("an answer");
    assert_eq!(answer.status(), 202);
    assert_eq!(world.pd.deliver_webhooks().await.delivered, 1);
    let event = receiver.seen()[0].event();
    assert_eq!(
        (
            &event["event_type"],
            &event["resource_type"],
            &event["data"]["type"]
        ),
        (&json!("pagey.ping"), &json!("pagey"), &json!("ping"))
    );
}

#[tokio::test]
async fn reading_and_writing_have_scopes_of_their_own() {
    let (world, receiver) = (world().await, Receiver::start().await);
    let id = receiver.subscribe(&world.pd);
    let one = format!("/webhook_subscriptions/{id}");
    let calls = [
        (Method::GET, "/webhook_subscriptions".to_owned(), "read"),
        (Method::GET, one.clone(), "read"),
        (Method::POST, "/webhook_subscriptions".to_owned(), "write"),
        (Method::PUT, one.clone(), "write"),
        (Method::POST, format!("{one}/ping"), "write"),
        (Method::POST, format!("{one}/enable"), "write"),
        (Method::DELETE, one, "write"),
    ];
    for granted in ["read", "write"] {
        let scope = format!("webhook_subscriptions.{granted}");
        world.pd.add_app("app", "s3cret", &[&scope]);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", "app"),
            ("client_secret", "s3cret"),
            ("scope", &format!("as_account-us.acme {scope}")),
        ];
        let token = world.bare(Method::POST, "/oauth/token").form(&form).send();
        let token: Value = token.await.expect("an answer").json().await.expect("JSON");
        let bearer = format!(
            "Bearer {}",
            token["access_token"].as_str().expect("a token")
        );
        for (method, path, needed) in &calls {
            let request = world.bare(method.clone(), path).json(&json!({}));
            let answer = request.header("authorization", &bearer).send().await;
            let status = answer.expect("an answer").status();
            assert_eq!(
                status != 403,
                *needed == granted,
                "{method} {path}: {status}"
            );
        }
    }
}
