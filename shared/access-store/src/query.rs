//! Reads: one item, or a query to its last page.

use crate::error::unavailable;
use crate::item::{Row, key_attributes, text};
use crate::key::Key;
use crate::schema::{INDEX, INDEX_PARTITION, INDEX_SORT, PARTITION, SORT};
use crate::table::Table;
use access_core::ports::StoreError;
use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;

/// A page holds 1 MB: nothing that this program reads as a whole comes near 500 MB.
const PAGES_MAX: usize = 500;

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

impl Table {
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
        self.first(query, usize::MAX).await
    }

    /// Every item of a query, to the last page, also those in a layout that this program does not know: the reader takes
    /// each by [`Row::in_known_layout`], so that one stands in no other's way.
    pub(crate) async fn query_each(&self, query: &Query) -> Result<Vec<Row>, StoreError> {
        self.pages(query, usize::MAX, true).await
    }

    /// The first items of a query, at most `count`.
    pub(crate) async fn first(&self, query: &Query, count: usize) -> Result<Vec<Row>, StoreError> {
        self.some(query, count, true).await
    }

    /// The last items of a query, at most `count`, the last one first.
    pub(crate) async fn newest(&self, query: &Query, count: usize) -> Result<Vec<Row>, StoreError> {
        self.some(query, count, false).await
    }

    /// Up to `count` items from one end of a query.
    async fn some(
        &self,
        query: &Query,
        count: usize,
        is_forward: bool,
    ) -> Result<Vec<Row>, StoreError> {
        let rows = self.pages(query, count, is_forward).await?.into_iter();
        rows.map(Row::in_known_layout).collect()
    }

    async fn pages(
        &self,
        query: &Query,
        count: usize,
        is_forward: bool,
    ) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        let mut from = None;
        for _ in 0..PAGES_MAX {
            let answer = self
                .ask(query)
                .scan_index_forward(is_forward)
                .set_limit(i32::try_from(count - rows.len()).ok())
                .set_exclusive_start_key(from)
                .send()
                .await;
            let page = answer.map_err(|error| unavailable("Query", &error))?;
            for item in page.items.unwrap_or_default() {
                rows.push(Row::of(item)?);
            }
            from = page.last_evaluated_key.filter(|key| !key.is_empty());
            if from.is_none() || rows.len() >= count {
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

    fn ask(&self, query: &Query) -> QueryFluentBuilder {
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
}
