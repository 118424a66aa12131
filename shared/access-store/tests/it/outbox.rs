//! Events on their way to the bus.

use crate::support::{World, binding, event, noon};
use access_core::event::Event;
use access_core::plan::Action;
use access_core::ports::{Outbox, OutboxEntry, Unsent};

fn entry(number: usize) -> OutboxEntry {
    let event = Event::MembershipChanged(event(&binding("g"), number, Action::Add));
    OutboxEntry {
        key: format!("{number:04}"),
        at: noon(0),
        event,
    }
}

fn sound(entries: &[OutboxEntry]) -> Unsent {
    Unsent {
        entries: entries.to_vec(),
        ..Unsent::default()
    }
}

#[tokio::test]
async fn events_wait_once_and_in_order_until_they_are_sent() {
    let world = World::new().await;
    let store = &world.store;
    let entries: Vec<_> = (0..40).map(entry).collect();
    store.post(&[entry(39), entry(7)]).await.unwrap();
    store.post(&entries).await.unwrap();
    store
        .post(&[OutboxEntry {
            at: noon(9),
            ..entry(7)
        }])
        .await
        .expect("a known key");
    assert_eq!(store.unsent().await, Ok(sound(&entries)));
    let keys: Vec<_> = entries[..39]
        .iter()
        .map(|entry| entry.key.clone())
        .collect();
    store.sent(&keys).await.unwrap();
    store.sent(&keys).await.expect("a repeat changes nothing");
    assert_eq!(store.unsent().await, Ok(sound(&[entry(39)])));
    store.post(&[]).await.unwrap();
    store.sent(&[]).await.unwrap();
}

#[tokio::test]
async fn an_event_that_cannot_be_understood_stays_is_named_and_is_in_no_others_way() {
    let place = "item OUTBOX / 0002";
    let body = "`body` is not what it should be";
    let other = serde_json::to_string(&entry(9)).unwrap();
    for (case, text, layout, reason) in [
        ("no entry", "{}", 1, body),
        ("no JSON", "not JSON", 1, body),
        ("another layout", "{}", 99, "its layout is 99"),
        (
            "it belongs elsewhere",
            other.as_str(),
            1,
            "its body belongs to OUTBOX / 0009",
        ),
    ] {
        let world = World::new().await;
        let store = &world.store;
        let others = vec![entry(1), entry(3)];
        store.post(&others).await.unwrap();
        let item = [("pk", "OUTBOX"), ("sk", "0002"), ("body", text)];
        world.plant(&item, layout).await;
        let Unsent { entries, unread } = store.unsent().await.unwrap();
        assert_eq!(entries, others, "{case}");
        assert_eq!(unread.len(), 1, "{case}");
        assert!(unread[place].starts_with(reason), "{case}: {unread:?}");
        let keys: Vec<_> = others.iter().map(|entry| entry.key.clone()).collect();
        store.sent(&keys).await.unwrap();
        let alone = Unsent {
            entries: Vec::new(),
            unread,
        };
        assert_eq!(store.unsent().await, Ok(alone), "{case}");
        assert!(world.keys().await.contains("OUTBOX / 0002"), "{case}");
    }
}
