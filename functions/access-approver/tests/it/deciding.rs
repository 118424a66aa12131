//! Decisions of people on a request.

use crate::support::{CONFIG, World, api, code, noon, principal, reason, slack};
use access_approver::act::{approve, cancel, deny};
use access_core::event::Event;
use access_core::ports::Requests;
use access_core::request::{ApprovedHow, DeniedBy, RequestState};
use std::collections::{BTreeMap, BTreeSet};

#[tokio::test]
async fn one_yes_grants_from_that_moment_on() {
    let world = World::new().await;
    let request = world.ask(0, "nina", "payments-admin").await.unwrap();
    world.told.kinds();
    let approved = approve(&world.deps, noon(60), &slack("lena"), request.id).await;
    let approved = approved.unwrap();
    let RequestState::Approved { how, at, grant } = &approved.state else {
        panic!("{approved:?}");
    };
    let ApprovedHow::ByPeople(approvals) = how else {
        panic!("{how:?}");
    };
    assert_eq!(approvals[0].by, principal("lena"));
    assert!(!approvals[0].policies.is_empty());
    let record = world.store.grant(*grant).await.unwrap().unwrap();
    assert_eq!(
        (*at, record.grant.starts_at, record.grant.expires_at),
        (noon(60), noon(60), noon(60 + 1_800))
    );
    assert_eq!(world.told.kinds(), ["Access Approved"]);
    assert_eq!(world.bell.rung(), ["payments-admin"]);
}

#[tokio::test]
async fn whoever_may_not_decide_is_told_so_or_finds_nothing() {
    let world = World::new().await;
    let request = world.ask(0, "lena", "payments-admin").await.unwrap();
    for (case, actor, expected) in [
        ("their own", slack("lena"), "own-request"),
        ("their own, by the API", api("lena"), "own-request"),
        ("no approver, before the card", slack("mallory"), "policy"),
        ("no approver, by a guessed id", api("mallory"), "not-found"),
        ("too early", slack("boss"), "policy"),
    ] {
        let yes = approve(&world.deps, noon(60), &actor, request.id).await;
        assert_eq!(code(yes), expected, "{case}");
        let no = deny(&world.deps, noon(60), &actor, request.id, reason("no")).await;
        assert_eq!(code(no), expected, "{case}");
    }
    let unchanged = world.store.request(request.id).await.unwrap();
    assert_eq!(unchanged, Some(request));
}

#[tokio::test]
async fn the_second_list_may_decide_from_its_time_on_whether_or_not_that_was_told() {
    let world = World::new().await;
    let request = world.ask(0, "nina", "payments-admin").await.unwrap();
    let early = approve(&world.deps, noon(1_799), &api("boss"), request.id).await;
    assert_eq!(code(early), "not-found");
    let approved = approve(&world.deps, noon(1_800), &api("boss"), request.id).await;
    assert_eq!(approved.unwrap().state.word(), "approved");
}

#[tokio::test]
async fn two_of_two_must_be_different_people() {
    let world = World::new().await;
    let request = world.ask(0, "nina", "vault").await.unwrap();
    world.told.kinds();
    let first = approve(&world.deps, noon(1), &slack("lena"), request.id).await;
    let first = first.unwrap();
    assert_eq!(
        (first.state.word(), first.approvals().len()),
        ("pending", 1)
    );
    let again = approve(&world.deps, noon(2), &slack("lena"), request.id).await;
    assert_eq!(code(again), "already-approved");
    let second = approve(&world.deps, noon(3), &slack("leo"), request.id).await;
    assert_eq!(second.unwrap().state.word(), "approved");
    assert_eq!(world.told.kinds(), ["Approval Recorded", "Access Approved"]);
}

#[tokio::test]
async fn the_yes_of_whoever_left_since_does_not_count() {
    let world = World::new().await;
    let request = world.ask(0, "nina", "vault").await.unwrap();
    let first = approve(&world.deps, noon(1), &slack("lena"), request.id).await;
    first.unwrap();
    let without_lena = CONFIG.replace("person:lena@", "person:lucy@");
    world.configure(&without_lena, &BTreeMap::new()).await;
    world.told.kinds();
    let second = approve(&world.deps, noon(2), &slack("leo"), request.id).await;
    let second = second.unwrap();
    let counted: Vec<_> = second.approvals().iter().map(|it| &it.by).collect();
    assert_eq!(second.state.word(), "pending");
    assert_eq!(counted, [&principal("leo")]);
    let told = world.told.events();
    assert!(
        matches!(&told[..], [Event::ApprovalRecorded(told)] if told.dropped == BTreeSet::from([principal("lena")]) && told.approvals == 1),
        "{told:?}"
    );
    let third = approve(&world.deps, noon(3), &slack("lucy"), request.id).await;
    assert_eq!(third.unwrap().state.word(), "approved");
    assert_eq!(world.told.kinds(), ["Access Approved"]);
}

#[tokio::test]
async fn a_grant_that_the_configuration_ended_makes_nobody_an_approver() {
    let leads = "name = \"payments-leads\"\n";
    let rule = "[group.request]\nmax = \"4h\"\nauto_approve_on_call = [\"escalation_policy:acme/PPAYEP1#1\"]\n";
    let sources = "sources = [\"person:lena@acme.example\", \"person:leo@acme.example\"]\n";
    let requestable = CONFIG.replace(sources, &format!("{sources}{rule}"));
    assert!(requestable.contains(leads) && requestable != CONFIG);
    let world = World::configured(&requestable).await;
    let lead = world.ask(0, "alice", "payments-leads").await.unwrap();
    assert_eq!(lead.state.word(), "approved");
    let first = world.ask(1, "nina", "payments-admin").await.unwrap();
    let yes = approve(&world.deps, noon(2), &slack("alice"), first.id).await;
    assert_eq!(yes.unwrap().state.word(), "approved");
    // Nobody wrote down yet that her grant is over.
    world.configure(CONFIG, &BTreeMap::new()).await;
    let second = world.ask(3, "nina", "payments-admin").await.unwrap();
    let yes = approve(&world.deps, noon(4), &slack("alice"), second.id).await;
    assert_eq!(code(yes), "policy");
}

#[tokio::test]
async fn a_no_is_for_good_and_says_why() {
    let world = World::new().await;
    let request = world.ask(0, "nina", "payments-admin").await.unwrap();
    let why = reason("use the read-only role");
    let denied = deny(&world.deps, noon(1), &slack("leo"), request.id, why).await;
    let denied = denied.unwrap();
    assert!(
        matches!(&denied.state, RequestState::Denied { by: DeniedBy::Person(leo), reason, .. } if *leo == principal("leo") && reason == "use the read-only role"),
        "{denied:?}"
    );
    let late = approve(&world.deps, noon(2), &slack("lena"), request.id).await;
    assert_eq!(code(late), "already-resolved");
    let back = cancel(&world.deps, noon(3), &api("nina"), request.id).await;
    assert_eq!(code(back), "already-resolved");
}

#[tokio::test]
async fn only_whoever_asked_takes_it_back() {
    let world = World::new().await;
    let request = world.ask(0, "nina", "payments-admin").await.unwrap();
    let theirs = cancel(&world.deps, noon(1), &slack("lena"), request.id).await;
    assert_eq!(code(theirs), "not-yours");
    let back = cancel(&world.deps, noon(1), &slack("nina"), request.id).await;
    assert_eq!(back.unwrap().state.word(), "cancelled");
}

#[tokio::test]
async fn nobody_approves_what_timed_out_written_down_or_not() {
    let world = World::new().await;
    let request = world.ask(0, "nina", "payments-admin").await.unwrap();
    let late = approve(&world.deps, noon(3_600), &slack("lena"), request.id).await;
    assert_eq!(code(late), "timed-out");
}

#[tokio::test]
async fn an_approver_who_left_blocks_nothing_and_decides_nothing() {
    let world = World::new().await;
    let request = world.ask(0, "nina", "payments-admin").await.unwrap();
    let without_leo = CONFIG.replace(
        ", \"person:leo@acme.example\"",
        ", \"person:lucy@acme.example\"",
    );
    world.configure(&without_leo, &BTreeMap::new()).await;
    let gone = approve(&world.deps, noon(1), &slack("leo"), request.id).await;
    assert_eq!(code(gone), "policy");
    let newcomer = approve(&world.deps, noon(2), &slack("lucy"), request.id).await;
    assert_eq!(newcomer.unwrap().state.word(), "approved");
}
