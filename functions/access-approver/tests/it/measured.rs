//! What the approver tells of itself.

use crate::support::{World, api, noon, reason, slack};
use access_approver::act::{approve, cancel, deny, hand_back};
use function_kit::metrics::{Metric, measured};

#[tokio::test]
async fn a_request_and_the_time_until_people_decided_are_measured() {
    let world = World::new().await;
    let (request, found) = measured(world.ask(0, "nina", "payments-admin")).await;
    let request = request.unwrap().id;
    assert_eq!(found.of(Metric::RequestsMade), [1.0]);
    assert!(found.of(Metric::DecisionTime).is_empty());
    let lena = slack("lena");
    let (approved, found) = measured(approve(&world.deps, noon(90), &lena, request)).await;
    approved.unwrap();
    assert_eq!(found.of(Metric::DecisionTime), [90.0]);
    let leo = slack("leo");
    let (again, found) = measured(approve(&world.deps, noon(120), &leo, request)).await;
    assert!(again.is_err());
    assert!(found.is_empty(), "{found:?}");

    let request = world.ask(200, "nina", "vault").await.unwrap().id;
    let denied = deny(&world.deps, noon(260), &leo, request, reason("no"));
    let (denied, found) = measured(denied).await;
    denied.unwrap();
    assert_eq!(found.of(Metric::DecisionTime), [60.0]);
}

#[tokio::test]
async fn only_the_last_of_several_approvals_decides() {
    let world = World::new().await;
    let request = world.ask(0, "nina", "vault").await.unwrap().id;
    for (seconds, who, expected) in [(60, "lena", None), (180, "leo", Some(180.0))] {
        let actor = slack(who);
        let approved = approve(&world.deps, noon(seconds), &actor, request);
        let (approved, found) = measured(approved).await;
        approved.unwrap();
        let time = found.of(Metric::DecisionTime).first().copied();
        assert_eq!(time, expected, "{who}");
    }
}

#[tokio::test]
async fn what_nobody_had_to_decide_took_no_time() {
    let world = World::new().await;
    // Alice is on call.
    let (alice, nina) = (api("alice"), api("nina"));
    let (request, found) = measured(world.ask(0, "alice", "payments-admin")).await;
    let grant = request.unwrap().grant().unwrap();
    assert_eq!(found.of(Metric::RequestsMade), [1.0]);
    assert!(found.of(Metric::DecisionTime).is_empty());
    let handed_back = hand_back(&world.deps, noon(60), &alice, grant);
    let (handed_back, found) = measured(handed_back).await;
    handed_back.unwrap();
    assert_eq!(found.of(Metric::GrantsEnded), [1.0]);

    let request = world.ask(100, "nina", "payments-admin").await.unwrap().id;
    let cancelled = cancel(&world.deps, noon(160), &nina, request);
    let (cancelled, found) = measured(cancelled).await;
    cancelled.unwrap();
    assert!(found.is_empty(), "{found:?}");
}
