//! What becomes of a proven delivery: it is read, known again, kept, passed on, and noted, in this order.

use crate::concern::{is_wanted, woken};
use crate::configured::Configured;
use crate::deps::Deps;
use crate::proof::subscription;
use crate::reply::Problem;
use crate::sighting::{Unkeepable, sighting};
use access_core::id::{DeliveryId, PagerDutyName, WebhookSubscriptionId};
use access_core::incident::{FORGET_AFTER, Incident, IncidentKey, Sighting};
use access_core::ports::StoreError;
use jiff::{SignedDuration, Timestamp};
use lambda_http::http::HeaderMap;
use pagerduty_client::webhook::{self, Delivery, EventData, WebhookError};
use std::slice;
use tracing::{error, info, warn};

/// How far an event may lie ahead of this machine's clock. Beyond that it would outlive every later word on its incident.
const AHEAD_MAX: SignedDuration = SignedDuration::from_mins(10);

/// A delivery that was proven to come from PagerDuty, and whose account it is.
pub(crate) struct Proven<'a> {
    pub(crate) account: &'a PagerDutyName,
    pub(crate) configured: &'a Configured,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// A delivery that was read.
struct Event {
    /// The event's own id: it is signed, and the same in every delivery of the event.
    id: DeliveryId,
    delivery: Delivery,
    /// What it says of which incident, if it does.
    said: Option<(IncidentKey, Sighting)>,
}

/// Why a delivery cannot be read. Names fields, no values.
#[derive(Debug, thiserror::Error)]
enum Unreadable {
    #[error(transparent)]
    Body(#[from] WebhookError),
    #[error(transparent)]
    Field(#[from] Unkeepable),
}

/// What became of a delivery: `outcome` in the log.
#[derive(Debug, Clone, Copy)]
enum Outcome {
    /// What it says is kept.
    Stored,
    /// It was dealt with before.
    Repeated,
    /// Nobody uses what it says.
    Unused,
    /// Somebody tries whether deliveries arrive.
    Ping,
    /// It is older than PagerDuty delivers.
    TooOld,
    /// It tells of a time to come, by more than clocks differ.
    Ahead,
    /// The store cannot hold all that was seen of the incident, now or later: a sweep says when it is over.
    TooLarge,
    /// What is written down of the incident cannot be understood, now or later: the poller says so until somebody deletes it.
    Damaged,
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Repeated => "repeated",
            Self::Unused => "unused",
            Self::Ping => "ping",
            Self::TooOld => "too-old",
            Self::Ahead => "ahead",
            Self::TooLarge => "too-large",
            Self::Damaged => "damaged",
        }
    }
}

/// Takes a proven delivery.
///
/// What cannot be read is accepted too: it would never become readable, and three refusals in a row make PagerDuty
/// disable the subscription for a day.
pub(crate) async fn take(deps: &Deps, now: Timestamp, proven: &Proven<'_>) -> Result<(), Problem> {
    let account = proven.account;
    let subscription = subscription(proven.headers);
    let event = match read(proven) {
        Ok(event) => event,
        Err(error) => {
            warn!(pagerduty = %account, subscription.id = subscription, outcome = "unreadable", %error, "a webhook of PagerDuty account {account} cannot be read: {error}");
            return Ok(());
        }
    };
    let id = &event.delivery.event_id;
    let kind = &event.delivery.event_type;
    let incident = event.said.as_ref().map(|(key, _)| key.id.as_str());
    match settle(deps, now, proven, &event).await {
        Ok(outcome) => {
            let outcome = outcome.as_str();
            info!(pagerduty = %account, event.id = %id, event.kind = %kind, incident.id = incident, subscription.id = subscription, outcome, "{kind} of PagerDuty account {account}: {outcome}");
            Ok(())
        }
        Err(error) => {
            error!(pagerduty = %account, event.id = %id, event.kind = %kind, incident.id = incident, subscription.id = subscription, %error, "{kind} of PagerDuty account {account} is not stored, and has to come again");
            Err(Problem::Unavailable)
        }
    }
}

fn read(proven: &Proven<'_>) -> Result<Event, Unreadable> {
    let delivery = webhook::parse(proven.body)?;
    let said = sighting(proven.account, &delivery)?;
    let id = DeliveryId::new(delivery.event_id.as_str()).map_err(|_| WebhookError::Wrong {
        field: "event.id".to_owned(),
        expected: "an id",
    })?;
    Ok(Event { id, delivery, said })
}

/// Keeps what the event says, asks for a reconcile, and notes the event; fails only if nothing was kept.
///
/// In this order: an event that is not noted may be one whose reconcile nobody was asked for, so a repeat of it asks again,
/// although it brings no news; and one that is noted wakes nobody any more, whoever sends it.
async fn settle(
    deps: &Deps,
    now: Timestamp,
    proven: &Proven<'_>,
    event: &Event,
) -> Result<Outcome, StoreError> {
    let Event { id, delivery, said } = event;
    let account = proven.account;
    // Whoever caught a delivery could send it for ever: so long after, the incident that knows it may be forgotten.
    if now.duration_since(delivery.occurred_at) > FORGET_AFTER {
        return Ok(Outcome::TooOld);
    }
    if delivery.occurred_at.duration_since(now) > AHEAD_MAX {
        return Ok(Outcome::Ahead);
    }
    if deps.store.is_delivered(account, id, now).await? {
        return Ok(Outcome::Repeated);
    }
    let Some((key, sighting)) = said else {
        if matches!(delivery.data, EventData::Ping { .. }) {
            keep_ping(deps, now, proven).await?;
        }
        deps.store.keep_delivery(account, id, now).await?;
        return Ok(match delivery.data {
            EventData::Ping { .. } => Outcome::Ping,
            EventData::Incident(_) | EventData::Responder(_) | EventData::Other => Outcome::Unused,
        });
    };
    let kept = match keep(deps, proven, key, sighting).await {
        Err(StoreError::TooLarge { .. }) => {
            error!(pagerduty = %account, incident.id = %key.id, "incident {key} has grown too large to be followed");
            return Ok(Outcome::TooLarge);
        }
        Err(error @ StoreError::Malformed { .. }) => {
            error!(pagerduty = %account, incident.id = %key.id, %error, "what is known of incident {key} cannot be understood, and nothing can be added to it");
            return Ok(Outcome::Damaged);
        }
        kept => kept?,
    };
    let Some(incident) = kept else {
        // The note is all that is stored.
        deps.store.keep_delivery(account, id, now).await?;
        wake(deps, now, proven, &alone(key, sighting), false).await;
        return Ok(Outcome::Unused);
    };
    if wake(deps, now, proven, &incident, true).await
        && let Err(error) = deps.store.keep_delivery(account, id, now).await
    {
        // The event is kept, and a repeat of it changes nothing.
        warn!(pagerduty = %account, event.id = %delivery.event_id, %error, "an event of PagerDuty account {account} was not noted");
    }
    Ok(Outcome::Stored)
}

/// Adds what the event says to what is known of the incident, and answers that; `None` if nobody uses it.
async fn keep(
    deps: &Deps,
    proven: &Proven<'_>,
    key: &IncidentKey,
    sighting: &Sighting,
) -> Result<Option<Incident>, StoreError> {
    if !is_wanted(deps, proven.configured, key, sighting).await? {
        return Ok(None);
    }
    let incident = deps.store.see(key, slice::from_ref(sighting)).await?;
    Ok(Some(incident))
}

/// Notes that a ping has arrived. Which subscription it is of is not signed; but where each has a secret of its own, that
/// word chose the secret which proved it.
async fn keep_ping(deps: &Deps, now: Timestamp, proven: &Proven<'_>) -> Result<(), StoreError> {
    let claimed = subscription(proven.headers);
    match claimed.and_then(|text| WebhookSubscriptionId::new(text).ok()) {
        Some(id) => deps.store.keep_ping(proven.account, &id, now).await,
        None => Ok(()),
    }
}

/// An incident of which this is all that was ever seen: it is not kept.
fn alone(key: &IncidentKey, sighting: &Sighting) -> Incident {
    let mut incident = Incident::new(key.clone());
    incident.see(sighting.clone());
    incident
}

/// Asks for a reconcile, where the event can change anything; `false` when that failed. That nobody can be asked is no reason
/// to refuse what is stored: a tick within a minute makes up for it.
async fn wake(
    deps: &Deps,
    now: Timestamp,
    proven: &Proven<'_>,
    incident: &Incident,
    is_wanted: bool,
) -> bool {
    let Some(groups) = woken(&proven.configured.config, incident, is_wanted) else {
        return true;
    };
    let asked = deps.wake.reconcile(now, &groups).await;
    if let Err(error) = &asked {
        let account = proven.account;
        warn!(pagerduty = %account, incident.id = %incident.key().id, %error, "nobody could be asked to reconcile: the next tick does");
    }
    asked.is_ok()
}
