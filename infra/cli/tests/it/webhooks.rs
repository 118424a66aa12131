//! `webhooks`: subscriptions made, tried, rotated and ended, through the real receiver behind `serve`.

use crate::serve::Served;
use crate::support::{self, Office, Run};
use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use simulators::pagerduty::{DeliveryReport, WebhookFilter, WebhookSubscription};
use std::path::{Path, PathBuf};

/// Where the configuration has the receiver look for secrets.
const PLACES: &str = r#"webhook_secrets = ["env:ROTAKEY_TEST_HOOK", "file:hooks.json"]"#;

/// The same with one place.
const FILE: &str = r#"webhook_secrets = ["file:hooks.json"]"#;

/// An office whose PagerDuty account has a place for webhook secrets.
async fn office(places: &str) -> Office {
    let office = Office::open().await;
    let text = std::fs::read_to_string(office.config()).unwrap();
    let auth = "auth = \"api-key\"";
    office.write(&text.replace(auth, &format!("{auth}\n{places}")));
    office
}

fn hooks(office: &Office) -> PathBuf {
    office.folder.path().join("hooks.json")
}

/// The secrets as they are kept.
fn kept(office: &Office) -> Value {
    serde_json::from_str(&std::fs::read_to_string(hooks(office)).unwrap()).unwrap()
}

/// Asserts that a run shows no signing secret that PagerDuty ever gave out.
#[track_caller]
fn keeps_secrets(run: &Run, secrets: &[String]) {
    for secret in secrets {
        let is_shown = run.out.contains(secret) || run.err.contains(secret);
        assert!(!is_shown, "a secret is printed: {run:?}");
    }
}

fn secrets(office: &Office) -> Vec<String> {
    let subscriptions = office.pagerduty.webhook_subscriptions();
    subscriptions.into_values().map(|one| one.secret).collect()
}

fn ids(office: &Office) -> Vec<String> {
    office
        .pagerduty
        .webhook_subscriptions()
        .into_keys()
        .collect()
}

/// Runs a command while PagerDuty delivers what it has to tell.
async fn run_delivering(office: &Office, arguments: &[&str]) -> Run {
    let run = office.run(arguments);
    tokio::pin!(run);
    loop {
        tokio::select! {
            run = &mut run => return run,
            _report = office.pagerduty.deliver_webhooks() => tokio::task::yield_now().await,
        }
    }
}

/// What signs the deliveries of a subscription.
fn secret_of(office: &Office, id: &str) -> String {
    let subscriptions = office.pagerduty.webhook_subscriptions();
    subscriptions[id].secret.clone()
}

/// Starts the stack, and subscribes its receiver; answers the subscription.
async fn subscribed(office: &Office) -> (Served, String) {
    let served = tokio::task::block_in_place(|| Served::start(office));
    let url = format!("{}/lambda-url/webhook-receiver/acme", served.url);
    let create = ["webhooks", "create", "acme", "--url", &url];
    let created = office.run(&create).await;
    let ids = ids(office);
    let [id] = ids.as_slice() else {
        panic!("one subscription: {ids:?}, {created:?}");
    };
    created.says(0, &[id, "file:hooks.json", "webhooks ping acme"]);
    keeps_secrets(&created, &secrets(office));
    (served, id.clone())
}

/// Subscribes the receiver by hand: the secret is all there is in `place`.
fn alone(office: &Office, served: &Served, id: &str, place: &Path) {
    let url = format!("{}/lambda-url/webhook-receiver/acme", served.url);
    let one = WebhookSubscription::new(&url, WebhookFilter::Account);
    office.pagerduty.add_webhook_subscription(one.id(id));
    std::fs::write(place, secret_of(office, id)).unwrap();
}

/// A subscription that was disabled, as nothing takes its deliveries.
async fn disabled(office: &Office, id: &str) {
    let server = office.pagerduty.serve().await.unwrap();
    let nowhere = format!("{}/nowhere/acme", server.url());
    let subscription = WebhookSubscription::new(&nowhere, WebhookFilter::Account);
    office
        .pagerduty
        .add_webhook_subscription(subscription.id(id));
    for _ping in 0..3 {
        office.pagerduty.ping_webhook_subscription(id);
    }
    let DeliveryReport { disabled, .. } = office.pagerduty.deliver_webhooks().await;
    assert!(disabled.contains(id));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_is_made_tried_rotated_and_ended() {
    let office = office(FILE).await;
    let (_served, first) = subscribed(&office).await;
    assert_eq!(
        kept(&office),
        json!({(first.as_str()): secret_of(&office, &first)})
    );
    let subscriptions = office.pagerduty.webhook_subscriptions();
    let mut events = subscriptions[&first].events.iter();
    assert!(events.all(|event| event.starts_with("incident.")));

    let pinged = run_delivering(&office, &["webhooks", "ping", "acme"]).await;
    pinged.says(0, &[&first, "deliveries come through"]);

    let rotated = run_delivering(&office, &["webhooks", "rotate", "acme", "--json"]).await;
    let told = rotated.says(0, &[]).json();
    assert_eq!(
        (&told["old"], &told["finished"], &told["secret_forgotten"]),
        (&json!(first), &json!(true), &json!(true))
    );
    keeps_secrets(&rotated, &secrets(&office));
    let second = told["new"].as_str().unwrap();
    assert_eq!(ids(&office), [second]);
    assert_eq!(kept(&office), json!({(second): secret_of(&office, second)}));

    let deleted = office.run(&["webhooks", "delete", "acme", second]).await;
    deleted.says(0, &[second, "its secret is forgotten"]);
    assert_eq!((ids(&office), kept(&office)), (vec![], json!({})));
}

#[tokio::test(flavor = "multi_thread")]
async fn both_subscriptions_are_taken_until_the_old_one_is_ended() {
    let office = office(FILE).await;
    let (_served, first) = subscribed(&office).await;
    run_delivering(&office, &["webhooks", "ping", "acme"])
        .await
        .says(0, &[]);
    // PagerDuty is slow today.
    let rotated = office
        .run(&["webhooks", "rotate", "acme", "--wait", "1s"])
        .await;
    rotated.says(1, &["webhooks ping acme", "webhooks delete acme"]);
    keeps_secrets(&rotated, &secrets(&office));
    assert_eq!(ids(&office).len(), 2);

    // The new one's ping waits to be delivered, and the old one has more to tell.
    office.pagerduty.ping_webhook_subscription(&first);
    let report = office.pagerduty.deliver_webhooks().await;
    assert_eq!((report.delivered, report.failed, report.dropped), (2, 0, 0));
    let deleted = office.run(&["webhooks", "delete", "acme", &first]).await;
    deleted.says(0, &["its secret is forgotten"]);
    assert_eq!(kept(&office).as_object().unwrap().len(), 1);
    run_delivering(&office, &["webhooks", "ping", "acme"])
        .await
        .says(0, &["deliveries come through"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_cannot_be_kept_leaves_no_subscription() {
    let url = "https://hooks.acme.example/acme";
    let create = ["webhooks", "create", "acme", "--url", url];
    for (case, places, word) in [
        ("no place", "", "webhook_secrets"),
        (
            "a variable",
            r#"webhook_secrets = ["env:ROTAKEY_TEST_HOOK"]"#,
            "environment variable",
        ),
        (
            "no room",
            r#"webhook_secrets = ["file:slack-token#hooks"]"#,
            "no JSON object",
        ),
    ] {
        let office = office(places).await;
        let run = office.run(&create).await;
        run.refuses(2, &[word]);
        let created = office.pagerduty.log().count("POST /webhook_subscriptions");
        assert_eq!(created, 0, "{case}");
    }
}

async fn read_only(headers: HeaderMap) -> (StatusCode, Json<Value>) {
    if headers["x-amz-target"] == "secretsmanager.GetSecretValue" {
        let secret = json!({"Name": "hooks", "SecretString": "{}"});
        return (StatusCode::OK, Json(secret));
    }
    let refusal = json!({"__type": "AccessDeniedException"});
    (StatusCode::BAD_REQUEST, Json(refusal))
}

/// A Secrets Manager that has every secret, and lets nobody change one; answers its URL.
async fn read_only_manager() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(read_only);
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_whose_secret_could_not_be_kept_is_deleted_again() {
    let office = office(r#"webhook_secrets = ["hooks"]"#).await;
    let mut create = office.command();
    create.env(
        "AWS_ENDPOINT_URL_SECRETS_MANAGER",
        read_only_manager().await,
    );
    let url = "https://hooks.acme.example/acme";
    create.args(["webhooks", "create", "acme", "--url", url]);
    let run = support::run(create).await;
    run.refuses(1, &["secretsmanager:PutSecretValue", "was deleted again"]);
    let created = office.pagerduty.log().count("POST /webhook_subscriptions");
    assert_eq!((created, ids(&office)), (1, vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_stands_alone_and_may_be_anothers_stays_when_one_is_rotated() {
    let office = office(r#"webhook_secrets = ["file:first.json", "file:hooks.json"]"#).await;
    let served = tokio::task::block_in_place(|| Served::start(&office));
    let first = office.folder.path().join("first.json");
    for (id, place) in [("PONE", &first), ("PTWO", &hooks(&office))] {
        alone(&office, &served, id, place);
    }
    let (one, two) = (secret_of(&office, "PONE"), secret_of(&office, "PTWO"));
    let rotated = run_delivering(&office, &["webhooks", "rotate", "acme", "PTWO"]).await;
    rotated.says(0, &["PTWO is deleted", "under FORMER", "by hand"]);
    let secrets = [one.clone(), two.clone()];
    keeps_secrets(&rotated, &secrets);
    let ids = ids(&office);
    let new = ids.iter().find(|id| *id != "PONE").unwrap();
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(first).unwrap()).unwrap();
    let expected = json!({"FORMER": one, (new.as_str()): secret_of(&office, new)});
    assert_eq!(kept, expected);
    assert_eq!(std::fs::read_to_string(hooks(&office)).unwrap(), two);

    office.pagerduty.ping_webhook_subscription("PONE");
    let report = office.pagerduty.deliver_webhooks().await;
    assert_eq!((report.delivered, report.failed, report.dropped), (1, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_stands_alone_for_the_only_subscription_goes_with_it() {
    let office = office(FILE).await;
    let served = tokio::task::block_in_place(|| Served::start(&office));
    alone(&office, &served, "PONE", &hooks(&office));
    let rotated = run_delivering(&office, &["webhooks", "rotate", "acme", "--json"]).await;
    let told = rotated.says(0, &[]).json();
    assert_eq!(told["secret_forgotten"], true, "{told}");
    let new = told["new"].as_str().unwrap();
    assert_eq!(kept(&office), json!({(new): secret_of(&office, new)}));
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn secrets_are_for_their_owner_only_and_one_that_stood_alone_is_kept() {
    use std::os::unix::fs::PermissionsExt;
    let office = office(PLACES).await;
    std::fs::write(hooks(&office), "the one before\n").unwrap();
    let url = "https://hooks.acme.example/acme";
    let create = ["webhooks", "create", "acme", "--url", url];
    office.run(&create).await.says(0, &[]);
    assert_eq!(kept(&office)["FORMER"], "the one before");
    let mode = std::fs::metadata(hooks(&office))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    // A second one for the same URL would tell everything twice.
    office.run(&create).await.refuses(2, &["webhooks rotate"]);
    assert_eq!(ids(&office).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_url_that_no_receiver_has_is_refused() {
    let office = office(PLACES).await;
    for (url, word) in [
        ("https://hooks.acme.example/", "must end in `/acme`"),
        ("http://hooks.acme.example/acme", "https://"),
    ] {
        let run = office
            .run(&["webhooks", "create", "acme", "--url", url])
            .await;
        run.refuses(2, &[word]);
    }
    let run = office.run(&["webhooks", "ping", "other"]).await;
    run.refuses(2, &["no PagerDuty account `other`", "acme"]);
    assert_eq!(ids(&office), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disabled_subscription_is_seen_and_enabled() {
    let office = office(PLACES).await;
    let elsewhere = WebhookSubscription::new(
        "https://other.example/hooks/t0ken?key=s3cret",
        WebhookFilter::Account,
    );
    office
        .pagerduty
        .add_webhook_subscription(elsewhere.id("PELSE01"));
    disabled(&office, "PWHOURS").await;
    let listed = office.run(&["webhooks", "list"]).await;
    listed.says(
        0,
        &[
            "PWHOURS",
            "disabled",
            "PELSE01",
            "delivering",
            "other.example",
        ],
    );
    assert!(!listed.out.contains("t0ken") && !listed.out.contains("s3cret"));
    let rows = office
        .run(&["webhooks", "list", "acme", "--json"])
        .await
        .says(0, &[])
        .json();
    let row = |id: &str| {
        let mut rows = rows.as_array().unwrap().iter();
        rows.find(|row| row["id"] == id).unwrap().clone()
    };
    assert_eq!(
        (&row("PWHOURS")["state"], &row("PWHOURS")["ours"]),
        (&json!("disabled"), &json!(true))
    );
    assert_eq!(row("PELSE01")["ours"], false);

    let pinged = office.run(&["webhooks", "ping", "acme"]).await;
    pinged.refuses(1, &["disabled", "webhooks enable acme PWHOURS"]);
    let enabled = office.run(&["webhooks", "enable", "acme"]).await;
    enabled.says(0, &["PWHOURS"]);
    let now = office.pagerduty.clock().now();
    let ours = &office.pagerduty.webhook_subscriptions()["PWHOURS"];
    assert!(!ours.is_disabled_at(now));

    // What delivers elsewhere is somebody else's.
    let deleted = office.run(&["webhooks", "delete", "acme", "PELSE01"]).await;
    deleted.refuses(2, &["PELSE01"]);
    assert_eq!(ids(&office).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_that_does_not_arrive_says_what_to_look_at() {
    let office = office(PLACES).await;
    let url = "https://hooks.acme.example/acme";
    let create = ["webhooks", "create", "acme", "--url", url];
    office.run(&create).await.says(0, &[]);
    let ping = ["webhooks", "ping", "acme", "--wait", "1s"];
    office.run(&ping).await.refuses(2, &["there is no store"]);
    office.run(&["sync"]).await.says(0, &[]);
    let words = ["has arrived within 1 s", url, "webhook_secrets", "store.db"];
    office.run(&ping).await.refuses(1, &words);

    // Nothing is taken away before the new one was heard.
    let first = ids(&office);
    let rotated = office
        .run(&["webhooks", "rotate", "acme", "--wait", "1s"])
        .await;
    rotated.says(1, &["webhooks ping acme", "webhooks delete acme"]);
    let both = ids(&office);
    assert!(both.len() == 2 && both.contains(&first[0]), "{both:?}");
    assert_eq!(kept(&office).as_object().unwrap().len(), 2);
}
