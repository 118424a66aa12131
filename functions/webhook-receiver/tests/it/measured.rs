//! What the receiver tells of itself.

use crate::hook::Hook;
use crate::support::{ACCEPTED, BAD_SIGNATURE, UNAVAILABLE, World};
use function_kit::metrics::{Metric, measured};

#[tokio::test]
async fn webhooks_are_counted_by_what_became_of_them() {
    let world = World::new().await;
    let good = Hook::fixture("incident-triggered");
    let forged = good.clone().signed_with("another");
    let elsewhere = good.clone().path("/nobody");
    for (case, hook, answer, is_taken) in [
        ("good", &good, ACCEPTED, true),
        ("again", &good, ACCEPTED, true),
        ("forged", &forged, BAD_SIGNATURE, false),
        ("for nobody", &elsewhere, (404, Some("not-found")), false),
    ] {
        let (answered, found) = measured(world.send(hook)).await;
        assert_eq!(answered, answer, "{case}");
        let (one, other) = if is_taken {
            (Metric::WebhooksTaken, Metric::WebhooksRefused)
        } else {
            (Metric::WebhooksRefused, Metric::WebhooksTaken)
        };
        assert_eq!(found.of(one), [1.0], "{case}");
        assert!(found.of(other).is_empty(), "{case}");
        assert!(
            found.of(Metric::SecretRefused).is_empty(),
            "{case}: whoever forges says nothing against the secret"
        );
    }
}

#[tokio::test]
async fn a_webhook_secret_that_cannot_be_read_is_counted() {
    let world = World::with_secrets(&["missing"]).await;
    let hook = Hook::fixture("incident-triggered");
    let (answered, found) = measured(world.send(&hook)).await;
    assert_eq!(answered, UNAVAILABLE);
    assert_eq!(found.of(Metric::WebhooksRefused), [1.0]);
    assert!(!found.of(Metric::SecretRefused).is_empty());
}
