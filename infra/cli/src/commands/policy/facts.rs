//! What is known of one instant, from the store alone.

use access_core::config::Config;
use access_core::facts::{Facts, Freshness, PagerDutyFacts, add_known_incidents, known_rotas};
use access_core::ports::{Requests, RotaHistory, StoreError};
use access_core::principal::Principal;
use access_core::request;
use access_store::DynamoStore;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// What is known of `at`: for a past instant the rota as it was current then, for a coming one as it was last read.
/// Incidents are as they stand now; grants of others that ended days ago are missing.
///
/// # Errors
/// When not all can be read.
pub(super) async fn facts(
    store: &DynamoStore,
    config: &Config,
    who: &Principal,
    now: Timestamp,
    at: Timestamp,
) -> Result<Facts, StoreError> {
    let mut facts = Facts::default();
    if at < now {
        for name in config.pagerduty.keys() {
            if let Some((rota, freshness)) = store.rota_at(name, at).await? {
                let freshness = confirmed(freshness, at);
                facts
                    .pagerduty
                    .insert(name.clone(), PagerDutyFacts { freshness, rota });
            }
        }
    } else {
        facts.pagerduty = known_rotas(store, config).await?;
        for account in facts.pagerduty.values_mut() {
            account.freshness = as_old(account.freshness, at.duration_since(now));
        }
    }
    add_known_incidents(store, config, &mut facts).await?;
    let current = store.current_grants().await?;
    let theirs = store.grants_of(who).await?;
    let grants = current.into_iter().chain(theirs);
    let grants: BTreeMap<_, _> = grants.map(|record| (record.grant.id, record)).collect();
    let grants: Vec<_> = grants.into_values().collect();
    facts.grants = request::facts(now, config, &grants);
    Ok(facts)
}

/// A rota that was current at a past instant: every read until the next one that differed found the same.
fn confirmed(freshness: Freshness, at: Timestamp) -> Freshness {
    let just_after = at.checked_add(SignedDuration::from_secs(1)).unwrap_or(at);
    Freshness {
        read_at: freshness.read_at.max(at),
        covers_from: freshness.covers_from.min(at),
        covers_until: freshness.covers_until.max(just_after),
    }
}

/// A rota by a coming instant: as old then as it is now, as if it were read on time until then.
fn as_old(freshness: Freshness, ahead: SignedDuration) -> Freshness {
    let read_at = freshness.read_at.checked_add(ahead);
    Freshness {
        read_at: read_at.unwrap_or(freshness.read_at),
        ..freshness
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        format!("2026-11-{text}Z").parse().unwrap()
    }

    #[test]
    fn facts_are_as_old_at_the_instant_as_they_can_be_known_to_be() {
        let freshness = Freshness {
            read_at: at("23T08:00:00"),
            covers_from: at("23T07:00:00"),
            covers_until: at("24T08:00:00"),
        };
        let later = as_old(freshness, SignedDuration::from_hours(3));
        assert_eq!(later.read_at, at("23T11:00:00"));
        assert!(later.covers(at("23T11:00:00")) && !later.covers(at("24T08:00:00")));
        // Stored on the 23rd, and still current on the 25th.
        let then = confirmed(freshness, at("25T12:00:00"));
        assert_eq!(then.read_at, at("25T12:00:00"));
        assert!(then.covers(at("25T12:00:00")));
    }
}
