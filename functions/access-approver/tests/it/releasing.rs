//! Held removals that a person lets go.

use crate::support::{World, api, code, group, noon, slack};
use access_approver::act::release;
use access_core::id::PlanId;
use access_core::plan::Binding;
use access_core::ports::{HeldPlan, HeldPlans, Leases};

#[tokio::test]
async fn administrators_let_held_removals_go_and_others_do_not() {
    let world = World::new().await;
    let id: PlanId = "5e1f6d0c-92a4-5c1b-8a0e-7c3ba11c0de5".parse().unwrap();
    let missing = release(&world.deps, noon(0), &slack("ada"), id, None).await;
    assert_eq!(code(missing), "not-found");
    let held = HeldPlan {
        binding: Binding {
            group: group("payments-admin"),
            entitlement: "aws:PaymentsAdmin".parse().unwrap(),
        },
        removals: Vec::new(),
        since: noon(0),
        released: None,
    };
    let lease = world.store.acquire(noon(60), noon(90)).await.unwrap();
    world.store.hold(lease.fence, id, &held).await.unwrap();
    let stranger = release(&world.deps, noon(100), &slack("lena"), id, None).await;
    assert_eq!(code(stranger), "policy");
    let of_another_night = release(&world.deps, noon(100), &api("ada"), id, Some(noon(1))).await;
    assert_eq!(code(of_another_night), "not-found");
    for again in 0..2 {
        let since = (again == 0).then(|| noon(0));
        let let_go = release(&world.deps, noon(101 + again), &api("ada"), id, since).await;
        let_go.unwrap();
    }
    let held = world.store.held().await.unwrap().plans;
    let by = ("ada@acme.example".to_owned(), noon(101));
    assert_eq!(held[&id].released, Some(by), "the first one counts");
    assert_eq!(world.told.kinds(), ["Removals Released"]);
    assert_eq!(world.bell.rung(), ["payments-admin", "payments-admin"]);
}
