//! Chains: what they are made of, and how each kind of damage shows.

use super::{Damage, Entry, Hash, Head, StreamName, seal, verify};
use crate::event::{CoverageWarning, Event, RequestCancelled, Warning};
use crate::ports::OutboxEntry;
use crate::world::{at, group, person};
use proptest::prelude::*;

fn event(number: usize) -> OutboxEntry {
    let event = RequestCancelled {
        request: crate::id::derived(&["request", &number.to_string()]),
        principal: person("ada"),
        group: group("payments-admins"),
    };
    OutboxEntry {
        key: format!("key-{number}"),
        at: at("10:00"),
        event: Event::RequestCancelled(event),
    }
}

fn stream() -> StreamName {
    StreamName::Group(group("payments-admins"))
}

/// A chain of this many entries, and its end.
fn chain(length: usize) -> (Vec<Entry>, Option<Head>) {
    let events: Vec<_> = (1..=length).map(event).collect();
    let events: Vec<_> = events.iter().collect();
    let entries = seal(&stream(), None, &events);
    let head = entries.last().map(Entry::head);
    (entries, head)
}

/// Says of an entry what it holds now, as somebody would who knows how hashes are made.
fn rehash(entry: &mut Entry) {
    entry.hash = entry.computed();
}

#[test]
fn a_chain_goes_on_where_it_ended() {
    let (whole, head) = chain(5);
    let events: Vec<_> = (1..=5).map(event).collect();
    let events: Vec<_> = events.iter().collect();
    let first = seal(&stream(), None, &events[..2]);
    let rest = seal(&stream(), first.last().map(Entry::head), &events[2..]);
    assert_eq!([first, rest].concat(), whole);
    assert_eq!(whole[0].previous, Hash::NONE);
    assert_eq!(verify(&stream(), &whole, head), Ok(()));
    assert_eq!(verify(&stream(), &[], None), Ok(()));
    let told = whole[1].event().unwrap();
    assert_eq!(told, event(2).event);
}

#[test]
fn an_entry_holds_nothing_that_its_hash_does_not_cover() {
    let (entries, _) = chain(1);
    let json = serde_json::to_string(&entries[0]).unwrap();
    let read = |json: &str| serde_json::from_str::<Entry>(json);
    assert_eq!(read(&json).unwrap(), entries[0]);
    let person = r#""principal":"ada@acme.example""#;
    let other = r#""principal":"eve@acme.example""#;
    for (case, altered) in [
        ("a field more", json.replacen('{', r#"{"note":"x","#, 1)),
        ("a field twice", json.replacen('{', r#"{"seq":7,"#, 1)),
        (
            "a key of the detail twice",
            json.replace(person, &format!("{other},{person}")),
        ),
        (
            "deeper",
            json.replace(person, &format!(r#"{person},"more":[{{"a":1,"a":1}}]"#)),
        ),
    ] {
        assert_ne!(altered, json, "{case}");
        assert!(read(&altered).is_err(), "{case}");
    }
}

#[test]
fn an_entry_hashes_the_same_on_every_machine_and_for_ever() {
    let (entries, _) = chain(1);
    let json = serde_json::to_string(&entries[0]).unwrap();
    let read: Entry = serde_json::from_str(&json).unwrap();
    assert_eq!(read, entries[0]);
    assert_eq!(read.computed(), entries[0].hash);
    // Worked out by hand from what `Entry::computed` says, and never to change.
    let parts = [
        "rotakey-audit-1",
        "group/payments-admins",
        "1",
        "2026-11-22T10:00:00.000000000Z",
        "key-1",
        "Request Cancelled",
        &format!(
            r#"{{"group":"payments-admins","principal":"ada@acme.example","request":"{}"}}"#,
            entries[0].detail["request"].as_str().unwrap()
        ),
        "0000000000000000000000000000000000000000000000000000000000000000",
    ];
    assert_eq!(entries[0].hash, Hash::of(&parts));
    let known = "ab".repeat(32);
    assert_eq!(known.parse::<Hash>().unwrap().to_string(), known);
    for bad in ["", "AB", &"AB".repeat(32), &"zz".repeat(32)] {
        assert!(bad.parse::<Hash>().is_err(), "{bad}");
    }
}

/// What somebody does to a chain.
type Tampering<'a> = &'a dyn Fn(&mut Vec<Entry>);

#[test]
#[expect(clippy::too_many_lines, reason = "a table, one kind of damage a row")]
fn each_kind_of_damage_is_found_where_it_is() {
    let (whole, head) = chain(6);
    let foreign = {
        let mut entry = whole[2].clone();
        entry.stream = StreamName::System;
        rehash(&mut entry);
        entry
    };
    let cases: [(&str, Tampering<'_>, Vec<Damage>); 16] = [
        (
            "a word",
            &|it| it[2].detail["group"] = "other".into(),
            vec![Damage::Changed { seq: 3 }],
        ),
        (
            "the time",
            &|it| it[2].at = at("09:00"),
            vec![Damage::Changed { seq: 3 }],
        ),
        (
            "the key",
            &|it| it[2].key.push('x'),
            vec![Damage::Changed { seq: 3 }],
        ),
        (
            "the type",
            &|it| it[2].detail_type.push('x'),
            vec![Damage::Changed { seq: 3 }],
        ),
        (
            "the hash",
            &|it| it[2].hash = it[1].hash,
            vec![Damage::Changed { seq: 3 }],
        ),
        (
            "changed and hashed anew",
            &|it| {
                it[2].detail["group"] = "other".into();
                rehash(&mut it[2]);
            },
            vec![Damage::Changed { seq: 3 }],
        ),
        (
            "the first, hashed anew",
            &|it| {
                it[0].previous = it[3].hash;
                rehash(&mut it[0]);
            },
            vec![Damage::Changed { seq: 1 }],
        ),
        (
            "the last, hashed anew",
            &|it| {
                it[5].at = at("09:00");
                rehash(&mut it[5]);
            },
            vec![Damage::Rewritten { seq: 6 }],
        ),
        (
            "one removed",
            &|it| drop(it.remove(2)),
            vec![Damage::Removed { from: 3, to: 3 }],
        ),
        (
            "the first removed",
            &|it| drop(it.drain(..2)),
            vec![Damage::Removed { from: 1, to: 2 }],
        ),
        (
            "the tail",
            &|it| it.truncate(4),
            vec![Damage::MissingTail { from: 5, to: 6 }],
        ),
        (
            "everything",
            &Vec::clear,
            vec![Damage::MissingTail { from: 1, to: 6 }],
        ),
        (
            "one twice",
            &|it| it.insert(3, it[2].clone()),
            vec![Damage::Inserted { seq: 3 }],
        ),
        (
            "one of another stream",
            &|it| it.insert(3, foreign.clone()),
            vec![Damage::Inserted { seq: 3 }],
        ),
        (
            "two changed places",
            &|it| it.swap(2, 3),
            vec![Damage::Reordered { seq: 3 }],
        ),
        (
            "two at once",
            &|it| {
                it[4].key.push('x');
                it.remove(1);
            },
            vec![
                Damage::Removed { from: 2, to: 2 },
                Damage::Changed { seq: 5 },
            ],
        ),
    ];
    for (case, tamper, expected) in cases {
        let mut entries = whole.clone();
        tamper(&mut entries);
        assert_eq!(verify(&stream(), &entries, head), Err(expected), "{case}");
    }
}

#[test]
fn what_was_never_anchored_was_never_sealed() {
    let (whole, _) = chain(4);
    let before = whole[2].head();
    let beyond = verify(&stream(), &whole, Some(before));
    assert_eq!(beyond, Err(vec![Damage::Inserted { seq: 4 }]));
    let unknown = verify(&stream(), &whole[..1], None);
    assert_eq!(unknown, Err(vec![Damage::Inserted { seq: 1 }]));
}

#[test]
fn a_chain_written_anew_does_not_end_as_anchored() {
    let (whole, head) = chain(5);
    let mut events: Vec<_> = (1..=5).map(event).collect();
    events[1].at = at("09:00");
    let events: Vec<_> = events.iter().collect();
    let anew = seal(&stream(), None, &events);
    assert_ne!(anew, whole);
    let found = verify(&stream(), &anew, head);
    assert_eq!(found, Err(vec![Damage::Rewritten { seq: 5 }]));
}

#[test]
fn events_belong_to_the_stream_of_their_group() {
    let warning = |name: Option<&str>| {
        Event::CoverageWarning(CoverageWarning {
            group: name.map(group),
            warning: Warning::Uncovered,
            from: at("10:00"),
            until: None,
        })
    };
    for (event, expected) in [
        (event(1).event, "group/payments-admins"),
        (warning(Some("db")), "group/db"),
        (warning(None), "system"),
    ] {
        let stream = StreamName::of(&event);
        assert_eq!(stream.to_string(), expected);
        assert_eq!(expected.parse::<StreamName>(), Ok(stream));
    }
    for text in ["", "group", "group/", "group/a/b", "System", "team/a"] {
        assert!(text.parse::<StreamName>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn no_single_change_goes_unseen(length in 1..12_usize, place in 0..12_usize, kind in 0..5_u8) {
        let (mut entries, head) = chain(length);
        let place = place % length;
        let seq = place as u64 + 1;
        match kind {
            0 => entries[place].key.push('x'),
            1 => drop(entries.remove(place)),
            2 => entries.insert(place, entries[place].clone()),
            3 => {
                entries[place].at = at("09:00");
                rehash(&mut entries[place]);
            }
            _ => entries[place].previous = Hash::of(&["x"]),
        }
        let damage = verify(&stream(), &entries, head).expect_err("it was tampered with");
        prop_assert_eq!(damage.len(), 1, "{:?}", damage);
        prop_assert_eq!(damage[0].seq(), seq, "{:?}", damage);
    }
}
