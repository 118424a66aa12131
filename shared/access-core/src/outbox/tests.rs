//! Flushing: sealed first, sent then, forgotten last, whatever fails in between.

use super::{Flushed, flush};
use crate::audit::{Entry, Head, StreamName, verify};
use crate::event::{Event, RequestCancelled};
use crate::ports::{AuditLog, Bus, BusError, Outbox, OutboxEntry, StoreError, Unsent};
use crate::world::{at, at_once, group, person};
use async_trait::async_trait;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// An outbox and an audit trail that keep what they are given.
#[derive(Debug, Default)]
struct Kept {
    outbox: Mutex<BTreeMap<String, OutboxEntry>>,
    /// What nobody understands.
    unread: BTreeMap<String, String>,
    entries: Mutex<BTreeMap<StreamName, Vec<Entry>>>,
    /// A stream that nothing can be added to.
    stuck: Option<StreamName>,
    /// How often somebody else adds to a stream just before.
    races: Mutex<usize>,
}

/// A bus that keeps what it takes.
#[derive(Debug, Default)]
struct FakeBus {
    is_down: bool,
    refuses: BTreeSet<String>,
    taken: Mutex<Vec<String>>,
}

fn entry(key: &str, name: &str) -> OutboxEntry {
    let event = RequestCancelled {
        request: crate::id::derived(&["request", key]),
        principal: person("ada"),
        group: group(name),
    };
    OutboxEntry {
        key: key.to_owned(),
        at: at("10:00"),
        event: Event::RequestCancelled(event),
    }
}

fn stream(name: &str) -> StreamName {
    StreamName::Group(group(name))
}

impl Kept {
    fn holding(entries: &[(&str, &str)]) -> Self {
        let kept = Self::default();
        for (key, name) in entries {
            let entry = entry(key, name);
            kept.outbox.lock().unwrap().insert(entry.key.clone(), entry);
        }
        kept
    }

    fn keys(&self, name: &str) -> Vec<String> {
        let entries = self.entries.lock().unwrap();
        let entries = entries.get(&stream(name)).into_iter().flatten();
        entries.map(|entry| entry.key.clone()).collect()
    }

    fn waiting(&self) -> Vec<String> {
        self.outbox.lock().unwrap().keys().cloned().collect()
    }

    fn put(&self, entries: &[Entry]) {
        let mut kept = self.entries.lock().unwrap();
        for entry in entries {
            let stream = kept.entry(entry.stream.clone()).or_default();
            stream.push(entry.clone());
        }
    }
}

#[async_trait]
impl Outbox for Kept {
    async fn unsent(&self) -> Result<Unsent, StoreError> {
        Ok(Unsent {
            entries: self.outbox.lock().unwrap().values().cloned().collect(),
            unread: self.unread.clone(),
        })
    }

    async fn post(&self, entries: &[OutboxEntry]) -> Result<(), StoreError> {
        let entries = entries
            .iter()
            .map(|entry| (entry.key.clone(), entry.clone()));
        self.outbox.lock().unwrap().extend(entries);
        Ok(())
    }

    async fn sent(&self, keys: &[String]) -> Result<(), StoreError> {
        let mut outbox = self.outbox.lock().unwrap();
        outbox.retain(|key, _| !keys.contains(key));
        Ok(())
    }
}

#[async_trait]
impl AuditLog for Kept {
    async fn head(&self, stream: &StreamName) -> Result<Option<Head>, StoreError> {
        let entries = self.entries.lock().unwrap();
        let last = entries.get(stream).and_then(|entries| entries.last());
        Ok(last.map(Entry::head))
    }

    async fn streams(&self) -> Result<BTreeMap<StreamName, Head>, StoreError> {
        let entries = self.entries.lock().unwrap();
        let heads = entries.iter();
        let heads = heads.filter_map(|(name, it)| Some((name.clone(), it.last()?.head())));
        Ok(heads.collect())
    }

    async fn append(&self, entries: &[Entry], after: Option<Head>) -> Result<(), StoreError> {
        let stream = &entries[0].stream;
        if self.stuck.as_ref() == Some(stream) {
            return Err(StoreError::Unavailable("no answer in time".into()));
        }
        let is_raced = {
            let mut races = self.races.lock().unwrap();
            let is_raced = *races > 0;
            *races = races.saturating_sub(1);
            is_raced
        };
        if is_raced {
            // Another flush of the same outbox comes first, with the first event only.
            self.put(&entries[..1]);
        }
        if self.head(stream).await? != after {
            return Err(StoreError::Conflict("the stream went on".into()));
        }
        self.put(entries);
        Ok(())
    }

    async fn sealed(
        &self,
        stream: &StreamName,
        keys: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, StoreError> {
        let entries = self.entries.lock().unwrap();
        let there = entries.get(stream).into_iter().flatten();
        let there = there.filter(|entry| keys.contains(&entry.key));
        Ok(there.map(|entry| entry.key.clone()).collect())
    }

    async fn entries(
        &self,
        stream: &StreamName,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let entries = self.entries.lock().unwrap();
        let there = entries.get(stream).into_iter().flatten();
        let there = there.filter(|entry| entry.seq >= from).take(limit);
        Ok(there.cloned().collect())
    }
}

#[async_trait]
impl Bus for FakeBus {
    async fn put(&self, entries: &[OutboxEntry]) -> Result<Vec<bool>, BusError> {
        if self.is_down {
            return Err(BusError("no connection".into()));
        }
        let is_taken = |entry: &OutboxEntry| !self.refuses.contains(&entry.key);
        let new = entries.iter().filter(|entry| is_taken(entry));
        let new = new.map(|entry| entry.key.clone());
        self.taken.lock().unwrap().extend(new);
        Ok(entries.iter().map(is_taken).collect())
    }
}

fn flushed(kept: &Kept, bus: &FakeBus) -> Flushed {
    at_once(flush(kept, bus)).unwrap()
}

#[test]
fn every_event_is_sealed_sent_and_forgotten() {
    let kept = Kept::holding(&[("1", "a"), ("2", "b"), ("3", "a")]);
    let bus = FakeBus::default();
    let all = flushed(&kept, &bus);
    assert_eq!((all.sent.len(), all.left), (3, 0));
    assert_eq!(kept.keys("a"), ["1", "3"]);
    assert_eq!(kept.keys("b"), ["2"]);
    assert_eq!(*bus.taken.lock().unwrap(), ["1", "2", "3"]);
    assert!(kept.waiting().is_empty());
    assert_eq!(flushed(&kept, &bus), Flushed::default());
}

#[test]
fn an_event_that_the_bus_does_not_take_is_sealed_once_and_sent_later() {
    let kept = Kept::holding(&[("1", "a"), ("2", "a")]);
    let down = FakeBus {
        is_down: true,
        ..FakeBus::default()
    };
    let none = flushed(&kept, &down);
    assert_eq!((none.sent.len(), none.left), (0, 2));
    assert_eq!(none.bus, Some(BusError("no connection".into())));
    let picky = FakeBus {
        refuses: BTreeSet::from(["2".to_owned()]),
        ..FakeBus::default()
    };
    let one = flushed(&kept, &picky);
    assert_eq!((one.sent.len(), one.left, one.refused), (1, 1, 1));
    assert_eq!(kept.waiting(), ["2"]);
    flushed(&kept, &FakeBus::default());
    assert_eq!(kept.keys("a"), ["1", "2"]);
}

#[test]
fn what_cannot_be_sealed_is_not_sent_and_stops_no_other() {
    let kept = Kept {
        stuck: Some(stream("a")),
        ..Kept::holding(&[("1", "a"), ("2", "b")])
    };
    let bus = FakeBus::default();
    let some = flushed(&kept, &bus);
    assert_eq!((some.sent.len(), some.left), (1, 1));
    assert!(some.unsealed.keys().eq([&stream("a")]));
    assert_eq!(*bus.taken.lock().unwrap(), ["2"]);
    assert_eq!(kept.waiting(), ["1"]);
}

#[test]
fn what_cannot_be_understood_is_told_alone_and_among_others() {
    let unread = BTreeMap::from([("item 2".to_owned(), "another layout".to_owned())]);
    let down = FakeBus {
        is_down: true,
        ..FakeBus::default()
    };
    for (case, entries, bus, expected) in [
        (
            "among others",
            &[("1", "a"), ("3", "a")][..],
            FakeBus::default(),
            (2, 0),
        ),
        ("with others that wait", &[("1", "a")], down, (0, 1)),
        ("alone", &[], FakeBus::default(), (0, 0)),
    ] {
        let kept = Kept {
            unread: unread.clone(),
            ..Kept::holding(entries)
        };
        let all = flushed(&kept, &bus);
        assert_eq!((all.sent.len(), all.left), expected, "{case}");
        assert_eq!(all.unread, unread, "{case}");
    }
}

#[test]
fn two_flushes_at_once_seal_each_event_once() {
    let kept = Kept {
        races: Mutex::new(2),
        ..Kept::holding(&[("1", "a"), ("2", "a"), ("3", "a")])
    };
    let all = flushed(&kept, &FakeBus::default());
    assert_eq!((all.sent.len(), all.left), (3, 0));
    assert_eq!(kept.keys("a"), ["1", "2", "3"]);
    let entries = at_once(kept.entries(&stream("a"), 1, 10)).unwrap();
    let head = at_once(kept.head(&stream("a"))).unwrap();
    assert_eq!(verify(&stream("a"), &entries, head), Ok(()));
}
