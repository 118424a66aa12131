//! From a request to the end of a grant, all of it over the interface.

use super::sent::{ask, asked, get, half_an_hour, post, press, world};
use crate::support::World;
use serde_json::{Value, json};

fn at(id: &Value, verb: &str) -> String {
    format!("/requests/{}/{verb}", id.as_str().unwrap())
}

fn on(id: &Value, verb: &str) -> String {
    format!("/grants/{}/{verb}", id.as_str().unwrap())
}

/// Nina's request, approved by Lena: the request as it then is.
async fn granted(world: &World) -> Value {
    let request = asked(world, 0).await;
    let approve = press(&at(&request["id"], "approve")).by("lena");
    approve.to(world, 1).await.done(200)
}

#[tokio::test]
async fn asked_approved_and_handed_back() {
    let world = world().await;
    let request = asked(&world, 0).await;
    assert_eq!(request["state"], "pending");
    assert_eq!(request["duration"], "30m");
    assert_eq!(request["approvals_needed"], 1);
    assert_eq!(request["times_out_at"], "2026-11-22T13:00:00Z");
    assert_eq!(request["grant"], Value::Null);

    let own = press(&at(&request["id"], "approve")).by("nina");
    own.to(&world, 1).await.refused(403, "own-request");
    let approve = press(&at(&request["id"], "approve"));
    let approved = approve.clone().by("lena").to(&world, 2).await.done(200);
    assert_eq!(approved["state"], "approved");
    assert_eq!(approved["approved_by"], "people");
    assert_eq!(approved["approvals"][0]["by"], "lena@acme.example");
    let late = approve.by("leo").to(&world, 3).await;
    let words = late.refused(409, "already-resolved");
    assert!(words.contains("approved"), "{words}");

    let hand_back = press(&on(&approved["grant"], "hand-back"));
    let grant = hand_back.clone().by("nina").to(&world, 4).await.done(200);
    assert_eq!(grant["state"], "ended");
    assert_eq!(grant["ended"], "handed-back");
    assert_eq!(grant["ends_at"], "2026-11-22T12:00:04Z");
    hand_back
        .by("nina")
        .to(&world, 5)
        .await
        .refused(409, "not-live");
}

#[tokio::test]
async fn denied_with_a_reason_and_taken_back() {
    let world = world().await;
    let request = asked(&world, 0).await;
    let deny = at(&request["id"], "deny");
    let mute = press(&deny).by("lena").to(&world, 1).await;
    mute.refused(415, "not-json");
    let denied = post(&deny, &json!({"reason": "use the runbook"})).by("lena");
    let denied = denied.to(&world, 2).await.done(200);
    assert_eq!(denied["state"], "denied");
    assert_eq!(denied["decided_by"], "lena@acme.example");
    assert_eq!(denied["denied_because"], "use the runbook");

    let request = asked(&world, 3).await;
    let cancel = press(&at(&request["id"], "cancel"));
    let others = cancel.clone().by("lena").to(&world, 4).await;
    others.refused(403, "not-yours");
    let cancelled = cancel.by("nina").to(&world, 5).await.done(200);
    assert_eq!(cancelled["state"], "cancelled");
}

#[tokio::test]
async fn a_request_whose_time_is_up_is_shown_so_before_anybody_wrote_it() {
    let world = world().await;
    let request = asked(&world, 0).await;
    let path = format!("/requests/{}", request["id"].as_str().unwrap());
    let look = get(&path).by("nina");
    assert_eq!(look.to(&world, 3_599).await.done(200)["state"], "pending");
    let over = look.to(&world, 3_600).await.done(200);
    assert_eq!(over["state"], "timed-out");
    assert_eq!(over["decided_at"], "2026-11-22T13:00:00Z");
    let late = press(&at(&request["id"], "approve")).by("lena");
    late.to(&world, 3_600).await.refused(409, "timed-out");
}

#[tokio::test]
async fn a_grant_gets_more_time_and_is_taken_away() {
    let world = world().await;
    let grant = granted(&world).await["grant"].clone();
    let more = json!({"duration": "1h", "reason": "still at it"});
    let extend = post(&on(&grant, "extend"), &more).by("nina");
    let extension = extend.to(&world, 2).await.done(201);
    assert_eq!(extension["kind"], "extension");
    assert_eq!(extension["extends"], grant);
    assert_eq!(extension["group"], "payments-admin");
    let approve = press(&at(&extension["id"], "approve")).by("leo");
    assert_eq!(approve.to(&world, 3).await.done(200)["grant"], grant);

    let revoke = post(&on(&grant, "revoke"), &json!({"reason": "the fire is out"}));
    let ended = revoke.by("lena").to(&world, 4).await.done(200);
    assert_eq!(ended["ended"], "revoked");
    assert_eq!(ended["ended_by"], "lena@acme.example");
    assert_eq!(ended["revoked_because"], "the fire is out");
}

#[tokio::test]
async fn more_time_can_be_asked_for_as_a_request_too() {
    let world = world().await;
    let grant = granted(&world).await["grant"].clone();
    let mut body = half_an_hour("payments-admin");
    body["extends"] = grant.clone();
    let extension = post("/requests", &body).by("nina").to(&world, 2).await;
    assert_eq!(extension.done(201)["extends"], grant);

    body["group"] = Value::from("vault");
    let elsewhere = post("/requests", &body).by("nina").to(&world, 3).await;
    elsewhere.refused(422, "invalid");
    body["break_glass"] = Value::from(true);
    let both = post("/requests", &body).by("nina").to(&world, 4).await;
    assert!(both.refused(422, "invalid").contains("exclude"));
}

#[tokio::test]
async fn a_break_glass_is_in_at_once_and_reviewed_by_somebody_else() {
    let world = world().await;
    let mut body = half_an_hour("payments-admin");
    body["break_glass"] = Value::from(true);
    let request = post("/requests", &body).by("ted").to(&world, 0).await;
    let request = request.done(201);
    assert_eq!(request["approved_by"], "break-glass");
    let review = post(
        &on(&request["grant"], "review"),
        &json!({"note": "was right"}),
    );
    review
        .clone()
        .by("ted")
        .to(&world, 1)
        .await
        .refused(403, "own-request");
    let reviewed = review.by("lena").to(&world, 2).await.done(200);
    assert_eq!(reviewed["review"], "done");
    assert_eq!(reviewed["reviewed_by"], "lena@acme.example");
    assert_eq!(reviewed["review_note"], "was right");
}

#[tokio::test]
async fn what_the_policies_forbid_is_said_with_their_names() {
    let world = world().await;
    let request = asked(&world, 0).await;
    let second = press(&at(&request["id"], "approve")).by("ada");
    second.to(&world, 1).await.refused(403, "policy");
    let long = json!({"group": "vault", "duration": "2h", "reason": "a long look"});
    let long = post("/requests", &long).by("nina").to(&world, 2).await;
    assert!(long.refused(422, "too-long").contains("1h"));
    let nowhere = ask("no-such-group").by("nina").to(&world, 3).await;
    nowhere.refused(422, "no-rule");
    let plan = "/held/5f8a3c0e-0000-4000-8000-000000000000/release";
    press(plan)
        .by("ada")
        .to(&world, 4)
        .await
        .refused(404, "not-found");
}
