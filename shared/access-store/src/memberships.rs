//! Records and journal of memberships: what belongs to one change is written in one transaction.

use crate::DynamoStore;
use crate::action::{Action, Unit};
use crate::item::{Item, Row};
use crate::journal::{self, Phase};
use crate::key;
use crate::outbox;
use crate::table::Query;
use access_core::apply::{Applied, ChangeFailure, in_words};
use access_core::event::{Event, MembershipChanged};
use access_core::id::{AccountId, GroupName};
use access_core::membership::{Origin, Record, RecordState};
use access_core::plan::{Action as Kind, Addition, Binding, Plan, Removal, Settled};
use access_core::ports::{Fence, JournalEntry, JournalStage, Memberships, OutboxEntry, StoreError};
use access_core::principal::Principal;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a record's item holds.
#[derive(Debug, Serialize, Deserialize)]
struct Stored {
    binding: Binding,
    record: Record,
    /// Why the change under way was decided, in words.
    reason: Option<String>,
}

#[async_trait]
impl Memberships for DynamoStore {
    async fn records(&self, binding: &Binding) -> Result<BTreeMap<AccountId, Record>, StoreError> {
        let stored = stored(self, binding).await?;
        Ok(stored
            .into_iter()
            .map(|(account, stored)| (account, stored.record))
            .collect())
    }

    async fn records_of(
        &self,
        principal: &Principal,
    ) -> Result<Vec<(Binding, Record)>, StoreError> {
        let rows = self
            .table
            .query(&Query {
                indexed: true,
                ..Query::of(key::person(principal))
            })
            .await?;
        rows.iter()
            .map(read)
            .map(|stored| {
                stored.map(
                    |Stored {
                         binding,
                         record,
                         reason: _,
                     }| (binding, record),
                )
            })
            .collect()
    }

    async fn begin(&self, fence: Fence, now: Timestamp, plan: &Plan) -> Result<(), StoreError> {
        // Held removals are not begun; drift and unmatched people change nothing.
        let Plan {
            binding,
            target_group: _,
            present: _,
            settled,
            additions,
            removals,
            held: _,
            held_id: _,
            records,
            forgotten,
            drift: _,
            unmatched: _,
        } = plan;
        let before = if settled.is_empty() {
            BTreeMap::new()
        } else {
            stored(self, binding).await?
        };
        let mut units: Vec<_> = settled
            .iter()
            .map(|settled| settle(now, binding, settled, before.get(&settled.account)))
            .collect();
        units.extend(
            records
                .iter()
                .map(|record| Unit::again([put(binding, record, None)])),
        );
        units.extend(
            forgotten
                .iter()
                .map(|account| Unit::again([Action::Delete(key::record(binding, account))])),
        );
        units.extend(
            additions
                .iter()
                .filter(|addition| !addition.begun)
                .map(|addition| decide_addition(now, binding, addition)),
        );
        units.extend(
            removals
                .iter()
                .filter(|removal| !removal.begun)
                .map(|removal| decide_removal(now, binding, removal)),
        );
        self.table.fenced(fence, units).await.map(drop)
    }

    async fn finish(
        &self,
        fence: Fence,
        now: Timestamp,
        binding: &Binding,
        change: &Applied,
    ) -> Result<(), StoreError> {
        let Applied {
            event,
            outcome: _,
            record,
        } = change;
        let unit = confirm(Phase::Outcome, now, binding, event, record.as_ref());
        self.table.fenced(fence, vec![unit]).await.map(drop)
    }

    async fn fail(
        &self,
        fence: Fence,
        now: Timestamp,
        binding: &Binding,
        failure: &ChangeFailure,
    ) -> Result<(), StoreError> {
        let ChangeFailure {
            change,
            action,
            account,
            principal,
            error,
        } = failure.clone();
        let stage = JournalStage::Failed;
        let entry = JournalEntry {
            at: now,
            change,
            binding: binding.clone(),
            account,
            principal,
            action,
            stage,
            reason: error.to_string(),
        };
        self.table
            .fenced(
                fence,
                vec![Unit::once(journal::item(Phase::Outcome, &entry), [])],
            )
            .await
            .map(drop)
    }

    async fn journal(
        &self,
        group: &GroupName,
        since: Option<Timestamp>,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        journal::read_from(self, group, since).await
    }
}

async fn stored(
    store: &DynamoStore,
    binding: &Binding,
) -> Result<BTreeMap<AccountId, Stored>, StoreError> {
    let rows = store.table.query(&Query::of(key::records(binding))).await?;
    rows.iter()
        .map(read)
        .map(|stored| stored.map(|stored| (stored.record.account.clone(), stored)))
        .collect()
}

fn read(row: &Row) -> Result<Stored, StoreError> {
    let stored: Stored = row.body()?;
    row.lies_at(&key::record(&stored.binding, &stored.record.account))?;
    Ok(stored)
}

fn put(binding: &Binding, record: &Record, reason: Option<String>) -> Action {
    let stored = Stored {
        binding: binding.clone(),
        record: record.clone(),
        reason,
    };
    let item = Item::new(key::record(binding, &record.account), &stored);
    Action::Put(match &record.principal {
        Some(principal) => item.indexed(key::person_record(principal, binding, &record.account)),
        None => item,
    })
}

fn put_or_delete(binding: &Binding, account: &AccountId, record: Option<&Record>) -> Action {
    match record {
        Some(record) => put(binding, record, None),
        None => Action::Delete(key::record(binding, account)),
    }
}

fn decide_addition(now: Timestamp, binding: &Binding, addition: &Addition) -> Unit {
    let Addition {
        change,
        principal,
        account,
        member,
        begun: _,
    } = addition.clone();
    let reason = in_words(&member);
    let record = Record {
        account: account.clone(),
        principal: Some(principal.clone()),
        origin: Origin::Added,
        member,
        state: RecordState::Adding { change },
    };
    let record = put(binding, &record, Some(reason.clone()));
    let stage = JournalStage::Decided;
    let entry = JournalEntry {
        at: now,
        change,
        binding: binding.clone(),
        account,
        principal: Some(principal),
        action: Kind::Add,
        stage,
        reason,
    };
    Unit::once(journal::item(Phase::Decided, &entry), [record])
}

fn decide_removal(now: Timestamp, binding: &Binding, removal: &Removal) -> Unit {
    let Removal {
        change,
        principal,
        account,
        why,
        record,
        begun: _,
    } = removal.clone();
    let reason = why.to_string();
    let record = put(
        binding,
        &Record {
            state: RecordState::Removing { change },
            ..record
        },
        Some(reason.clone()),
    );
    let stage = JournalStage::Decided;
    let entry = JournalEntry {
        at: now,
        change,
        binding: binding.clone(),
        account,
        principal,
        action: Kind::Remove,
        stage,
        reason,
    };
    Unit::once(journal::item(Phase::Decided, &entry), [record])
}

/// What an earlier sweep began and the target now shows done or not; `before` is the record as it stands until then.
fn settle(now: Timestamp, binding: &Binding, settled: &Settled, before: Option<&Stored>) -> Unit {
    let Settled {
        change,
        action,
        done,
        account,
        principal,
        record,
    } = settled.clone();
    if done {
        let member = record
            .as_ref()
            .or(before.map(|before| &before.record))
            .map(|record| record.member.clone());
        let decided = before.and_then(|before| before.reason.clone());
        let event = MembershipChanged {
            change,
            binding: binding.clone(),
            action,
            principal,
            account,
            reason: decided
                .or_else(|| member.as_ref().map(in_words))
                .unwrap_or_default(),
            until: member.as_ref().and_then(|member| member.until),
            causes: member.map(|member| member.causes).unwrap_or_default(),
        };
        return confirm(Phase::Settled, now, binding, &event, record.as_ref());
    }
    let reason = match action {
        Kind::Add => "no longer wanted before it took effect",
        Kind::Remove => "wanted again before it took effect",
    };
    let record = put_or_delete(binding, &account, record.as_ref());
    let stage = JournalStage::GivenUp;
    let entry = JournalEntry {
        at: now,
        change,
        binding: binding.clone(),
        account,
        principal,
        action,
        stage,
        reason: reason.to_owned(),
    };
    Unit::once(journal::item(Phase::Settled, &entry), [record])
}

/// A change that the target shows: its record, its journal entry and its event, together and once.
fn confirm(
    phase: Phase,
    now: Timestamp,
    binding: &Binding,
    event: &MembershipChanged,
    record: Option<&Record>,
) -> Unit {
    let MembershipChanged {
        change,
        binding: _,
        action,
        principal,
        account,
        causes: _,
        reason,
        until: _,
    } = event.clone();
    let record = put_or_delete(binding, &account, record);
    let told = OutboxEntry {
        key: key::change_event(now, change),
        at: now,
        event: Event::MembershipChanged(event.clone()),
    };
    let stage = JournalStage::Applied;
    let entry = JournalEntry {
        at: now,
        change,
        binding: binding.clone(),
        account,
        principal,
        action,
        stage,
        reason,
    };
    Unit::once(
        journal::item(phase, &entry),
        [record, Action::Put(outbox::item(&told))],
    )
}
