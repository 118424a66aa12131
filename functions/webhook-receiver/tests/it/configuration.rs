//! Which configuration is gone by, and how soon a new one is seen.

use crate::hook::{Hook, SECRET};
use crate::support::{ACCEPTED, Call, UNAVAILABLE, World, noon};

fn hook() -> Hook {
    Hook::fixture("incident-triggered")
}

#[tokio::test]
async fn without_a_configuration_everything_is_sent_again() {
    let world = World::unconfigured().await;
    assert_eq!(world.send(&hook()).await, UNAVAILABLE);
    world.write_secret("secret", SECRET);
    world.configure("this is no TOML").await;
    assert_eq!(world.send(&hook()).await, UNAVAILABLE);
    world.configure(&world.config(&["secret"])).await;
    assert_eq!(world.send(&hook()).await, ACCEPTED);
}

#[tokio::test]
async fn a_new_account_is_known_at_once() {
    let world = World::new().await;
    let at_beta = hook().path("/beta");
    let unknown = (404, Some("not-found"));
    assert_eq!(world.send(&at_beta).await, unknown);
    let text = world.config(&["secret"]);
    world
        .configure(&text.replace("\"quiet\"", "\"beta\""))
        .await;
    assert_eq!(world.send(&at_beta).await, ACCEPTED);
    assert_eq!(world.send(&hook().path("/quiet")).await, unknown);
}

#[tokio::test]
async fn a_changed_group_is_seen_within_a_minute() {
    let world = World::new().await;
    let elsewhere = Hook::fixture("incident-service-updated");
    world.send(&elsewhere.clone().id("1")).await;
    let text = world.config(&["secret"]);
    world.configure(&text.replace("PSVPAY1", "PSVCHK1")).await;
    world.send_at(noon(59), &elsewhere.clone().id("2")).await;
    assert!(world.incidents().await.is_empty());
    world.send_at(noon(60), &elsewhere.id("3")).await;
    assert_eq!(world.incidents().await.len(), 1);
}

#[tokio::test]
async fn a_warm_request_asks_for_no_configuration() {
    let world = World::new().await;
    world.send(&hook().id("1")).await;
    world.store.fail(Call::LatestConfig);
    assert_eq!(world.send_at(noon(59), &hook().id("2")).await, ACCEPTED);
    assert_eq!(world.send_at(noon(60), &hook().id("3")).await, UNAVAILABLE);
}
