//! Starting, stopping and sharing the embedded store.

use crate::support::noon;
use access_core::ports::{Configs, Leases, StoreError, TickRecord};
use access_store::embedded::{self, Embedded, EmbeddedError, TABLE};
use access_store::{DynamoStore, EXPIRY, ensure_table};
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::BTreeMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

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

/// The whole answer to a request for `operation`, in lower case, with more header lines.
async fn answer(host: &str, method: &str, path: &str, operation: &str, more: &str) -> String {
    let body = format!(r#"{{"TableName":"{TABLE}"}}"#);
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nx-amz-target: DynamoDB_20120810.{operation}\r\n\
         content-length: {length}\r\nconnection: close\r\n{more}\r\n{body}"
    );
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.to_lowercase()
}

#[tokio::test]
async fn only_who_knows_the_path_is_answered_and_no_web_page() {
    let (engine, other) = (
        Embedded::start(None).await.unwrap(),
        Embedded::start(None).await.unwrap(),
    );
    engine.store().await.unwrap();
    let bare = |engine: &Embedded| engine.endpoint().trim_start_matches("http://").to_owned();
    let (engine_at, other_at) = (bare(&engine), bare(&other));
    let (host, secret) = engine_at.split_once('/').unwrap();
    let (_, other_secret) = other_at.split_once('/').unwrap();
    assert_eq!(secret.len(), 32);
    let (path, slashed) = (format!("/{secret}"), format!("/{secret}/"));
    let (elsewhere, below) = (format!("/{other_secret}"), format!("/{secret}/x"));
    let (page, preflight) = (
        "origin: https://evil.example\r\n",
        "origin: null\r\naccess-control-request-method: POST\r\n",
    );
    let describe = "DescribeTable";
    for (method, path, operation, more, status) in [
        ("POST", path.as_str(), describe, "", 200),
        ("POST", slashed.as_str(), describe, "", 200),
        ("POST", "/", describe, "", 404),
        ("POST", elsewhere.as_str(), describe, "", 404),
        ("POST", below.as_str(), describe, "", 404),
        ("GET", path.as_str(), describe, "", 405),
        ("POST", path.as_str(), describe, page, 403),
        ("POST", "/", describe, page, 403),
        ("OPTIONS", path.as_str(), describe, preflight, 403),
        ("POST", path.as_str(), "DeleteTable", "", 400),
    ] {
        let answer = answer(host, method, path, operation, more).await;
        let case = format!("{method} {operation} {more}: {answer}");
        assert!(answer.starts_with(&format!("http/1.1 {status} ")), "{case}");
        assert!(!answer.contains("access-control-"), "{case}");
        assert_eq!(answer.contains("tablestatus"), status == 200, "{case}");
        let unknown = answer.contains("unknownoperationexception");
        assert_eq!(unknown, status == 400, "{case}");
    }
    engine.stop().await.unwrap();
    other.stop().await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn the_endpoint_is_for_the_owner_alone_and_a_link_shares_the_lock() {
    use std::fs::{Permissions, metadata, read_to_string, set_permissions, write};
    use std::os::unix::fs::{PermissionsExt, symlink};

    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("store.db"), folder.path().join("link"));
    let lock = folder.path().join("store.db.lock");
    write(&lock, "").unwrap();
    set_permissions(&lock, Permissions::from_mode(0o644)).unwrap();
    let first = Embedded::start(Some(&path)).await.unwrap();
    assert_eq!(metadata(&lock).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(read_to_string(&lock).unwrap(), first.endpoint());

    symlink(&path, &link).unwrap();
    let error = Embedded::start(Some(&link)).await.unwrap_err();
    let (host, secret) = first.endpoint().rsplit_once('/').unwrap();
    let told = error.to_string();
    assert!(told.contains(host) && !told.contains(secret), "{told}");
    match error {
        EmbeddedError::InUse { endpoint, .. } => {
            assert_eq!(endpoint.as_deref(), Some(first.endpoint()));
        }
        other => panic!("{other:?}"),
    }
    first.stop().await.unwrap();
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
