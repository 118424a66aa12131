//! Which secrets count, and when they are read again.

use crate::hook::{Hook, SECRET, sign};
use crate::support::{ACCEPTED, BAD_SIGNATURE, UNAVAILABLE, World, noon};

fn hook() -> Hook {
    Hook::fixture("incident-triggered")
}

#[tokio::test]
async fn a_rotated_secret_needs_no_restart() {
    let world = World::new().await;
    assert_eq!(world.send(&hook()).await, ACCEPTED);
    world.write_secret("secret", "fresh");
    let fresh = hook().signed_with("fresh").id("delivery-2");
    assert_eq!(world.send(&fresh).await, ACCEPTED);
    assert!(world.is_noted("delivery-2").await);
    assert_eq!(world.secrets.rereads(), 1);
    let old = hook().id("delivery-3");
    assert_eq!(world.send_at(noon(60), &old).await, BAD_SIGNATURE);
}

#[tokio::test]
async fn a_secret_that_was_replaced_is_believed_for_less_than_a_minute() {
    let world = World::new().await;
    assert_eq!(world.send(&hook()).await, ACCEPTED);
    world.write_secret("secret", "fresh");
    let stolen = |id| hook().id(id);
    let late = world.send_at(noon(59), &stolen("delivery-2")).await;
    assert_eq!(late, ACCEPTED);
    let later = world.send_at(noon(60), &stolen("delivery-3")).await;
    assert_eq!(later, BAD_SIGNATURE);
}

#[tokio::test]
async fn forged_requests_have_secrets_read_again_once_a_minute() {
    let world = World::new().await;
    let forged = hook().signed_with("forged");
    for (seconds, rereads, expected) in [
        (0, 1, BAD_SIGNATURE),
        (0, 1, BAD_SIGNATURE),
        (1, 1, UNAVAILABLE),
        (59, 1, UNAVAILABLE),
        (60, 2, BAD_SIGNATURE),
        (61, 2, UNAVAILABLE),
        (120, 3, BAD_SIGNATURE),
    ] {
        let answer = world.send_at(noon(seconds), &forged).await;
        assert_eq!(answer, expected, "{seconds}");
        assert_eq!(world.secrets.rereads(), rereads, "{seconds}");
    }
    let other = forged.path("/quiet");
    assert_eq!(world.send_at(noon(121), &other).await, BAD_SIGNATURE);
    assert_eq!(world.secrets.rereads(), 4, "each account by itself");
}

#[tokio::test]
async fn what_is_no_signature_has_nothing_read_again() {
    let world = World::new().await;
    for signature in ["", "v2=00", "v1=zz"] {
        let hook = hook().header("x-pagerduty-signature", signature);
        assert_eq!(world.send(&hook).await, BAD_SIGNATURE, "`{signature}`");
    }
    assert_eq!(world.secrets.rereads(), 0);
}

#[tokio::test]
async fn any_of_several_signatures_will_do() {
    let world = World::new().await;
    let (good, other) = (sign(SECRET, &hook().body), sign("other", &hook().body));
    for (id, header) in [
        ("first", format!("{good},{other}")),
        ("second", format!("{other}, {good}")),
        ("beside version 2", format!("v2=00,{good}")),
    ] {
        let hook = hook().header("x-pagerduty-signature", &header);
        assert_eq!(world.send(&hook).await, ACCEPTED, "{id}");
    }
}

#[tokio::test]
async fn a_header_may_be_there_twice() {
    let world = World::new().await;
    let good = sign(SECRET, &hook().body);
    let mut hook = hook().header("x-pagerduty-signature", "v1=00");
    hook.headers
        .append("x-pagerduty-signature", good.parse().unwrap());
    assert_eq!(world.send(&hook).await, ACCEPTED);
}

#[tokio::test]
async fn any_of_several_references_will_do() {
    let world = World::with_secrets(&["old", "new"]).await;
    world.write_secret("old", "the old one");
    world.write_secret("new", "the new one");
    for secret in ["the old one", "the new one"] {
        let id = secret.replace(' ', "-");
        let hook = hook().signed_with(secret).id(&id);
        assert_eq!(world.send(&hook).await, ACCEPTED, "{secret}");
    }
    let forged = hook().signed_with("neither");
    assert_eq!(world.send(&forged).await, BAD_SIGNATURE);
}

#[tokio::test]
async fn a_subscription_has_its_own_secret() {
    let world = World::with_secrets(&["secrets"]).await;
    world.write_secret("secrets", r#"{"PSUB1": "one", "PSUB2": "two"}"#);
    let from = |subscription: &str, secret: &str| {
        hook()
            .id(&format!("{subscription}-{secret}"))
            .header("x-webhook-subscription", subscription)
            .signed_with(secret)
    };
    for (subscription, secret, expected) in [
        ("PSUB1", "one", ACCEPTED),
        ("PSUB2", "two", ACCEPTED),
        ("PSUB2", "one", BAD_SIGNATURE),
        ("PSUB3", "one", ACCEPTED),
        ("PSUB3", "three", BAD_SIGNATURE),
    ] {
        let answer = world.send(&from(subscription, secret)).await;
        assert_eq!(answer, expected, "{subscription} {secret}");
    }
    let unnamed = hook()
        .id("unnamed")
        .without("x-webhook-subscription")
        .signed_with("two");
    assert_eq!(world.send(&unnamed).await, ACCEPTED);
}

#[tokio::test]
async fn a_new_subscription_is_known_when_its_secret_is_stored() {
    let world = World::with_secrets(&["secrets"]).await;
    world.write_secret("secrets", "{}");
    let ping = Hook::fixture("pagey-ping").signed_with("one");
    assert_eq!(world.send(&ping).await, UNAVAILABLE, "there is no secret");
    world.write_secret("secrets", r#"{"PWHSUB1": "one"}"#);
    assert_eq!(world.send_at(noon(60), &ping).await, ACCEPTED);
}

#[tokio::test]
async fn a_secret_that_cannot_be_read_proves_nothing_against_a_signature() {
    let world = World::with_secrets(&["there", "missing"]).await;
    world.write_secret("there", SECRET);
    assert_eq!(world.send(&hook()).await, ACCEPTED);
    let other = hook().signed_with("other").id("delivery-2");
    assert_eq!(world.send(&other).await, UNAVAILABLE);
    let unsigned = other.clone().without("x-pagerduty-signature");
    assert_eq!(world.send(&unsigned).await, BAD_SIGNATURE);
    world.write_secret("missing", "other");
    assert_eq!(world.send_at(noon(59), &other).await, UNAVAILABLE);
    assert_eq!(world.send_at(noon(60), &other).await, ACCEPTED);
}

#[tokio::test]
async fn no_secret_at_all_is_asked_for_each_minute() {
    let world = World::with_secrets(&["secret"]).await;
    assert_eq!(world.send(&hook()).await, UNAVAILABLE);
    assert!(world.incidents().await.is_empty());
    world.write_secret("secret", SECRET);
    assert_eq!(world.send_at(noon(59), &hook()).await, UNAVAILABLE);
    assert_eq!(world.send_at(noon(60), &hook()).await, ACCEPTED);
    assert_eq!(world.incidents().await.len(), 1);
}

#[tokio::test]
async fn forged_requests_ask_for_an_unreadable_secret_once_a_minute() {
    let world = World::with_secrets(&["there", "missing"]).await;
    world.write_secret("there", SECRET);
    let forged = hook().signed_with("forged");
    // Once from memory, where it is not, and once anew.
    for (seconds, failures) in [(0, 2), (0, 2), (1, 2), (59, 2), (60, 4), (61, 4)] {
        let answer = world.send_at(noon(seconds), &forged).await;
        assert_eq!(answer, UNAVAILABLE, "{seconds}");
        assert_eq!(world.secrets.failures(), failures, "{seconds}");
    }
    let valid = world.send_at(noon(62), &hook()).await;
    assert_eq!(valid, ACCEPTED, "the other secret does");
    assert_eq!(world.secrets.failures(), 4);
}

#[tokio::test]
async fn a_secret_younger_than_the_last_look_refuses_nobody() {
    let world = World::new().await;
    let forged = hook().signed_with("forged");
    assert_eq!(world.send(&forged).await, BAD_SIGNATURE);
    world.write_secret("secret", "fresh");
    let fresh = hook().signed_with("fresh");
    for (seconds, expected) in [(1, UNAVAILABLE), (59, UNAVAILABLE), (60, ACCEPTED)] {
        let answer = world.send_at(noon(seconds), &fresh).await;
        assert_eq!(answer, expected, "{seconds}");
    }
}

#[tokio::test]
async fn a_secret_is_read_again_although_another_cannot_be() {
    let world = World::with_secrets(&["there", "missing"]).await;
    world.write_secret("there", SECRET);
    assert_eq!(world.send(&hook()).await, ACCEPTED);
    world.write_secret("there", "fresh");
    let fresh = hook().signed_with("fresh").id("delivery-2");
    assert_eq!(world.send(&fresh).await, ACCEPTED);
}

#[tokio::test]
async fn a_failed_look_at_rotated_secrets_refuses_nobody() {
    let world = World::with_secrets(&["old", "new"]).await;
    world.write_secret("old", "the old one");
    world.write_secret("new", "the new one");
    assert_eq!(
        world.send(&hook().signed_with("the old one")).await,
        ACCEPTED
    );
    std::fs::remove_file(world.file("new")).unwrap();
    let rotated = hook().signed_with("rotated").id("delivery-2");
    for seconds in [0, 30] {
        assert_eq!(world.send_at(noon(seconds), &rotated).await, UNAVAILABLE);
    }
    world.write_secret("new", "rotated");
    assert_eq!(world.send_at(noon(60), &rotated).await, ACCEPTED);
}
