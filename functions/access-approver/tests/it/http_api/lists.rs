//! Lists: which rows they hold, and how they go on.

use super::sent::{ask, asked, config, get, post, press, world};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn ids(list: &Value) -> Vec<String> {
    let rows = list["requests"].as_array().unwrap().iter();
    rows.map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn long_lists_go_on_where_they_ended() {
    let world = world().await;
    let mut all = Vec::new();
    for second in 0..101 {
        let request = asked(&world, second).await;
        let id = request["id"].as_str().unwrap();
        // No more than three may wait.
        let cancel = press(&format!("/requests/{id}/cancel")).by("nina");
        cancel.to(&world, second).await.done(200);
        all.push(id.to_owned());
    }
    all.reverse();
    let first = get("/requests?by=me").by("nina").to(&world, 200).await;
    let first = first.done(200);
    assert_eq!(ids(&first), all[..100]);
    let next = first["next"].as_str().unwrap();
    let more = get(&format!("/requests?by=me&after={next}")).by("nina");
    let more = more.to(&world, 201).await.done(200);
    assert_eq!(ids(&more), all[100..]);
    assert_eq!(more["next"], Value::Null);
}

#[tokio::test]
async fn requests_are_chosen_by_state_group_and_person() {
    let world = world().await;
    let one = asked(&world, 0).await;
    let two = ask("vault").by("nina").to(&world, 1).await.done(201);
    let id = one["id"].as_str().unwrap();
    let cancel = press(&format!("/requests/{id}/cancel")).by("nina");
    cancel.to(&world, 2).await.done(200);
    for (path, expected) in [
        ("/requests", vec![&two, &one]),
        ("/requests?state=pending", vec![&two]),
        ("/requests?state=cancelled", vec![&one]),
        ("/requests?state=timed-out", vec![]),
        ("/requests?group=vault", vec![&two]),
        ("/requests?by=me&group=payments-admin", vec![&one]),
        ("/requests?by=nina%40acme.example&state=pending", vec![&two]),
    ] {
        let list = get(path).by("nina").to(&world, 3).await.done(200);
        let expected: Vec<&str> = expected
            .iter()
            .map(|request| request["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids(&list), expected, "{path}");
    }
}

#[tokio::test]
async fn grants_are_ones_own_or_those_that_hold_now() {
    let world = world().await;
    let request = ask("payments-admin").by("alice").to(&world, 0).await;
    let grant = request.done(201)["grant"].clone();
    let own = get("/grants?of=me").by("alice");
    let list = own.to(&world, 1).await.done(200);
    assert_eq!(list["grants"][0]["id"], grant);
    assert_eq!(list["grants"][0]["state"], "live");
    assert_eq!(list["grants"][0]["ends_at"], "2026-11-22T12:30:00Z");
    let over = own.to(&world, 1_800).await.done(200);
    assert_eq!(over["grants"][0]["state"], "ended");
    assert_eq!(over["grants"][0]["ended"], "expired");
    let everybodys = get("/grants").by("ada");
    let list = everybodys.to(&world, 1).await.done(200);
    assert_eq!(list["grants"].as_array().unwrap().len(), 1);
    let list = everybodys.to(&world, 1_800).await.done(200);
    assert_eq!(list["grants"], json!([]));
}

#[tokio::test]
async fn lists_hold_what_was_made_by_any_address_of_a_person() {
    let world = world().await;
    let one = ask("payments-admin").by("alice").to(&world, 0).await;
    let one = one.done(201);
    let person = "[[person]]\nemail = \"grace@acme.example\"\nemails = [\"alice@acme.example\"]\n";
    let known = format!("{}\n{person}", config());
    world.configure(&known, &BTreeMap::new()).await;
    let two = ask("vault").by("grace").to(&world, 1).await.done(201);
    let both = [&two["id"], &one["id"]].map(|id| id.as_str().unwrap());
    for (by, path) in [
        ("grace", "/requests"),
        ("alice", "/requests?by=me"),
        ("grace", "/requests?by=alice%40acme.example"),
        ("lena", "/requests?by=grace%40acme.example"),
    ] {
        let list = get(path).by(by).to(&world, 2).await.done(200);
        assert_eq!(ids(&list), both, "{by}: {path}");
    }
    for (by, path) in [
        ("grace", "/grants?of=me"),
        ("lena", "/grants?of=grace%40acme.example"),
        ("lena", "/grants?of=alice%40acme.example"),
    ] {
        let list = get(path).by(by).to(&world, 2).await.done(200);
        assert_eq!(list["grants"][0]["id"], one["grant"], "{by}: {path}");
        assert_eq!(list["grants"].as_array().unwrap().len(), 1);
    }
    let grant = one["grant"].as_str().unwrap();
    let more = json!({ "duration": "30m", "reason": "one more refund" });
    let more = post(&format!("/grants/{grant}/extend"), &more).by("grace");
    more.to(&world, 3).await.done(201);
    let back = press(&format!("/grants/{grant}/hand-back")).by("grace");
    let ended = back.to(&world, 4).await.done(200);
    assert_eq!(ended["state"], "ended");
}

#[tokio::test]
async fn groups_are_listed_with_their_longest_grant() {
    let world = world().await;
    let groups = get("/groups").by("nina").to(&world, 0).await.done(200);
    let groups = groups["groups"].as_array().unwrap();
    let vault = json!({"name": "vault", "max": "1h"});
    assert!(groups.contains(&vault), "{groups:?}");
}

#[tokio::test]
async fn a_query_that_is_not_understood_is_refused() {
    let world = world().await;
    for (path, word) in [
        (
            "/requests?who=me",
            "`who`; known here: by, group, state, after",
        ),
        ("/requests?state=open", "timed-out"),
        ("/requests?by=nina", "`by`"),
        ("/requests?group=a%20b", "`group`"),
        ("/requests?after=yesterday", "`next`"),
        ("/requests?by=me&by=me", "twice"),
        ("/grants?state=live", "`state`; known here: of, after"),
        ("/groups?of=me", "known here: none"),
    ] {
        let answer = get(path).by("nina").to(&world, 0).await;
        let words = answer.refused(422, "invalid");
        assert!(words.contains(word), "{path}: {words}");
    }
}
