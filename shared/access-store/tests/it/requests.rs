//! Requests and grants, decided by several at once.

mod damage;
mod races;

use crate::support::{World, noon, person};
use access_core::config::Config;
use access_core::id::{GroupName, IdempotencyKey, RequestId};
use access_core::ports::{Card, CardReader, Cards, Outbox, RequestFilter, Requests, StoreError};
use access_core::request::{
    Asked, Channel, Kind, Policies, Reason, Request, RequestState, Step, Verdict, approve, ask,
    cancel, end_due, hand_back, review,
};
use access_store::EXPIRY;
use access_store::embedded::TABLE;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use newtype_uuid::GenericUuid;
use std::collections::BTreeSet;
use uuid::Uuid;

const CONFIG: &str = r#"
[[target]]
name = "aws"
kind = "identity-center"
identity_store_id = "d-1234567890"

[[group]]
name = "db-admins"
sources = ["person:person-0009@acme.example"]
entitlements = ["aws:DbAdmins"]
[group.request]
max = "4h"
approvers = ["person:person-0002@acme.example", "person:person-0003@acme.example"]
"#;

pub(crate) fn config() -> Config {
    Config::parse("rotakey.toml", CONFIG).unwrap()
}

fn group() -> GroupName {
    GroupName::new("db-admins").unwrap()
}

fn id(number: u128) -> RequestId {
    RequestId::from_untyped_uuid(Uuid::from_u128(number))
}

fn words(text: &str) -> Reason {
    Reason::new(text).unwrap()
}

/// Person 1 asks for two hours, some seconds after noon.
fn asking(number: u128, seconds: i64, kind: Kind, key: Option<&str>, verdict: Verdict) -> Step {
    let asked = Asked {
        by: person(1),
        group: group(),
        duration: SignedDuration::from_hours(2),
        reason: words("fixing refunds"),
        at: noon(seconds),
        through: Channel::Api,
        kind,
        key: key.map(|key| IdempotencyKey::new(key).unwrap()),
    };
    ask(noon(seconds), &config(), id(number), asked, verdict, None).unwrap()
}

fn people() -> Verdict {
    Verdict::Ask {
        policies: Policies::new(),
    }
}

fn at_once() -> Verdict {
    Verdict::Approve {
        policies: Policies::from(["on-call".to_owned()]),
    }
}

fn yes(request: &Request, by: usize, seconds: i64) -> Step {
    let by = person(by);
    approve(
        noon(seconds),
        &config(),
        request,
        None,
        &by,
        Policies::new(),
        &BTreeSet::new(),
    )
    .unwrap()
}

fn ids(requests: &[Request]) -> Vec<RequestId> {
    requests.iter().map(|request| request.id).collect()
}

#[tokio::test]
async fn a_request_is_found_wherever_it_is_looked_for() {
    let world = World::new().await;
    let store = &world.store;
    assert_eq!(store.request(id(1)).await, Ok(None));
    for (number, seconds) in [(1, 10), (2, 20), (3, 30)] {
        let step = asking(number, seconds, Kind::Access, None, people());
        store.take(&step).await.unwrap();
    }
    let first = store.request(id(1)).await.unwrap().unwrap();
    let step = yes(&first, 2, 60);
    store.take(&step).await.unwrap();
    let decided = step.request.unwrap();
    assert_eq!(store.request(id(1)).await, Ok(Some(decided.clone())));

    let pending = store.requests(&RequestFilter::Pending).await.unwrap();
    assert_eq!(ids(&pending), [id(3), id(2)], "the newest first");
    let asked = store.requests(&RequestFilter::By(person(1))).await.unwrap();
    assert_eq!(ids(&asked), [id(3), id(2), id(1)]);
    let into = store
        .requests(&RequestFilter::Group(group()))
        .await
        .unwrap();
    assert_eq!(into, asked, "the same, as they are now");
    assert_eq!(into[2], decided);
    let other = store.requests(&RequestFilter::By(person(2))).await;
    assert_eq!(other, Ok(vec![]));
}

#[tokio::test]
async fn a_decision_is_written_whole_with_its_events() {
    let world = World::new().await;
    let store = &world.store;
    let asked = asking(1, 0, Kind::Access, None, people());
    store.take(&asked).await.unwrap();
    let decided = yes(&asked.request.clone().unwrap(), 2, 60);
    store.take(&decided).await.unwrap();
    let events = [asked.events, decided.events].concat();
    assert_eq!(store.unsent().await.unwrap().entries, events);
    let record = decided.grant.unwrap();
    let grant = record.grant.id;
    assert_eq!(store.grant(grant).await, Ok(Some(record.clone())));
    assert_eq!(store.live_grants().await, Ok(vec![record.clone()]));
    assert_eq!(store.grants_of(&person(1)).await, Ok(vec![record.clone()]));

    let back = hand_back(noon(120), &config().people, &record, &person(1)).unwrap();
    store.take(&back).await.unwrap();
    let ended = back.grant.unwrap();
    assert_eq!(store.live_grants().await, Ok(vec![]));
    let current = store.current_grants().await;
    assert_eq!(
        current,
        Ok(vec![ended.clone()]),
        "so that its removal is explained"
    );
    assert_eq!(store.grants_of(&person(1)).await, Ok(vec![ended]));
}

#[tokio::test]
async fn a_grant_that_expired_is_no_longer_looked_at() {
    let world = World::new().await;
    let store = &world.store;
    let step = asking(1, 0, Kind::Access, None, at_once());
    store.take(&step).await.unwrap();
    let live = store.live_grants().await.unwrap();
    let late = noon(2 * 3_600);
    for step in end_due(late, &config(), &[], &live) {
        store.take(&step).await.unwrap();
    }
    assert_eq!(store.current_grants().await, Ok(vec![]));
    let known = store.grants_of(&person(1)).await.unwrap();
    assert_eq!(known.len(), 1, "it stays known");
    assert_eq!(known[0].version, 2);
}

#[tokio::test]
async fn a_break_glass_waits_for_its_review() {
    let world = World::new().await;
    let store = &world.store;
    for (number, kind) in [(1, Kind::BreakGlass), (2, Kind::Access)] {
        let step = asking(number, 0, kind, None, at_once());
        store.take(&step).await.unwrap();
    }
    let open = store.unreviewed().await.unwrap();
    assert_eq!(open.len(), 1);
    let back = hand_back(noon(60), &config().people, &open[0], &person(1)).unwrap();
    store.take(&back).await.unwrap();
    let open = store.unreviewed().await.unwrap();
    assert_eq!(open, [back.grant.unwrap()], "also when it is over");
    let done = review(noon(90), &config(), &open[0], &person(2), &words("needed")).unwrap();
    store.take(&done).await.unwrap();
    assert_eq!(store.unreviewed().await, Ok(vec![]));
    let known = store.grant(open[0].grant.id).await;
    assert_eq!(known, Ok(done.grant));
}

#[tokio::test]
async fn a_key_names_one_request_of_one_person() {
    let world = World::new().await;
    let store = &world.store;
    let key = IdempotencyKey::new("key / one").unwrap();
    assert_eq!(store.by_key(&person(1), &key).await, Ok(None));
    let step = asking(1, 0, Kind::Access, Some(key.as_str()), people());
    store.take(&step).await.unwrap();
    assert_eq!(store.by_key(&person(1), &key).await, Ok(Some(id(1))));
    assert_eq!(store.by_key(&person(2), &key).await, Ok(None));
    let again = asking(2, 5, Kind::Access, Some(key.as_str()), people());
    let refused = store.take(&again).await;
    assert!(
        matches!(refused, Err(StoreError::Conflict(_))),
        "{refused:?}"
    );
    assert_eq!(
        store.request(id(2)).await,
        Ok(None),
        "nothing of it was written"
    );
    assert_eq!(store.unsent().await.unwrap().entries.len(), 1);
    let step = yes(&step.request.unwrap(), 2, 60);
    store
        .take(&step)
        .await
        .expect("the key is written once only");
}

#[tokio::test]
async fn a_step_is_written_just_over_what_it_was_made_from() {
    let world = World::new().await;
    let store = &world.store;
    let asked = asking(1, 0, Kind::Access, None, people());
    store.take(&asked).await.unwrap();
    let twice = store.take(&asked).await;
    assert!(matches!(twice, Err(StoreError::Conflict(_))), "{twice:?}");
    let request = asked.request.unwrap();
    let (one, other) = (yes(&request, 2, 60), yes(&request, 3, 60));
    let took = cancel(noon(60), &config().people, &request, &person(1)).unwrap();
    store.take(&one).await.unwrap();
    let late = store.take(&other).await;
    let text = format!("request {} or grant", request.id);
    assert!(
        matches!(&late, Err(StoreError::Conflict(what)) if what.starts_with(&text)),
        "{late:?}"
    );
    let late = store.take(&took).await;
    assert!(matches!(late, Err(StoreError::Conflict(_))), "{late:?}");
    let known = store.request(request.id).await.unwrap().unwrap();
    assert!(matches!(known.state, RequestState::Approved { .. }));
    assert_eq!(known.approvals()[0].by, person(2));
}

#[tokio::test]
async fn a_request_that_lies_elsewhere_is_an_error_that_names_it() {
    let world = World::new().await;
    let step = asking(1, 0, Kind::Access, None, people());
    world.store.take(&step).await.unwrap();
    let body = serde_json::to_string(&step.request.unwrap()).unwrap();
    let place = format!("REQUEST#{}", id(2));
    let item = [
        ("pk", place.as_str()),
        ("sk", "REQUEST"),
        ("body", body.as_str()),
    ];
    world.plant(&item, 1).await;
    let error = world.store.request(id(2)).await.unwrap_err();
    let what = format!("item {place} / REQUEST");
    assert!(
        matches!(&error, StoreError::Malformed { what: known, .. } if *known == what),
        "{error}"
    );
}

#[tokio::test]
async fn cards_are_kept_by_channel_and_reader() {
    let world = World::new().await;
    let store = &world.store;
    let card = |channel: &str, ts: &str, reader| Card {
        channel: channel.to_owned(),
        ts: ts.to_owned(),
        reader,
    };
    let approver = card("C01", "1.000001", CardReader::Approver);
    let requester = card("D01", "1.000002", CardReader::Requester);
    for card in [&approver, &requester, &approver] {
        store.keep_card(id(1), card).await.unwrap();
    }
    assert_eq!(
        store.cards(id(1)).await,
        Ok(vec![approver, requester.clone()])
    );
    let moved = card("C01", "2.000001", CardReader::Approver);
    store.keep_card(id(1), &moved).await.unwrap();
    assert_eq!(store.cards(id(1)).await, Ok(vec![moved, requester]));
    assert_eq!(store.cards(id(2)).await, Ok(vec![]));
}

#[tokio::test]
async fn one_posts_a_card_until_its_time_is_up_or_it_lets_go() {
    let world = World::new().await;
    let store = &world.store;
    let claim =
        |reader, now: i64| store.claim_card(id(1), "C01", reader, noon(now), noon(now + 60));
    let reader = CardReader::Approver;
    for (case, reader, now, expected) in [
        ("the first", reader, 0, true),
        ("a second at once", reader, 0, false),
        ("for other readers", CardReader::Everybody, 0, true),
        ("just before the end", reader, 59, false),
        ("at the end", reader, 60, true),
        ("counted anew", reader, 119, false),
    ] {
        assert_eq!(claim(reader, now).await, Ok(expected), "{case}");
    }
    for _ in 0..2 {
        let let_go = store.let_card_go(id(1), "C01", reader, noon(60)).await;
        let_go.unwrap();
    }
    // DynamoDB leaves what expired years ago where it is.
    let claims = format!("CARDS#CLAIMS#{}", id(1));
    let place = [("pk", claims), ("sk", "C01#approver".to_owned())];
    let place = place.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
    let get = world.client.get_item().table_name(TABLE);
    let left = get.set_key(Some(place.into())).send().await.unwrap();
    let end = left.item.unwrap()[EXPIRY].as_n().unwrap().clone();
    assert_eq!(end, noon(60 + 24 * 60 * 60).as_second().to_string());
    assert_eq!(claim(reader, 61).await, Ok(true), "let go");
    assert_eq!(store.cards(id(1)).await, Ok(vec![]), "none is posted");
}
