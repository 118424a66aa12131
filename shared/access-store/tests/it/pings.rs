//! Pings of webhook subscriptions that arrived.

use crate::support::{World, noon};
use access_core::id::{PagerDutyName, WebhookSubscriptionId};
use access_core::ports::{PING_KEPT, Pings, StoreError};
use access_store::EXPIRY;
use access_store::embedded::TABLE;
use aws_sdk_dynamodb::types::AttributeValue;

fn account(name: &str) -> PagerDutyName {
    PagerDutyName::new(name).unwrap()
}

fn subscription(id: &str) -> WebhookSubscriptionId {
    WebhookSubscriptionId::new(id).unwrap()
}

#[tokio::test]
async fn the_latest_ping_of_a_subscription_is_known() {
    let world = World::new().await;
    let (store, acme, one) = (&world.store, account("acme"), subscription("PSUB001"));
    assert_eq!(store.last_ping(&acme, &one).await, Ok(None));
    for (case, seconds, known) in [
        ("the first", 5, 5),
        ("a later one", 9, 9),
        ("a repeat", 9, 9),
        ("one that was noted late", 7, 9),
    ] {
        store.keep_ping(&acme, &one, noon(seconds)).await.unwrap();
        let last = store.last_ping(&acme, &one).await;
        assert_eq!(last, Ok(Some(noon(known))), "{case}");
    }
    assert_eq!(store.writes(), 2, "what changes nothing is not written");
    for (case, name, id) in [
        ("another subscription", "acme", "PSUB002"),
        ("another account", "other", "PSUB001"),
    ] {
        let last = store.last_ping(&account(name), &subscription(id)).await;
        assert_eq!(last, Ok(None), "{case}");
    }
}

#[tokio::test]
async fn a_ping_is_deleted_long_after_it_arrived() {
    let world = World::new().await;
    let (acme, one) = (account("acme"), subscription("PSUB001"));
    world.store.keep_ping(&acme, &one, noon(0)).await.unwrap();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let answer = world
        .client
        .get_item()
        .table_name(TABLE)
        .key("pk", text("PING#acme"))
        .key("sk", text("PSUB001"))
        .send()
        .await
        .unwrap();
    let item = answer.item.unwrap();
    let expiry: i64 = item[EXPIRY].as_n().unwrap().parse().unwrap();
    assert_eq!(expiry, (noon(0) + PING_KEPT).as_second() + 1);
}

#[tokio::test]
async fn a_ping_that_cannot_be_understood_is_an_error_that_names_it() {
    for (case, arrived, reason) in [
        ("no time", None, "it has no time of arrival"),
        ("odd", Some("tomorrow"), "`arrived_at` is no time"),
    ] {
        let world = World::new().await;
        let mut attributes = vec![("pk", "PING#acme"), ("sk", "PSUB001")];
        attributes.extend(arrived.map(|arrived| ("arrived_at", arrived)));
        world.plant(&attributes, 1).await;
        let (acme, one) = (account("acme"), subscription("PSUB001"));
        let answer = world.store.last_ping(&acme, &one).await;
        let expected = StoreError::Malformed {
            what: "item PING#acme / PSUB001".to_owned(),
            reason: reason.to_owned(),
        };
        assert_eq!(answer, Err(expected), "{case}");
    }
}
