//! The configuration as it is kept: version by version, each told of when it is put into force.

use super::store::StoreError;
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The configuration, version by version.
#[async_trait]
pub trait Configs {
    /// The latest version; `None` before the first.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn latest_config(&self) -> Result<Option<ConfigVersion>, StoreError>;
    /// The version of that number; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read.
    async fn config(&self, version: u64) -> Result<Option<ConfigVersion>, StoreError>;
    /// The versions with numbers below `before` (`None`: all), the newest first, at most `limit`.
    ///
    /// # Errors
    /// When not all of them can be read.
    async fn configs(
        &self,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<ConfigVersion>, StoreError>;
    /// Keeps a text and the policy files that it names as the next version, unless both equal the latest; answers the
    /// version in force. Nobody is told: so worlds begin that have no history, those of tests and benchmarks.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another writer came first, [`StoreError::TooLarge`], or when it cannot be written.
    async fn save_config(
        &self,
        now: Timestamp,
        by: &str,
        text: &str,
        policies: &BTreeMap<String, String>,
    ) -> Result<ConfigVersion, StoreError>;
    /// The same, as the version after `expected` (`None`: as the first), and with "Configuration Applied" in the outbox:
    /// both or neither. A repeat finds its own text and writes nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when another version than `expected` is in force with another text: somebody came first.
    /// [`StoreError::TooLarge`], or when it cannot be written.
    async fn apply_config(
        &self,
        now: Timestamp,
        by: &str,
        text: &str,
        policies: &BTreeMap<String, String>,
        expected: Option<u64>,
    ) -> Result<ConfigVersion, StoreError>;
}

/// One version of the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigVersion {
    /// From 1.
    pub version: u64,
    /// Who stored it.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The TOML text.
    pub text: String,
    /// The Cedar texts of `[access] policies`, by the names that stand there.
    #[serde(default)]
    pub policies: BTreeMap<String, String>,
}
