//! Whether PagerDuty still delivers webhooks: three refusals stop a subscription for a day, and nobody would notice.

use crate::deps::{Configured, Deps};
use crate::measure;
use crate::refresh::in_time;
use access_core::event::{Event, WebhookDisabled, WebhookUnwatched};
use access_core::id::PagerDutyName;
use access_core::ports::{OutboxEntry, ReadError, StoreError, TickRecord, WebhookSource};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use tracing::{debug, warn};

/// How often subscriptions are looked at: one that is stopped stays so for a day.
const EVERY: SignedDuration = SignedDuration::from_mins(10);

/// One look at one account. Handoffs wait for it.
const READ_MAX: Duration = Duration::from_secs(10);

/// Warns of webhook subscriptions that do not deliver, and of accounts where nobody may ask, once for as long as it
/// stands so. Nothing fails because of what it finds, or cannot find: a sweep sees what no webhook tells.
///
/// # Errors
/// When the warning cannot be written down.
pub(crate) async fn watch(
    deps: &Deps,
    now: Timestamp,
    configured: &Configured,
    record: &mut TickRecord,
) -> Result<(), StoreError> {
    if configured.webhooks.is_empty() {
        stop_watching(record);
        return Ok(());
    }
    let is_due = record
        .webhooks_at
        .is_none_or(|at| now.duration_since(at) >= EVERY);
    if !is_due {
        return Ok(());
    }
    // An account that does not answer about its rota is not asked for more in the same tick.
    let answering = configured
        .webhooks
        .iter()
        .filter(|(name, _)| !record.failing_since.contains_key(*name));
    let looks = answering.map(|(name, source)| async move { (name, look(name, &**source).await) });
    let looked: BTreeMap<_, _> = join_all(looks).await.into_iter().collect();
    let (mut found, mut unseen) = (BTreeMap::new(), BTreeSet::new());
    for name in configured.webhooks.keys() {
        match looked.get(name) {
            Some(Some(matters)) => found.extend(matters.clone()),
            Some(None) | None => unseen.extend(told_of(name, record)),
        }
    }
    if looked.len() == configured.webhooks.len() && looked.values().all(Option::is_some) {
        measure::webhooks(found.values());
    }
    let is_new = |key: &&String| !record.webhooks_told.contains(*key);
    let new = found.iter().filter(|(key, _)| is_new(key));
    let entry = |(key, event): (&String, &Event)| OutboxEntry {
        key: format!("{now}/webhooks/{key}"),
        at: now,
        event: event.clone(),
    };
    let entries: Vec<OutboxEntry> = new.map(entry).collect();
    deps.store.post(&entries).await?;
    for entry in &entries {
        log(&entry.event);
    }
    record.webhooks_told = found.into_keys().chain(unseen).collect();
    record.webhooks_at = Some(now);
    Ok(())
}

/// Takes back what was told, once nobody waits for webhooks any more: an alarm would else stand for ever.
fn stop_watching(record: &mut TickRecord) {
    if std::mem::take(&mut record.webhooks_told).is_empty() {
        return;
    }
    measure::webhooks(std::iter::empty::<&Event>());
}

/// What is the matter with the webhooks of one account, by key; `None` while PagerDuty does not tell.
async fn look(name: &PagerDutyName, source: &dyn WebhookSource) -> Option<BTreeMap<String, Event>> {
    match in_time(READ_MAX, source.stopped_webhooks()).await {
        Ok(stopped) => {
            let event = |(subscription, why)| {
                let disabled = WebhookDisabled {
                    pagerduty: name.clone(),
                    subscription,
                    why,
                };
                (disabled.key(), Event::WebhookDisabled(disabled))
            };
            Some(stopped.into_iter().map(event).collect())
        }
        Err(error @ ReadError::Refused(_)) => {
            let unwatched = WebhookUnwatched {
                pagerduty: name.clone(),
                reason: error.to_string(),
            };
            let key = unwatched.key();
            Some(BTreeMap::from([(key, Event::WebhookUnwatched(unwatched))]))
        }
        Err(error @ (ReadError::Unavailable(_) | ReadError::Malformed(_))) => {
            debug!(pagerduty = %name, %error, "webhook subscriptions of PagerDuty account {name} could not be read");
            None
        }
    }
}

/// What was told of an account and may still be so.
fn told_of(name: &PagerDutyName, record: &TickRecord) -> BTreeSet<String> {
    let begins = format!("{name}/");
    let told = record.webhooks_told.iter();
    told.filter(|key| key.starts_with(&begins))
        .cloned()
        .collect()
}

fn log(event: &Event) {
    match event {
        Event::WebhookDisabled(WebhookDisabled {
            pagerduty,
            subscription,
            why,
        }) => {
            warn!(%pagerduty, subscription.id = %subscription, why = ?why, "PagerDuty delivers nothing to webhook subscription {subscription} of account {pagerduty}; `rotakey webhooks list` tells more");
        }
        Event::WebhookUnwatched(WebhookUnwatched { pagerduty, reason }) => {
            warn!(%pagerduty, %reason, "webhook health of PagerDuty account {pagerduty} is not watched: {reason}");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use function_kit::metrics::{Metric, measured};

    #[tokio::test]
    async fn what_was_told_of_webhooks_is_taken_back_once_when_nobody_waits_for_any() {
        let mut record = TickRecord {
            webhooks_told: BTreeSet::from(["acme/PWHHEALTH/refusals".to_owned()]),
            ..TickRecord::default()
        };
        for (case, expected) in [("told before", &[0.0][..]), ("nothing is told", &[])] {
            let ((), found) = measured(async { stop_watching(&mut record) }).await;
            assert_eq!(found.of(Metric::WebhookDisabled), expected, "{case}");
            assert!(record.webhooks_told.is_empty(), "{case}");
        }
    }
}
