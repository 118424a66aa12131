//! What was seen of incidents, by several writers at once.

use crate::support::{World, noon};
use access_core::id::{PagerDutyUserId, SightingId};
use access_core::incident::{
    Answer, Incident, IncidentKey, SIGHTINGS_MAX, Seen, Sighting, Snapshot, Status,
};
use access_core::ports::{Incidents, KnownIncidents, StoreError};
use access_store::INCIDENT_BYTES_MAX;
use std::collections::BTreeMap;

pub(crate) fn key(id: &str) -> IncidentKey {
    format!("acme/{id}").parse().unwrap()
}

fn user(number: usize) -> PagerDutyUserId {
    PagerDutyUserId::new(format!("PUSER{number}")).unwrap()
}

/// Somebody agrees to help, some seconds after noon.
pub(crate) fn helped(number: usize) -> Sighting {
    Sighting {
        at: noon(i64::try_from(number).unwrap()),
        id: SightingId::new(format!("E{number}")).unwrap(),
        what: Seen::Responder {
            user: user(number),
            answer: Answer::Accepted,
        },
    }
}

/// The incident, assigned to these users, at noon.
fn assigned(users: impl IntoIterator<Item = PagerDutyUserId>) -> Sighting {
    Sighting {
        at: noon(0),
        id: SightingId::new("triggered").unwrap(),
        what: Seen::Incident {
            snapshot: Snapshot {
                status: Status::Triggered,
                number: Some(42),
                urgency: None,
                priority: None,
                service: Some("PSERVICE".parse().unwrap()),
                teams: None,
                escalation_policy: None,
                assignees: Some(users.into_iter().collect()),
            },
            acknowledged_by: None,
        },
    }
}

/// What the store should make of these sightings.
fn folded(id: &str, sightings: impl IntoIterator<Item = Sighting>) -> Incident {
    let mut incident = Incident::new(key(id));
    for sighting in sightings {
        incident.see(sighting);
    }
    incident
}

#[tokio::test]
async fn sightings_add_up_whoever_brings_them_in_whatever_order() {
    let world = World::new().await;
    let (one, other) = (world.other(), world.other());
    assert_eq!(one.incidents().await, Ok(KnownIncidents::default()));
    assert_eq!(one.incident(&key("Q1")).await, Ok(None));
    let first = one.see(&key("Q1"), &[helped(5)]).await.unwrap();
    assert_eq!(first, folded("Q1", [helped(5)]));
    let both = other
        .see(&key("Q1"), &[helped(7), assigned([user(1)])])
        .await
        .unwrap();
    let expected = folded("Q1", [assigned([user(1)]), helped(5), helped(7)]);
    assert_eq!(both, expected);
    one.see(&key("Q2"), &[helped(2)]).await.unwrap();
    assert_eq!(one.incident(&key("Q1")).await, Ok(Some(expected.clone())));
    let known = other.incidents().await.unwrap();
    let expected = BTreeMap::from([
        (key("Q1"), expected),
        (key("Q2"), folded("Q2", [helped(2)])),
    ]);
    assert_eq!(known.incidents, expected);
    assert_eq!(known.unread, BTreeMap::new());
}

#[tokio::test]
async fn a_repeat_writes_nothing() {
    let world = World::new().await;
    let store = &world.store;
    let empty = store.see(&key("Q1"), &[]).await.unwrap();
    assert_eq!(empty, Incident::new(key("Q1")));
    assert_eq!(store.writes(), 0, "nothing was seen");
    let sightings = [assigned([user(1)]), helped(1)];
    let seen = store.see(&key("Q1"), &sightings).await.unwrap();
    assert_eq!(store.writes(), 1, "one write for all");
    assert_eq!(store.see(&key("Q1"), &sightings).await, Ok(seen.clone()));
    assert_eq!(store.see(&key("Q1"), &sightings[1..]).await, Ok(seen));
    assert_eq!(store.writes(), 1);

    let many: Vec<_> = (2..SIGHTINGS_MAX + 10).map(helped).collect();
    let seen = store.see(&key("Q1"), &many).await.unwrap();
    assert_eq!(store.writes(), 2);
    assert_eq!(store.see(&key("Q1"), &sightings).await, Ok(seen));
    assert_eq!(store.writes(), 2, "older than all that is kept");
}

#[tokio::test]
async fn writers_at_once_lose_nothing() {
    let world = World::new().await;
    let stores: Vec<_> = (0..4).map(|_| world.other()).collect();
    let writers = stores.iter().enumerate().map(|(writer, store)| async move {
        for number in 0..12 {
            // Every second sighting is brought by a neighbour, too.
            let both = [helped(12 * writer + number), helped(number)];
            let mut seen = store.see(&key("Q1"), &both).await.unwrap();
            assert!(both.into_iter().all(|sighting| !seen.see(sighting)));
        }
    });
    futures::future::join_all(writers).await;
    let known = world.store.incidents().await.unwrap().incidents;
    assert_eq!(known[&key("Q1")], folded("Q1", (0..48).map(helped)));
    let written: u64 = stores.iter().map(access_store::DynamoStore::writes).sum();
    assert!(written <= 48, "{written} written");
}

#[tokio::test]
async fn an_incident_is_forgotten_only_as_it_was_judged() {
    let world = World::new().await;
    let (store, other) = (&world.store, world.other());
    let judged = store.see(&key("Q1"), &[helped(1)]).await.unwrap();
    store.see(&key("Q2"), &[helped(1)]).await.unwrap();
    let since = other.see(&key("Q1"), &[helped(2)]).await.unwrap();
    assert_eq!(
        store.forget_incident(&judged).await,
        Err(StoreError::Conflict(
            "more was seen of incident acme/Q1".to_owned()
        ))
    );
    assert_eq!(store.incident(&key("Q1")).await, Ok(Some(since.clone())));
    store.forget_incident(&since).await.unwrap();
    store
        .forget_incident(&since)
        .await
        .expect("a repeat changes nothing");
    let left = store.incidents().await.unwrap().incidents;
    let left: Vec<_> = left.into_keys().collect();
    assert_eq!(left, [key("Q2")]);
    let anew = other.see(&key("Q1"), &[helped(3)]).await.unwrap();
    assert_eq!(anew, folded("Q1", [helped(3)]), "nothing of before");
}

#[tokio::test]
async fn an_incident_is_kept_up_to_what_an_item_holds() {
    let world = World::new().await;
    let crowd = |people: usize| {
        let id = |number: usize| PagerDutyUserId::new(format!("P{number:0249}")).unwrap();
        assigned((0..people).map(id))
    };
    let store = &world.store;
    let large = store.see(&key("Q1"), &[crowd(1_500)]).await.unwrap();
    assert_eq!(store.incident(&key("Q1")).await, Ok(Some(large)));
    let error = store.see(&key("Q2"), &[crowd(1_700)]).await.unwrap_err();
    let StoreError::TooLarge {
        what,
        bytes,
        bytes_max,
    } = error
    else {
        panic!("{error:?}");
    };
    assert_eq!(
        (what.as_str(), bytes_max),
        ("incident acme/Q2", INCIDENT_BYTES_MAX)
    );
    assert!(bytes > bytes_max, "{bytes} bytes");
    assert_eq!(store.writes(), 1);
}

#[tokio::test]
async fn an_incident_that_outgrows_an_item_is_folded_and_goes_on() {
    let world = World::new().await;
    let store = &world.store;
    // Each time another crowd is at work: large sightings and large phases.
    let crowd = |turn: usize| {
        let id = |number: usize| PagerDutyUserId::new(format!("P{number:0199}")).unwrap();
        let Sighting { what, .. } = assigned((0..200).map(|number| id(10 * number + turn % 10)));
        Sighting {
            what,
            ..helped(turn)
        }
    };
    let mut whole = Incident::new(key("Q1"));
    for turn in 0..40 {
        let seen = store.see(&key("Q1"), &[crowd(turn)]).await.unwrap();
        whole.see(crowd(turn));
        assert_eq!(seen.state().last(), whole.state().last(), "{turn}");
        assert_eq!(seen.seen_until(), whole.seen_until(), "{turn}");
        assert_eq!(store.incident(&key("Q1")).await, Ok(Some(seen)), "{turn}");
    }
    let written = serde_json::to_string(&whole).unwrap().len();
    assert!(written > INCIDENT_BYTES_MAX, "{written} bytes would fit");
    let folded = store.see(&key("Q1"), &[crowd(0)]).await.unwrap();
    assert_eq!(store.writes(), 40, "a repeat of what is folded is no news");
    assert!(folded.state().is_open());
}

#[tokio::test]
async fn an_incident_that_cannot_be_understood_is_an_error_that_names_it() {
    let body = serde_json::to_string(&folded("Q1", [helped(1)])).unwrap();
    for (case, sk, body, reason) in [
        (
            "half a body",
            "acme#Q1",
            Some(&body[..30]),
            "`body` is not what it should be",
        ),
        ("no body", "acme#Q1", None, "it has no body"),
        (
            "no revision",
            "acme#Q1",
            Some(&body[..]),
            "`revision` is no whole number",
        ),
        (
            "another place",
            "acme#Q9",
            Some(&body[..]),
            "its body belongs to INCIDENTS / acme#Q1",
        ),
    ] {
        let world = World::new().await;
        let mut attributes = vec![("pk", "INCIDENTS"), ("sk", sk)];
        attributes.extend(body.map(|body| ("body", body)));
        world.plant(&attributes, 1).await;
        let id = sk.trim_start_matches("acme#");
        let seen = world.store.see(&key(id), &[helped(2)]).await.map(drop);
        let one = world.store.incident(&key(id)).await.map(drop);
        for answer in [seen, one] {
            match answer {
                Err(StoreError::Malformed { what, reason: told }) => {
                    assert_eq!(what, format!("item INCIDENTS / {sk}"), "{case}");
                    assert!(told.starts_with(reason), "{case}: {told}");
                }
                other => panic!("{case}: {other:?}"),
            }
        }
        let sound = world.store.see(&key("Q5"), &[helped(2)]).await.unwrap();
        let known = world.store.incidents().await.unwrap();
        let expected = BTreeMap::from([(key("Q5"), sound)]);
        assert_eq!(known.incidents, expected, "{case}: no other is in doubt");
        let place = format!("item INCIDENTS / {sk}");
        let damaged = &known.unread[&place];
        assert_eq!(known.unread.len(), 1, "{case}");
        assert_eq!(damaged.key, Some(key(id)), "{case}");
        assert!(damaged.reason.starts_with(reason), "{case}: {damaged:?}");
    }
}

#[tokio::test]
async fn an_incident_whose_place_says_nothing_may_be_any() {
    let world = World::new().await;
    let attributes = [("pk", "INCIDENTS"), ("sk", "nowhere"), ("body", "{}")];
    world.plant(&attributes, 1).await;
    let unread = world.store.incidents().await.unwrap().unread;
    let unread: Vec<_> = unread.into_values().map(|unread| unread.key).collect();
    assert_eq!(unread, [None]);
}

#[tokio::test]
async fn an_incident_in_another_layout_stands_in_no_others_way() {
    let world = World::new().await;
    let attributes = [("pk", "INCIDENTS"), ("sk", "acme#Q1"), ("body", "{}")];
    world.plant(&attributes, 2).await;
    let sound = world.store.see(&key("Q5"), &[helped(2)]).await.unwrap();
    let known = world.store.incidents().await.unwrap();
    assert_eq!(known.incidents, BTreeMap::from([(key("Q5"), sound)]));
    let unread: Vec<_> = known.unread.into_values().collect();
    assert_eq!(unread.len(), 1);
    assert_eq!(unread[0].key, Some(key("Q1")));
    assert_eq!(
        unread[0].reason,
        "its layout is 2, and this program reads 1"
    );
}
