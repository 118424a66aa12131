//! What was seen of incidents, by several writers at once.

use crate::support::{World, noon};
use access_core::id::{PagerDutyUserId, SightingId};
use access_core::incident::{
    Answer, Incident, IncidentKey, SIGHTINGS_MAX, Seen, Sighting, Snapshot, Status,
};
use access_core::ports::{Incidents, StoreError};
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
    assert!(one.incidents().await.unwrap().is_empty());
    let first = one.see(&key("Q1"), &[helped(5)]).await.unwrap();
    assert_eq!(first, folded("Q1", [helped(5)]));
    let both = other
        .see(&key("Q1"), &[helped(7), assigned([user(1)])])
        .await
        .unwrap();
    let expected = folded("Q1", [assigned([user(1)]), helped(5), helped(7)]);
    assert_eq!(both, expected);
    one.see(&key("Q2"), &[helped(2)]).await.unwrap();
    let known = other.incidents().await.unwrap();
    let expected = BTreeMap::from([
        (key("Q1"), expected),
        (key("Q2"), folded("Q2", [helped(2)])),
    ]);
    assert_eq!(known, expected);
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
    let known = world.store.incidents().await.unwrap();
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
    assert_eq!(store.incidents().await.unwrap()[&key("Q1")], since);
    store.forget_incident(&since).await.unwrap();
    store
        .forget_incident(&since)
        .await
        .expect("a repeat changes nothing");
    let left: Vec<_> = store.incidents().await.unwrap().into_keys().collect();
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
    assert_eq!(store.incidents().await.unwrap()[&key("Q1")], large);
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
        let all = world.store.incidents().await.map(drop);
        let one = world.store.see(&key(id), &[helped(2)]).await.map(drop);
        for answer in [all, one] {
            match answer {
                Err(StoreError::Malformed { what, reason: told }) => {
                    assert_eq!(what, format!("item INCIDENTS / {sk}"), "{case}");
                    assert!(told.starts_with(reason), "{case}: {told}");
                }
                other => panic!("{case}: {other:?}"),
            }
        }
    }
}
