//! Single calls: reads to the last page, and writes of one item under a condition.

use crate::error::{Trouble, trouble, unavailable};
use crate::item::{Attributes, Item, Row, key_attributes, text};
use crate::key::Key;
use crate::schema::{INDEX, INDEX_PARTITION, INDEX_SORT, PARTITION, SORT};
use access_core::ports::StoreError;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use backon::{ExponentialBuilder, Retryable};
use futures::lock::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A page holds 1 MB: nothing that this program reads as a whole comes near 500 MB.
const PAGES_MAX: usize = 500;

/// Tries again after a collision; with the pauses below they span about four seconds.
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

/// Which items to read, in the order of their sort keys.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query {
    /// The partition.
    pub(crate) partition: String,
    /// Only items from here on.
    pub(crate) from: Option<String>,
    /// Only items up to here; needs `from`.
    pub(crate) to: Option<String>,
    /// In the index, where reads may lag behind.
    pub(crate) indexed: bool,
}

impl Query {
    /// The whole partition.
    pub(crate) fn of(partition: impl Into<String>) -> Self {
        Self {
            partition: partition.into(),
            ..Self::default()
        }
    }
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

    /// One item, strongly consistent.
    pub(crate) async fn get(&self, key: &Key) -> Result<Option<Row>, StoreError> {
        let call = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key_attributes(key)))
            .consistent_read(true);
        let answer = call
            .send()
            .await
            .map_err(|error| unavailable("GetItem", &error))?;
        answer.item.map(Row::new).transpose()
    }

    /// Every item of a query, to the last page.
    pub(crate) async fn query(&self, query: &Query) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        let mut from = None;
        for _ in 0..PAGES_MAX {
            let answer = self
                .ask(query)
                .scan_index_forward(true)
                .set_exclusive_start_key(from)
                .send()
                .await;
            let page = answer.map_err(|error| unavailable("Query", &error))?;
            for item in page.items.unwrap_or_default() {
                rows.push(Row::new(item)?);
            }
            from = page.last_evaluated_key.filter(|key| !key.is_empty());
            if from.is_none() {
                return Ok(rows);
            }
        }
        Err(StoreError::Unavailable(format!(
            "Query: partition {} has more than {PAGES_MAX} pages",
            query.partition
        )))
    }

    /// The last item of a query.
    pub(crate) async fn last(&self, query: &Query) -> Result<Option<Row>, StoreError> {
        let answer = self
            .ask(query)
            .scan_index_forward(false)
            .limit(1)
            .send()
            .await;
        let page = answer.map_err(|error| unavailable("Query", &error))?;
        page.items
            .unwrap_or_default()
            .into_iter()
            .next()
            .map(Row::new)
            .transpose()
    }

    fn ask(
        &self,
        query: &Query,
    ) -> aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder {
        let Query {
            partition,
            from,
            to,
            indexed,
        } = query;
        let (pk, sk) = if *indexed {
            (INDEX_PARTITION, INDEX_SORT)
        } else {
            (PARTITION, SORT)
        };
        let (range, values) = match (from, to) {
            (None, _) => (String::new(), vec![]),
            (Some(from), None) => (format!(" AND {sk} >= :from"), vec![(":from", from)]),
            (Some(from), Some(to)) => (
                format!(" AND {sk} BETWEEN :from AND :to"),
                vec![(":from", from), (":to", to)],
            ),
        };
        let call = self
            .client
            .query()
            .table_name(&self.name)
            .consistent_read(!indexed)
            .set_index_name(indexed.then(|| INDEX.to_owned()));
        let call = call
            .key_condition_expression(format!("{pk} = :partition{range}"))
            .expression_attribute_values(":partition", text(partition));
        values.into_iter().fold(call, |call, (name, value)| {
            call.expression_attribute_values(name, text(value))
        })
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
}

/// Tries again after collisions, with growing random pauses.
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
        .when(|trouble| matches!(trouble, Trouble::Collision(_)))
        .await;
    done.map_err(StoreError::from)
}
