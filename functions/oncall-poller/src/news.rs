//! News: what the receiver and the approver write down while a tick waits for an edge.

use crate::answer::Failure;
use crate::deps::{Configured, Deps};
use crate::grants;
use crate::incidents::{self, Heard, Keeping};
use access_core::config::Config;
use access_core::facts::{Facts, add_known_incidents};
use access_core::id::{PagerDutyName, PagerDutyUserId};
use access_core::incident::{strangers, wanted};
use access_core::ports::StoreError;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;
use tokio::time::Instant;
use tracing::warn;

/// How often a tick that waits looks: a few queries each time. Whoever asks for a reconcile has to wait for its lease.
pub(crate) const NEWS_EVERY: SignedDuration = SignedDuration::from_secs(5);

/// Looking up whoever came with the news, all of them together: shorter than the time between two looks.
pub(crate) const STRANGERS_MAX: SignedDuration = SignedDuration::from_secs(4);

/// Whether there can be any: some group has incident sources, or somebody may ask into one.
pub(crate) fn is_followed(config: &Config) -> bool {
    !wanted(config).is_empty() || !config.requests.is_empty()
}

/// Puts what is written down now into `facts`; answers whether anything is new. What cannot be read stays as it was known:
/// no handoff waits for it.
pub(crate) async fn hear(
    now: Timestamp,
    deps: &Deps,
    configured: &Configured,
    keeping: Keeping,
    facts: &mut Facts,
    failures: &mut BTreeSet<Failure>,
) -> bool {
    let read = read(now, deps, configured, keeping, failures).await;
    let news = match read {
        Ok(news) => news,
        Err(error) => {
            warn!(%error, "what is known of incidents and grants cannot be read again");
            return false;
        }
    };
    // A fact that is written down, and not only read from PagerDuty, belongs here.
    let Facts {
        pagerduty: _,
        grants,
        incidents,
        unread_incidents,
        people,
        unread_people,
    } = news;
    let is_news = grants != facts.grants
        || incidents != facts.incidents
        || unread_incidents != facts.unread_incidents
        || people != facts.people
        || unread_people != facts.unread_people;
    if is_news {
        facts.grants = grants;
        facts.incidents = incidents;
        facts.unread_incidents = unread_incidents;
        facts.people = people;
        facts.unread_people = unread_people;
    }
    is_news
}

/// Looks up who came to work on an incident, each of them once (`asked`); answers whether anybody was found. Nobody else
/// waits for whom that does not find: the next tick asks again.
pub(crate) async fn meet_strangers(
    now: Timestamp,
    deps: &Deps,
    configured: &Configured,
    keeping: Keeping,
    facts: &mut Facts,
    asked: &mut BTreeSet<(PagerDutyName, PagerDutyUserId)>,
    failures: &mut BTreeSet<Failure>,
) -> bool {
    let mut strangers = strangers(&configured.config, facts, now);
    for (name, users) in &mut strangers {
        users.retain(|user| asked.insert((name.clone(), user.clone())));
    }
    strangers.retain(|_, users| !users.is_empty());
    if strangers.is_empty() {
        return false;
    }
    let before = facts.people.clone();
    let until = Instant::now() + STRANGERS_MAX.unsigned_abs();
    match incidents::meet(now, until, deps, configured, keeping, strangers, facts).await {
        Ok(Heard {
            failures: failed, ..
        }) => failures.extend(failed),
        Err(error) => {
            warn!(%error, "who was looked up cannot be kept");
            failures.insert(Failure::new("people", error));
        }
    }
    facts.people != before
}

async fn read(
    now: Timestamp,
    deps: &Deps,
    configured: &Configured,
    keeping: Keeping,
    failures: &mut BTreeSet<Failure>,
) -> Result<Facts, StoreError> {
    let mut news = Facts::default();
    add_known_incidents(deps.store.as_ref(), &configured.config, &mut news).await?;
    let known = grants::look(now, deps, configured, keeping).await?;
    news.grants = known.grants;
    failures.extend(known.failures);
    Ok(news)
}
