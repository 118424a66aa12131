//! A store to test, ways to break it, and small domain values.

use access_core::apply::Applied;
use access_core::event::MembershipChanged;
use access_core::id::{AccountId, ChangeId, GroupName, TargetGroupId};
use access_core::membership::{Cause, Member, Origin, Record, RecordState};
use access_core::plan::{Action, Addition, Binding, Plan, Removal, RemovalReason};
use access_core::ports::{Fence, Leases, Outcome};
use access_core::principal::Principal;
use access_store::DynamoStore;
use access_store::embedded::{self, Embedded, TABLE};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::interceptors::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use newtype_uuid::GenericUuid;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use uuid::Uuid;

/// Noon of the day on which every test takes place, and some seconds.
pub(crate) fn noon(seconds: i64) -> Timestamp {
    let noon: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    noon + SignedDuration::from_secs(seconds)
}

/// An embedded store of its own for one test.
pub(crate) struct World {
    pub(crate) embedded: Embedded,
    pub(crate) store: DynamoStore,
    pub(crate) client: Client,
}

impl World {
    pub(crate) async fn new() -> Self {
        let embedded = Embedded::start(None).await.unwrap();
        let store = embedded.store().await.unwrap();
        let client = embedded::client(embedded.endpoint());
        Self {
            embedded,
            store,
            client,
        }
    }

    /// Takes the lease for a minute.
    pub(crate) async fn fence(&self, at: Timestamp) -> Fence {
        self.store
            .acquire(at, at + SignedDuration::from_mins(1))
            .await
            .unwrap()
            .fence
    }

    /// Another process on the same table, which dies at its n-th write: just before sending it, or before hearing the answer.
    pub(crate) fn dying(&self, writes: usize, death: Death) -> DynamoStore {
        let config = embedded::config(self.embedded.endpoint()).interceptor(Dying {
            left: AtomicUsize::new(writes),
            death,
            dead: AtomicBool::new(false),
        });
        DynamoStore::new(Client::from_conf(config.build()), TABLE)
    }

    /// Another process on the same table, in good health.
    pub(crate) fn other(&self) -> DynamoStore {
        DynamoStore::new(embedded::client(self.embedded.endpoint()), TABLE)
    }

    /// Writes an item that no store would write.
    pub(crate) async fn plant(&self, attributes: &[(&str, &str)], layout: u64) {
        let mut put = self
            .client
            .put_item()
            .table_name(TABLE)
            .item("v", AttributeValue::N(layout.to_string()));
        for (name, value) in attributes {
            put = put.item(*name, AttributeValue::S((*value).to_owned()));
        }
        put.send().await.unwrap();
    }

    /// The sort key of the only item in a partition that names something.
    pub(crate) async fn sort_key(&self, partition: &str, named: &str) -> String {
        let keys = self.keys().await;
        let here = keys.iter().filter_map(|key| key.split_once(" / "));
        let mut found = here.filter(|(pk, sk)| *pk == partition && sk.contains(named));
        let (_, sk) = found.next().expect("there is one");
        assert_eq!(found.next(), None, "there is only one");
        sk.to_owned()
    }

    /// Every item, as its key.
    pub(crate) async fn keys(&self) -> BTreeSet<String> {
        let pages = self
            .client
            .scan()
            .table_name(TABLE)
            .into_paginator()
            .items()
            .send();
        let items: Vec<_> = pages.collect::<Result<_, _>>().await.unwrap();
        items
            .iter()
            .map(|item| {
                format!(
                    "{} / {}",
                    item["pk"].as_s().unwrap(),
                    item["sk"].as_s().unwrap()
                )
            })
            .collect()
    }
}

/// When a process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Death {
    BeforeSending,
    BeforeHearing,
}

/// Lets a number of writes pass, then nothing more.
#[derive(Debug)]
struct Dying {
    left: AtomicUsize,
    death: Death,
    dead: AtomicBool,
}

impl Dying {
    fn alive(&self) -> Result<(), BoxError> {
        if self.dead.load(Ordering::SeqCst) {
            Err("the process has died".into())
        } else {
            Ok(())
        }
    }
}

impl Intercept for Dying {
    fn name(&self) -> &'static str {
        "Dying"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.alive()?;
        let call = context
            .request()
            .headers()
            .get("x-amz-target")
            .unwrap_or_default();
        let writes = ["PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"]
            .iter()
            .any(|write| call.ends_with(write));
        if writes
            && self
                .left
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                    left.checked_sub(1)
                })
                .is_err()
        {
            self.dead.store(true, Ordering::SeqCst);
        }
        if self.death == Death::BeforeSending {
            self.alive()
        } else {
            Ok(())
        }
    }

    fn read_before_deserialization(
        &self,
        _: &BeforeDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.alive()
    }
}

pub(crate) fn change(number: usize) -> ChangeId {
    ChangeId::from_untyped_uuid(Uuid::from_u128(number as u128))
}

pub(crate) fn binding(group: &str) -> Binding {
    Binding {
        group: GroupName::new(group).unwrap(),
        entitlement: "aws:Prod#Operator / EU".parse().unwrap(),
    }
}

pub(crate) fn account(number: usize) -> AccountId {
    AccountId::new(format!("account-{number:04}")).unwrap()
}

pub(crate) fn person(number: usize) -> Principal {
    Principal::new(format!("person-{number:04}@acme.example")).unwrap()
}

pub(crate) fn member() -> Member {
    Member {
        causes: [Cause::Standing].into_iter().collect(),
        until: Some(noon(3_600)),
    }
}

pub(crate) fn record(number: usize, state: RecordState) -> Record {
    Record {
        account: account(number),
        principal: Some(person(number)),
        origin: Origin::Added,
        member: member(),
        state,
    }
}

pub(crate) fn addition(number: usize) -> Addition {
    Addition {
        change: change(number),
        principal: person(number),
        account: account(number),
        member: member(),
        begun: false,
    }
}

pub(crate) fn removal(number: usize) -> Removal {
    Removal {
        change: change(number),
        principal: Some(person(number)),
        account: account(number),
        why: RemovalReason::Ended { at: noon(0) },
        record: record(number, RecordState::Present),
        begun: false,
    }
}

pub(crate) fn plan(binding: &Binding) -> Plan {
    Plan {
        binding: binding.clone(),
        target_group: TargetGroupId::new("g-1").unwrap(),
        present: 0,
        removable: 0,
        settled: vec![],
        additions: vec![],
        removals: vec![],
        held: vec![],
        held_id: None,
        records: vec![],
        forgotten: BTreeSet::new(),
        drift: BTreeSet::new(),
        unmatched: BTreeMap::new(),
    }
}

/// The confirmation of an addition.
pub(crate) fn added(binding: &Binding, number: usize) -> Applied {
    Applied {
        event: event(binding, number, Action::Add),
        outcome: Outcome::Applied,
        record: Some(record(number, RecordState::Present)),
    }
}

/// The confirmation of a removal.
pub(crate) fn removed(binding: &Binding, number: usize) -> Applied {
    Applied {
        event: event(binding, number, Action::Remove),
        outcome: Outcome::Applied,
        record: None,
    }
}

pub(crate) fn event(binding: &Binding, number: usize, action: Action) -> MembershipChanged {
    let reason = match action {
        Action::Add => "standing member".to_owned(),
        Action::Remove => RemovalReason::Ended { at: noon(0) }.to_string(),
    };
    MembershipChanged {
        change: change(number),
        binding: binding.clone(),
        action,
        principal: Some(person(number)),
        account: account(number),
        causes: member().causes,
        reason,
        until: member().until,
    }
}
