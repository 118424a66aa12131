//! The journal: one entry for each change and stage, in the order of time through the index.

use crate::DynamoStore;
use crate::item::{Item, Row};
use crate::key::{self, sortable};
use crate::query::Query;
use access_core::id::GroupName;
use access_core::ports::{JournalEntry, StoreError};
use jiff::Timestamp;

/// Where an entry stands among those of the same instant: a sweep settles, decides, then acts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Phase {
    Settled = 0,
    Decided = 1,
    Outcome = 2,
}

/// An entry to write once: its key is its change and stage, whatever the time.
pub(crate) fn item(phase: Phase, entry: &JournalEntry) -> Item {
    let JournalEntry {
        at,
        change,
        binding,
        account: _,
        principal: _,
        action: _,
        stage,
        reason: _,
    } = entry;
    let place = key::journal_place(&binding.group, *at, phase as u8, *change);
    Item::new(key::journal_entry(&binding.group, *change, *stage), entry).indexed(place)
}

fn read(row: &Row) -> Result<JournalEntry, StoreError> {
    let entry: JournalEntry = row.body()?;
    row.lies_at(&key::journal_entry(
        &entry.binding.group,
        entry.change,
        entry.stage,
    ))?;
    Ok(entry)
}

/// Entries of a group from `since` on, oldest first.
pub(crate) async fn read_from(
    store: &DynamoStore,
    group: &GroupName,
    since: Option<Timestamp>,
) -> Result<Vec<JournalEntry>, StoreError> {
    let query = Query {
        from: since.map(sortable),
        indexed: true,
        ..Query::of(key::journal(group))
    };
    let rows = store.table.query(&query).await?;
    rows.iter().map(read).collect()
}
