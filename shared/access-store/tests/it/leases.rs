//! One sweep at a time, and nothing from an overtaken one.

use crate::support::{World, binding, noon, plan, record};
use access_core::id::PagerDutyName;
use access_core::membership::RecordState;
use access_core::ports::{
    Bindings, Fence, HeldPlans, Leases, Memberships, RotaHistory, StoreError, TickRecord,
};
use access_core::{facts, id::PlanId};
use newtype_uuid::GenericUuid;
use std::collections::BTreeSet;

fn left() -> TickRecord {
    TickRecord {
        ended_at: Some(noon(5)),
        warned: BTreeSet::from(["uncovered".to_owned()]),
        ..TickRecord::default()
    }
}

#[tokio::test]
async fn a_lease_is_taken_once_until_it_ends() {
    let world = World::new().await;
    assert_eq!(world.store.last_tick().await, Ok(None));
    let first = world.store.acquire(noon(0), noon(60)).await.unwrap();
    assert_eq!((first.fence, first.until), (Fence(1), noon(60)));
    assert_eq!(
        world.other().acquire(noon(59), noon(119)).await,
        Err(StoreError::Leased { until: noon(60) })
    );
    assert_eq!(
        world
            .other()
            .acquire(noon(60), noon(120))
            .await
            .unwrap()
            .fence,
        Fence(2)
    );
}

#[tokio::test]
async fn a_released_lease_can_be_taken_at_once_and_keeps_what_the_tick_left() {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    world.store.release(fence, &left()).await.unwrap();
    assert_eq!(world.store.last_tick().await, Ok(Some(left())));
    assert_eq!(
        world.store.release(fence, &TickRecord::default()).await,
        Ok(()),
        "a repeat"
    );
    assert_eq!(
        world.store.last_tick().await,
        Ok(Some(left())),
        "a repeat changes nothing"
    );
    let next = world.fence(noon(1)).await;
    assert!(next > fence);
    assert_eq!(
        world.store.last_tick().await,
        Ok(Some(left())),
        "taking the lease keeps it"
    );
    assert_eq!(
        world.store.release(fence, &TickRecord::default()).await,
        Err(StoreError::Overtaken)
    );
    assert_eq!(
        World::new().await.store.release(Fence(1), &left()).await,
        Err(StoreError::Overtaken),
        "never taken"
    );
}

#[tokio::test]
async fn what_is_kept_while_the_lease_goes_on_is_left_whatever_becomes_of_its_holder() {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    world.store.keep(fence, &left()).await.unwrap();
    world.store.keep(fence, &left()).await.expect("a repeat");
    assert_eq!(world.store.last_tick().await, Ok(Some(left())));
    assert_eq!(
        world.other().acquire(noon(59), noon(119)).await,
        Err(StoreError::Leased { until: noon(60) }),
        "the lease goes on"
    );
    let next = world.fence(noon(60)).await;
    let late = TickRecord::default();
    for (case, fence) in [("a later lease", fence), ("no such lease", Fence(7))] {
        let kept = world.store.keep(fence, &late).await;
        assert_eq!(kept, Err(StoreError::Overtaken), "{case}");
    }
    world.store.release(next, &left()).await.unwrap();
    let kept = world.store.keep(next, &late).await;
    assert_eq!(kept, Err(StoreError::Overtaken), "its own lease is over");
    assert_eq!(world.store.last_tick().await, Ok(Some(left())));
}

#[tokio::test]
async fn an_idle_tick_writes_two_items() {
    let world = World::new().await;
    let before = world.store.writes();
    let fence = world.fence(noon(0)).await;
    world.store.last_tick().await.unwrap();
    world.store.rotas().await.unwrap();
    world.store.bindings().await.unwrap();
    world
        .store
        .begin(fence, noon(0), &plan(&binding("g")))
        .await
        .unwrap();
    world.store.release(fence, &left()).await.unwrap();
    assert_eq!(world.store.writes() - before, 2);
}

#[tokio::test]
async fn of_two_at_once_exactly_one_takes_the_lease() {
    let world = World::new().await;
    let (one, other) = (world.other(), world.other());
    for round in 0..60 {
        let at = noon(round * 100);
        let (first, second) = tokio::join!(
            one.acquire(at, at + jiff::SignedDuration::from_secs(60)),
            other.acquire(at, noon(round * 100 + 60))
        );
        let (winner, loser) = if first.is_ok() {
            (first, second)
        } else {
            (second, first)
        };
        assert_eq!(
            winner.unwrap().fence,
            Fence(u64::try_from(round).unwrap() + 1)
        );
        assert_eq!(
            loser,
            Err(StoreError::Leased {
                until: noon(round * 100 + 60)
            })
        );
    }
}

#[tokio::test]
async fn an_overtaken_sweep_writes_nothing() {
    let world = World::new().await;
    let old = world.fence(noon(0)).await;
    let store = &world.store;
    let acme = PagerDutyName::new("acme").unwrap();
    let group = binding("g");
    let state = crate::bindings::state();
    store.save_binding(old, &group, &state).await.unwrap();
    store.release(old, &left()).await.unwrap();
    store
        .save_binding(old, &binding("late"), &state)
        .await
        .expect("nobody else has begun");
    world.fence(noon(1)).await;
    let before = world.keys().await;

    let change = crate::support::added(&group, 1);
    let failure = crate::memberships::failure(1);
    let mut rewriting = plan(&group);
    rewriting.records.push(record(1, RecordState::Present));
    let held = crate::held::plan();
    let id = PlanId::from_untyped_uuid(uuid::Uuid::from_u128(7));
    let (rota, freshness) = (facts::Rota::default(), crate::rotas::fresh(0));
    for (case, answer) in [
        (
            "save_binding",
            store.save_binding(old, &group, &state).await,
        ),
        ("drop_binding", store.drop_binding(old, &group).await),
        ("begin", store.begin(old, noon(2), &rewriting).await),
        ("finish", store.finish(old, noon(2), &group, &change).await),
        ("fail", store.fail(old, noon(2), &group, &failure).await),
        ("hold", store.hold(old, id, &held).await.map(drop)),
        ("close", store.close(old, id).await),
    ] {
        assert_eq!(answer, Err(StoreError::Overtaken), "{case}");
    }
    assert_eq!(world.keys().await, before);
    assert_eq!(
        store.save_rota(old, &acme, &rota, &freshness).await,
        Err(StoreError::Overtaken)
    );
    assert!(store.rotas().await.unwrap().is_empty());
    let named: Vec<_> = world.keys().await.difference(&before).cloned().collect();
    assert!(
        named.iter().all(|key| key.contains(" / C#")),
        "only chunks that nothing names: {named:?}"
    );
}
