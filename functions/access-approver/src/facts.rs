//! What is known of the world, as the poller and the receiver wrote it down. PagerDuty itself is never asked here.

use crate::deps::Deps;
use access_core::config::Config;
use access_core::facts::{Facts, add_known_incidents, known_rotas};
use access_core::ports::StoreError;
use access_core::request::{self as requests, GrantRecord};
use jiff::Timestamp;

/// Facts, and the grants that are stored as live, which are among them.
pub(crate) struct Known {
    pub(crate) facts: Facts,
    pub(crate) grants: Vec<GrantRecord>,
}

/// Reads everything that a decision may rest on, at once: somebody waits. A grant of somebody who is blocked, or into a group
/// that nobody may ask into any more, makes nobody an approver while it waits to be ended.
///
/// # Errors
/// When not all can be read. Half of it would look like nobody being on call.
pub(crate) async fn known(
    deps: &Deps,
    now: Timestamp,
    config: &Config,
) -> Result<Known, StoreError> {
    let store = &*deps.store;
    let mut facts = Facts::default();
    let (pagerduty, grants, ()) = tokio::try_join!(
        known_rotas(store, config),
        store.live_grants(),
        add_known_incidents(store, config, &mut facts)
    )?;
    facts.pagerduty = pagerduty;
    facts.grants = requests::facts(now, config, &grants);
    Ok(Known { facts, grants })
}
