//! The audit trail: added to at the end only, by one writer at a time.

use crate::support::{World, binding, event, noon};
use access_core::audit::{Damage, Entry, Head, StreamName, keep, seal, verify};
use access_core::event::{Event, SyncFailed};
use access_core::id::SweepId;
use access_core::plan::Action;
use access_core::ports::{APPENDED_MAX, AuditLog, OutboxEntry, StoreError};
use access_store::embedded::TABLE;
use aws_sdk_dynamodb::types::AttributeValue;
use newtype_uuid::GenericUuid;
use std::collections::{BTreeMap, BTreeSet};

fn entry(number: usize) -> OutboxEntry {
    let event = Event::MembershipChanged(event(&binding("g"), number, Action::Add));
    OutboxEntry {
        key: format!("2026-11-22/{number:04}#é"),
        at: noon(i64::try_from(number).unwrap()),
        event,
    }
}

/// An event of no group.
fn failed() -> OutboxEntry {
    OutboxEntry {
        key: "failed".to_owned(),
        at: noon(0),
        event: Event::SyncFailed(SyncFailed {
            sweep: SweepId::from_untyped_uuid(uuid::Uuid::nil()),
            failures: BTreeSet::from(["event bus: no connection".to_owned()]),
        }),
    }
}

fn stream() -> StreamName {
    "group/g".parse().unwrap()
}

/// The entries that these events make after `head`.
fn sealed(head: Option<Head>, numbers: std::ops::Range<usize>) -> Vec<Entry> {
    let events: Vec<_> = numbers.map(entry).collect();
    let events: Vec<_> = events.iter().collect();
    seal(&stream(), head, &events)
}

#[tokio::test]
async fn entries_follow_one_another_and_read_back_as_they_were_sealed() {
    let world = World::new().await;
    let store = &world.store;
    assert_eq!(store.head(&stream()).await, Ok(None));
    assert_eq!(store.streams().await, Ok(BTreeMap::new()));
    let first = sealed(None, 0..APPENDED_MAX);
    store.append(&first, None).await.unwrap();
    let head = first.last().map(Entry::head);
    let second = sealed(head, APPENDED_MAX..APPENDED_MAX + 5);
    store.append(&second, head).await.unwrap();
    store.append(&[], None).await.expect("nothing to do");
    let whole = [first, second].concat();
    let head = whole.last().map(Entry::head);
    assert_eq!(store.head(&stream()).await, Ok(head));
    let read = store.entries(&stream(), 1, usize::MAX).await.unwrap();
    assert_eq!(read, whole);
    assert_eq!(verify(&stream(), &read, head), Ok(()));

    let page = store.entries(&stream(), 3, 2).await.unwrap();
    assert_eq!(page, whole[2..4]);
    let end = store.entries(&stream(), 45, 10).await.unwrap();
    assert_eq!(end, whole[44..]);
    assert_eq!(store.entries(&stream(), 46, 10).await, Ok(vec![]));
    assert_eq!(store.entries(&stream(), 1, 0).await, Ok(vec![]));
}

#[tokio::test]
async fn a_stream_is_added_to_only_where_it_ends() {
    let world = World::new().await;
    let store = &world.store;
    let first = sealed(None, 0..2);
    store.append(&first, None).await.unwrap();
    let head = first.last().map(Entry::head);
    let old = Some(first[0].head());
    for (case, entries, after) in [
        ("the same again", sealed(None, 0..2), None),
        ("as if it were new", sealed(None, 5..6), None),
        ("after an older end", sealed(old, 5..6), old),
        ("a key that is there", sealed(head, 1..2), head),
    ] {
        let refused = store.append(&entries, after).await;
        assert!(
            matches!(refused, Err(StoreError::Conflict(_))),
            "{case}: {refused:?}"
        );
    }
    assert_eq!(store.entries(&stream(), 1, 9).await, Ok(first));
    let keys = [0, 1, 5].map(|number| entry(number).key);
    let known = store.sealed(&stream(), &BTreeSet::from(keys.clone())).await;
    assert_eq!(
        known,
        Ok(BTreeSet::from([keys[0].clone(), keys[1].clone()]))
    );
}

#[tokio::test]
async fn writers_at_once_keep_every_event_once() {
    let world = World::new().await;
    let events: Vec<_> = (0..50).map(entry).chain([failed()]).collect();
    let stores: Vec<_> = (0..3).map(|_| world.other()).collect();
    let keeping = stores.iter().map(|store| keep(store, &events));
    let failures = futures::future::join_all(keeping).await;
    let store = &world.store;
    if failures.iter().any(|failed| !failed.is_empty()) {
        // Whoever lost again and again leaves the rest to the next flush.
        assert!(keep(store, &events).await.is_empty());
    }
    let streams = store.streams().await.unwrap();
    let names: Vec<_> = streams.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["group/g", "system"]);
    let read = store.entries(&stream(), 1, 1_000).await.unwrap();
    let keys: Vec<_> = read.iter().map(|entry| entry.key.clone()).collect();
    let expected: Vec<_> = events[..50].iter().map(|entry| entry.key.clone()).collect();
    assert_eq!(keys, expected);
    assert_eq!(verify(&stream(), &read, Some(streams[&stream()])), Ok(()));
}

#[tokio::test]
async fn what_is_done_to_the_table_shows() {
    let world = World::new().await;
    let events: Vec<_> = (0..6).map(entry).collect();
    assert!(keep(&world.store, &events).await.is_empty());
    for seq in [3, 6] {
        let key = [
            ("pk", "AUDIT#group/g".to_owned()),
            ("sk", format!("E#{seq:020}")),
        ];
        let gone = key.into_iter().fold(
            world.client.delete_item().table_name(TABLE),
            |call, (name, value)| call.key(name, AttributeValue::S(value)),
        );
        gone.send().await.unwrap();
    }
    let read = world.store.entries(&stream(), 1, 100).await.unwrap();
    let head = world.store.head(&stream()).await.unwrap();
    let expected = vec![
        Damage::Removed { from: 3, to: 3 },
        Damage::MissingTail { from: 6, to: 6 },
    ];
    assert_eq!(verify(&stream(), &read, head), Err(expected));
}

#[tokio::test]
async fn what_cannot_be_read_hides_neither_the_other_entries_nor_a_stream() {
    let world = World::new().await;
    let events: Vec<_> = (0..3).map(entry).collect();
    assert!(keep(&world.store, &events).await.is_empty());
    let whole = world.store.entries(&stream(), 1, 9).await.unwrap();
    let second = format!("E#{:020}", 2);
    let [entry, end] = [("AUDIT#group/g", second.as_str()), ("AUDITS", "group/g")];
    for (pk, sk) in [entry, end] {
        world.plant(&[("pk", pk), ("sk", sk)], 1).await;
    }
    let known = world.store.known_entries(&stream()).await.unwrap();
    assert_eq!(known.entries, [whole[0].clone(), whole[2].clone()]);
    let reasons = BTreeMap::from([(2, "it has no body".to_owned())]);
    assert_eq!(known.unread, reasons);
    let streams = BTreeSet::from([stream()]);
    assert_eq!(world.store.ended_streams().await, Ok(streams.clone()));
    assert_eq!(world.store.scanned_streams().await, Ok(streams));
}
