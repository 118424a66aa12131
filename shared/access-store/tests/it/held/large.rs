//! Plans of thousands of removals: what a budget holds is large.

use super::{id, plan};
use crate::support::{World, noon, removal};
use access_core::event::Event;
use access_core::id::{AccountId, ChangeId};
use access_core::plan::{HeldRemoval, HoldReason};
use access_core::ports::{HeldPlan, HeldPlans, Outbox, StoreError};
use access_core::principal::Principal;
use access_store::embedded::TABLE;
use aws_sdk_dynamodb::types::AttributeValue;
use newtype_uuid::GenericUuid;
use uuid::Uuid;

/// Digits that look random, as those of real ids do: they are what cannot be packed.
fn digits(number: usize, of: u128) -> Uuid {
    let odd = 0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835;
    Uuid::from_u128((number as u128 * 3 + of).wrapping_mul(odd))
}

/// One removal of an account of Identity Center, with an address.
fn held(number: usize, removals: usize) -> HeldRemoval {
    let account = AccountId::new(format!("9067642ac7-{}", digits(number, 1))).unwrap();
    let whose = digits(number, 2).simple().to_string();
    let whose = Some(Principal::new(format!("{}.lovelace@acme.example", &whose[..8])).unwrap());
    let mut removal = removal(1);
    removal.change = ChangeId::from_untyped_uuid(digits(number, 3));
    removal.account = account.clone();
    removal.principal.clone_from(&whose);
    removal.record.account = account;
    removal.record.principal = whose;
    let reason = HoldReason::GroupBudget {
        removals,
        present: removals,
    };
    HeldRemoval { removal, reason }
}

fn mass(removals: usize) -> HeldPlan {
    HeldPlan {
        removals: (0..removals).map(|number| held(number, removals)).collect(),
        ..plan()
    }
}

/// Where held plans lie, in order.
async fn places(world: &World) -> Vec<String> {
    let keys = world.keys().await.into_iter();
    keys.filter(|key| key.starts_with("HELD / ")).collect()
}

async fn delete(world: &World, place: &str) {
    let (pk, sk) = place.split_once(" / ").unwrap();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let delete = world.client.delete_item().table_name(TABLE);
    let delete = delete.key("pk", text(pk)).key("sk", text(sk));
    delete.send().await.unwrap();
}

#[tokio::test]
async fn a_mass_removal_is_held_read_let_go_refreshed_and_closed_whole() {
    for (removals, is_in_pieces) in [(1_200, false), (5_000, false), (20_000, true)] {
        let world = World::new().await;
        let fence = world.fence(noon(0)).await;
        let store = &world.store;
        let large = mass(removals);
        let text = serde_json::to_string(&large).unwrap().len();
        assert!(text > 400 * 1024, "no item holds that as text: {text}");
        assert_eq!(store.hold(fence, id(1), &plan()).await, Ok(true));
        assert_eq!(store.hold(fence, id(2), &large).await, Ok(true));
        assert_eq!(places(&world).await.len() > 2, is_in_pieces, "{removals}");
        let writes = store.writes();
        assert_eq!(store.hold(fence, id(2), &large).await, Ok(false));
        assert_eq!(store.writes(), writes, "{removals}: held alike");
        let known = store.held().await.unwrap().whole().unwrap();
        assert!(known[&id(2)] == large, "{removals}: as it was held");
        assert_eq!(known[&id(1)], plan(), "{removals}: the other one");

        store.let_go(id(2), "grace", noon(90)).await.unwrap();
        let told = store.unsent().await.unwrap().entries;
        let is_told =
            |event: &Event| matches!(event, Event::RemovalsReleased(it) if it.removals == removals);
        assert!(is_told(&told[0].event), "{removals}");
        for less in [removals - 1, 1] {
            let less = mass(less);
            assert_eq!(store.hold(fence, id(2), &less).await, Ok(false));
            let expected = HeldPlan {
                released: Some(("grace".to_owned(), noon(90))),
                ..less
            };
            let known = store.held().await.unwrap().whole().unwrap();
            assert!(known[&id(2)] == expected, "{removals}: refreshed");
        }
        assert_eq!(
            places(&world).await.len(),
            2,
            "{removals}: no piece is left"
        );
        store.hold(fence, id(2), &large).await.unwrap();
        store.close(fence, id(2)).await.unwrap();
        assert_eq!(places(&world).await, [format!("HELD / {}", id(1))]);
    }
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_nothing_of_it_is_written() {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    let refused = world.store.hold(fence, id(1), &mass(80_000)).await;
    let is_too_large = matches!(refused, Err(StoreError::TooLarge { .. }));
    assert!(is_too_large, "{refused:?}");
    assert!(places(&world).await.is_empty());
}

#[tokio::test]
async fn a_plan_that_lacks_a_piece_is_unread_and_pieces_alone_are_nothing() {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    let store = &world.store;
    store.hold(fence, id(1), &mass(20_000)).await.unwrap();
    let all = places(&world).await;
    delete(&world, all.last().unwrap()).await;
    let known = store.held().await.unwrap();
    assert!(known.plans.is_empty());
    let unread = &known.unread[&format!("item HELD / {}", id(1))];
    assert_eq!(unread.plan, Some(id(1)));
    assert!(unread.reason.contains("pieces"), "{}", unread.reason);

    delete(&world, &all[0]).await;
    let known = store.held().await.unwrap();
    assert!(known.plans.is_empty() && known.unread.is_empty());
    assert_eq!(store.hold(fence, id(1), &plan()).await, Ok(true));
    let known = store.held().await.unwrap().whole().unwrap();
    assert_eq!(known[&id(1)], plan(), "what was left is none of its own");
}
