//! Held plans.

mod large;
mod unread;

use crate::support::{World, binding, noon, removal};
use access_core::event::Event;
use access_core::id::PlanId;
use access_core::plan::{HeldRemoval, HoldReason};
use access_core::ports::{HeldPlan, HeldPlans, Outbox, StoreError};
use newtype_uuid::GenericUuid;

pub(crate) fn plan() -> HeldPlan {
    HeldPlan {
        binding: binding("g"),
        removals: vec![HeldRemoval {
            removal: removal(1),
            reason: HoldReason::NobodyOnCall,
        }],
        since: noon(0),
        released: None,
    }
}

fn id(number: u128) -> PlanId {
    PlanId::from_untyped_uuid(uuid::Uuid::from_u128(number))
}

#[tokio::test]
async fn a_plan_is_new_once_and_stays_released() {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    let store = &world.store;
    assert_eq!(store.hold(fence, id(1), &plan()).await, Ok(true));
    let writes = store.writes();
    assert_eq!(
        store
            .hold(
                fence,
                id(1),
                &HeldPlan {
                    since: noon(60),
                    ..plan()
                }
            )
            .await,
        Ok(false)
    );
    assert_eq!(store.writes(), writes, "held alike: nothing to write");
    let known = store.held().await.unwrap();
    assert_eq!(known.plans[&id(1)], plan(), "since stays");

    store.let_go(id(1), "grace", noon(90)).await.unwrap();
    store
        .let_go(id(1), "heidi", noon(99))
        .await
        .expect("a repeat changes nothing");
    let told = store.unsent().await.unwrap().entries;
    assert_eq!(told.len(), 1, "a release is told once");
    assert!(
        matches!(&told[0].event, Event::RemovalsReleased(event) if event.by == "grace" && event.removals == 1 && event.since == Some(noon(0)))
    );
    let mut later = HeldPlan {
        since: noon(120),
        ..plan()
    };
    later.removals[0].reason = HoldReason::FactsExpired { read_at: noon(0) };
    assert_eq!(store.hold(fence, id(1), &later).await, Ok(false));
    let expected = HeldPlan {
        since: noon(0),
        released: Some(("grace".to_owned(), noon(90))),
        ..later
    };
    assert_eq!(store.held().await.unwrap().plans[&id(1)], expected);
}

#[tokio::test]
async fn only_a_held_plan_can_be_let_go() {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    let missing = Err(StoreError::NotFound(format!("held plan {}", id(1))));
    assert_eq!(world.store.let_go(id(1), "grace", noon(0)).await, missing);
    world.store.hold(fence, id(1), &plan()).await.unwrap();
    world
        .store
        .hold(
            fence,
            id(2),
            &HeldPlan {
                released: Some(("ivan".to_owned(), noon(3))),
                ..plan()
            },
        )
        .await
        .unwrap();
    world.store.close(fence, id(1)).await.unwrap();
    world
        .store
        .close(fence, id(1))
        .await
        .expect("a repeat changes nothing");
    assert_eq!(world.store.let_go(id(1), "grace", noon(0)).await, missing);
    let left = world.store.held().await.unwrap().plans;
    assert_eq!(left.keys().collect::<Vec<_>>(), vec![&id(2)]);
    assert_eq!(left[&id(2)].released, Some(("ivan".to_owned(), noon(3))));
    assert_eq!(
        world.store.hold(fence, id(1), &plan()).await,
        Ok(true),
        "held again after it was closed"
    );
}
