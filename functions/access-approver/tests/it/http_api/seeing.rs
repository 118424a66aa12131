//! What somebody may not see is answered as if it were not there.

use super::sent::{Answer, Sent, asked, get, half_an_hour, post, press, world};
use serde_json::{Value, json};

/// Everything that can be done with a request or a grant by its id.
fn all_with(request: &str, grant: &str) -> Vec<(String, Sent)> {
    let reason = json!({"reason": "mine"});
    let more = json!({"duration": "1h", "reason": "mine"});
    let mut extends = half_an_hour("payments-admin");
    extends["extends"] = Value::from(grant);
    let sents = [
        ("look", get(&format!("/requests/{request}"))),
        ("approve", press(&format!("/requests/{request}/approve"))),
        ("deny", post(&format!("/requests/{request}/deny"), &reason)),
        ("cancel", press(&format!("/requests/{request}/cancel"))),
        ("hand back", press(&format!("/grants/{grant}/hand-back"))),
        ("revoke", post(&format!("/grants/{grant}/revoke"), &reason)),
        ("extend", post(&format!("/grants/{grant}/extend"), &more)),
        ("extend by a request", post("/requests", &extends)),
        (
            "review",
            post(&format!("/grants/{grant}/review"), &json!({"note": "mine"})),
        ),
    ];
    sents
        .into_iter()
        .map(|(case, sent)| (case.to_owned(), sent))
        .collect()
}

#[tokio::test]
async fn anothers_ids_are_like_ids_that_nobody_has() {
    let world = world().await;
    let request = asked(&world, 0).await;
    let id = request["id"].as_str().unwrap();
    let approve = press(&format!("/requests/{id}/approve")).by("lena");
    let approved = approve.to(&world, 1).await.done(200);
    let grant = approved["grant"].as_str().unwrap();
    let nobodys = "019a0000-0000-7000-8000-000000000000";

    let theirs = all_with(id, grant).into_iter();
    let none = all_with(nobodys, nobodys).into_iter();
    for ((case, theirs), (_, none)) in theirs.zip(none) {
        let theirs: Answer = theirs.by("mallory").to(&world, 2).await;
        let none: Answer = none.by("mallory").to(&world, 2).await;
        assert_eq!(theirs.status, 404, "{case}: {theirs:?}");
        assert_eq!(theirs.body, none.body, "{case}");
        assert_eq!(theirs.headers, none.headers, "{case}");
        theirs.refused(404, "not-found");
    }
    let odd = get("/requests/1").by("nina").to(&world, 3).await;
    odd.refused(404, "not-found");
}

#[tokio::test]
async fn lists_hold_what_their_reader_may_see() {
    let world = world().await;
    asked(&world, 0).await;
    for (who, seen) in [("nina", 1), ("lena", 1), ("ada", 1), ("mallory", 0)] {
        for path in [
            "/requests?state=pending",
            "/requests?by=nina@acme.example",
            "/requests?group=payments-admin",
        ] {
            let list = get(path).by(who).to(&world, 1).await.done(200);
            let requests = list["requests"].as_array().unwrap();
            assert_eq!(requests.len(), seen, "{who} {path}");
        }
    }
    let mine = get("/requests").by("lena").to(&world, 1).await.done(200);
    assert_eq!(mine, json!({"requests": [], "next": null}));
}
