//! Incidents: what webhooks lost is read, whoever works on one is looked up, and what is over is forgotten.
//!
//! A configuration without incident sources costs nothing here: nobody is asked, not even the store.

use crate::answer::Failure;
use crate::deps::{Configured, Deps};
use crate::people::look_up;
use access_core::config::Config;
use access_core::facts::{Facts, LookedUp};
use access_core::id::{IncidentId, PagerDutyName, PagerDutyUserId};
use access_core::incident::{
    Incident, IncidentKey, Sighting, WantedIncidents, acquaintances, is_over, repair, strangers,
    to_ask, uninvolved, unlisted, wanted,
};
use access_core::ports::{PeopleRead, ReadError, StoreError};
use futures::future::join_all;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tracing::{info, warn};

/// All reads about incidents together, of all accounts. Shorter than the rota's: handoffs wait for them.
const READS_MAX: Duration = Duration::from_secs(10);

/// The lists, so that one account that hangs leaves time to look people of the others up.
const LISTS_MAX: Duration = Duration::from_secs(7);

/// Whether what is found out is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// It is.
    Kept,
    /// A dry run only plans with it.
    Dry,
}

/// What reads did not tell.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) failures: BTreeSet<Failure>,
    /// Accounts of which something may have happened that is not known now. Not for the sake of an incident that PagerDuty
    /// does not show by itself: that may last as long as the incident.
    pub(crate) unheard: BTreeSet<PagerDutyName>,
}

/// Keeps whoever works on an incident as the rota knows them, before another rota takes its place: in that their shift may be
/// over, and nobody may answer who is asked for them then. Asks nobody.
///
/// # Errors
/// When the store cannot be written.
pub(crate) async fn keep_acquaintances(
    now: Timestamp,
    deps: &Deps,
    config: &Config,
    keeping: Keeping,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    for (name, people) in acquaintances(config, facts, now) {
        know(deps, keeping, &name, people, facts).await?;
    }
    Ok(())
}

/// Reads the open incidents of accounts that are due, side by side, and repairs, looks up and forgets what that calls for.
///
/// # Errors
/// When the store cannot be written. What PagerDuty does not tell, of an account or of one incident or person, is among the
/// failures, and stays as it was known; so is what is written down and cannot be understood.
pub(crate) async fn refresh(
    now: Timestamp,
    deps: &Deps,
    configured: &Configured,
    due: &BTreeSet<PagerDutyName>,
    keeping: Keeping,
    facts: &mut Facts,
) -> Result<Heard, StoreError> {
    let mut heard = Heard {
        failures: damaged(facts),
        unheard: BTreeSet::new(),
    };
    let began = Instant::now();
    let until = began + LISTS_MAX;
    let known = &facts.incidents;
    let reads = wanted(&configured.config)
        .into_iter()
        .filter(|(name, _)| due.contains(name))
        .map(|(name, wanted)| async move {
            let missed = missed(now, until, configured, &name, &wanted, known).await;
            (name, missed)
        });
    let reads = join_all(reads).await;
    for (name, missed) in reads {
        match missed {
            Ok(missed) => take(deps, keeping, &name, missed, facts, &mut heard).await,
            Err(error) => {
                let failure = failure(&name, "open incidents", &error);
                heard.failures.insert(failure);
                heard.unheard.insert(name);
            }
        }
    }
    let mut strangers = strangers(&configured.config, facts, now);
    strangers.retain(|name, _| due.contains(name));
    let until = began + READS_MAX;
    let met = meet(now, until, deps, configured, keeping, strangers, facts).await?;
    heard.failures.extend(met.failures);
    heard.unheard.extend(met.unheard);
    if keeping == Keeping::Kept {
        forget(now, deps, &configured.config, facts).await?;
    }
    Ok(heard)
}

/// Looks up who these people are, until `until`, and keeps whoever is found.
///
/// # Errors
/// When the store cannot be written.
pub(crate) async fn meet(
    now: Timestamp,
    until: Instant,
    deps: &Deps,
    configured: &Configured,
    keeping: Keeping,
    strangers: BTreeMap<PagerDutyName, BTreeSet<PagerDutyUserId>>,
    facts: &mut Facts,
) -> Result<Heard, StoreError> {
    let mut heard = Heard::default();
    for (name, read) in look_up(until, &configured.sources, strangers).await {
        let PeopleRead { found, failed } = read;
        for (user, error) in &failed {
            let failure = failure(&name, &format!("user {user}"), error);
            heard.failures.insert(failure);
            heard.unheard.insert(name.clone());
        }
        let at = Some(now);
        let found = found.into_iter();
        let found = found.map(|(user, person)| (user, LookedUp { person, at }));
        know(deps, keeping, &name, found.collect(), facts).await?;
    }
    Ok(heard)
}

/// Keeps what a read says; what cannot be kept is told.
async fn take(
    deps: &Deps,
    keeping: Keeping,
    name: &PagerDutyName,
    missed: Missed,
    facts: &mut Facts,
    heard: &mut Heard,
) {
    let Missed {
        sightings,
        refused,
        is_whole,
    } = missed;
    for (id, error) in &refused {
        let failure = failure(name, &format!("incident {id}"), error);
        heard.failures.insert(failure);
    }
    if !is_whole {
        heard.unheard.insert(name.clone());
    }
    for (key, sighting) in sightings {
        if is_damaged(&key, facts) {
            continue;
        }
        if let Err(error) = see(deps, keeping, &key, sighting, facts).await {
            warn!(incident = %key, %error, "incident {key} could not be kept");
            let failure = Failure::new(format!("incident {key}"), error);
            heard.failures.insert(failure);
            heard.unheard.insert(name.clone());
        }
    }
}

fn failure(name: &PagerDutyName, what: &str, error: &ReadError) -> Failure {
    warn!(pagerduty = %name, %error, "{what} of PagerDuty account {name} could not be read");
    Failure::new(format!("{what} of PagerDuty account {name}"), error)
}

/// What is written down of incidents and people and cannot be understood: until somebody deletes it, and the next sweep
/// reads the incident anew, or looks the person up, nobody leaves because of it.
fn damaged(facts: &Facts) -> BTreeSet<Failure> {
    let incidents = facts.unread_incidents.iter();
    let incidents = incidents.map(|(place, unread)| (place, &unread.reason));
    let people = facts.unread_people.iter();
    let people = people.map(|(place, unread)| (place, &unread.reason));
    let failures = incidents.chain(people).map(|(place, reason)| {
        warn!(%place, %reason, "what is written down cannot be understood: delete {place}");
        Failure::new(place, reason)
    });
    failures.collect()
}

/// Whether nothing can be added to the incident, which is told already.
fn is_damaged(key: &IncidentKey, facts: &Facts) -> bool {
    let mut unread = facts.unread_incidents.values();
    unread.any(|unread| unread.key.as_ref() == Some(key))
}

/// What a read says that no webhook did.
#[derive(Default)]
struct Missed {
    sightings: Vec<(IncidentKey, Sighting)>,
    /// Incidents of which it says nothing.
    refused: BTreeMap<IncidentId, ReadError>,
    /// Whether everything could be asked that was to be.
    is_whole: bool,
}

/// What no webhook told.
async fn missed(
    now: Timestamp,
    until: Instant,
    configured: &Configured,
    name: &PagerDutyName,
    wanted: &WantedIncidents,
    known: &BTreeMap<IncidentKey, Incident>,
) -> Result<Missed, ReadError> {
    let Some(source) = configured.sources.get(name) else {
        return Ok(Missed {
            is_whole: true,
            ..Missed::default()
        });
    };
    let ask = to_ask(name, known);
    let mut read = by(until, source.open_incidents(now, wanted, &ask)).await?;
    let mut is_whole = true;
    let unlisted = unlisted(name, known, &read);
    if !unlisted.is_empty() {
        let nothing = WantedIncidents::default();
        match by(until, source.open_incidents(now, &nothing, &unlisted)).await {
            Ok(singly) => {
                read.incidents.extend(singly.incidents);
                read.refused.extend(singly.refused);
            }
            // What the lists say stands all the same.
            Err(error) => {
                is_whole = false;
                let refused = unlisted.iter().map(|id| (id.clone(), error.clone()));
                read.refused.extend(refused);
            }
        }
        read.asked.extend(unlisted);
    }
    Ok(Missed {
        sightings: repair(name, known, &read),
        refused: read.refused,
        is_whole,
    })
}

/// Gives up on a read at `until`.
async fn by<T>(
    until: Instant,
    read: impl Future<Output = Result<T, ReadError>>,
) -> Result<T, ReadError> {
    let late = |_| {
        // Without the seconds that were left: a failure that goes on has to read the same.
        Err(ReadError::Unavailable(
            "no complete answer in time".to_owned(),
        ))
    };
    timeout_at(until, read).await.unwrap_or_else(late)
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

async fn know(
    deps: &Deps,
    keeping: Keeping,
    name: &PagerDutyName,
    people: BTreeMap<PagerDutyUserId, LookedUp>,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    if keeping == Keeping::Kept && !people.is_empty() {
        deps.store.keep_people(name, &people).await?;
    }
    for (user, known) in people {
        let user = (name.clone(), user);
        facts
            .unread_people
            .retain(|_, unread| unread.user.as_ref() != Some(&user));
        facts.people.insert(user, known);
    }
    Ok(())
}

/// Forgets what is over, and with it the people who have to do with nothing that is left.
async fn forget(
    now: Timestamp,
    deps: &Deps,
    config: &Config,
    facts: &mut Facts,
) -> Result<(), StoreError> {
    let over = facts.incidents.values();
    let over: Vec<_> = over
        .filter(|it| is_over(it, config, now))
        .cloned()
        .collect();
    for incident in &over {
        match deps.store.forget_incident(incident).await {
            Ok(()) => {
                facts.incidents.remove(incident.key());
            }
            // Something came in just now: the next tick sees it.
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    if !over.is_empty() {
        let people = uninvolved(facts);
        deps.store.forget_people(&people).await?;
        facts.people.retain(|pair, _| !people.contains(pair));
    }
    Ok(())
}
