//! The parts of a transaction, and how many fit into one.

use crate::error::Trouble;
use crate::item::{Attributes, Item, key_attributes, number};
use crate::key::{self, Key};
use crate::schema::PARTITION;
use crate::table;
use access_core::ports::{Fence, StoreError};
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, Put, TransactWriteItem, Update,
};
use std::collections::BTreeSet;

/// DynamoDB takes 100 actions in a transaction; one of them checks the lease.
pub(crate) const ACTIONS_MAX: usize = 99;
/// DynamoDB takes 4 MB in a transaction; attribute names and what indexes add stay well below the rest.
pub(crate) const BYTES_MAX: usize = 3 << 20;

/// One write in a transaction.
#[derive(Debug, Clone)]
pub(crate) enum Action {
    /// Writes an item, whatever was there.
    Put(Item),
    /// Writes an item that must not be there yet.
    PutNew(Item),
    /// Replaces an item that must be there with this `revision`.
    PutOver(Item, u64),
    /// Changes an item under a condition.
    Change(table::Update),
    /// Deletes an item; it may be gone already.
    Delete(Key),
}

impl Action {
    fn key(&self) -> &Key {
        match self {
            Self::Put(item) | Self::PutNew(item) | Self::PutOver(item, _) => &item.key,
            Self::Change(update) => &update.key,
            Self::Delete(key) => key,
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Put(item) | Self::PutNew(item) | Self::PutOver(item, _) => size(&item.attributes),
            Self::Change(update) => {
                let values = update.values.iter();
                values
                    .map(|(name, value)| name.len() + value_size(value))
                    .sum()
            }
            Self::Delete(_) => 0,
        }
    }

    pub(crate) fn in_request(&self, table: &str) -> Result<TransactWriteItem, BuildError> {
        let write = TransactWriteItem::builder();
        Ok(match self {
            Self::Put(item) => write.put(
                Put::builder()
                    .table_name(table)
                    .set_item(Some(item.attributes.clone()))
                    .build()?,
            ),
            Self::PutNew(item) => {
                let put = Put::builder()
                    .table_name(table)
                    .set_item(Some(item.attributes.clone()));
                write.put(
                    put.condition_expression(format!("attribute_not_exists({PARTITION})"))
                        .build()?,
                )
            }
            Self::PutOver(item, revision) => {
                let put = Put::builder()
                    .table_name(table)
                    .set_item(Some(item.attributes.clone()))
                    .condition_expression("revision = :known");
                write.put(
                    put.expression_attribute_values(":known", number(*revision))
                        .build()?,
                )
            }
            Self::Change(update) => {
                let change = Update::builder()
                    .table_name(table)
                    .set_key(Some(key_attributes(&update.key)))
                    .update_expression(update.change)
                    .condition_expression(update.condition);
                let values = update.values.iter().cloned();
                let change = values.fold(change, |change, (name, value)| {
                    change.expression_attribute_values(name, value)
                });
                write.update(change.build()?)
            }
            Self::Delete(key) => write.delete(
                Delete::builder()
                    .table_name(table)
                    .set_key(Some(key_attributes(key)))
                    .build()?,
            ),
        }
        .build())
    }
}

/// The check that no later lease was taken.
pub(crate) fn fence_check(fence: Fence, table: &str) -> Result<TransactWriteItem, BuildError> {
    let check = ConditionCheck::builder()
        .table_name(table)
        .set_key(Some(key_attributes(&key::lease())));
    let check = check
        .condition_expression("fence = :mine")
        .expression_attribute_values(":mine", number(fence.0));
    Ok(TransactWriteItem::builder()
        .condition_check(check.build()?)
        .build())
}

/// Actions that happen together or not at all, because they belong to one change.
#[derive(Debug, Clone)]
pub(crate) struct Unit {
    pub(crate) actions: Vec<Action>,
    /// Whether the first action is a [`Action::PutNew`] that stands for the whole unit: where its item is there already,
    /// the unit was written before and is left out.
    pub(crate) once: bool,
}

impl Unit {
    /// Actions that may be repeated.
    pub(crate) fn again(actions: impl Into<Vec<Action>>) -> Self {
        Self {
            actions: actions.into(),
            once: false,
        }
    }

    /// Actions written once, together with the item that proves it.
    pub(crate) fn once(proof: Item, others: impl IntoIterator<Item = Action>) -> Self {
        Self {
            actions: std::iter::once(Action::PutNew(proof))
                .chain(others)
                .collect(),
            once: true,
        }
    }
}

/// Units in as few transactions as hold them, in their order; no transaction touches one item twice.
pub(crate) fn batches(units: Vec<Unit>) -> Vec<Vec<Unit>> {
    let mut batches = Vec::new();
    let mut batch = Vec::new();
    let (mut actions, mut bytes, mut keys) = (0, 0, BTreeSet::new());
    for unit in units {
        let more: usize = unit.actions.iter().map(Action::bytes).sum();
        let again = unit
            .actions
            .iter()
            .any(|action| keys.contains(action.key()));
        if !batch.is_empty()
            && (again || actions + unit.actions.len() > ACTIONS_MAX || bytes + more > BYTES_MAX)
        {
            batches.push(std::mem::take(&mut batch));
            (actions, bytes, keys) = (0, 0, BTreeSet::new());
        }
        actions += unit.actions.len();
        bytes += more;
        keys.extend(unit.actions.iter().map(|action| action.key().clone()));
        batch.push(unit);
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

fn size(attributes: &Attributes) -> usize {
    attributes
        .iter()
        .map(|(name, value)| name.len() + value_size(value))
        .sum()
}

fn value_size(value: &AttributeValue) -> usize {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => text.len(),
        AttributeValue::B(bytes) => bytes.as_ref().len(),
        _ => 0,
    }
}

/// A request that cannot be built is our mistake, and still no reason to panic in the middle of a sweep.
pub(crate) fn unbuilt(error: &BuildError) -> Trouble {
    Trouble::Final(StoreError::Unavailable(format!(
        "TransactWriteItems: {error}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item::text;

    fn unit(places: impl IntoIterator<Item = usize>, bytes: usize) -> Unit {
        let item = |place: usize| {
            Item::bare(key::outbox(&place.to_string())).with("filler", text("x".repeat(bytes)))
        };
        Unit::again(
            places
                .into_iter()
                .map(|place| Action::Put(item(place)))
                .collect::<Vec<_>>(),
        )
    }

    fn shape(units: Vec<Unit>) -> Vec<usize> {
        batches(units)
            .iter()
            .map(|batch| batch.iter().map(|unit| unit.actions.len()).sum())
            .collect()
    }

    #[test]
    fn batches_fill_up_to_each_limit_and_never_touch_an_item_twice() {
        let pairs = |count: usize| {
            (0..count)
                .map(|n| unit([2 * n, 2 * n + 1], 1))
                .collect::<Vec<_>>()
        };
        for (case, units, expected) in [
            ("nothing", vec![], vec![]),
            ("one", pairs(1), vec![2]),
            ("a full one", pairs(49), vec![98]),
            ("one more", pairs(50), vec![98, 2]),
            (
                "large items",
                (0..9).map(|n| unit([n], 800_000)).collect(),
                vec![3, 3, 3],
            ),
            (
                "the same item again",
                vec![unit([1], 1), unit([2], 1), unit([1], 1)],
                vec![2, 1],
            ),
        ] {
            assert_eq!(shape(units), expected, "{case}");
        }
    }
}
