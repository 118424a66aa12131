//! What is known of the world, as the poller and the receiver wrote it down. PagerDuty itself is never asked here.

use crate::deps::Deps;
use access_core::config::Config;
use access_core::facts::{Facts, PagerDutyFacts};
use access_core::incident::wanted;
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
    let store = &deps.store;
    let (record, mut rotas, grants) =
        tokio::try_join!(store.last_tick(), store.rotas(), store.live_grants())?;
    let freshness = record.unwrap_or_default().freshness;
    let accounts = freshness.into_iter().filter_map(|(name, freshness)| {
        let rota = rotas.remove(&name)?;
        Some((name, PagerDutyFacts { freshness, rota }))
    });
    let mut facts = Facts {
        pagerduty: accounts
            .filter(|(name, _)| config.pagerduty.contains_key(name))
            .collect(),
        grants: requests::facts(now, config, &grants),
        ..Facts::default()
    };
    if !wanted(config).is_empty() {
        let (incidents, people) = tokio::try_join!(store.incidents(), store.known_people())?;
        facts.incidents = incidents.incidents;
        facts.unread_incidents = incidents.unread;
        facts.people = people.people;
        facts.unread_people = people.unread;
    }
    Ok(Known { facts, grants })
}
