//! The embedded store, with the table in it.

use access_core::ports::{ConfigVersion, Configs, StoreError};
use access_store::DynamoStore;
use access_store::embedded::{self, Embedded, EmbeddedError};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::path::Path;

/// The store on this machine: our own, or that of another Rotakey process.
#[derive(Debug)]
pub struct LocalStore {
    store: DynamoStore,
    /// `None` where another process runs it.
    embedded: Option<Embedded>,
}

impl LocalStore {
    /// Opens the store in `path` for this process; `None` keeps it in memory. Waits for no sweep of a process that had it
    /// before and was cut off.
    ///
    /// # Errors
    /// [`EmbeddedError::InUse`] when another process has it.
    pub async fn open(path: Option<&Path>) -> Result<Self, EmbeddedError> {
        let embedded = Embedded::start(path).await?;
        let store = embedded.take_over().await?;
        Ok(Self {
            store,
            embedded: Some(embedded),
        })
    }

    /// The same, but where another process has it open, goes through that one.
    ///
    /// # Errors
    /// When neither is possible.
    pub async fn join(path: Option<&Path>) -> Result<Self, EmbeddedError> {
        match Self::open(path).await {
            Err(EmbeddedError::InUse {
                endpoint: Some(endpoint),
                ..
            }) => Ok(Self {
                store: embedded::store(&endpoint).await?,
                embedded: None,
            }),
            opened => opened,
        }
    }

    /// The store; clones share it.
    #[must_use]
    pub fn store(&self) -> DynamoStore {
        self.store.clone()
    }

    /// Finishes what is under way and stops; another process's store goes on.
    ///
    /// # Errors
    /// When the engine had failed before.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        match self.embedded {
            Some(embedded) => embedded.stop().await,
            None => Ok(()),
        }
    }
}

/// Puts a configuration into force over whatever is, without a question, as those do who have a file to go by; the audit
/// trail tells of it. One that is in force already stays.
pub(crate) async fn put_in_force(
    store: &DynamoStore,
    now: Timestamp,
    by: &str,
    text: &str,
    policies: &BTreeMap<String, String>,
) -> Result<ConfigVersion, StoreError> {
    let latest = store.latest_config().await?;
    let expected = latest.map(|latest| latest.version);
    store.apply_config(now, by, text, policies, expected).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_second_process_goes_through_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let first = LocalStore::open(Some(&path)).await.unwrap();
        let now = "2026-11-23T07:00:00Z".parse().unwrap();
        first
            .store()
            .save_config(now, "test", "# one", &BTreeMap::new())
            .await
            .unwrap();
        assert!(matches!(
            LocalStore::open(Some(&path)).await,
            Err(EmbeddedError::InUse { .. })
        ));
        let second = LocalStore::join(Some(&path)).await.unwrap();
        let found = second.store().latest_config().await.unwrap().unwrap();
        assert_eq!(found.text, "# one");
        second.stop().await.unwrap();
        first.stop().await.unwrap();
    }
}
