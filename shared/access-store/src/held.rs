//! Held plans: written when they are new or differ, so that a plan held for days costs nothing each minute.
//!
//! Removals are packed beside the body. What does not fit into one item lies in pieces right behind it; all of them are written
//! and deleted in one transaction. Pieces that no item names are nothing.

use crate::DynamoStore;
use crate::action::{Action, BYTES_MAX, Unit};
use crate::item::{Item, Row, json};
use crate::key::{self, AFTER};
use crate::outbox;
use crate::query::Query;
use crate::rota::{CHUNK_BYTES_MAX, pack, unpack};
use crate::table::Update;
use access_core::event::{Event, RemovalsReleased};
use access_core::id::PlanId;
use access_core::plan::{Binding, HeldRemoval};
use access_core::ports::{
    Fence, HeldPlan, HeldPlans, KnownHeld, OutboxEntry, StoreError, UnreadHeld,
};
use async_trait::async_trait;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Unpacked, a removal is some 500 bytes of text: this is no plan.
const UNPACKED_BYTES_MAX: usize = 1 << 30;

/// Where the packed removals are, or a piece of them.
const REMOVALS: &str = "removals";

/// What the body holds; who let the plan go is an attribute of its own, which no sweep writes.
#[derive(Serialize, Deserialize)]
struct Stored {
    id: PlanId,
    binding: Binding,
    since: Timestamp,
    /// In items of before they were packed.
    #[serde(default, skip_serializing)]
    removals: Option<Vec<HeldRemoval>>,
    /// How many pieces lie behind.
    #[serde(default)]
    parts: usize,
}

#[async_trait]
impl HeldPlans for DynamoStore {
    async fn held(&self) -> Result<KnownHeld, StoreError> {
        let mut plans: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        for row in self.table.query_each(&Query::of(key::HELD)).await? {
            let head = key::held_head(&row.key).to_owned();
            plans.entry(head).or_default().push(row);
        }
        let mut known = KnownHeld::default();
        for (head, rows) in plans {
            if rows.first().is_some_and(|row| row.key.sk != head) {
                continue;
            }
            let rows: Result<Vec<Row>, _> = rows.into_iter().map(Row::in_known_layout).collect();
            match rows.and_then(|rows| read(&rows)) {
                Ok((id, plan)) => {
                    known.plans.insert(id, plan);
                }
                Err(StoreError::Malformed { what, reason }) => {
                    let plan = head.parse().ok();
                    known.unread.insert(what, UnreadHeld { plan, reason });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(known)
    }

    async fn hold(&self, fence: Fence, id: PlanId, plan: &HeldPlan) -> Result<bool, StoreError> {
        let rows = self.rows_of(id).await?;
        if rows.is_empty() {
            let new = written(id, plan, plan.since)?;
            let item = Item::new(key::held(id), &new.body).with_bytes(REMOVALS, new.packed);
            let item = match &plan.released {
                Some(released) => item.with("released", json(released)),
                None => item,
            };
            let parts = new.parts.into_iter().map(Action::Put);
            return Ok(self
                .table
                .fenced(fence, vec![Unit::once(item, parts)])
                .await?
                > 0);
        }
        let (_, known) = read(&rows)?;
        if (&known.binding, &known.removals) != (&plan.binding, &plan.removals) {
            let new = written(id, plan, known.since)?;
            let actions = over(&rows, id, new);
            self.table.fenced(fence, vec![Unit::again(actions)]).await?;
        }
        Ok(false)
    }

    async fn let_go(&self, id: PlanId, by: &str, now: Timestamp) -> Result<(), StoreError> {
        let missing = || StoreError::NotFound(format!("held plan {id}"));
        let rows = self.rows_of(id).await?;
        if rows.is_empty() {
            return Err(missing());
        }
        let (_, plan) = read(&rows)?;
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
        let rows = self.rows_of(id).await?;
        let mut actions = vec![Action::Delete(key::held(id))];
        let parts = rows.iter().skip(1);
        actions.extend(parts.map(|row| Action::Delete(row.key.clone())));
        self.table
            .fenced(fence, vec![Unit::again(actions)])
            .await
            .map(drop)
    }
}

impl DynamoStore {
    /// The item of a plan and the pieces behind it; nothing where none is held.
    async fn rows_of(&self, id: PlanId) -> Result<Vec<Row>, StoreError> {
        let Some(head) = self.table.get(&key::held(id)).await? else {
            return Ok(Vec::new());
        };
        let stored: Stored = head.body()?;
        let mut rows = vec![head];
        if stored.parts > 0 {
            let behind = Query {
                from: Some(key::held_part(id, 1).sk),
                to: Some(format!("{}{AFTER}", key::held(id).sk)),
                ..Query::of(key::HELD)
            };
            rows.extend(self.table.query(&behind).await?);
        }
        Ok(rows)
    }
}

/// A plan as it is written.
struct Written {
    body: Stored,
    packed: Vec<u8>,
    parts: Vec<Item>,
}

/// # Errors
/// [`StoreError::TooLarge`] for what does not fit into one transaction: some forty thousand removals do.
fn written(id: PlanId, plan: &HeldPlan, since: Timestamp) -> Result<Written, StoreError> {
    let text = serde_json::to_vec(&plan.removals)
        .expect("removals hold only texts, numbers, lists and maps with text keys");
    let packed = pack(&text);
    if packed.len() > BYTES_MAX {
        return Err(StoreError::TooLarge {
            what: format!("plan {id} with {} held removals", plan.removals.len()),
            bytes: packed.len(),
            bytes_max: BYTES_MAX,
        });
    }
    let (first, rest) = packed.split_at(packed.len().min(CHUNK_BYTES_MAX));
    let part = |(piece, number): (&[u8], usize)| {
        Item::bare(key::held_part(id, number)).with_bytes(REMOVALS, piece.to_vec())
    };
    let parts: Vec<Item> = rest.chunks(CHUNK_BYTES_MAX).zip(1..).map(part).collect();
    let body = Stored {
        id,
        binding: plan.binding.clone(),
        since,
        removals: None,
        parts: parts.len(),
    };
    Ok(Written {
        body,
        packed: first.to_vec(),
        parts,
    })
}

/// Replaces what is there, but for who let it go.
fn over(there: &[Row], id: PlanId, new: Written) -> Vec<Action> {
    let left_over = there.iter().skip(1 + new.parts.len());
    let left_over = left_over.map(|row| Action::Delete(row.key.clone()));
    let packed = AttributeValue::B(Blob::new(new.packed));
    let change = Update {
        key: key::held(id),
        change: "SET body = :body, removals = :removals",
        condition: "attribute_exists(body)",
        values: vec![(":body", json(&new.body)), (":removals", packed)],
    };
    let mut actions = vec![Action::Change(change)];
    actions.extend(new.parts.into_iter().map(Action::Put));
    actions.extend(left_over);
    actions
}

fn released(id: PlanId, plan: &HeldPlan, by: &str, now: Timestamp) -> OutboxEntry {
    let event = RemovalsReleased {
        plan: id,
        binding: plan.binding.clone(),
        removals: plan.removals.len(),
        by: by.to_owned(),
        since: Some(plan.since),
    };
    OutboxEntry {
        key: format!("{}/released/{id}", key::sortable(now)),
        at: now,
        event: Event::RemovalsReleased(event),
    }
}

/// A plan from its item, which comes first, and the pieces behind it in their order.
fn read(rows: &[Row]) -> Result<(PlanId, HeldPlan), StoreError> {
    let (head, behind) = rows.split_first().expect("callers have its item");
    let Stored {
        id,
        binding,
        since,
        removals,
        parts,
    } = head.body()?;
    head.lies_at(&key::held(id))?;
    let removals = match removals {
        Some(removals) => removals,
        None => unpacked(head, behind, parts)?,
    };
    let plan = HeldPlan {
        binding,
        removals,
        since,
        released: head.json("released")?,
    };
    Ok((id, plan))
}

fn unpacked(head: &Row, behind: &[Row], parts: usize) -> Result<Vec<HeldRemoval>, StoreError> {
    let behind = behind.get(..parts).ok_or_else(|| {
        head.malformed(format!("of its {parts} pieces {} are there", behind.len()))
    })?;
    let mut packed = head.bytes(REMOVALS)?.to_vec();
    for part in behind {
        packed.extend_from_slice(part.bytes(REMOVALS)?);
    }
    let text =
        unpack(&packed, UNPACKED_BYTES_MAX).map_err(|error| head.malformed(error.to_string()))?;
    serde_json::from_slice(&text).map_err(|error| {
        head.malformed(format!(
            "these are no removals, at column {}",
            error.column()
        ))
    })
}
