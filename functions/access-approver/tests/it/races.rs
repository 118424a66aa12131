//! Decisions at once: one outcome, and the loser is told what the winner decided.

use crate::support::{World, api, named, noon, reason, slack, wish};
use access_approver::act::{Refused, approve, ask, cancel, deny};
use access_core::ports::{RequestFilter, Requests};
use access_core::request::Refusal;

#[tokio::test]
async fn of_two_who_decide_at_once_one_is_told_what_the_other_decided() {
    let world = World::new().await;
    for round in 0..10 {
        let request = world.ask(round, "nina", "payments-admin").await.unwrap();
        let now = noon(round + 1);
        let (lena, leo, nina) = (slack("lena"), slack("leo"), slack("nina"));
        let (yes, no, back) = tokio::join!(
            approve(&world.deps, now, &lena, request.id),
            deny(&world.deps, now, &leo, request.id, reason("not now")),
            cancel(&world.deps, now, &nina, request.id),
        );
        let stored = world.store.request(request.id).await.unwrap().unwrap();
        let answers = [yes, no, back];
        let won: Vec<_> = answers.iter().flatten().collect();
        assert_eq!(won, [&stored], "round {round}: {answers:?}");
        for lost in answers.iter().filter_map(|answer| answer.as_ref().err()) {
            let expected = Refusal::AlreadyResolved(stored.state.clone());
            assert_eq!(*lost, Refused::Refusal(expected), "round {round}");
        }
        assert_eq!(stored.version, 2, "round {round}");
    }
}

#[tokio::test]
async fn of_one_wish_sent_many_times_at_once_one_request_comes() {
    let world = World::new().await;
    let nina = &api("nina");
    let wish = || named(wish("payments-admin"), "once");
    let (one, two, three, four) = tokio::join!(
        ask(&world.deps, noon(0), nina, wish()),
        ask(&world.deps, noon(0), nina, wish()),
        ask(&world.deps, noon(0), nina, wish()),
        ask(&world.deps, noon(0), nina, wish()),
    );
    let kept = world.store.requests(&RequestFilter::Pending).await.unwrap();
    assert_eq!(kept.len(), 1);
    for answer in [one, two, three, four] {
        assert_eq!(answer.unwrap().id, kept[0].id);
    }
}
