//! Records and journal of memberships: what belongs to one change is written in one transaction.

mod unit;

use crate::DynamoStore;
use crate::action::{Action, Unit};
use crate::item::Row;
use crate::journal::{self, Phase};
use crate::key;
use crate::outbox;
use crate::query::Query;
use access_core::apply::{Applied, ChangeFailure};
use access_core::event::{ChangeFailed, Event};
use access_core::id::{AccountId, GroupName};
use access_core::membership::Record;
use access_core::plan::{Binding, Plan};
use access_core::ports::{Fence, JournalEntry, JournalStage, Memberships, OutboxEntry, StoreError};
use access_core::principal::Principal;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use unit::{confirm, decide_addition, decide_removal, put, settle};

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
            removable: _,
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
        let reason = error.to_string();
        let event = ChangeFailed {
            change,
            binding: binding.clone(),
            action,
            principal: principal.clone(),
            account: account.clone(),
            error: reason.clone(),
        };
        let told = OutboxEntry {
            key: format!("{}#failed", key::change_event(now, change)),
            at: now,
            event: Event::ChangeFailed(event),
        };
        let entry = JournalEntry {
            at: now,
            change,
            binding: binding.clone(),
            account,
            principal,
            action,
            stage: JournalStage::Failed,
            reason,
        };
        let entry = journal::item(Phase::Outcome, &entry);
        let unit = Unit::once(entry, [Action::Put(outbox::item(&told))]);
        self.table.fenced(fence, vec![unit]).await.map(drop)
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
