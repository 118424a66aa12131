//! Held removals: shown each time that they are held, and let go by the message of that time.

use super::{ANNOUNCEMENTS, Chat, shown, value};
use crate::support::{group, principal};
use access_core::event::{Event, RemovalsHeld};
use access_core::id::{AccountId, PlanId};
use access_core::membership::{Causes, Member, Origin, Record, RecordState};
use access_core::plan::{Binding, HeldRemoval, HoldReason, Removal, RemovalReason};
use access_core::ports::{Fence, HeldPlan, HeldPlans, Leases};
use jiff::SignedDuration;

/// The last person's removal: the same plan each night.
fn plan() -> PlanId {
    "5e1f6d0c-92a4-5c1b-8a0e-7c3ba11c0de5".parse().unwrap()
}

fn removal() -> HeldRemoval {
    let account = AccountId::new("grace").unwrap();
    let record = Record {
        account: account.clone(),
        principal: Some(principal("grace")),
        origin: Origin::Added,
        member: Member {
            causes: Causes::default(),
            until: None,
        },
        state: RecordState::Present,
    };
    HeldRemoval {
        removal: Removal {
            change: "019aab00-0000-7000-8000-000000000002".parse().unwrap(),
            principal: Some(principal("grace")),
            account,
            why: RemovalReason::NoLongerWanted,
            record,
            begun: false,
        },
        reason: HoldReason::NobodyOnCall,
    }
}

/// A tick holds it and says so.
async fn night_falls(chat: &Chat) -> (Fence, Event) {
    let (now, store) = (chat.now(), &chat.world.store);
    let held = HeldPlan {
        binding: Binding {
            group: group("payments-admin"),
            entitlement: "aws:PaymentsAdmin".parse().unwrap(),
        },
        removals: vec![removal()],
        since: now,
        released: None,
    };
    let lease = store.acquire(now, now + SignedDuration::from_secs(30));
    let fence = lease.await.unwrap().fence;
    assert!(store.hold(fence, plan(), &held).await.unwrap());
    let event = Event::RemovalsHeld(RemovalsHeld::of(plan(), &held));
    chat.deliver(&event).await;
    (fence, event)
}

#[tokio::test]
async fn the_same_removals_held_again_are_shown_again_and_let_go_by_themselves() {
    let chat = Chat::new().await;
    chat.pass(SignedDuration::from_mins(1));
    let (fence, first) = night_falls(&chat).await;
    let drawn = chat.last(ANNOUNCEMENTS);
    let said = chat.presses("ada", ANNOUNCEMENTS, "release").await;
    assert!(said.starts_with("The removals are let go"), "{said}");
    let old = chat.last(ANNOUNCEMENTS);
    assert!(shown(&old).contains("*Released* by <@U0ADA>"), "{old:?}");
    // The poller carries them out.
    chat.world.store.close(fence, plan()).await.unwrap();
    chat.deliver(&first).await;
    assert_eq!(chat.sim.messages(ANNOUNCEMENTS).len(), 1);

    chat.pass(SignedDuration::from_hours(24));
    let (_, second) = night_falls(&chat).await;
    for event in [&first, &second] {
        chat.deliver(event).await;
    }
    let messages = chat.sim.messages(ANNOUNCEMENTS);
    assert_eq!(messages.len(), 2, "one for each night");
    assert_eq!(messages[0], old, "the old one is left alone");
    assert!(shown(&messages[1]).contains("[Release]"), "{messages:?}");

    // Somebody still sees the button of the first night.
    let stale = value(&drawn, "release").unwrap();
    let pressed = chat.presses_again("ada", ANNOUNCEMENTS, &drawn, "release", &stale);
    let said = pressed.await;
    assert!(
        said.starts_with("Nothing was done: this hold is over."),
        "{said}"
    );
    let held = chat.world.store.held().await.unwrap().plans;
    assert_eq!(held[&plan()].released, None);

    let said = chat.presses("ada", ANNOUNCEMENTS, "release").await;
    assert!(said.starts_with("The removals are let go"), "{said}");
    let messages = chat.sim.messages(ANNOUNCEMENTS);
    assert_eq!((messages.len(), &messages[0]), (2, &old));
    let released = shown(&messages[1]);
    assert!(released.contains("*Released* by <@U0ADA>"), "{released}");
}
