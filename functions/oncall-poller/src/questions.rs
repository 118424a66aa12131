//! Questions that change nothing: why is somebody in a group, and what do the coming days lack.

use crate::answer::PollerError;
use crate::configured::configured;
use crate::coverage;
use crate::deps::{Configured, Deps};
use crate::refresh::Known;
use access_core::explain::{Explanation, Known as Written, explain as explained};
use access_core::facts::{Facts, PagerDutyFacts, add_known_incidents};
use access_core::forecast::Forecast;
use access_core::id::{GroupName, TargetName};
use access_core::matching::{AccountMatch, by_alias};
use access_core::principal::Principal;
use access_core::timeline::Timeline;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use tracing::debug;

/// Why `principal` is a member of `group` at `at`, or why not.
///
/// For a past instant the rota is taken as it was known then, and incidents that ended more than three days ago are missing;
/// for now and later as it was last read, and will be read again until then. What targets hold is added for the present only.
///
/// # Errors
/// When the configuration or the store cannot be read.
pub async fn explain(
    deps: &Deps,
    now: Timestamp,
    principal: &Principal,
    group: &GroupName,
    at: Timestamp,
) -> Result<Explanation, PollerError> {
    let configured = configured(deps, &mut *deps.memory().await).await?;
    let config = &configured.config;
    let principal = &config.people.canonical(principal);
    let record = deps.store.last_tick().await?.unwrap_or_default();
    let current = Known::new(deps.store.rotas().await?, &record).facts();
    let is_past = at < now;
    let mut facts = if is_past {
        facts_at(deps, &configured, &current, at).await?
    } else {
        current
    };
    // Everything seen of an incident is kept with its time, so what is known now tells of then, too; not of incidents that
    // are forgotten (`FORGET_AFTER`).
    add_known_incidents(deps.store.as_ref(), config, &mut facts).await?;
    // All that this person ever held, ended or not.
    let grants = deps.store.grants_of(principal).await?;
    facts.grants = access_core::request::facts(now, config, &grants);
    let timeline = Timeline::of(config, &facts);
    let explanation = explained(now, &timeline, config, principal, group, at);
    if at != now {
        return Ok(explanation);
    }
    let records = deps.store.records_of(principal).await?;
    let held: Vec<_> = deps.store.held().await?.whole()?.into_values().collect();
    let accounts = accounts(&configured, &timeline, principal, group).await;
    Ok(explanation.with_effects(
        &timeline,
        config,
        &Written {
            records: &records,
            accounts: &accounts,
            held: &held,
        },
    ))
}

/// Each account's rota as it was current at `at`; where it has not changed since, with the latest reading.
async fn facts_at(
    deps: &Deps,
    configured: &Configured,
    current: &Facts,
    at: Timestamp,
) -> Result<Facts, PollerError> {
    let mut facts = Facts::default();
    for name in configured.config.pagerduty.keys() {
        let Some((rota, mut freshness)) = deps.store.rota_at(name, at).await? else {
            continue;
        };
        // The same rota was confirmed by every read until the next one that differed.
        if current
            .pagerduty
            .get(name)
            .is_some_and(|known| known.rota == rota)
        {
            freshness = current.pagerduty[name].freshness;
        }
        freshness.read_at = freshness.read_at.max(at);
        facts
            .pagerduty
            .insert(name.clone(), PagerDutyFacts { freshness, rota });
    }
    Ok(facts)
}

/// The principal's account in each target of the group; a target that cannot be asked is left out.
async fn accounts(
    configured: &Configured,
    timeline: &Timeline,
    principal: &Principal,
    group: &GroupName,
) -> BTreeMap<(TargetName, Principal), AccountMatch> {
    let entitlements = timeline
        .groups
        .get(group)
        .map(|group| &group.rule.entitlements);
    let names: BTreeSet<&TargetName> = entitlements
        .into_iter()
        .flatten()
        .map(|entitlement| &entitlement.target)
        .collect();
    let mut accounts = BTreeMap::new();
    for name in names {
        let Some(target) = configured.targets.get(name) else {
            continue;
        };
        let matching = by_alias(name, &configured.config.people, [principal]);
        let mut found = BTreeMap::new();
        if !matching.ask.is_empty() {
            match target.find_accounts(&matching.ask).await {
                Ok(answer) => found = answer,
                Err(error) => debug!(target.id = %name, %error, "target {name} cannot be asked"),
            }
        }
        accounts.extend(
            matching
                .settle(found)
                .into_iter()
                .map(|(principal, found)| ((name.clone(), principal), found)),
        );
    }
    accounts
}

/// What the coming days lack, read now.
///
/// # Errors
/// When the configuration cannot be read, or PagerDuty or a target cannot be asked.
pub async fn forecast(deps: &Deps, now: Timestamp) -> Result<Forecast, PollerError> {
    let configured = configured(deps, &mut *deps.memory().await).await?;
    coverage::look(now, &configured)
        .await
        .map_err(|failure| PollerError::Unusable {
            what: failure.subject,
            reason: failure.error,
        })
}
