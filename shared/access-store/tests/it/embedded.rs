//! Starting, stopping and sharing the embedded store.

use crate::support::noon;
use access_core::ports::{Configs, Leases, StoreError, TickRecord};
use access_store::embedded::{self, Embedded, EmbeddedError, TABLE};
use access_store::{DynamoStore, EXPIRY, ensure_table};
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::BTreeMap;

#[tokio::test]
async fn a_file_keeps_everything_and_belongs_to_one_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let first = Embedded::start(Some(&path)).await.unwrap();
    first
        .store()
        .await
        .unwrap()
        .save_config(noon(0), "grace", "a = 1", &BTreeMap::new())
        .await
        .unwrap();
    match Embedded::start(Some(&path)).await {
        Err(EmbeddedError::InUse {
            path: told,
            endpoint,
        }) => {
            assert_eq!(
                (told, endpoint.as_deref()),
                (path.clone(), Some(first.endpoint()))
            );
            let through = embedded::store(first.endpoint()).await.unwrap();
            assert_eq!(
                through.latest_config().await.unwrap().unwrap().text,
                "a = 1",
                "the second one can use the first"
            );
        }
        other => panic!("{other:?}"),
    }
    first.stop().await.unwrap();
    let again = Embedded::start(Some(&path)).await.unwrap();
    assert_eq!(
        again
            .store()
            .await
            .unwrap()
            .latest_config()
            .await
            .unwrap()
            .unwrap()
            .version,
        1
    );
    again.stop().await.unwrap();
}

#[tokio::test]
async fn whoever_takes_a_file_over_waits_for_no_lease_of_a_process_that_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let first = Embedded::start(Some(&path)).await.unwrap();
    let store = first.take_over().await.expect("there is no lease yet");
    let lost = store.acquire(noon(0), noon(90)).await.unwrap();
    let record = TickRecord {
        ended_at: Some(noon(1)),
        ..TickRecord::default()
    };
    store.keep(lost.fence, &record).await.unwrap();
    // Cut off: nobody ends the lease.
    first.stop().await.unwrap();

    let next = Embedded::start(Some(&path)).await.unwrap();
    let store = next.store().await.unwrap();
    let in_the_way = store.acquire(noon(2), noon(92)).await;
    assert_eq!(in_the_way, Err(StoreError::Leased { until: noon(90) }));
    let store = next.take_over().await.unwrap();
    let late = store.keep(lost.fence, &TickRecord::default()).await;
    assert_eq!(late, Err(StoreError::Overtaken), "the lost one is outdated");
    let lease = store.acquire(noon(2), noon(92)).await.unwrap();
    assert!(lease.fence > lost.fence);
    assert_eq!(store.last_tick().await, Ok(Some(record)), "what it left");
    next.stop().await.unwrap();
}

#[tokio::test]
async fn a_folder_that_does_not_exist_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let error = Embedded::start(Some(&folder.path().join("none/store.db")))
        .await
        .unwrap_err();
    assert!(matches!(error, EmbeddedError::File { .. }), "{error}");
}

#[tokio::test]
async fn errors_tell_what_is_wrong_and_nothing_more() {
    let engine = Embedded::start(None).await.unwrap();
    let client = embedded::client(engine.endpoint());
    let error = DynamoStore::new(client.clone(), "nowhere")
        .latest_config()
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the store cannot be reached: Query: ResourceNotFoundException"),
        "{error}"
    );
    ensure_table(&client, "nowhere").await.unwrap();
    ensure_table(&client, "nowhere")
        .await
        .expect("a repeat changes nothing");
    let store = DynamoStore::new(client, "nowhere");
    store.acquire(noon(0), noon(60)).await.unwrap();
    engine.stop().await.unwrap();
    assert_eq!(
        store.last_tick().await,
        Err(StoreError::Unavailable("GetItem: no connection".to_owned()))
    );
}

#[tokio::test]
async fn expired_items_are_deleted_after_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let first = Embedded::start(Some(&path)).await.unwrap();
    first.store().await.unwrap();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let old = AttributeValue::N("1700000000".to_owned());
    let client = embedded::client(first.endpoint());
    let put = client
        .put_item()
        .table_name(TABLE)
        .item("pk", text("old"))
        .item("sk", text("old"));
    put.item(EXPIRY, old).send().await.unwrap();
    first.stop().await.unwrap();
    let again = Embedded::start(Some(&path)).await.unwrap();
    let client = embedded::client(again.endpoint());
    let mut reads = 0..2_000;
    let gone = loop {
        let get = client
            .get_item()
            .table_name(TABLE)
            .key("pk", text("old"))
            .key("sk", text("old"));
        if get.send().await.unwrap().item.is_none() {
            break true;
        }
        if reads.next().is_none() {
            break false;
        }
    };
    assert!(gone, "the sweep begins at once");
    again.stop().await.unwrap();
}
