//! The store as its callers see it.

use crate::table::Table;
use aws_sdk_dynamodb::Client;

/// Every store port over one DynamoDB table.
///
/// Cheap to clone; clones share one queue of transactions and one count of writes. The table must exist
/// ([`ensure_table`](crate::ensure_table), or the stack's template); time limits are those of the client's configuration.
#[derive(Debug, Clone)]
pub struct DynamoStore {
    pub(crate) table: Table,
}

impl DynamoStore {
    /// The store in the table of that name.
    #[must_use]
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self {
            table: Table::new(client, table.into()),
        }
    }

    /// Items written or deleted so far through this store and its clones; checks and refused writes do not count.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.table.writes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use access_core::ports::Store;

    #[test]
    fn it_is_all_of_the_store_that_a_sweep_needs() {
        fn check(_: fn(&DynamoStore) -> &dyn Store) {}
        check(|store| store);
    }
}
