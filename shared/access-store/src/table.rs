//! The table, and writes of one item under a condition.

use crate::error::{Trouble, trouble};
use crate::item::{Attributes, Item, Row, key_attributes, number};
use crate::key::Key;
use crate::schema::PARTITION;
use access_core::ports::StoreError;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use backon::{ExponentialBuilder, Retryable};
use futures::lock::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Tries again where others came in the way; with the pauses below they span about four seconds.
const COLLISIONS_MAX: usize = 8;

/// Calls under way at once where several single items are written or read.
pub(crate) const IN_FLIGHT: usize = 8;

/// The table and the way to it.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) client: Client,
    pub(crate) name: String,
    writes: Arc<AtomicU64>,
    /// Held while a fenced transaction is under way: two of them at once would collide on the lease item.
    pub(crate) turn: Arc<Mutex<()>>,
}

/// What became of a conditional update.
#[derive(Debug)]
pub(crate) enum Updated {
    /// It was made; the attributes that it set.
    Done(Attributes),
    /// The condition did not hold; the item as it is, if there is one.
    Refused(Option<Row>),
}

/// An update of one item.
#[derive(Debug, Clone)]
pub(crate) struct Update {
    pub(crate) key: Key,
    pub(crate) change: &'static str,
    pub(crate) condition: &'static str,
    pub(crate) values: Vec<(&'static str, AttributeValue)>,
}

impl Table {
    pub(crate) fn new(client: Client, name: String) -> Self {
        Self {
            client,
            name,
            writes: Arc::default(),
            turn: Arc::default(),
        }
    }

    pub(crate) fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    pub(crate) fn count(&self, items: usize) {
        self.writes.fetch_add(items as u64, Ordering::Relaxed);
    }

    /// Writes an item, whatever was there.
    pub(crate) async fn put(&self, item: &Item) -> Result<(), StoreError> {
        let call = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item.attributes.clone()));
        patiently(|| async {
            call.clone()
                .send()
                .await
                .map_err(|error| trouble("PutItem", &error))
        })
        .await?;
        self.count(1);
        Ok(())
    }

    /// Writes an item unless there is one; answers what is there instead.
    pub(crate) async fn put_new(&self, item: &Item) -> Result<Option<Row>, StoreError> {
        let call = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item.attributes.clone()));
        let call = call.condition_expression(format!("attribute_not_exists({PARTITION})"));
        let call = call
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let there = patiently(|| async {
            match call.clone().send().await {
                Ok(_) => Ok(None),
                Err(error) => {
                    let Some(PutItemError::ConditionalCheckFailedException(failed)) =
                        error.as_service_error()
                    else {
                        return Err(trouble("PutItem", &error));
                    };
                    let there = failed.item.clone().ok_or_else(|| {
                        StoreError::Unavailable(
                            "PutItem: the item in the way was not shown".to_owned(),
                        )
                    })?;
                    Ok(Some(Row::new(there)?))
                }
            }
        })
        .await?;
        self.count(usize::from(there.is_none()));
        Ok(there)
    }

    /// Changes one item under a condition.
    pub(crate) async fn update(&self, update: &Update) -> Result<Updated, StoreError> {
        let Update {
            key,
            change,
            condition,
            values,
        } = update;
        let call = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key_attributes(key)));
        let call = call
            .update_expression(*change)
            .condition_expression(*condition)
            .return_values(ReturnValue::UpdatedNew);
        let call = call
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        let call = values.iter().fold(call, |call, (name, value)| {
            call.expression_attribute_values(*name, value.clone())
        });
        let updated = patiently(|| async {
            match call.clone().send().await {
                Ok(answer) => Ok(Updated::Done(answer.attributes.unwrap_or_default())),
                Err(error) => {
                    let Some(UpdateItemError::ConditionalCheckFailedException(failed)) =
                        error.as_service_error()
                    else {
                        return Err(trouble("UpdateItem", &error));
                    };
                    Ok(Updated::Refused(
                        failed.item.clone().map(Row::new).transpose()?,
                    ))
                }
            }
        })
        .await?;
        self.count(usize::from(matches!(updated, Updated::Done(_))));
        Ok(updated)
    }

    /// Deletes an item; it may be gone already.
    pub(crate) async fn delete(&self, key: &Key) -> Result<(), StoreError> {
        let call = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(key_attributes(key)));
        patiently(|| async {
            call.clone()
                .send()
                .await
                .map_err(|error| trouble("DeleteItem", &error))
        })
        .await?;
        self.count(1);
        Ok(())
    }

    /// Deletes an item whose number of that name is still this one; `false` when it is another. It may be gone already.
    pub(crate) async fn delete_numbered(
        &self,
        key: &Key,
        name: &str,
        value: u64,
    ) -> Result<bool, StoreError> {
        let call = self
            .client
            .delete_item()
            .table_name(&self.name)
            .set_key(Some(key_attributes(key)));
        let call = call
            .condition_expression(format!(
                "attribute_not_exists({PARTITION}) OR {name} = :value"
            ))
            .expression_attribute_values(":value", number(value));
        let deleted = patiently(|| async {
            match call.clone().send().await {
                Ok(_) => Ok(true),
                Err(error) => match error.as_service_error() {
                    Some(DeleteItemError::ConditionalCheckFailedException(_)) => Ok(false),
                    _ => Err(trouble("DeleteItem", &error)),
                },
            }
        })
        .await?;
        self.count(usize::from(deleted));
        Ok(deleted)
    }
}

/// Tries again where others came in the way, with growing random pauses.
pub(crate) async fn patiently<T, F: Future<Output = Result<T, Trouble>>>(
    work: impl FnMut() -> F,
) -> Result<T, StoreError> {
    let pauses = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(15))
        .with_max_delay(Duration::from_secs(1))
        .with_max_times(COLLISIONS_MAX)
        .with_jitter();
    let done = work
        .retry(pauses)
        .when(|trouble| matches!(trouble, Trouble::Collision(_) | Trouble::Raced(_)))
        .await;
    done.map_err(StoreError::from)
}
