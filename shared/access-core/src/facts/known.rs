//! Facts as they are written down: read from the store alone, and no source is asked.

use super::{Facts, PagerDutyFacts};
use crate::config::Config;
use crate::id::PagerDutyName;
use crate::incident::wanted;
use crate::ports::{Incidents, KnownIncidents, KnownPeople, Leases, RotaHistory, StoreError};
use futures::future::try_join;
use std::collections::BTreeMap;

/// The rota of every account that the configuration names, as it was last read; an account that was never read is absent.
///
/// # Errors
/// When not all can be read.
pub async fn known_rotas<S: Leases + RotaHistory + Sync + ?Sized>(
    store: &S,
    config: &Config,
) -> Result<BTreeMap<PagerDutyName, PagerDutyFacts>, StoreError> {
    let (record, mut rotas) = try_join(store.last_tick(), store.rotas()).await?;
    let freshness = record.unwrap_or_default().freshness.into_iter();
    let named = freshness.filter(|(name, _)| config.pagerduty.contains_key(name));
    let accounts = named.filter_map(|(name, freshness)| {
        let rota = rotas.remove(&name)?;
        Some((name, PagerDutyFacts { freshness, rota }))
    });
    Ok(accounts.collect())
}

/// Adds what was seen of incidents, and who works on them, to facts of everything else. For a configuration without incident
/// sources nothing is asked, not even the store.
///
/// # Errors
/// When not all can be read: then nothing is added. Half of it would look like incidents that are over.
pub async fn add_known_incidents<S: Incidents + Sync + ?Sized>(
    store: &S,
    config: &Config,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    if wanted(config).is_empty() {
        return Ok(());
    }
    let (incidents, people) = try_join(store.incidents(), store.known_people()).await?;
    let KnownIncidents { incidents, unread } = incidents;
    facts.incidents = incidents;
    facts.unread_incidents = unread;
    let KnownPeople { people, unread } = people;
    facts.people = people;
    facts.unread_people = unread;
    Ok(())
}
