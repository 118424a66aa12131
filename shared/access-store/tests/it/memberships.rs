//! Records, journal and events of one change belong together, whatever is cut off in between.

mod settling;

use crate::support::{
    World, account, added, addition, binding, change, event, member, noon, person, plan, record,
    removal, removed,
};
use access_core::apply::ChangeFailure;
use access_core::event::Event;
use access_core::membership::{Cause, Member, Record, RecordState};
use access_core::plan::{Action, Addition, HeldRemoval, HoldReason, Plan};
use access_core::ports::{
    JournalEntry, JournalStage, Memberships, Outbox, StoreError, TargetError, Unsent,
};
use access_store::DynamoStore;
use jiff::Timestamp;
use newtype_uuid::GenericUuid;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) fn failure(number: usize) -> ChangeFailure {
    let error = TargetError::Unreachable("no answer".to_owned());
    ChangeFailure {
        change: change(number),
        action: Action::Add,
        account: account(number),
        principal: Some(person(number)),
        error,
    }
}

/// The journal as change, stage and time.
async fn journal(store: &DynamoStore, group: &str) -> Vec<(u128, JournalStage, Timestamp)> {
    let entries = store.journal(&binding(group).group, None).await.unwrap();
    entries
        .iter()
        .map(|entry| {
            (
                entry.change.into_untyped_uuid().as_u128(),
                entry.stage,
                entry.at,
            )
        })
        .collect()
}

#[tokio::test]
async fn an_addition_is_decided_failed_and_applied_once_each() {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    let (store, group) = (&world.store, binding("g"));
    let deciding = Plan {
        additions: vec![addition(1)],
        ..plan(&group)
    };
    store.begin(fence, noon(0), &deciding).await.unwrap();
    assert_eq!(
        store.records(&group).await.unwrap()[&account(1)],
        record(1, RecordState::Adding { change: change(1) })
    );
    store
        .fail(fence, noon(1), &group, &failure(1))
        .await
        .unwrap();
    store
        .fail(fence, noon(2), &group, &failure(1))
        .await
        .expect("a repeat");
    assert_eq!(
        store.records(&group).await.unwrap()[&account(1)].state,
        RecordState::Adding { change: change(1) },
        "it stays open"
    );
    let begun = Plan {
        additions: vec![Addition {
            begun: true,
            ..addition(1)
        }],
        ..plan(&group)
    };
    let writes = store.writes();
    store.begin(fence, noon(3), &begun).await.unwrap();
    assert_eq!(
        store.writes(),
        writes,
        "what was begun is not written again"
    );
    store
        .finish(fence, noon(4), &group, &added(&group, 1))
        .await
        .unwrap();
    store
        .finish(fence, noon(5), &group, &added(&group, 1))
        .await
        .expect("a repeat");
    store
        .begin(fence, noon(6), &deciding)
        .await
        .expect("a late repeat");
    assert_eq!(
        store.records(&group).await.unwrap()[&account(1)],
        record(1, RecordState::Present),
        "a late repeat takes nothing back"
    );
    let stages = [
        (JournalStage::Decided, 0),
        (JournalStage::Failed, 1),
        (JournalStage::Applied, 4),
    ];
    assert_eq!(
        journal(store, "g").await,
        stages.map(|(stage, seconds)| (1, stage, noon(seconds)))
    );
    let events = store.unsent().await.unwrap().entries;
    let keys: Vec<_> = events.iter().map(|entry| entry.key.clone()).collect();
    let expected = [
        format!("2026-11-22T12:00:01.000000000Z#{}#failed", change(1)),
        format!("2026-11-22T12:00:04.000000000Z#{}", change(1)),
    ];
    assert_eq!(keys, expected);
    assert!(
        matches!(&events[0].event, Event::ChangeFailed(failed) if failed.change == change(1)),
        "told once, however often it fails"
    );
    assert_eq!(
        events[1].event,
        Event::MembershipChanged(event(&group, 1, Action::Add))
    );
    store.sent(&keys).await.unwrap();
    store
        .finish(fence, noon(7), &group, &added(&group, 1))
        .await
        .unwrap();
    assert_eq!(
        store.unsent().await,
        Ok(Unsent::default()),
        "a repeat does not tell it again"
    );
}

#[tokio::test]
async fn a_removal_keeps_its_record_until_it_is_confirmed() {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    let (store, group) = (&world.store, binding("g"));
    let here = Plan {
        records: vec![
            record(1, RecordState::Present),
            record(2, RecordState::Present),
            record(3, RecordState::Present),
        ],
        ..plan(&group)
    };
    store.begin(fence, noon(0), &here).await.unwrap();
    let held = HeldRemoval {
        removal: removal(2),
        reason: HoldReason::NobodyOnCall,
    };
    let deciding = Plan {
        removals: vec![removal(1)],
        held: vec![held],
        forgotten: BTreeSet::from([account(3)]),
        ..plan(&group)
    };
    store.begin(fence, noon(1), &deciding).await.unwrap();
    let removing = record(1, RecordState::Removing { change: change(1) });
    let expected = BTreeMap::from([
        (account(1), removing),
        (account(2), record(2, RecordState::Present)),
    ]);
    assert_eq!(
        store.records(&group).await,
        Ok(expected),
        "what is held is not begun, what is forgotten is gone"
    );
    store
        .finish(fence, noon(2), &group, &removed(&group, 1))
        .await
        .unwrap();
    assert_eq!(
        store
            .records(&group)
            .await
            .unwrap()
            .into_keys()
            .collect::<Vec<_>>(),
        vec![account(2)]
    );
    let entry = store
        .journal(&group.group, Some(noon(2)))
        .await
        .unwrap()
        .remove(0);
    let expected = JournalEntry {
        at: noon(2),
        change: change(1),
        binding: group,
        account: account(1),
        principal: Some(person(1)),
        action: Action::Remove,
        stage: JournalStage::Applied,
        reason: "ended at 2026-11-22T12:00:00Z".to_owned(),
    };
    assert_eq!(entry, expected);
}

#[tokio::test]
async fn memberships_of_one_person_are_found_across_bindings() {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    for group in ["one", "two"] {
        let binding = binding(group);
        let nobodys = Record {
            principal: None,
            ..record(9, RecordState::Present)
        };
        let records = vec![
            record(1, RecordState::Present),
            record(2, RecordState::Present),
            nobodys,
        ];
        world
            .store
            .begin(
                fence,
                noon(0),
                &Plan {
                    records,
                    ..plan(&binding)
                },
            )
            .await
            .unwrap();
    }
    let of = |groups: &[&str]| {
        groups
            .iter()
            .map(|group| (binding(group), record(1, RecordState::Present)))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        world.store.records_of(&person(1)).await,
        Ok(of(&["one", "two"]))
    );
    assert_eq!(world.store.records_of(&person(9)).await, Ok(vec![]));
    assert!(
        world.keys().await.iter().all(|key| !key.contains('@')),
        "no address in a key"
    );
    let gone = Plan {
        forgotten: BTreeSet::from([account(1)]),
        ..plan(&binding("two"))
    };
    world.store.begin(fence, noon(1), &gone).await.unwrap();
    assert_eq!(world.store.records_of(&person(1)).await, Ok(of(&["one"])));
}

#[tokio::test]
async fn large_bindings_and_journals_are_read_to_the_last_page() {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    let group = binding("g");
    let causes = (0..40)
        .map(|hours| Cause::Grant {
            id: GenericUuid::from_untyped_uuid(uuid::Uuid::from_u128(9)),
            starts_at: noon(0),
            expires_at: noon(hours),
        })
        .collect();
    let crowded = Member {
        causes,
        until: None,
    };
    let additions = (0..400)
        .map(|number| Addition {
            member: crowded.clone(),
            ..addition(number)
        })
        .collect();
    world
        .store
        .begin(
            fence,
            noon(0),
            &Plan {
                additions,
                ..plan(&group)
            },
        )
        .await
        .unwrap();
    let records = world.store.records(&group).await.unwrap();
    assert!(
        serde_json::to_string(&records.values().collect::<Vec<_>>())
            .unwrap()
            .len()
            > 1_500_000
    );
    assert_eq!(records.len(), 400);
    assert!(records.values().all(|record| record.member == crowded));
    assert_eq!(
        world.store.journal(&group.group, None).await.unwrap().len(),
        400
    );
}

#[tokio::test]
async fn the_journal_is_read_oldest_first_from_a_time_on() {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    let group = binding("g");
    for number in [5, 1, 3] {
        let at = noon(i64::try_from(number).unwrap());
        world
            .store
            .begin(
                fence,
                at,
                &Plan {
                    additions: vec![addition(number)],
                    ..plan(&group)
                },
            )
            .await
            .unwrap();
        world
            .store
            .begin(
                fence,
                at,
                &Plan {
                    additions: vec![addition(number)],
                    ..plan(&binding("other"))
                },
            )
            .await
            .unwrap();
    }
    let changes = async |since| {
        world
            .store
            .journal(&group.group, since)
            .await
            .unwrap()
            .iter()
            .map(|entry| entry.change)
            .collect::<Vec<_>>()
    };
    assert_eq!(changes(None).await, [1, 3, 5].map(change));
    assert_eq!(changes(Some(noon(3))).await, [3, 5].map(change));
    assert_eq!(changes(Some(noon(6))).await, vec![]);
}

#[tokio::test]
async fn eight_finish_at_once_and_each_change_is_told_once() {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    let group = binding("g");
    let additions = (0..20).map(addition).collect();
    world
        .store
        .begin(
            fence,
            noon(0),
            &Plan {
                additions,
                ..plan(&group)
            },
        )
        .await
        .unwrap();
    let stores: Vec<_> = (0..8).map(|_| world.other()).collect();
    let finishing = stores.iter().map(|store| {
        let group = &group;
        async move {
            for number in 0..20 {
                store
                    .finish(fence, noon(1), group, &added(group, number))
                    .await
                    .unwrap();
            }
        }
    });
    futures::future::join_all(finishing).await;
    assert_eq!(world.store.unsent().await.unwrap().entries.len(), 20);
    assert_eq!(journal(&world.store, "g").await.len(), 40);
    assert!(
        world
            .store
            .records(&group)
            .await
            .unwrap()
            .values()
            .all(|record| record.state == RecordState::Present && record.member == member())
    );
}

#[tokio::test]
async fn a_record_that_cannot_be_understood_is_an_error_that_names_it() {
    let world = World::new().await;
    world
        .plant(
            &[
                ("pk", "RECORDS#g#aws:Prod#Operator / EU"),
                ("sk", "account-1"),
                ("body", "[]"),
            ],
            1,
        )
        .await;
    let error = world.store.records(&binding("g")).await.unwrap_err();
    assert!(
        matches!(&error, StoreError::Malformed { what, .. } if what == "item RECORDS#g#aws:Prod#Operator / EU / account-1"),
        "{error}"
    );
}
