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
        .id("delivery-2")
        .header("x-webhook-subscription", "PWHSUB2");
    assert_eq!(world.send(&other).await, ACCEPTED);
    assert_eq!(world.incident().await, incident);
}

#[tokio::test]
async fn without_a_delivery_id_the_events_own_serves() {
    let nameless = [
        ("missing", hook().without("x-webhook-id")),
        ("empty", hook().id("")),
        ("too long", hook().id(&"x".repeat(300))),
    ];
    for (case, hook) in nameless {
        let world = World::new().await;
        assert_eq!(world.send(&hook).await, ACCEPTED, "{case}");
        assert!(world.is_noted("01FIX001NEW000000000000000").await, "{case}");
        let writes = world.writes();
        assert_eq!(world.send(&hook).await, ACCEPTED, "{case}");
        assert_eq!(world.writes(), writes, "{case}");
    }
}

#[tokio::test]
async fn one_id_in_two_accounts_is_two_deliveries() {
    let world = World::new().await;
    world.send(&hook().path("/quiet")).await;
    assert!(!world.is_noted("delivery-1").await);
    world.send(&hook()).await;
    assert_eq!(world.incidents().await.len(), 1);
}
