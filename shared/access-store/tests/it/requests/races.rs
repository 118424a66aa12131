//! Two writers, each deciding from what it read before the other wrote.

use super::{asking, at_once, config, group, id, people, words, yes};
use crate::support::{World, noon, person};
use access_core::ports::{Outbox, RequestFilter, Requests, StoreError};
use access_core::request::{
    GrantRecord, GrantState, Kind, Policies, Request, RequestState, Step, approve, cancel, deny,
    end_due, hand_back, revoke,
};
use access_store::DynamoStore;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::Cell;
use std::collections::BTreeSet;
use std::slice::from_ref;

#[tokio::test]
async fn two_approvals_at_once_make_one_grant() {
    let world = World::new().await;
    for round in 1..=8 {
        let asked = asking(round, 0, Kind::Access, None, people());
        world.store.take(&asked).await.unwrap();
        let request = asked.request.unwrap();
        let stores = [world.other(), world.other()];
        let steps = [yes(&request, 2, 60), yes(&request, 3, 60)];
        let (one, other) =
            futures::future::join(stores[0].take(&steps[0]), stores[1].take(&steps[1])).await;
        let lost = match (&one, &other) {
            (Ok(()), Err(lost)) | (Err(lost), Ok(())) => lost,
            both => panic!("one of them wins: {both:?}"),
        };
        assert!(matches!(lost, StoreError::Conflict(_)), "{lost}");
        let known = world.store.request(request.id).await.unwrap().unwrap();
        let winner = if one.is_ok() { person(2) } else { person(3) };
        assert_eq!(known.approvals().len(), 1);
        assert_eq!(known.approvals()[0].by, winner);
    }
    assert_eq!(world.store.live_grants().await.unwrap().len(), 8);
    assert_eq!(world.store.unsent().await.unwrap().entries.len(), 16);
}

#[tokio::test]
async fn a_grant_is_ended_once_by_whoever_comes_first() {
    let world = World::new().await;
    let step = asking(1, 0, Kind::Access, None, at_once());
    world.store.take(&step).await.unwrap();
    let record = step.grant.unwrap();
    let late = noon(2 * 3_600 - 1);
    let steps = [
        hand_back(late, &config().people, &record, &person(1)).unwrap(),
        revoke(late, &record, &person(2), &words("over"), Policies::new()).unwrap(),
        end_due(noon(2 * 3_600), &config(), &[], from_ref(&record)).remove(0),
    ];
    let stores: Vec<_> = steps.iter().map(|_| world.other()).collect();
    let tries = stores
        .iter()
        .zip(&steps)
        .map(|(store, step)| store.take(step));
    let taken = futures::future::join_all(tries).await;
    let won = taken.iter().filter(|taken| taken.is_ok()).count();
    assert_eq!(won, 1, "{taken:?}");
    let known = world.store.grant(record.grant.id).await.unwrap().unwrap();
    assert_eq!(known.version, 2);
    assert_eq!(world.store.unsent().await.unwrap().entries.len(), 3);
}

#[derive(Debug, Clone, Copy)]
enum What {
    Read,
    Approve,
    Deny,
    Cancel,
    HandBack,
    Revoke,
    EndDue,
}

/// One writer's move, by one of three people, some minutes later.
type Act = (usize, What, usize, i64);

fn act() -> impl Strategy<Value = Act> {
    let what = prop_oneof![
        4 => Just(What::Read),
        3 => Just(What::Approve),
        1 => Just(What::Deny),
        1 => Just(What::Cancel),
        1 => Just(What::HandBack),
        1 => Just(What::Revoke),
        2 => Just(What::EndDue),
    ];
    (0..2_usize, what, 1..4_usize, 0..90_i64)
}

type Rows = (Request, Option<GrantRecord>);

async fn read(store: &DynamoStore, number: u128) -> Rows {
    let request = store.request(id(number)).await.unwrap().unwrap();
    let grant = access_core::request::grant_of(request.id);
    (request, store.grant(grant).await.unwrap())
}

fn decide((request, grant): &Rows, what: What, by: usize, seconds: i64) -> Option<Step> {
    let (config, by, now) = (config(), person(by), noon(seconds));
    let step = match what {
        What::Read => return None,
        What::Approve => {
            let nobody = BTreeSet::new();
            approve(now, &config, request, None, &by, Policies::new(), &nobody)
        }
        What::Deny => deny(now, &config, request, &by, &words("no"), Policies::new()),
        What::Cancel => cancel(now, &config.people, request, &by),
        What::HandBack => hand_back(now, &config.people, grant.as_ref()?, &by),
        What::Revoke => revoke(now, grant.as_ref()?, &by, &words("over"), Policies::new()),
        What::EndDue => {
            let grants: Vec<_> = grant.iter().cloned().collect();
            return end_due(now, &config, from_ref(request), &grants).pop();
        }
    };
    step.ok()
}

/// Whether a step is made from what is stored now.
fn is_current((request, grant): &Rows, step: &Step) -> bool {
    let known = grant.as_ref().map_or(0, |record| record.version);
    let next = step.request.as_ref();
    next.is_none_or(|next| next.version == request.version + 1)
        && step
            .grant
            .as_ref()
            .is_none_or(|next| next.version == known + 1)
}

async fn play(world: &World, number: u128, acts: Vec<Act>) -> Result<(), TestCaseError> {
    let stores = [world.other(), world.other()];
    let asked = asking(number, 0, Kind::Access, None, people());
    stores[0].take(&asked).await.unwrap();
    let start = read(&stores[0], number).await;
    let mut views = [start.clone(), start];
    let mut told = asked.events;
    let mut seconds = 0;
    for (writer, what, by, minutes) in acts {
        seconds += 60 * minutes;
        let store = &stores[writer];
        let before = read(store, number).await;
        if let What::Read = what {
            views[writer] = before;
            continue;
        }
        let Some(step) = decide(&views[writer], what, by, seconds) else {
            continue;
        };
        let taken = store.take(&step).await;
        let after = read(store, number).await;
        if is_current(&before, &step) {
            prop_assert_eq!(taken, Ok(()));
            told.extend(step.events);
        } else {
            prop_assert!(matches!(taken, Err(StoreError::Conflict(_))), "{:?}", taken);
            prop_assert_eq!(&after, &before, "the loser changes nothing");
        }
        let was_open = matches!(before.0.state, RequestState::Pending { .. });
        prop_assert!(was_open || after.0 == before.0, "one outcome only");
    }
    let (request, grant) = read(&stores[0], number).await;
    check(&stores[0], &request, grant.as_ref()).await?;
    told.sort_by(|a, b| a.key.cmp(&b.key));
    let unsent = stores[0].unsent().await.unwrap().entries;
    prop_assert_eq!(
        &unsent,
        &told,
        "what was written was told, and nothing else"
    );
    let keys: Vec<_> = unsent.into_iter().map(|entry| entry.key).collect();
    stores[0].sent(&keys).await.unwrap();
    Ok(())
}

/// Every copy says what the item says.
async fn check(
    store: &DynamoStore,
    request: &Request,
    grant: Option<&GrantRecord>,
) -> Result<(), TestCaseError> {
    let is_pending = matches!(request.state, RequestState::Pending { .. });
    let pending = store.requests(&RequestFilter::Pending).await.unwrap();
    let copy = pending.iter().find(|it| it.id == request.id);
    prop_assert_eq!(copy, Some(request).filter(|_| is_pending));
    for filter in [RequestFilter::Group(group()), RequestFilter::By(person(1))] {
        let all = store.requests(&filter).await.unwrap();
        let copy = all.iter().find(|it| it.id == request.id);
        prop_assert_eq!(copy, Some(request), "{:?}", filter);
    }
    let is_live = |record: &&GrantRecord| matches!(record.state, GrantState::Live);
    let live = store.live_grants().await.unwrap();
    let live = live.iter().find(|it| it.grant.request == request.id);
    prop_assert_eq!(live, grant.filter(is_live));
    prop_assert_eq!(grant.map(|record| record.grant.id), request.grant());
    Ok(())
}

#[test]
fn two_writers_never_decide_twice() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(World::new());
    // A request of its own for each game, also while a failing one is made smaller.
    let games_begun = Cell::new(0);
    let mut runner = TestRunner::new(ProptestConfig::with_cases(48));
    let games = proptest::collection::vec(act(), 1..16);
    let played = runner.run(&games, |acts| {
        games_begun.set(games_begun.get() + 1);
        runtime.block_on(play(&world, games_begun.get(), acts))
    });
    played.unwrap();
}
