//! The configuration, version by version: each written only if nobody else took its number.

use crate::DynamoStore;
use crate::item::{Item, Row};
use crate::key;
use crate::query::Query;
use crate::rota::{pack, unpack};
use access_core::ports::{ConfigVersion, Configs, StoreError};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The longest configuration with its policies, in bytes of text: packed, it is sure to fit into one item of 400 KB.
pub const CONFIG_BYTES_MAX: usize = 350 * 1024;

/// What the body holds; the text and the policies are beside it, packed.
#[derive(Serialize, Deserialize)]
struct Stored {
    version: u64,
    by: String,
    at: Timestamp,
}

#[async_trait]
impl Configs for DynamoStore {
    async fn latest_config(&self) -> Result<Option<ConfigVersion>, StoreError> {
        let row = self.table.last(&Query::of(key::CONFIG)).await?;
        row.as_ref().map(read).transpose()
    }

    async fn save_config(
        &self,
        now: Timestamp,
        by: &str,
        text: &str,
        policies: &BTreeMap<String, String>,
    ) -> Result<ConfigVersion, StoreError> {
        let texts = policies.iter().flat_map(|(name, text)| [name, text]);
        let bytes = text.len() + texts.map(String::len).sum::<usize>();
        if bytes > CONFIG_BYTES_MAX {
            return Err(StoreError::TooLarge {
                what: "the configuration".to_owned(),
                bytes,
                bytes_max: CONFIG_BYTES_MAX,
            });
        }
        let is_same = |known: &ConfigVersion| known.text == text && known.policies == *policies;
        let latest = self.latest_config().await?;
        let version = match latest {
            Some(latest) if is_same(&latest) => return Ok(latest),
            Some(latest) => latest.version + 1,
            None => 1,
        };
        let new = ConfigVersion {
            version,
            by: by.to_owned(),
            at: now,
            text: text.to_owned(),
            policies: policies.clone(),
        };
        let Some(row) = self.table.put_new(&item(&new)).await? else {
            return Ok(new);
        };
        let there = read(&row)?;
        // The same: by somebody else, or by us in a try whose answer was lost.
        if is_same(&there) {
            Ok(there)
        } else {
            Err(StoreError::Conflict(format!(
                "configuration version {version} is somebody else's"
            )))
        }
    }
}

fn item(config: &ConfigVersion) -> Item {
    let ConfigVersion {
        version,
        by,
        at,
        text,
        policies,
    } = config;
    let stored = Stored {
        version: *version,
        by: by.clone(),
        at: *at,
    };
    let item = Item::new(key::config(*version), &stored);
    let item = item.with_bytes("text", pack(text.as_bytes()));
    if policies.is_empty() {
        return item;
    }
    let json = serde_json::to_vec(policies).expect("a map of texts makes JSON");
    item.with_bytes("policies", pack(&json))
}

fn read(row: &Row) -> Result<ConfigVersion, StoreError> {
    let Stored { version, by, at } = row.body()?;
    row.lies_at(&key::config(version))?;
    let bytes = unpack(row.bytes("text")?, CONFIG_BYTES_MAX)
        .map_err(|error| row.malformed(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| row.malformed("its text is not UTF-8"))?;
    Ok(ConfigVersion {
        version,
        by,
        at,
        text,
        policies: policies(row)?,
    })
}

/// None were written where there are none.
fn policies(row: &Row) -> Result<BTreeMap<String, String>, StoreError> {
    if !row.has("policies") {
        return Ok(BTreeMap::new());
    }
    // What JSON escapes takes up to six bytes for one.
    let json = unpack(row.bytes("policies")?, 6 * CONFIG_BYTES_MAX)
        .map_err(|error| row.malformed(error.to_string()))?;
    serde_json::from_slice(&json).map_err(|_| row.malformed("its policies are no texts by name"))
}
