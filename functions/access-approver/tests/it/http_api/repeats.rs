//! A request that was sent twice is one request.

use super::sent::{ask, asked, half_an_hour, post, world};
use access_core::ports::{RequestFilter, Requests};
use serde_json::{Value, json};

#[tokio::test]
async fn the_same_key_is_the_same_request() {
    let world = world().await;
    let sent = ask("payments-admin").header("idempotency-key", "deploy-42");
    let first = sent.clone().by("nina").to(&world, 0).await.done(201);
    let again = sent.clone().by("nina").to(&world, 5).await.done(201);
    assert_eq!(again, first);
    let hers = sent.by("nora").to(&world, 6).await.done(201);
    assert_ne!(hers["id"], first["id"], "each person has keys of their own");
    let pending = world.store.requests(&RequestFilter::Pending).await;
    assert_eq!(pending.unwrap().len(), 2);
}

#[tokio::test]
async fn a_key_names_one_wish() {
    let world = world().await;
    let key = |body: &Value| post("/requests", body).header("idempotency-key", "deploy-42");
    let body = half_an_hour("payments-admin");
    key(&body).by("nina").to(&world, 0).await.done(201);
    for (field, value) in [
        ("group", json!("vault")),
        ("duration", json!("31m")),
        ("reason", json!("refunds fail again")),
    ] {
        let mut other = body.clone();
        other[field] = value;
        let answer = key(&other).by("nina").to(&world, 1).await;
        assert_eq!(answer.status, 422, "{field}");
        answer.refused(422, "key-taken");
    }
}

#[tokio::test]
async fn without_a_key_two_requests_are_two() {
    let world = world().await;
    let first = asked(&world, 0).await;
    let second = asked(&world, 0).await;
    assert_ne!(first["id"], second["id"]);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let world = world().await;
    for key in ["", "a\u{7}b", &"x".repeat(256)] {
        let sent = ask("payments-admin").header("idempotency-key", key);
        let words = sent.by("nina").to(&world, 0).await.refused(422, "invalid");
        assert!(words.contains("Idempotency-Key"), "{words}");
    }
}
