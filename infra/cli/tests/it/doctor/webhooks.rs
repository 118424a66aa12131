//! Webhook subscriptions: whether there is one, PagerDuty delivers to it, and its ping was heard.

use super::{Case, assert_found, assert_found_in, edit};
use crate::support::Office;
use simulators::kit::Fault;
use simulators::pagerduty::{WebhookFilter, WebhookSubscription};

/// A place for webhook secrets, with one in it.
fn expect_webhooks(office: &Office) {
    let auth = "auth = \"api-key\"";
    let places = format!("{auth}\nwebhook_secrets = [\"file:hooks.json\"]");
    edit(office, auth, &places);
    std::fs::write(
        office.folder.path().join("hooks.json"),
        r#"{"PWH01": "a-secret"}"#,
    )
    .unwrap();
}

/// A subscription that delivers to `url`.
fn subscribe(office: &Office, url: &str, is_active: bool) {
    expect_webhooks(office);
    let mut one = WebhookSubscription::new(url, WebhookFilter::Account).id("PWH01");
    one.is_active = is_active;
    office.pagerduty.add_webhook_subscription(one);
}

const OURS: &str = "https://hooks.acme.example/acme";

#[tokio::test(flavor = "multi_thread")]
async fn subscriptions_that_tell_nothing_are_told() {
    assert_found(&[
        Case {
            arrange: expect_webhooks,
            code: "webhook-missing",
            level: "warning",
            words: &["ends in `/acme`", "rotakey webhooks create"],
        },
        Case {
            arrange: |office| subscribe(office, "https://hooks.acme.example/other", true),
            code: "webhook-missing",
            level: "warning",
            words: &["PagerDuty account acme"],
        },
        Case {
            arrange: |office| subscribe(office, OURS, false),
            code: "webhook-off",
            level: "warning",
            words: &["PWH01 is switched off"],
        },
        Case {
            arrange: |office| {
                subscribe(office, OURS, true);
                let faults = office.pagerduty.faults();
                faults.always("GET /webhook_subscriptions", Fault::status(403));
            },
            code: "pagerduty-scope-wanted",
            level: "warning",
            words: &["`webhook_subscriptions.read`"],
        },
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subscription_that_pagerduty_disabled_is_told() {
    let office = Office::open().await;
    let server = office.pagerduty.serve().await.unwrap();
    subscribe(&office, &format!("{}/nowhere/acme", server.url()), true);
    for _ping in 0..3 {
        office.pagerduty.ping_webhook_subscription("PWH01");
    }
    let report = office.pagerduty.deliver_webhooks().await;
    assert!(report.disabled.contains("PWH01"));
    let case = Case {
        arrange: |_| {},
        code: "webhook-disabled",
        level: "warning",
        words: &["PWH01", "rotakey webhooks enable"],
    };
    assert_found_in(&office, &case).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_that_was_never_heard_is_told_where_a_store_can_tell() {
    let office = Office::open().await;
    subscribe(&office, OURS, true);
    let run = office.run(&["doctor"]).await;
    assert!(!run.says(0, &[]).out.contains("webhook-"), "{run:#?}");

    office.run(&["sync"]).await.says(0, &[]);
    let case = Case {
        arrange: |_| {},
        code: "webhook-unheard",
        level: "note",
        words: &["PWH01", "rotakey webhooks ping"],
    };
    assert_found_in(&office, &case).await;
}
