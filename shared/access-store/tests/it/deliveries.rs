//! Deliveries of webhooks that were dealt with.

use crate::support::{World, noon};
use access_core::id::{DeliveryId, PagerDutyName};
use access_core::ports::{DELIVERY_KEPT, Deliveries, StoreError};
use access_store::EXPIRY;
use access_store::embedded::TABLE;
use aws_sdk_dynamodb::types::AttributeValue;

fn account(name: &str) -> PagerDutyName {
    PagerDutyName::new(name).unwrap()
}

fn delivery(id: &str) -> DeliveryId {
    DeliveryId::new(id).unwrap()
}

#[tokio::test]
async fn a_delivery_is_first_once() {
    let world = World::new().await;
    let (store, acme, one) = (&world.store, account("acme"), delivery("one # 1"));
    assert_eq!(store.is_delivered(&acme, &one, noon(0)).await, Ok(false));
    assert_eq!(store.writes(), 0, "asking notes nothing");
    assert_eq!(store.keep_delivery(&acme, &one, noon(0)).await, Ok(true));
    assert_eq!(store.keep_delivery(&acme, &one, noon(5)).await, Ok(false));
    assert_eq!(store.is_delivered(&acme, &one, noon(5)).await, Ok(true));
    assert_eq!(store.writes(), 1);
    for (case, name, id) in [
        ("another delivery", "acme", "two"),
        ("another account", "other", "one # 1"),
    ] {
        let (name, id) = (account(name), delivery(id));
        let known = store.is_delivered(&name, &id, noon(5)).await;
        assert_eq!(known, Ok(false), "{case}");
        let first = store.keep_delivery(&name, &id, noon(5)).await;
        assert_eq!(first, Ok(true), "{case}");
    }
}

#[tokio::test]
async fn a_delivery_is_known_for_its_time_however_late_it_is_deleted() {
    let world = World::new().await;
    let (store, acme, one) = (&world.store, account("acme"), delivery("one"));
    store.keep_delivery(&acme, &one, noon(0)).await.unwrap();
    let kept = DELIVERY_KEPT.as_secs();
    // A repeat does not draw the end out.
    store.keep_delivery(&acme, &one, noon(60)).await.unwrap();
    for (case, seconds, known) in [
        ("a second before the end", kept - 1, true),
        ("at the end", kept, false),
        ("a second after", kept + 1, false),
    ] {
        let answer = store.is_delivered(&acme, &one, noon(seconds)).await;
        assert_eq!(answer, Ok(known), "{case}");
    }
    let again = store.keep_delivery(&acme, &one, noon(kept)).await;
    assert_eq!(again, Ok(true), "first again");
    let answer = store.is_delivered(&acme, &one, noon(2 * kept - 1)).await;
    assert_eq!(answer, Ok(true), "from the second time on");
}

#[tokio::test]
async fn an_item_outlives_the_time_for_which_it_counts() {
    let world = World::new().await;
    let kept = world
        .store
        .keep_delivery(&account("acme"), &delivery("one"), noon(0))
        .await;
    assert_eq!(kept, Ok(true));
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let answer = world
        .client
        .get_item()
        .table_name(TABLE)
        .key("pk", text("DELIVERY#acme"))
        .key("sk", text("one"))
        .send()
        .await
        .unwrap();
    let item = answer.item.unwrap();
    let expiry: i64 = item[EXPIRY].as_n().unwrap().parse().unwrap();
    assert_eq!(expiry, (noon(0) + DELIVERY_KEPT).as_second() + 1);
}

#[tokio::test]
async fn of_writers_at_once_exactly_one_is_first() {
    let world = World::new().await;
    let stores: Vec<_> = (0..8).map(|_| world.other()).collect();
    for round in 0..20 {
        let (acme, id) = (account("acme"), delivery(&format!("round {round}")));
        let notes = stores
            .iter()
            .map(|store| store.keep_delivery(&acme, &id, noon(round)));
        let answers = futures::future::join_all(notes).await;
        let first = answers.iter().filter(|answer| **answer == Ok(true));
        assert_eq!(first.count(), 1, "{answers:?}");
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    }
}

#[tokio::test]
async fn a_delivery_that_cannot_be_understood_is_an_error_that_names_it() {
    for (case, until, reason) in [
        ("no end", None, "it has no end"),
        ("no time", Some("tomorrow"), "`known_until` is no time"),
    ] {
        let world = World::new().await;
        let mut attributes = vec![("pk", "DELIVERY#acme"), ("sk", "one")];
        attributes.extend(until.map(|until| ("known_until", until)));
        world.plant(&attributes, 1).await;
        let answer = world
            .store
            .is_delivered(&account("acme"), &delivery("one"), noon(0))
            .await;
        let expected = StoreError::Malformed {
            what: "item DELIVERY#acme / one".to_owned(),
            reason: reason.to_owned(),
        };
        assert_eq!(answer, Err(expected), "{case}");
    }
}
