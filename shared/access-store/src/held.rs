//! Held plans: written when they are new or differ, so that a plan held for days costs nothing each minute.

use crate::DynamoStore;
use crate::action::{Action, Unit};
use crate::item::{Item, Row, json};
use crate::key;
use crate::outbox;
use crate::query::Query;
use crate::table::Update;
use access_core::event::{Event, RemovalsReleased};
use access_core::id::PlanId;
use access_core::plan::{Binding, HeldRemoval};
use access_core::ports::{Fence, HeldPlan, HeldPlans, OutboxEntry, StoreError};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the body holds; who let the plan go is an attribute of its own, which no sweep writes.
#[derive(PartialEq, Serialize, Deserialize)]
struct Stored {
    id: PlanId,
    binding: Binding,
    removals: Vec<HeldRemoval>,
    since: Timestamp,
}

#[async_trait]
impl HeldPlans for DynamoStore {
    async fn held(&self) -> Result<BTreeMap<PlanId, HeldPlan>, StoreError> {
        let rows = self.table.query(&Query::of(key::HELD)).await?;
        rows.iter().map(read).collect()
    }

    async fn hold(&self, fence: Fence, id: PlanId, plan: &HeldPlan) -> Result<bool, StoreError> {
        let HeldPlan {
            binding,
            removals,
            since,
            released,
        } = plan.clone();
        let stored = Stored {
            id,
            binding,
            removals,
            since,
        };
        let Some(row) = self.table.get(&key::held(id)).await? else {
            let item = Item::new(key::held(id), &stored);
            let item = match released {
                Some(released) => item.with("released", json(&released)),
                None => item,
            };
            return Ok(self.table.fenced(fence, vec![Unit::once(item, [])]).await? > 0);
        };
        let known: Stored = row.body()?;
        let stored = Stored {
            since: known.since,
            ..stored
        };
        if stored != known {
            self.table
                .fenced(
                    fence,
                    vec![Unit::again([Action::rewrite(key::held(id), &stored)])],
                )
                .await?;
        }
        Ok(false)
    }

    async fn let_go(&self, id: PlanId, by: &str, now: Timestamp) -> Result<(), StoreError> {
        let missing = || StoreError::NotFound(format!("held plan {id}"));
        let row = self.table.get(&key::held(id)).await?;
        let (_, plan) = read(&row.ok_or_else(missing)?)?;
        if plan.released.is_some() {
            return Ok(());
        }
        let release = Update {
            key: key::held(id),
            change: "SET released = :released",
            condition: "attribute_exists(body) AND attribute_not_exists(released)",
            values: vec![(":released", json(&(by, now)))],
        };
        let told = outbox::item(&released(id, &plan, by, now));
        let actions = [Action::Change(release), Action::Put(told)];
        if self.table.together(&actions).await? {
            return Ok(());
        }
        // Somebody else let it go just now, or it was carried out or overtaken by the facts.
        let there = self.table.get(&key::held(id)).await?;
        there.map(drop).ok_or_else(missing)
    }

    async fn close(&self, fence: Fence, id: PlanId) -> Result<(), StoreError> {
        self.table
            .fenced(fence, vec![Unit::again([Action::Delete(key::held(id))])])
            .await
            .map(drop)
    }
}

fn released(id: PlanId, plan: &HeldPlan, by: &str, now: Timestamp) -> OutboxEntry {
    let event = RemovalsReleased {
        plan: id,
        binding: plan.binding.clone(),
        removals: plan.removals.len(),
        by: by.to_owned(),
    };
    OutboxEntry {
        key: format!("{}/released/{id}", key::sortable(now)),
        at: now,
        event: Event::RemovalsReleased(event),
    }
}

fn read(row: &Row) -> Result<(PlanId, HeldPlan), StoreError> {
    let Stored {
        id,
        binding,
        removals,
        since,
    } = row.body()?;
    row.lies_at(&key::held(id))?;
    Ok((
        id,
        HeldPlan {
            binding,
            removals,
            since,
            released: row.json("released")?,
        },
    ))
}
