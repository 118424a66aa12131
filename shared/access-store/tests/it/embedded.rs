//! Starting, stopping and sharing the embedded store.

use crate::support::noon;
use access_core::ports::{Configs, Leases, StoreError, TickRecord};
use access_store::embedded::{self, Embedded, EmbeddedError, Stay, TABLE};
use access_store::{DynamoStore, EXPIRY, INDEX, ensure_table};
use aws_sdk_dynamodb::types::AttributeValue;
use dynoxide::storage::Storage;
use std::collections::BTreeMap;
use std::path::Path;
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
        Err(EmbeddedError::InUse { path: told, owner }) => {
            let owner = owner.unwrap();
            assert_eq!(
                (told, owner.endpoint.as_str(), owner.process, owner.stay),
                (
                    path.clone(),
                    first.endpoint(),
                    std::process::id(),
                    Stay::Long
                )
            );
            assert!(owner.answers().await);
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
    let told = read_to_string(&lock).unwrap();
    assert!(told.starts_with(first.endpoint()), "{told}");

    symlink(&path, &link).unwrap();
    let error = Embedded::start(Some(&link)).await.unwrap_err();
    let (_, secret) = first.endpoint().rsplit_once('/').unwrap();
    let told = error.to_string();
    let process = format!("by the process {}", std::process::id());
    assert!(told.contains(&process) && !told.contains(secret), "{told}");
    match error {
        EmbeddedError::InUse { owner, .. } => {
            assert_eq!(owner.unwrap().endpoint, first.endpoint());
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

/// A store that was made and stopped.
async fn made(path: &Path) -> Storage {
    let whole = Embedded::start(Some(path)).await.unwrap();
    whole.store().await.unwrap();
    whole.stop().await.unwrap();
    Storage::new(path.to_str().unwrap()).unwrap()
}

/// When the making was cut off, and what that leaves out.
type Cut = (&'static str, fn(&Storage));

#[tokio::test]
async fn a_store_whose_making_was_cut_off_is_finished() {
    let cut_off: [Cut; 3] = [
        ("before the table", |storage| {
            storage.drop_gsi_table(TABLE, INDEX).unwrap();
            storage.drop_data_table(TABLE).unwrap();
        }),
        ("before the index", |storage| {
            storage.drop_gsi_table(TABLE, INDEX).unwrap();
        }),
        ("before expiry", |_| {}),
    ];
    // Those who came later may have turned expiry on: that needs no table.
    for ((case, cut), expiry) in cut_off
        .iter()
        .flat_map(|cut| [(cut, None), (cut, Some(EXPIRY))])
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let storage = made(&path).await;
        let is_on = expiry.is_some();
        storage.update_ttl_config(TABLE, expiry, is_on).unwrap();
        cut(&storage);
        drop(storage);

        for version in 1..=2 {
            let again = Embedded::start(Some(&path)).await.unwrap();
            let store = again.take_over().await;
            let store = store.unwrap_or_else(|error| panic!("{case}: {error}"));
            store.acquire(noon(0), noon(60)).await.unwrap();
            let text = format!("a = {version}");
            let none = BTreeMap::new();
            let saved = store.save_config(noon(0), "grace", &text, &none);
            saved.await.unwrap();
            let latest = store.latest_config().await.unwrap().unwrap();
            assert_eq!(latest.version, version, "{case}: nothing is lost again");
            again.stop().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_store_that_lost_its_index_is_not_taken_for_an_empty_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    drop(made(&path).await);
    let engine = Embedded::start(Some(&path)).await.unwrap();
    let store = engine.store().await.unwrap();
    store.acquire(noon(0), noon(60)).await.unwrap();
    engine.stop().await.unwrap();
    let storage = Storage::new(path.to_str().unwrap()).unwrap();
    storage.drop_gsi_table(TABLE, INDEX).unwrap();
    drop(storage);
    let told = Embedded::start(Some(&path)).await.unwrap_err().to_string();
    for word in ["store.db` cannot be opened", "index", "backup"] {
        assert!(told.contains(word), "{told}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_store_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    for text in ["a", "SQLite format 3 is what this is not about"] {
        std::fs::write(&path, text).unwrap();
        let error = Embedded::start(Some(&path)).await.unwrap_err();
        assert!(
            matches!(&error, EmbeddedError::NoStore { path: told } if *told == path),
            "{error}"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
    // As a start leaves it that is cut off at once.
    std::fs::write(&path, "").unwrap();
    let made = Embedded::start(Some(&path)).await.unwrap();
    made.take_over().await.unwrap();
    made.stop().await.unwrap();
}

#[tokio::test]
async fn the_file_that_cannot_be_opened_is_named() {
    for name in ["store.db", "store.db.lock", "store.db-wal"] {
        let folder = tempfile::tempdir().unwrap();
        let in_the_way = folder.path().join(name);
        std::fs::create_dir(&in_the_way).unwrap();
        let path = folder.path().join("store.db");
        let error = Embedded::start(Some(&path)).await.unwrap_err();
        let told = error.to_string();
        assert!(matches!(error, EmbeddedError::File { .. }), "{name}");
        let quoted = format!("{name}` cannot be opened");
        assert!(told.contains(&quoted), "{name}: {told}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_store_that_this_user_may_not_write_says_what_to_do() {
    use std::fs::{Permissions, metadata, set_permissions};
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    let folder = tempfile::tempdir().unwrap();
    if metadata(folder.path()).unwrap().uid() == 0 {
        // Root may write everything.
        return;
    }
    let path = folder.path().join("store.db");
    let first = Embedded::start(Some(&path)).await.unwrap();
    first.store().await.unwrap();
    first.stop().await.unwrap();
    set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
    let told = Embedded::start(Some(&path)).await.unwrap_err().to_string();
    for word in ["store.db` cannot be opened", "run this as the user"] {
        assert!(told.contains(word), "{told}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_store_is_its_owners_alone_also_one_that_was_not() {
    use std::fs::{Permissions, metadata, set_permissions};
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mode = |name: &str| {
        let found = metadata(folder.path().join(name)).unwrap();
        found.permissions().mode() & 0o777
    };
    for before in [None, Some(0o644), Some(0o640)] {
        if let Some(before) = before {
            set_permissions(&path, Permissions::from_mode(before)).unwrap();
        }
        let engine = Embedded::start(Some(&path)).await.unwrap();
        engine.take_over().await.unwrap();
        // Whoever let a group read it, for a backup, meant that.
        let meant = before.filter(|before| *before == 0o640).unwrap_or(0o600);
        for name in ["store.db", "store.db-wal", "store.db-shm"] {
            assert_eq!(mode(name), meant, "{name}, which was {before:?}");
        }
        engine.stop().await.unwrap();
    }
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
