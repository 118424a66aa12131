//! What people may look at, and what an approver is shown.

use crate::support::{World, api, code, group, noon, principal, slack};
use access_approver::act::{approve, briefing, grants, request, requests};
use access_core::id::RequestId;
use access_core::ports::RequestFilter;

#[tokio::test]
async fn a_request_is_seen_by_whoever_asked_and_whoever_may_decide() {
    let world = World::new().await;
    let asked = world.ask(0, "nina", "payments-admin").await.unwrap();
    for (who, at, sees) in [
        ("nina", 0, true),
        ("lena", 0, true),
        ("ada", 0, true),
        ("boss", 0, false),
        ("boss", 1_800, true),
        ("mallory", 0, false),
    ] {
        let actor = api(who);
        let one = request(&world.deps, noon(at), &actor, asked.id).await;
        assert_eq!(one.is_ok(), sees, "{who} at {at}");
        for filter in [
            RequestFilter::Pending,
            RequestFilter::By(principal("nina")),
            RequestFilter::Group(group("payments-admin")),
        ] {
            let all = requests(&world.deps, noon(at), &actor, filter.clone()).await;
            let expected = usize::from(sees);
            assert_eq!(all.unwrap().len(), expected, "{who} at {at}: {filter:?}");
        }
    }
}

#[tokio::test]
async fn an_id_that_nobody_has_looks_like_one_that_may_not_be_seen() {
    let world = World::new().await;
    let asked = world.ask(0, "nina", "payments-admin").await.unwrap();
    let made_up: RequestId = "0199a000-0000-7000-8000-000000000000".parse().unwrap();
    for id in [asked.id, made_up] {
        let one = request(&world.deps, noon(0), &api("mallory"), id).await;
        assert_eq!(code(one), "not-found");
        let yes = approve(&world.deps, noon(0), &api("mallory"), id).await;
        assert_eq!(code(yes), "not-found");
    }
}

#[tokio::test]
async fn grants_are_seen_by_their_holder_and_by_those_who_look_after_the_group() {
    let world = World::new().await;
    world.ask(0, "alice", "payments-admin").await.unwrap();
    for (who, of, expected) in [
        ("alice", Some("alice"), 1),
        ("alice", None, 1),
        ("lena", Some("alice"), 1),
        ("lena", None, 1),
        ("ada", None, 1),
        ("mallory", Some("alice"), 0),
        ("mallory", None, 0),
    ] {
        let found = grants(&world.deps, noon(1), &api(who), of.map(principal)).await;
        assert_eq!(found.unwrap().len(), expected, "{who} of {of:?}");
    }
    let over = grants(&world.deps, noon(1_800), &api("lena"), None).await;
    assert_eq!(over.unwrap(), [], "nothing is live any more");
    let ever = grants(
        &world.deps,
        noon(1_800),
        &api("alice"),
        Some(principal("alice")),
    )
    .await;
    assert_eq!(ever.unwrap().len(), 1);
}

#[tokio::test]
async fn an_approver_is_shown_who_is_on_call_and_who_else_is_in() {
    let world = World::new().await;
    world.ask(0, "alice", "payments-admin").await.unwrap();
    let asked = world.ask(1, "ted", "payments-admin").await.unwrap();
    let brief = briefing(&world.deps, noon(2), &asked).await.unwrap();
    let places: Vec<String> = brief
        .on_call
        .iter()
        .map(|place| format!("{} ({})", place.source, place.name))
        .collect();
    assert_eq!(places, ["escalation_policy:acme/PPAYEP1#3 (Payments)"]);
    assert_eq!(
        brief.holders,
        [(principal("alice"), Some(noon(1_800)))].into()
    );
    assert_eq!(
        brief.approvers,
        [principal("lena"), principal("leo")].into()
    );
    let escalated = briefing(&world.deps, noon(1_801), &asked).await.unwrap();
    assert!(escalated.approvers.contains(&principal("boss")));
    assert!(escalated.holders.is_empty(), "hers has ended");
    approve(&world.deps, noon(1_802), &slack("boss"), asked.id)
        .await
        .unwrap();
    let decided = request(&world.deps, noon(1_803), &api("ted"), asked.id).await;
    let brief = briefing(&world.deps, noon(1_803), &decided.unwrap()).await;
    assert!(
        brief.unwrap().approvers.is_empty(),
        "nobody is asked any more"
    );
}
