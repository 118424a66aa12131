//! Asking: what is granted at once, what is put to people, what is denied, and what is not kept at all.

use crate::support::{CONFIG, World, api, code, named, noon, principal, reason, wish};
use access_approver::act::{Refused, Wish, ask, briefing, requestable};
use access_core::ports::{RequestFilter, Requests};
use access_core::request::{ApprovedHow, Kind, RequestState};
use jiff::SignedDuration;
use std::collections::BTreeMap;

#[tokio::test]
async fn a_request_waits_for_people_and_its_event_is_sealed_and_told() {
    let world = World::new().await;
    let request = world.ask(0, "nina", "payments-admin").await.unwrap();
    assert_eq!(request.asked.by, principal("nina"));
    let RequestState::Pending {
        needed,
        escalates_at,
        times_out_at,
        ..
    } = &request.state
    else {
        panic!("{request:?}");
    };
    assert_eq!(
        (*needed, *escalates_at, *times_out_at),
        (1, Some(noon(1_800)), noon(3_600))
    );
    let stored = world.store.request(request.id).await.unwrap();
    assert_eq!(stored, Some(request));
    assert_eq!(world.told.kinds(), ["Access Requested"]);
    assert_eq!(
        world.sealed().await,
        BTreeMap::from([("group/payments-admin".to_owned(), 1)])
    );
    assert!(world.bell.rung().is_empty(), "nobody's access changed");
}

#[tokio::test]
async fn whoever_is_on_call_at_the_named_level_gets_in_at_once() {
    let world = World::new().await;
    let request = world.ask(0, "alice", "payments-admin").await.unwrap();
    let RequestState::Approved { how, at, grant } = &request.state else {
        panic!("{request:?}");
    };
    assert!(
        matches!(how, ApprovedHow::ByPolicy(ids) if !ids.is_empty()),
        "{how:?}"
    );
    assert_eq!(*at, noon(0));
    let record = world.store.grant(*grant).await.unwrap().unwrap();
    assert_eq!(record.grant.expires_at, noon(1_800));
    assert_eq!(world.told.kinds(), ["Access Requested", "Access Approved"]);
    assert_eq!(world.bell.rung(), ["payments-admin"]);

    let third = world.ask(1, "ted", "payments-admin").await.unwrap();
    assert_eq!(third.state.word(), "pending", "only the first level");
    let nobody_to_ask = world.ask(2, "ted", "firefighters").await.unwrap();
    assert_eq!(nobody_to_ask.state.word(), "denied");
}

#[tokio::test]
async fn while_nobody_knows_who_is_on_call_nobody_gets_in_by_it() {
    let world = World::new().await;
    let much_later = 2 * 3_600;
    let answer = world.ask(much_later, "alice", "firefighters").await;
    let Err(refused @ Refused::Unknown { .. }) = answer else {
        panic!("{answer:?}");
    };
    assert!(refused.to_string().contains("acme"), "{refused}");
    let request = world.ask(much_later, "alice", "payments-admin").await;
    let request = request.unwrap();
    assert_eq!(request.state.word(), "pending", "people can be asked");
    let brief = briefing(&world.deps, noon(much_later), &request).await;
    let brief = brief.unwrap();
    assert_eq!(brief.unknown.len(), 1, "{brief:?}");
    assert!(brief.on_call.is_empty(), "{brief:?}");
    assert_eq!(
        brief.approvers,
        [principal("lena"), principal("leo")].into()
    );

    world.read_rota(noon(much_later)).await;
    let known = world.ask(much_later, "alice", "firefighters").await;
    assert_eq!(known.unwrap().state.word(), "approved");
}

#[tokio::test]
async fn what_no_policy_can_allow_is_refused_and_not_kept() {
    let world = World::new().await;
    let hours = |hours| Wish {
        duration: SignedDuration::from_hours(hours),
        ..wish("payments-admin")
    };
    for (case, wish, expected) in [
        ("too long", hours(5), "too-long"),
        ("no time", hours(0), "no-time"),
        ("no such group", wish("nowhere"), "no-rule"),
        ("nobody may ask", wish("payments-leads"), "no-rule"),
    ] {
        let answer = ask(&world.deps, noon(0), &api("nina"), wish).await;
        assert_eq!(code(answer), expected, "{case}");
    }
    let blocked = format!("blocked = [\"nina@acme.example\"]\n{CONFIG}");
    world.configure(&blocked, &BTreeMap::new()).await;
    let answer = world.ask(0, "nina", "payments-admin").await;
    assert_eq!(code(answer), "blocked", "blocked a moment ago");
    let theirs = RequestFilter::By(principal("nina"));
    assert_eq!(world.store.requests(&theirs).await.unwrap(), []);
    assert!(world.told.kinds().is_empty());
}

#[tokio::test]
async fn a_policy_of_the_owner_denies_with_its_reason_and_the_request_is_kept() {
    let config = CONFIG.replace("[access]\n", "[access]\npolicies = [\"freeze.cedar\"]\n");
    let freeze = r#"
        @id("freeze")
        @reason("no access during the freeze")
        forbid (principal, action == Action::"Request", resource == Group::"vault");
    "#;
    let world = World::unconfigured().await;
    let policies = BTreeMap::from([("freeze.cedar".to_owned(), freeze.to_owned())]);
    world.configure(&config, &policies).await;
    world.read_rota(noon(0)).await;
    let request = world.ask(0, "nina", "vault").await.unwrap();
    let RequestState::Denied {
        reason, policies, ..
    } = &request.state
    else {
        panic!("{request:?}");
    };
    assert!(reason.contains("no access during the freeze"), "{reason}");
    assert_eq!(*policies, ["freeze.cedar#freeze".to_owned()].into());
    assert_eq!(world.told.kinds(), ["Access Requested", "Access Denied"]);
    let open = requestable(&world.deps, noon(0), &api("nina")).await;
    let names = open.unwrap().into_iter().map(|it| it.group.to_string());
    let names: Vec<_> = names.collect();
    assert_eq!(names, ["firefighters", "payments-admin"]);
}

#[tokio::test]
async fn a_repeat_by_the_same_key_is_the_same_request_as_it_now_stands() {
    let world = World::new().await;
    let wish = || named(wish("payments-admin"), "deploy-17");
    let ask = |who, wish| {
        let actor = api(who);
        let deps = &world.deps;
        async move { ask(deps, noon(0), &actor, wish).await }
    };
    let first = ask("nina", wish()).await.unwrap();
    assert_eq!(ask("nina", wish()).await.unwrap(), first);
    let other = Wish {
        reason: reason("something else"),
        ..wish()
    };
    assert_eq!(code(ask("nina", other).await), "key-taken");
    let theirs = ask("olaf", wish()).await.unwrap();
    assert_ne!(theirs.id, first.id, "another person's key is another key");
    let kept = world.store.requests(&RequestFilter::Pending).await;
    assert_eq!(kept.unwrap().len(), 2);
}

#[tokio::test]
async fn nobody_has_more_than_three_requests_for_one_group_wait() {
    let world = World::new().await;
    let mut last = None;
    for second in 0..3 {
        last = Some(world.ask(second, "nina", "vault").await.unwrap());
    }
    let fourth = world.ask(3, "nina", "vault").await;
    assert_eq!(code(fourth), "too-many");
    world.ask(3, "lena", "vault").await.unwrap();
    world.ask(3, "nina", "payments-admin").await.unwrap();
    let back = last.unwrap().id;
    let back = access_approver::act::cancel(&world.deps, noon(4), &api("nina"), back).await;
    back.unwrap();
    world.ask(5, "nina", "vault").await.unwrap();
}

#[tokio::test]
async fn break_glass_lets_in_whom_the_group_says_and_waits_for_a_review() {
    let world = World::new().await;
    let emergency = || Wish {
        kind: Kind::BreakGlass,
        ..wish("payments-admin")
    };
    let request = ask(&world.deps, noon(0), &api("ted"), emergency()).await;
    let request = request.unwrap();
    let grant = request.grant().unwrap();
    let record = world.store.grant(grant).await.unwrap().unwrap();
    assert!(record.awaits_review());
    assert_eq!(
        world.told.kinds(),
        ["Access Requested", "Access Approved", "Break Glass Used"]
    );
    let stranger = ask(&world.deps, noon(0), &api("nina"), emergency()).await;
    assert_eq!(stranger.unwrap().state.word(), "denied");
}
