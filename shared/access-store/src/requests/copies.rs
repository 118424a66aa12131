//! Copies of requests and grants, where they are looked for: a damaged one is in nobody's way while its item is whole.

use crate::item::Row;
use crate::key::Key;
use crate::query::Query;
use crate::table::Table;
use access_core::ports::StoreError;
use tracing::warn;

/// How to read one kind of copy.
pub(super) struct Copies<T> {
    /// What one says.
    pub(super) read: fn(&Row) -> Result<T, StoreError>,
    /// Where the item lies that it is a copy of.
    pub(super) original: fn(&Key) -> Option<Key>,
}

impl<T> Copies<T> {
    /// All copies that a query finds, in its order. What a damaged one should say is read from its item: both are written
    /// together, so they say the same.
    ///
    /// # Errors
    /// Also when a copy and its item are both damaged: an unread grant would look like one that was taken away.
    pub(super) async fn read_all(
        &self,
        table: &Table,
        query: &Query,
    ) -> Result<Vec<T>, StoreError> {
        let mut all = Vec::new();
        for row in table.query_each(query).await? {
            let place = row.key.clone();
            match row.in_known_layout().and_then(|row| (self.read)(&row)) {
                Ok(one) => all.push(one),
                Err(damage @ StoreError::Malformed { .. }) => {
                    all.push(self.read_original(table, &place, damage).await?);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(all)
    }

    async fn read_original(
        &self,
        table: &Table,
        place: &Key,
        damage: StoreError,
    ) -> Result<T, StoreError> {
        let Some(original) = (self.original)(place) else {
            return Err(damage);
        };
        let Some(row) = table.get(&original).await? else {
            return Err(damage);
        };
        let one = (self.read)(&row)?;
        warn!(error = %damage, "a copy is damaged, and its item was read instead: {damage}");
        Ok(one)
    }
}
