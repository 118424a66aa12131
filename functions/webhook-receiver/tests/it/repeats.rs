//! Deliveries that come again.

use crate::hook::Hook;
use crate::support::{ACCEPTED, World};

fn hook() -> Hook {
    Hook::fixture("incident-triggered")
}

#[tokio::test]
async fn a_repeated_delivery_does_nothing() {
    let world = World::new().await;
    world.send(&hook()).await;
    let (incident, writes) = (world.incident().await, world.writes());
    world.bell.rung();
    for _repeat in 0..3 {
        assert_eq!(world.send(&hook()).await, ACCEPTED);
    }
    assert_eq!(world.incident().await, incident);
    assert_eq!(world.writes(), writes);
    assert!(world.bell.rung().is_empty());
}

#[tokio::test]
async fn one_event_of_two_subscriptions_is_one_sighting() {
    let world = World::new().await;
    world.send(&hook()).await;
    let incident = world.incident().await;
    let other = hook()
        .header("x-webhook-id", "delivery-2")
        .header("x-webhook-subscription", "PWHSUB2");
    assert_eq!(world.send(&other).await, ACCEPTED);
    assert_eq!(world.incident().await, incident);
}

/// A captured delivery, sent again by somebody who can change only what is not signed.
#[tokio::test]
async fn an_event_wakes_nobody_twice_whatever_the_delivery_is_called() {
    let called = |id: &str| hook().header("x-webhook-id", id);
    for (case, hook) in [
        ("another id", called("delivery-2")),
        ("none", hook().without("x-webhook-id")),
        ("an empty one", called("")),
        ("one that is too long", called(&"x".repeat(300))),
    ] {
        let world = World::new().await;
        world.send(&called("delivery-1")).await;
        let event = "01FIX001NEW000000000000000";
        assert!(world.is_noted(event).await, "{case}");
        assert!(!world.is_noted("delivery-1").await, "{case}");
        assert_eq!(world.bell.rung().len(), 1, "{case}");
        let writes = world.writes();
        assert_eq!(world.send(&hook).await, ACCEPTED, "{case}");
        assert_eq!(world.writes(), writes, "{case}");
        assert!(world.bell.rung().is_empty(), "{case}");
    }
}

#[tokio::test]
async fn another_event_under_the_same_delivery_id_is_another_event() {
    let world = World::new().await;
    world.send(&hook()).await;
    world.bell.rung();
    let other = Hook::fixture("incident-resolved");
    assert_eq!(world.send(&other).await, ACCEPTED);
    assert!(!world.incident().await.state().is_open());
    assert_eq!(world.bell.rung().len(), 1);
}

#[tokio::test]
async fn one_id_in_two_accounts_is_two_deliveries() {
    let world = World::new().await;
    world.send(&hook().path("/quiet")).await;
    assert!(!world.is_noted(&hook().event_id()).await);
    world.send(&hook()).await;
    assert_eq!(world.incidents().await.len(), 1);
}
