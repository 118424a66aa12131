//! What is told about the configuration itself.

use serde::{Deserialize, Serialize};

/// A version of the configuration was put into force; the next sweep goes by it. What it says is in the store alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConfigurationApplied {
    /// Its number, from 1.
    pub version: u64,
    /// Who, as they named themselves or were named.
    pub by: String,
    /// The version that was in force until then; `None`: there was none.
    pub previous: Option<u64>,
}
