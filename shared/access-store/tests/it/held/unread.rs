//! Held plans of other versions, and damaged ones.

use super::{id, plan};
use crate::support::{World, noon};
use access_core::id::PlanId;
use access_core::plan::HoldReason;
use access_core::ports::{HeldPlan, HeldPlans, StoreError};
use serde_json::json;

/// A plan as it was written before its removals were packed.
fn unpacked(number: u128) -> String {
    let HeldPlan {
        binding,
        removals,
        since,
        released: _,
    } = plan();
    let id = id(number);
    json!({"id": id, "binding": binding, "removals": removals, "since": since}).to_string()
}

#[tokio::test]
async fn a_plan_of_before_removals_were_packed_is_read_let_go_and_refreshed() {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    let (place, body) = (id(1).to_string(), unpacked(1));
    let item = [("pk", "HELD"), ("sk", &*place), ("body", &*body)];
    world.plant(&item, 1).await;
    let store = &world.store;
    let known = store.held().await.unwrap().whole().unwrap();
    assert_eq!(known[&id(1)], plan());
    let writes = store.writes();
    assert_eq!(store.hold(fence, id(1), &plan()).await, Ok(false));
    assert_eq!(store.writes(), writes, "held alike: nothing to write");
    store.let_go(id(1), "grace", noon(90)).await.unwrap();
    let mut later = plan();
    later.removals[0].reason = HoldReason::FactsExpired { read_at: noon(0) };
    assert_eq!(store.hold(fence, id(1), &later).await, Ok(false));
    later.released = Some(("grace".to_owned(), noon(90)));
    let known = store.held().await.unwrap().whole().unwrap();
    assert_eq!(known[&id(1)], later);
}

#[tokio::test]
async fn a_plan_that_cannot_be_understood_is_set_apart_and_in_no_others_way() {
    let (sound, elsewhere) = (unpacked(2), unpacked(3));
    let without = sound.replace("\"removals\"", "\"others\"");
    let place = id(2).to_string();
    for (case, sk, body, layout, reason) in [
        ("another layout", &*place, &*sound, 99, "its layout is 99"),
        (
            "no JSON",
            &*place,
            "{",
            1,
            "`body` is not what it should be",
        ),
        ("no removals", &*place, &*without, 1, "`removals` holds no"),
        ("elsewhere", &*place, &*elsewhere, 1, "its body belongs to"),
        (
            "no place of a plan",
            "odd",
            &*sound,
            1,
            "its body belongs to",
        ),
    ] {
        let world = World::new().await;
        let fence = world.fence(noon(0)).await;
        let store = &world.store;
        store.hold(fence, id(1), &plan()).await.unwrap();
        let item = [("pk", "HELD"), ("sk", sk), ("body", body)];
        world.plant(&item, layout).await;
        let known = store.held().await.unwrap();
        assert_eq!(known.plans.len(), 1, "{case}");
        assert_eq!(known.unread.len(), 1, "{case}");
        let unread = &known.unread[&format!("item HELD / {sk}")];
        assert_eq!(unread.plan, sk.parse::<PlanId>().ok(), "{case}");
        assert!(unread.reason.starts_with(reason), "{case}: {unread:?}");
        assert_eq!(known.clone().find(id(1)), Ok(Some(plan())), "{case}");
        assert_eq!(known.clone().find(id(4)), Ok(None), "{case}");
        if sk == place {
            let found = known.clone().find(id(2));
            let is_told = matches!(found, Err(StoreError::Malformed { .. }));
            assert!(
                is_told,
                "{case}: it is no plan that there is not: {found:?}"
            );
        }
        let whole = known.whole();
        assert!(matches!(whole, Err(StoreError::Malformed { .. })), "{case}");
    }
}
