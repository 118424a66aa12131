//! What an earlier sweep left open, and beginning a plan that is cut off anywhere.

use super::journal;
use crate::support::{
    Death, World, account, addition, binding, change, event, noon, person, plan, record, removal,
};
use access_core::event::Event;
use access_core::id::AccountId;
use access_core::membership::{Record, RecordState};
use access_core::plan::{Action, Addition, Plan, Settled};
use access_core::ports::{JournalStage, Memberships, Outbox};
use access_store::DynamoStore;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// The next sweep's look at four changes of which the earlier sweep heard nothing more.
fn settling() -> Plan {
    let group = binding("g");
    let settled = |number: usize, action, done, record| Settled {
        change: change(number),
        action,
        done,
        account: account(number),
        principal: Some(person(number)),
        record,
    };
    Plan {
        settled: vec![
            settled(1, Action::Add, true, Some(record(1, RecordState::Present))),
            settled(2, Action::Add, false, None),
            settled(3, Action::Remove, true, None),
            settled(
                4,
                Action::Remove,
                false,
                Some(record(4, RecordState::Present)),
            ),
        ],
        // The account of the third is wanted again at once.
        additions: vec![Addition {
            change: change(33),
            ..addition(3)
        }],
        ..plan(&group)
    }
}

#[tokio::test]
async fn what_an_earlier_sweep_left_open_is_settled_with_its_reasons() {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    let (store, group) = (&world.store, binding("g"));
    let opening = Plan {
        additions: vec![addition(1), addition(2)],
        removals: vec![removal(3), removal(4)],
        ..plan(&group)
    };
    store.begin(fence, noon(0), &opening).await.unwrap();
    for seconds in [60, 60, 70] {
        store
            .begin(fence, noon(seconds), &settling())
            .await
            .unwrap();
    }
    let expected = [
        record(1, RecordState::Present),
        record(3, RecordState::Adding { change: change(33) }),
        record(4, RecordState::Present),
    ];
    assert_eq!(
        store
            .records(&group)
            .await
            .unwrap()
            .into_values()
            .collect::<Vec<_>>(),
        expected
    );
    let entries: Vec<_> = journal(store, "g").await.into_iter().skip(4).collect();
    assert_eq!(
        entries,
        [
            (1, JournalStage::Applied),
            (2, JournalStage::GivenUp),
            (3, JournalStage::Applied),
            (4, JournalStage::GivenUp),
            (33, JournalStage::Decided)
        ]
        .map(|(change, stage)| (change, stage, noon(60)))
    );
    let events: Vec<_> = store
        .unsent()
        .await
        .unwrap()
        .entries
        .into_iter()
        .map(|entry| entry.event)
        .collect();
    let expected = [
        event(&group, 1, Action::Add),
        event(&group, 3, Action::Remove),
    ]
    .map(Event::MembershipChanged);
    assert_eq!(
        events, expected,
        "with the reasons given when they were decided"
    );
}

/// Record states, journal and outbox after a plan was begun.
async fn state(
    store: &DynamoStore,
) -> (
    BTreeMap<AccountId, Record>,
    Vec<(u128, JournalStage, Timestamp)>,
    Vec<Event>,
) {
    let mut journal = journal(store, "g").await;
    journal.sort_unstable();
    let events = store
        .unsent()
        .await
        .unwrap()
        .entries
        .into_iter()
        .map(|entry| entry.event)
        .collect();
    (store.records(&binding("g")).await.unwrap(), journal, events)
}

/// More changes of every kind than one transaction takes.
fn large() -> Plan {
    let mut large = settling();
    large.additions.extend((100..190).map(addition));
    large.removals = (200..260).map(removal).collect();
    large.records = (300..330)
        .map(|number| record(number, RecordState::Present))
        .collect();
    large
}

async fn opened() -> (World, access_core::ports::Fence) {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    let removals: Vec<_> = [3, 4].into_iter().map(removal).collect();
    let records = (200..260)
        .map(|number| record(number, RecordState::Present))
        .collect();
    let opening = Plan {
        additions: vec![addition(1), addition(2)],
        removals,
        records,
        ..plan(&binding("g"))
    };
    world.store.begin(fence, noon(0), &opening).await.unwrap();
    (world, fence)
}

#[tokio::test]
async fn a_crash_anywhere_in_begin_leaves_whole_changes_and_a_repeat_completes_them() {
    let (world, fence) = opened().await;
    world.store.begin(fence, noon(60), &large()).await.unwrap();
    let expected = state(&world.store).await;
    for death in [Death::BeforeSending, Death::BeforeHearing] {
        for writes in 0.. {
            let (world, fence) = opened().await;
            let answer = world
                .dying(writes, death)
                .begin(fence, noon(60), &large())
                .await;
            let (records, journal, _) = state(&world.store).await;
            for (change, stage, _) in journal.iter().filter(|(change, ..)| *change >= 100) {
                assert_eq!(*stage, JournalStage::Decided);
                let number = usize::try_from(*change).unwrap();
                assert_ne!(
                    records[&account(number)].state,
                    RecordState::Present,
                    "{death:?} at {writes}: decided, so pending"
                );
            }
            let pending = records
                .values()
                .filter(|record| {
                    record.state != RecordState::Present && record.account >= account(100)
                })
                .count();
            assert_eq!(
                pending,
                journal.iter().filter(|(change, ..)| *change >= 100).count(),
                "{death:?} at {writes}: pending, so decided"
            );
            world.store.begin(fence, noon(60), &large()).await.unwrap();
            assert_eq!(state(&world.store).await, expected, "{death:?} at {writes}");
            if answer.is_ok() {
                assert!(writes > 2, "several transactions");
                break;
            }
        }
    }
}
