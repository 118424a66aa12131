//! The embedded store, with the table in it.

use access_core::ports::{ConfigVersion, Configs, StoreError};
use access_store::DynamoStore;
use access_store::embedded::{self, Embedded, EmbeddedError, Owner, Stay};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a command waits for another one that has the store; most are done sooner.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it looks meanwhile: nobody tells when a lock is free.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The store on this machine: our own, or that of another Rotakey process.
#[derive(Debug)]
pub struct LocalStore {
    store: DynamoStore,
    /// `None` where another process runs it.
    embedded: Option<Embedded>,
}

impl LocalStore {
    /// Opens the store in `path` for this process, for as long as it runs; `None` keeps it in memory. Waits for no sweep of a
    /// process that had it before and was cut off, and a few seconds for a command that has it.
    ///
    /// # Errors
    /// [`EmbeddedError::InUse`] when another process has it.
    pub async fn open(path: Option<&Path>) -> Result<Self, EmbeddedError> {
        let until = Instant::now() + PATIENCE;
        loop {
            match Embedded::start(path).await {
                Err(EmbeddedError::InUse { owner, .. })
                    if ends_soon(owner.as_ref()) && Instant::now() < until =>
                {
                    sleep(LOOK_EVERY).await;
                }
                started => return Self::of(started?).await,
            }
        }
    }

    /// Opens it for one command. Where another process means to keep it open, or a command has it for too long, goes through
    /// that one: never through one that listens no more, as what is asked of it would be lost.
    ///
    /// # Errors
    /// When neither is possible.
    pub async fn join(path: Option<&Path>) -> Result<Self, EmbeddedError> {
        let until = Instant::now() + PATIENCE;
        loop {
            let in_use = match Embedded::start_for(path, Stay::Brief).await {
                Err(in_use @ EmbeddedError::InUse { .. }) => in_use,
                started => return Self::of(started?).await,
            };
            let is_late = Instant::now() >= until;
            if let EmbeddedError::InUse {
                owner: Some(owner), ..
            } = &in_use
                && (is_late || owner.stay == Stay::Long)
                && owner.answers().await
            {
                return Ok(Self {
                    store: embedded::store(&owner.endpoint).await?,
                    embedded: None,
                });
            }
            if is_late {
                return Err(in_use);
            }
            sleep(LOOK_EVERY).await;
        }
    }

    /// One that this process has opened.
    async fn of(embedded: Embedded) -> Result<Self, EmbeddedError> {
        let store = embedded.take_over().await?;
        Ok(Self {
            store,
            embedded: Some(embedded),
        })
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

/// Whether a process is likely to give a store back in a moment; one that has not said who it is has just got it.
fn ends_soon(owner: Option<&Owner>) -> bool {
    owner.is_none_or(|owner| owner.stay == Stay::Brief)
}

/// Whether there is a store in `path`. An empty file is none: a first start leaves one that is cut off at once, and whoever
/// writes makes it a store. What cannot be looked at may be one; opening it says why it cannot.
pub(crate) fn is_there(path: &Path) -> bool {
    match std::fs::metadata(path) {
        Ok(found) => !found.is_file() || found.len() > 0,
        Err(error) => error.kind() != ErrorKind::NotFound,
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

    /// Lets others find the store in use.
    async fn let_it_look() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn whoever_comes_while_a_command_has_the_store_waits_for_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let first = LocalStore::join(Some(&path)).await.unwrap();
        let (for_one, for_long) = (path.clone(), path.clone());
        let one = tokio::spawn(async move { LocalStore::join(Some(&for_one)).await });
        let_it_look().await;
        assert!(!one.is_finished(), "the first command still has it");
        first.stop().await.unwrap();
        let one = one.await.unwrap().unwrap();
        assert!(one.embedded.is_some(), "it has the store for itself");

        let long = tokio::spawn(async move { LocalStore::open(Some(&for_long)).await });
        let_it_look().await;
        one.stop().await.unwrap();
        let long = long.await.unwrap().unwrap();
        long.stop().await.unwrap();
    }

    #[tokio::test]
    async fn nobody_goes_through_a_process_that_listens_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let gone = LocalStore::open(Some(&path)).await.unwrap();
        gone.stop().await.unwrap();
        // Its lock still says where it answered, and is held a little longer.
        let lock = folder.path().join("store.db.lock");
        let lock = std::fs::File::open(lock).unwrap();
        lock.lock().unwrap();
        let next = tokio::spawn(async move { LocalStore::join(Some(&path)).await });
        let_it_look().await;
        assert!(!next.is_finished(), "somebody has the lock");
        lock.unlock().unwrap();
        let next = next.await.unwrap().unwrap();
        assert!(next.embedded.is_some(), "it has the store for itself");
        next.stop().await.unwrap();
    }

    #[test]
    fn what_is_empty_or_absent_is_no_store() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("empty"), "").unwrap();
        std::fs::write(at("full"), "full").unwrap();
        for (name, there) in [("none", false), ("empty", false), ("full", true)] {
            assert_eq!(is_there(&at(name)), there, "{name}");
        }
        let below = at("full/store.db");
        assert!(is_there(&below), "opening it says what is wrong");
    }
}
