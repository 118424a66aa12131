//! Reading a whole table, which no function may: the embedded store's owner looks for what nothing leads to.

use crate::error::unavailable;
use crate::item::{Row, text};
use crate::schema::PARTITION;
use crate::table::Table;
use access_core::ports::StoreError;
use std::collections::BTreeSet;

/// Pages of 1 MB.
const PAGES_MAX: usize = 50_000;

impl Table {
    /// The names of all partitions that begin so, by a scan of the whole table: for a small one.
    pub(crate) async fn partitions(&self, beginning: &str) -> Result<BTreeSet<String>, StoreError> {
        let mut partitions = BTreeSet::new();
        let mut from = None;
        for _ in 0..PAGES_MAX {
            let scan = self.client.scan().table_name(&self.name);
            let scan = scan
                .consistent_read(true)
                .filter_expression(format!("begins_with({PARTITION}, :beginning)"))
                .expression_attribute_values(":beginning", text(beginning));
            let answer = scan.set_exclusive_start_key(from).send().await;
            let page = answer.map_err(|error| unavailable("Scan", &error))?;
            for item in page.items.unwrap_or_default() {
                partitions.insert(Row::of(item)?.key.pk);
            }
            from = page.last_evaluated_key.filter(|key| !key.is_empty());
            if from.is_none() {
                return Ok(partitions);
            }
        }
        Err(StoreError::Unavailable(format!(
            "Scan: the table has more than {PAGES_MAX} pages"
        )))
    }
}
