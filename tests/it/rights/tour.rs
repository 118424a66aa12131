//! Everything that makes a function ask AWS for something, once: what is not in here does not count as used.

use super::stage::{LENA, SERVICE, SUBSCRIPTION, Stage};
use crate::support::at;
use crate::support::rota::{ADA, GRACE, LINUS};
use access_store::embedded::TABLE;
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use simulators::pagerduty::Incident;

/// Somebody who has no account anywhere.
const PARTNERS: &str = r#"
[[group]]
name = "partners"
sources = ["person:nobody@elsewhere.example"]
entitlements = ["aws:Partners"]
"#;

/// Plays every scene.
pub(super) async fn tour() -> Stage {
    let stage = Stage::open().await;
    stage.configure(PARTNERS).await;
    stage.tick_at("06:00:00").await;
    stage.tick_elsewhere_at("06:01:00").await;
    incidents(&stage).await;
    a_grant(&stage).await;
    break_glass(&stage).await;
    nobody_decides(&stage).await;
    somebody_is_blocked(&stage).await;
    removals_are_held(&stage).await;
    what_is_over_is_forgotten(&stage).await;
    stage
}

/// One that webhooks tell of, and one that only a read does; Ada, who works on them, is on no schedule.
async fn incidents(stage: &Stage) {
    let pagerduty = &stage.world.pagerduty;
    let burning = || pagerduty.open_incident(Incident::new("It burns", SERVICE).assigned("PADA"));
    let heard = burning();
    stage.deliver().await;
    pagerduty.acknowledge_incident(&heard, "PADA");
    pagerduty.ping_webhook_subscription(SUBSCRIPTION);
    stage.deliver().await;
    stage.tick_at("06:02:00").await;
    pagerduty.resolve_incident(&heard, Some("PADA"));
    stage.deliver().await;

    let unheard = burning();
    drop(pagerduty.take_webhooks());
    stage.tick_at("06:04:00").await;
    pagerduty.resolve_incident(&unheard, Some("PADA"));
    drop(pagerduty.take_webhooks());
    stage.tick_at("06:06:00").await;
}

/// Asked for, looked at, approved, extended, handed back.
async fn a_grant(stage: &Stage) {
    stage.at("06:10:00");
    let asked = stage.asks_twice(ADA, "refunds", &access()).await;
    let request = format!("/requests/{}", text(&asked["id"]));
    // He is no approver, which he is told a moment later.
    stage.presses(LINUS, "approve").await;
    stage.types(LENA, "status").await;
    let nothing = &Value::Null;
    for path in [
        "/groups",
        "/grants",
        "/requests?group=payments-admin",
        "/requests?state=pending",
        request.as_str(),
    ] {
        stage.calls(LENA, "GET", path, nothing).await;
    }
    for path in ["/requests?by=me", "/grants?of=me"] {
        stage.calls(ADA, "GET", path, nothing).await;
    }
    let approved = approve(stage, &asked).await;
    let grant = format!("/grants/{}", text(&approved["grant"]));
    let more = json!({"duration": "1h", "reason": "not fixed yet"});
    let path = format!("{grant}/extend");
    let longer = stage.calls(ADA, "POST", &path, &more).await;
    approve(stage, &longer).await;
    let path = format!("{grant}/hand-back");
    stage.calls(ADA, "POST", &path, nothing).await;
    stage.tick_at("06:12:00").await;
}

/// Reviewed before it ends, and after: the second one the poller finds unreviewed, and looks whether anybody was shown it.
async fn break_glass(stage: &Stage) {
    let burns = json!({
        "group": "payments-admin", "duration": "10m", "reason": "it burns", "break_glass": true,
    });
    let found = json!({"note": "the fire was real"});
    stage.at("06:20:00");
    let used = stage.calls(GRACE, "POST", "/requests", &burns).await;
    let review = format!("/grants/{}/review", text(&used["grant"]));
    stage.calls(LENA, "POST", &review, &found).await;
    stage.tick_at("06:31:00").await;

    let used = stage.calls(GRACE, "POST", "/requests", &burns).await;
    let review = format!("/grants/{}/review", text(&used["grant"]));
    // Ten minutes after it last looked.
    stage.tick_at("06:42:00").await;
    stage.calls(LENA, "POST", &review, &found).await;
}

/// For half an hour, then for an hour.
async fn nobody_decides(stage: &Stage) {
    stage.at("06:45:00");
    stage.calls(ADA, "POST", "/requests", &access()).await;
    spoil(stage, "PENDING").await;
    stage.tick_at("07:16:00").await;
    stage.tick_at("07:46:00").await;
}

/// Who holds a grant.
async fn somebody_is_blocked(stage: &Stage) {
    stage.at("07:47:00");
    let asked = stage.calls(ADA, "POST", "/requests", &access()).await;
    approve(stage, &asked).await;
    spoil(stage, "GRANTS").await;
    let blocked = format!("{PARTNERS}\n[[person]]\nemail = \"{ADA}\"\nblocked = true\n");
    stage.configure(&blocked).await;
    stage.tick_at("07:49:00").await;
}

/// One plan is let go by way of the API, the other one by whoever invokes the poller.
async fn removals_are_held(stage: &Stage) {
    let limited = format!("{PARTNERS}\n[limits]\nremovals_max = 0\n");
    stage.configure(&limited).await;
    stage.tick_at("07:51:00").await;
    let (from, until) = (at("2026-11-03T07:51:30Z"), at("2026-11-03T13:00:00Z"));
    let pagerduty = &stage.world.pagerduty;
    pagerduty.create_override("PSCHED1", "PLINUS", from, until);
    stage.tick_at("07:53:00").await;
    let mut held = stage.world.held().await.into_iter();
    let mut plan = || held.next().expect("each target holds a plan");
    let (one, other) = (plan(), plan());
    stage.at("07:55:00");
    let path = format!("/held/{one}/release");
    stage.calls(LENA, "POST", &path, &Value::Null).await;
    stage.at("07:57:00");
    let release = json!({"sync": {"release": other, "by": "lena"}});
    stage.wake(release).await;
    stage.settle().await;
    assert!(stage.world.held().await.is_empty(), "both are carried out");
}

/// A group that left the configuration, and incidents of days ago.
async fn what_is_over_is_forgotten(stage: &Stage) {
    stage.configure("").await;
    stage.tick_at("08:00:00").await;
    stage.tick_at("08:02:00").await;
    let clock = &stage.world.clock;
    for now in ["2026-11-07T06:00:00Z", "2026-11-07T06:02:00Z"] {
        clock.set(at(now).max(clock.now()));
        stage.tick().await;
    }
}

/// Damages all copies in a partition: what they should say is then read from their items.
async fn spoil(stage: &Stage, partition: &str) {
    let table = stage.world.table();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let copies = table.query().table_name(TABLE);
    let copies = copies.key_condition_expression("pk = :pk");
    let copies = copies.expression_attribute_values(":pk", text(partition));
    let copies = copies.send().await.expect("the copies are read");
    assert_ne!(copies.count(), 0, "there are copies in {partition}");
    for copy in copies.items() {
        let mut spoilt = copy.clone();
        spoilt.insert("body".to_owned(), text("spoilt"));
        let put = table.put_item().table_name(TABLE);
        let put = put.set_item(Some(spoilt)).send().await;
        put.expect("the copy is damaged");
    }
}

fn access() -> Value {
    json!({"group": "payments-admin", "duration": "2h", "reason": "fixing refunds"})
}

/// Lena approves a request; answers it as it then is.
async fn approve(stage: &Stage, request: &Value) -> Value {
    let path = format!("/requests/{}/approve", text(&request["id"]));
    stage.calls(LENA, "POST", &path, &Value::Null).await
}

#[track_caller]
fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}
