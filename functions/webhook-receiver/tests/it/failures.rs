//! What breaks, and what PagerDuty hears then: a 5xx only where nothing was stored.

use crate::hook::Hook;
use crate::support::{ACCEPTED, Call, UNAVAILABLE, World};
use serde_json::{Value, json};

fn hook() -> Hook {
    Hook::fixture("incident-triggered")
}

#[tokio::test]
async fn a_store_that_fails_before_anything_is_kept_has_it_sent_again() {
    for call in [Call::LatestConfig, Call::IsDelivered, Call::See] {
        let world = World::new().await;
        let writes = world.writes();
        world.store.fail(call);
        assert_eq!(world.send(&hook()).await, UNAVAILABLE, "{call:?}");
        assert_eq!(world.writes(), writes, "{call:?}");
        assert!(world.bell.rung().is_empty(), "{call:?}");
        world.store.heal();
        assert_eq!(world.send(&hook()).await, ACCEPTED, "{call:?}");
        assert_eq!(world.incidents().await.len(), 1, "{call:?}");
        assert_eq!(world.bell.rung().len(), 1, "{call:?}");
    }
}

#[tokio::test]
async fn what_may_be_followed_is_not_taken_for_unused_while_nobody_can_tell() {
    let world = World::new().await;
    let mut body: Value = serde_json::from_slice(&hook().body).unwrap();
    body["event"]["data"]["service"]["id"] = json!("PSVELSE");
    let elsewhere = Hook::new(body.to_string());
    // One incident is looked at, however many are kept.
    world.store.fail(Call::Incidents);
    let other = elsewhere.clone().id("other");
    assert_eq!(world.send(&other).await, ACCEPTED);
    world.store.fail(Call::Incident);
    assert_eq!(world.send(&elsewhere).await, UNAVAILABLE);
    assert!(!world.is_noted(&elsewhere.event_id()).await);
    assert_eq!(
        world.send(&hook().id("wanted")).await,
        ACCEPTED,
        "a wanted one needs no look"
    );
}

#[tokio::test]
async fn what_is_kept_and_not_noted_is_accepted_and_may_come_again() {
    let world = World::new().await;
    world.store.fail(Call::KeepDelivery);
    assert_eq!(world.send(&hook()).await, ACCEPTED);
    assert_eq!(world.bell.rung(), ["payments-admin responders"]);
    let incident = world.incident().await;
    world.store.heal();
    assert_eq!(world.send(&hook()).await, ACCEPTED);
    assert_eq!(world.incident().await, incident);
    assert!(world.is_noted(&hook().event_id()).await);
}

#[tokio::test]
async fn what_is_only_noted_and_cannot_be_comes_again() {
    let world = World::new().await;
    world.store.fail(Call::KeepDelivery);
    for name in [
        "pagey-ping",
        "other-incident-annotated",
        "incident-service-updated",
    ] {
        assert_eq!(
            world.send(&Hook::fixture(name)).await,
            UNAVAILABLE,
            "{name}"
        );
    }
    assert!(world.bell.rung().is_empty());
}

#[tokio::test]
async fn a_bus_that_fails_takes_nothing_back() {
    let world = World::new().await;
    world.bell.break_down();
    assert_eq!(world.send(&hook()).await, ACCEPTED);
    assert_eq!(world.incidents().await.len(), 1);
    let other_subscription = hook().header("x-webhook-id", "delivery-2");
    world.bell.mend();
    for (case, rung) in [("nobody was asked yet", 1), ("it is done", 0)] {
        assert_eq!(world.send(&other_subscription).await, ACCEPTED, "{case}");
        assert_eq!(world.bell.rung().len(), rung, "{case}");
    }
    assert!(world.is_noted(&hook().event_id()).await);
}

#[tokio::test]
async fn an_incident_that_cannot_be_understood_is_not_sent_again() {
    let world = World::new().await;
    world.store.damage(true);
    let writes = world.writes();
    // Of a wanted service, and of another.
    assert_eq!(world.send(&hook()).await, ACCEPTED);
    let gone = Hook::fixture("incident-service-updated");
    assert_eq!(world.send(&gone).await, ACCEPTED);
    assert_eq!(world.writes(), writes);
    assert!(world.bell.rung().is_empty());
    // Nothing of it is noted: mended, it may come again.
    world.store.damage(false);
    assert_eq!(world.send(&hook()).await, ACCEPTED);
    assert_eq!(world.incidents().await.len(), 1);
}
