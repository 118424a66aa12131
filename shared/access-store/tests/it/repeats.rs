//! Lost answers and collisions, which the embedded store never shows by itself: a relay in front of it does.

use crate::incidents::{helped, key};
use crate::support::{World, added, addition, binding, noon, plan};
use access_core::plan::Plan;
use access_core::ports::{
    Bindings, Deliveries, HeldPlans, Incidents, Leases, Memberships, Outbox, StoreError, TickRecord,
};
use access_store::DynamoStore;
use access_store::embedded::{self, TABLE};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the relay does with the next call of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trick {
    /// The store does it; the caller never hears.
    LoseAnswer,
    /// The store does nothing; the caller is told of a collision.
    Collide,
    /// The store does nothing; the caller is told that the condition does not hold.
    Refuse,
}

/// Calls still to be tricked, in order, each by its name.
type Tricks = Arc<Mutex<Vec<(&'static str, Trick)>>>;

/// A server in front of the embedded store.
async fn relayed(world: &World, tricks: &[(&'static str, Trick)]) -> (DynamoStore, Tricks) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let engine = world.embedded.endpoint().trim_start_matches("http://");
    let (engine, path) = engine.split_once('/').expect("an endpoint has a path");
    let endpoint = format!("http://{}/{path}", listener.local_addr().unwrap());
    let tricks: Tricks = Arc::new(Mutex::new(tricks.to_vec()));
    let (engine, playing) = (engine.to_owned(), Arc::clone(&tricks));
    tokio::spawn(async move {
        while let Ok((caller, _)) = listener.accept().await {
            tokio::spawn(relay(caller, engine.clone(), Arc::clone(&playing)));
        }
    });
    (DynamoStore::new(embedded::client(&endpoint), TABLE), tricks)
}

/// One connection, one message after the other.
async fn relay(mut caller: TcpStream, engine: String, tricks: Tricks) {
    let mut engine = TcpStream::connect(engine).await.unwrap();
    while let Some(request) = message(&mut caller).await {
        match next(&request, &tricks) {
            Some(Trick::Collide) => {
                caller.write_all(&collision(&request)).await.unwrap();
            }
            Some(Trick::Refuse) => {
                let refusal = error(
                    "ConditionalCheckFailedException",
                    "The conditional request failed",
                );
                caller.write_all(&answer(&refusal)).await.unwrap();
            }
            trick => {
                engine.write_all(&request).await.unwrap();
                let answered = message(&mut engine).await.unwrap();
                if trick == Some(Trick::LoseAnswer) {
                    return;
                }
                caller.write_all(&answered).await.unwrap();
            }
        }
    }
}

fn next(request: &[u8], tricks: &Tricks) -> Option<Trick> {
    let text = String::from_utf8_lossy(request);
    let mut tricks = tricks.lock().unwrap();
    let (call, trick) = *tricks.first()?;
    // A second attempt of a call that was tricked goes through.
    let first = text.contains("attempt=1");
    (first && text.contains(&format!("DynamoDB_20120810.{call}\r\n"))).then(|| {
        tricks.remove(0);
        trick
    })
}

/// A whole HTTP message with a length.
async fn message(from: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        if let Some(head) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let text = String::from_utf8_lossy(&bytes[..head]).to_lowercase();
            let length: usize = text
                .lines()
                .find_map(|line| line.strip_prefix("content-length:"))
                .map_or(0, |length| length.trim().parse().unwrap());
            if bytes.len() >= head + 4 + length {
                return Some(bytes);
            }
        }
        let mut part = vec![0; 65_536];
        match from.read(&mut part).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&part[..read]),
        }
    }
}

fn collision(request: &[u8]) -> Vec<u8> {
    let transaction = String::from_utf8_lossy(request).contains("TransactWriteItems");
    if transaction {
        answer(
            r#"{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException","Message":"Transaction cancelled","CancellationReasons":[{"Code":"TransactionConflict","Message":"Transaction is ongoing for the item"},{"Code":"None"}]}"#,
        )
    } else {
        answer(&error(
            "TransactionConflictException",
            "Transaction is ongoing for the item",
        ))
    }
}

fn error(code: &str, message: &str) -> String {
    format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"{message}"}}"#)
}

fn answer(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 400 Bad Request\r\ncontent-type: application/x-amz-json-1.0\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[tokio::test]
async fn a_lost_answer_is_not_taken_for_somebody_else() {
    let world = World::new().await;
    let lose = |calls: &[&'static str]| {
        calls
            .iter()
            .map(|call| (*call, Trick::LoseAnswer))
            .collect::<Vec<_>>()
    };
    let update = "UpdateItem";
    let transact = "TransactWriteItems";
    let (store, tricks) = relayed(
        &world,
        &lose(&[update, transact, transact, transact, "PutItem", update]),
    )
    .await;
    let lease = store
        .acquire(noon(0), noon(60))
        .await
        .expect("it holds the lease itself");
    assert!(
        store
            .hold(
                lease.fence,
                newtype_uuid::GenericUuid::from_untyped_uuid(uuid::Uuid::from_u128(7)),
                &crate::held::plan()
            )
            .await
            .unwrap(),
        "new"
    );
    let group = binding("g");
    store
        .begin(
            lease.fence,
            noon(0),
            &Plan {
                additions: vec![addition(1)],
                ..plan(&group)
            },
        )
        .await
        .unwrap();
    store
        .finish(lease.fence, noon(0), &group, &added(&group, 1))
        .await
        .unwrap();
    let events = world.store.unsent().await.unwrap().entries;
    assert_eq!(events.len(), 1);
    store
        .post(&[access_core::ports::OutboxEntry {
            key: "another".to_owned(),
            ..events[0].clone()
        }])
        .await
        .unwrap();
    store
        .release(lease.fence, &TickRecord::default())
        .await
        .expect("it was its own release");
    assert!(tricks.lock().unwrap().is_empty(), "every trick was played");
}

#[tokio::test]
async fn collisions_are_tried_again_but_not_forever() {
    let world = World::new().await;
    let tricks = [
        ("UpdateItem", Trick::Collide),
        ("TransactWriteItems", Trick::Collide),
        ("TransactWriteItems", Trick::Collide),
    ];
    let (store, left) = relayed(&world, &tricks).await;
    let lease = store.acquire(noon(0), noon(60)).await.unwrap();
    store
        .save_binding(lease.fence, &binding("g"), &crate::bindings::state())
        .await
        .unwrap();
    assert!(left.lock().unwrap().is_empty());
    left.lock()
        .unwrap()
        .extend([("TransactWriteItems", Trick::Collide); 9]);
    let error = store
        .drop_binding(lease.fence, &binding("g"))
        .await
        .unwrap_err();
    assert_eq!(
        error,
        StoreError::Unavailable(
            "TransactWriteItems: other transactions came in the way again and again".to_owned()
        )
    );
    assert!(left.lock().unwrap().is_empty());
    let known = world.store.bindings().await.unwrap();
    assert_eq!(known.states.len(), 1);
}

#[tokio::test]
async fn an_incident_whose_answers_are_lost_is_seen_and_forgotten_once() {
    let world = World::new().await;
    let lost = ["PutItem", "UpdateItem", "DeleteItem", "UpdateItem"];
    let (store, tricks) = relayed(&world, &lost.map(|call| (call, Trick::LoseAnswer))).await;
    store.see(&key("Q1"), &[helped(1)]).await.unwrap();
    let seen = store.see(&key("Q1"), &[helped(2)]).await.unwrap();
    let known = world.store.incident(&key("Q1")).await;
    assert_eq!(known, Ok(Some(seen.clone())));
    store.forget_incident(&seen).await.unwrap();
    assert_eq!(world.store.incident(&key("Q1")).await, Ok(None));

    let (acme, delivery) = ("acme".parse().unwrap(), "one".parse().unwrap());
    let first = store.keep_delivery(&acme, &delivery, noon(0)).await;
    assert_eq!(first, Ok(false), "it is there, and that is all it knows");
    let known = world.store.is_delivered(&acme, &delivery, noon(0)).await;
    assert_eq!(known, Ok(true));
    assert!(tricks.lock().unwrap().is_empty(), "every trick was played");
}

#[tokio::test]
async fn an_incident_that_others_write_is_tried_again_but_not_forever() {
    let world = World::new().await;
    world.store.see(&key("Q1"), &[helped(1)]).await.unwrap();
    let refused = [("UpdateItem", Trick::Refuse); 2];
    let (store, left) = relayed(&world, &refused).await;
    let seen = store.see(&key("Q1"), &[helped(2)]).await.unwrap();
    assert!(left.lock().unwrap().is_empty());
    left.lock()
        .unwrap()
        .extend([("UpdateItem", Trick::Refuse); 9]);
    let error = store.see(&key("Q1"), &[helped(3)]).await.unwrap_err();
    assert_eq!(
        error,
        StoreError::Conflict("incident acme/Q1, again and again".to_owned())
    );
    assert!(left.lock().unwrap().is_empty());
    assert_eq!(world.store.incident(&key("Q1")).await, Ok(Some(seen)));
}
