//! Pings: their arrival is noted, so that whoever sent one can be told.

use crate::hook::{Hook, fixture};
use crate::support::{ACCEPTED, BAD_SIGNATURE, Call, UNAVAILABLE, World, noon};
use access_core::id::{PagerDutyName, WebhookSubscriptionId};
use access_core::ports::Pings;
use jiff::Timestamp;
use serde_json::{Value, json};

fn ping() -> Hook {
    Hook::fixture("pagey-ping")
}

/// Another one.
fn next_ping() -> Hook {
    let mut body: Value = serde_json::from_slice(&fixture("pagey-ping")).unwrap();
    body["event"]["id"] = json!("01FIX013NEW000000000000001");
    Hook::new(body.to_string()).id("delivery-2")
}

async fn last(world: &World, account: &str, subscription: &str) -> Option<Timestamp> {
    let account = PagerDutyName::new(account).unwrap();
    let subscription = WebhookSubscriptionId::new(subscription).unwrap();
    let last = world.store.last_ping(&account, &subscription).await;
    last.unwrap()
}

#[tokio::test]
async fn the_arrival_of_a_ping_is_noted_for_its_subscription() {
    let world = World::new().await;
    assert_eq!(world.send_at(noon(1), &ping()).await, ACCEPTED);
    assert_eq!(last(&world, "acme", "PWHSUB1").await, Some(noon(1)));
    assert_eq!(last(&world, "acme", "PWHSUB2").await, None);
    assert_eq!(last(&world, "quiet", "PWHSUB1").await, None);
    assert_eq!(world.send_at(noon(9), &next_ping()).await, ACCEPTED);
    assert_eq!(last(&world, "acme", "PWHSUB1").await, Some(noon(9)));
    // The same delivery again is no other ping.
    assert_eq!(world.send_at(noon(20), &next_ping()).await, ACCEPTED);
    assert_eq!(last(&world, "acme", "PWHSUB1").await, Some(noon(9)));
}

#[tokio::test]
async fn one_subscription_cannot_ping_for_another() {
    let world = World::with_secrets(&["secrets"]).await;
    world.write_secret("secrets", r#"{"PWHSUB1": "one", "PWHSUB2": "two"}"#);
    let other = ping()
        .signed_with("one")
        .header("x-webhook-subscription", "PWHSUB2");
    assert_eq!(world.send(&other).await, BAD_SIGNATURE);
    assert_eq!(last(&world, "acme", "PWHSUB2").await, None);
    assert_eq!(world.send(&ping().signed_with("one")).await, ACCEPTED);
    assert_eq!(last(&world, "acme", "PWHSUB1").await, Some(noon(0)));
}

#[tokio::test]
async fn a_ping_of_nobody_is_accepted_and_not_kept() {
    for (case, hook) in [
        ("no header", ping().without("x-webhook-subscription")),
        ("no id", ping().header("x-webhook-subscription", "a/b")),
        (
            "too long",
            ping().header("x-webhook-subscription", &"P".repeat(300)),
        ),
    ] {
        let world = World::new().await;
        let writes = world.writes();
        assert_eq!(world.send(&hook).await, ACCEPTED, "{case}");
        assert_eq!(world.writes() - writes, 1, "{case}: the delivery only");
    }
}

#[tokio::test]
async fn a_ping_that_cannot_be_kept_comes_again() {
    let world = World::new().await;
    world.store.fail(Call::KeepPing);
    assert_eq!(world.send(&ping()).await, UNAVAILABLE);
    assert!(!world.is_noted(&ping().event_id()).await);
    world.store.heal();
    assert_eq!(world.send(&ping()).await, ACCEPTED);
    assert_eq!(last(&world, "acme", "PWHSUB1").await, Some(noon(0)));
}
