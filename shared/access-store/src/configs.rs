//! The configuration, version by version: each written only if nobody else took its number.

use crate::DynamoStore;
use crate::action::Action;
use crate::item::{Item, Row};
use crate::key;
use crate::outbox;
use crate::query::Query;
use crate::rota::{pack, unpack};
use access_core::event::{ConfigurationApplied, Event};
use access_core::ports::{ConfigVersion, Configs, OutboxEntry, StoreError};
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

    async fn config(&self, version: u64) -> Result<Option<ConfigVersion>, StoreError> {
        let row = self.table.get(&key::config(version)).await?;
        row.as_ref().map(read).transpose()
    }

    async fn configs(
        &self,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<ConfigVersion>, StoreError> {
        // DynamoDB takes neither a limit of nothing nor a range that ends before it begins.
        if limit == 0 || before.is_some_and(|before| before <= 1) {
            return Ok(Vec::new());
        }
        let query = Query {
            from: before.map(|_| key::config(1).sk),
            to: before.map(|before| key::config(before - 1).sk),
            ..Query::of(key::CONFIG)
        };
        let rows = self.table.newest(&query, limit).await?;
        rows.iter().map(read).collect()
    }

    async fn save_config(
        &self,
        now: Timestamp,
        by: &str,
        text: &str,
        policies: &BTreeMap<String, String>,
    ) -> Result<ConfigVersion, StoreError> {
        require_room(text, policies)?;
        let latest = self.latest_config().await?;
        let new = next(latest.as_ref(), now, by, text, policies);
        if let Some(latest) = latest.filter(|latest| says_the_same(latest, &new)) {
            return Ok(latest);
        }
        let Some(row) = self.table.put_new(&item(&new)).await? else {
            return Ok(new);
        };
        unless_anothers(read(&row)?, &new)
    }

    async fn apply_config(
        &self,
        now: Timestamp,
        by: &str,
        text: &str,
        policies: &BTreeMap<String, String>,
        expected: Option<u64>,
    ) -> Result<ConfigVersion, StoreError> {
        require_room(text, policies)?;
        let latest = self.latest_config().await?;
        let new = next(latest.as_ref(), now, by, text, policies);
        let in_force = latest.as_ref().map(|latest| latest.version);
        if let Some(latest) = latest.filter(|latest| says_the_same(latest, &new)) {
            return Ok(latest);
        }
        if in_force != expected {
            let in_force = in_force.map_or("none".to_owned(), |version| version.to_string());
            return Err(StoreError::Conflict(format!(
                "the configuration version in force is {in_force} now"
            )));
        }
        let told = outbox::item(&applied(&new, expected));
        let actions = [Action::PutNew(item(&new)), Action::Put(told)];
        if self.table.together(&actions).await? {
            return Ok(new);
        }
        let there = self.config(new.version).await?;
        let there = there.ok_or_else(|| anothers(new.version))?;
        unless_anothers(there, &new)
    }
}

/// # Errors
/// [`StoreError::TooLarge`] for what does not fit into one item.
fn require_room(text: &str, policies: &BTreeMap<String, String>) -> Result<(), StoreError> {
    let texts = policies.iter().flat_map(|(name, text)| [name, text]);
    let bytes = text.len() + texts.map(String::len).sum::<usize>();
    if bytes <= CONFIG_BYTES_MAX {
        return Ok(());
    }
    Err(StoreError::TooLarge {
        what: "the configuration".to_owned(),
        bytes,
        bytes_max: CONFIG_BYTES_MAX,
    })
}

/// The version after `latest`.
fn next(
    latest: Option<&ConfigVersion>,
    now: Timestamp,
    by: &str,
    text: &str,
    policies: &BTreeMap<String, String>,
) -> ConfigVersion {
    ConfigVersion {
        version: latest.map_or(1, |latest| latest.version + 1),
        by: by.to_owned(),
        at: now,
        text: text.to_owned(),
        policies: policies.clone(),
    }
}

/// Whether two versions have the same settings, whoever stored them.
fn says_the_same(one: &ConfigVersion, other: &ConfigVersion) -> bool {
    one.text == other.text && one.policies == other.policies
}

/// What lies where ours should: the same, by somebody else or by us in a try whose answer was lost; or another's.
fn unless_anothers(
    there: ConfigVersion,
    ours: &ConfigVersion,
) -> Result<ConfigVersion, StoreError> {
    if says_the_same(&there, ours) {
        Ok(there)
    } else {
        Err(anothers(ours.version))
    }
}

fn anothers(version: u64) -> StoreError {
    StoreError::Conflict(format!(
        "configuration version {version} is somebody else's"
    ))
}

fn applied(new: &ConfigVersion, previous: Option<u64>) -> OutboxEntry {
    let event = ConfigurationApplied {
        version: new.version,
        by: new.by.clone(),
        previous,
    };
    OutboxEntry {
        key: format!("{}/configuration/{}", key::sortable(new.at), new.version),
        at: new.at,
        event: Event::ConfigurationApplied(event),
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
