//! Grants: more time, handed back, revoked, reviewed.

use crate::support::{World, api, code, noon, reason, slack, wish};
use access_approver::act::{Wish, approve, ask, hand_back, review, revoke};
use access_core::id::GrantId;
use access_core::ports::Requests;
use access_core::request::{Ended, GrantState, Kind, Review};
use jiff::SignedDuration;

/// Alice's, who is on call: half an hour from noon on.
async fn grant(world: &World, kind: Kind) -> GrantId {
    let wish = Wish {
        kind,
        ..wish("payments-admin")
    };
    let request = ask(&world.deps, noon(0), &api("alice"), wish).await;
    world.told.kinds();
    world.bell.rung();
    request.unwrap().grant().unwrap()
}

#[tokio::test]
async fn whoever_is_done_hands_it_back() {
    let world = World::new().await;
    let id = grant(&world, Kind::Access).await;
    let theirs = hand_back(&world.deps, noon(1), &slack("lena"), id).await;
    assert_eq!(code(theirs), "not-yours");
    let unseen = hand_back(&world.deps, noon(1), &api("mallory"), id).await;
    assert_eq!(code(unseen), "not-found");
    let record = hand_back(&world.deps, noon(2), &api("alice"), id).await;
    assert!(!record.unwrap().is_live(noon(2)));
    assert_eq!(world.told.kinds(), ["Grant Ended"]);
    assert_eq!(world.bell.rung(), ["payments-admin"]);
    let again = hand_back(&world.deps, noon(3), &api("alice"), id).await;
    assert_eq!(code(again), "not-live");
}

#[tokio::test]
async fn approvers_and_administrators_take_it_away() {
    for who in ["lena", "ada"] {
        let world = World::new().await;
        let id = grant(&world, Kind::Access).await;
        let stranger = revoke(&world.deps, noon(1), &slack("nina"), id, reason("mine")).await;
        assert_eq!(code(stranger), "policy");
        let record = revoke(&world.deps, noon(2), &api(who), id, reason("not needed")).await;
        let record = record.unwrap();
        assert!(
            matches!(&record.state, GrantState::Ended { how: Ended::Revoked { policies, .. }, .. } if !policies.is_empty()),
            "{who}: {record:?}"
        );
    }
}

#[tokio::test]
async fn what_is_over_cannot_be_ended_again() {
    let world = World::new().await;
    let id = grant(&world, Kind::Access).await;
    let late = revoke(&world.deps, noon(1_800), &slack("lena"), id, reason("late")).await;
    assert_eq!(code(late), "not-live");
}

#[tokio::test]
async fn more_time_is_a_request_of_its_own() {
    let world = World::new().await;
    let id = grant(&world, Kind::Access).await;
    let more = || Wish {
        kind: Kind::Extension { grant: id },
        ..wish("payments-admin")
    };
    let theirs = ask(&world.deps, noon(60), &api("lena"), more()).await;
    assert_eq!(code(theirs), "not-yours");
    let request = ask(&world.deps, noon(60), &api("alice"), more()).await;
    assert_eq!(request.unwrap().grant(), Some(id), "she is still on call");
    let record = world.store.grant(id).await.unwrap().unwrap();
    assert_eq!(record.grant.expires_at, noon(3_600));
    assert_eq!(
        world.told.kinds(),
        ["Access Requested", "Access Approved", "Grant Extended"]
    );

    // Nobody knows any more who is on call: people are asked.
    let later = noon(3_599);
    world.read_rota(noon(-7_200)).await;
    let asked = ask(&world.deps, later, &api("alice"), more())
        .await
        .unwrap();
    assert_eq!(asked.state.word(), "pending");
    let too_late = noon(3_600);
    let refused = approve(&world.deps, too_late, &slack("lena"), asked.id).await;
    assert_eq!(code(refused), "not-live", "the grant has ended meanwhile");
    let long = Wish {
        duration: SignedDuration::from_hours(5),
        ..more()
    };
    let long = ask(&world.deps, later, &api("alice"), long).await;
    assert_eq!(code(long), "too-long");
}

#[tokio::test]
async fn a_break_glass_is_reviewed_by_somebody_else_also_after_its_end() {
    let world = World::new().await;
    let id = grant(&world, Kind::BreakGlass).await;
    let own = review(&world.deps, noon(1), &slack("alice"), id, reason("fine")).await;
    assert_eq!(code(own), "own-request");
    let stranger = review(&world.deps, noon(1), &slack("nina"), id, reason("fine")).await;
    assert_eq!(code(stranger), "policy");
    hand_back(&world.deps, noon(2), &slack("alice"), id)
        .await
        .unwrap();
    assert_eq!(world.store.unreviewed().await.unwrap().len(), 1);
    let done = review(
        &world.deps,
        noon(9_000),
        &slack("lena"),
        id,
        reason("refunds were down"),
    )
    .await;
    let done = done.unwrap();
    assert!(
        matches!(done.break_glass, Some(Review::Done { .. })),
        "{done:?}"
    );
    assert_eq!(world.store.unreviewed().await.unwrap(), []);
    let again = review(&world.deps, noon(9_001), &slack("leo"), id, reason("also")).await;
    assert_eq!(code(again), "nothing-to-do");
}
