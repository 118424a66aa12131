//! Incidents: what webhooks lost is read, whoever works on one is looked up, and what is over is forgotten.
//!
//! A configuration without incident sources costs nothing here: nobody is asked, not even the store.

use crate::answer::Failure;
use crate::deps::{Configured, Deps};
use crate::refresh::in_time;
use access_core::config::Config;
use access_core::facts::{Facts, Person};
use access_core::id::{PagerDutyName, PagerDutyUserId};
use access_core::incident::{
    Incident, IncidentKey, Sighting, WantedIncidents, is_over, repair, strangers, to_ask, unlisted,
    wanted,
};
use access_core::ports::{ReadError, StoreError};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tracing::{info, warn};

/// One read about incidents. Shorter than the rota's: handoffs wait for it.
const READ_MAX: Duration = Duration::from_secs(10);

/// Whether what is found out is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// It is.
    Kept,
    /// A dry run only plans with it.
    Dry,
}

/// Adds what is written down of incidents to facts of everything else.
pub(crate) async fn add_known(
    deps: &Deps,
    config: &Config,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    if !wanted(config).is_empty() {
        facts.incidents = deps.store.incidents().await?;
        facts.people = deps.store.known_people().await?;
    }
    Ok(())
}

/// Reads the open incidents of accounts that are due, and repairs, looks up and forgets what that calls for.
///
/// # Errors
/// When the store cannot be written. What PagerDuty does not tell is among the failures, and stays as it was known.
pub(crate) async fn refresh(
    now: Timestamp,
    deps: &Deps,
    configured: &Configured,
    due: &BTreeSet<PagerDutyName>,
    keeping: Keeping,
    facts: &mut Facts,
) -> Result<BTreeSet<Failure>, StoreError> {
    let mut failures = BTreeSet::new();
    for (name, wanted) in wanted(&configured.config) {
        if !due.contains(&name) {
            continue;
        }
        match missed(now, configured, &name, &wanted, &facts.incidents).await {
            Ok(missed) => {
                for (key, sighting) in missed {
                    if let Err(error) = see(deps, keeping, &key, sighting, facts).await {
                        warn!(incident = %key, %error, "incident {key} could not be kept");
                        failures.insert(Failure::new(format!("incident {key}"), error));
                    }
                }
            }
            Err(error) => {
                failures.insert(failure(&name, "open incidents", &error));
            }
        }
        match newcomers(configured, &name, facts).await {
            Ok(people) => know(deps, keeping, &name, people, facts).await?,
            Err(error) => {
                failures.insert(failure(&name, "people", &error));
            }
        }
    }
    if keeping == Keeping::Kept {
        forget(now, deps, &configured.config, &mut facts.incidents).await?;
    }
    Ok(failures)
}

fn failure(name: &PagerDutyName, what: &str, error: &ReadError) -> Failure {
    warn!(pagerduty = %name, %error, "{what} of PagerDuty account {name} could not be read");
    Failure::new(format!("{what} of PagerDuty account {name}"), error)
}

/// What no webhook told.
async fn missed(
    now: Timestamp,
    configured: &Configured,
    name: &PagerDutyName,
    wanted: &WantedIncidents,
    known: &BTreeMap<IncidentKey, Incident>,
) -> Result<Vec<(IncidentKey, Sighting)>, ReadError> {
    let Some(source) = configured.sources.get(name) else {
        return Ok(Vec::new());
    };
    let ask = to_ask(name, known);
    let mut read = in_time(READ_MAX, source.open_incidents(now, wanted, &ask)).await?;
    let unlisted = unlisted(name, known, &read);
    if !unlisted.is_empty() {
        let nothing = WantedIncidents::default();
        let singly = in_time(READ_MAX, source.open_incidents(now, &nothing, &unlisted)).await?;
        read.incidents.extend(singly.incidents);
        read.asked.extend(unlisted);
    }
    Ok(repair(name, known, &read))
}

async fn see(
    deps: &Deps,
    keeping: Keeping,
    key: &IncidentKey,
    sighting: Sighting,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    info!(incident = %key, "a read says of incident {key} what no webhook did");
    let incident = if keeping == Keeping::Kept {
        deps.store.see(key, &[sighting]).await?
    } else {
        let known = facts.incidents.get(key).cloned();
        let mut incident = known.unwrap_or_else(|| Incident::new(key.clone()));
        incident.see(sighting);
        incident
    };
    facts.incidents.insert(key.clone(), incident);
    Ok(())
}

/// People at work whom nobody knows yet.
async fn newcomers(
    configured: &Configured,
    name: &PagerDutyName,
    facts: &Facts,
) -> Result<BTreeMap<PagerDutyUserId, Person>, ReadError> {
    let mut strangers = strangers(&configured.config, facts);
    match (strangers.remove(name), configured.sources.get(name)) {
        (Some(users), Some(source)) => in_time(READ_MAX, source.people(&users)).await,
        (None, _) | (_, None) => Ok(BTreeMap::new()),
    }
}

async fn know(
    deps: &Deps,
    keeping: Keeping,
    name: &PagerDutyName,
    people: BTreeMap<PagerDutyUserId, Person>,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    if keeping == Keeping::Kept && !people.is_empty() {
        deps.store.keep_people(name, &people).await?;
    }
    let people = people.into_iter();
    facts
        .people
        .extend(people.map(|(user, person)| ((name.clone(), user), person)));
    Ok(())
}

async fn forget(
    now: Timestamp,
    deps: &Deps,
    config: &Config,
    incidents: &mut BTreeMap<IncidentKey, Incident>,
) -> Result<(), StoreError> {
    let over = incidents.values().filter(|it| is_over(it, config, now));
    for incident in over.cloned().collect::<Vec<_>>() {
        match deps.store.forget_incident(&incident).await {
            Ok(()) => {
                incidents.remove(incident.key());
            }
            // Something came in just now: the next tick sees it.
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
