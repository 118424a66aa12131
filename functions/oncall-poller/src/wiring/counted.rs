//! PagerDuty's clients with their calls counted, as metrics.

use access_core::event::WebhookStop;
use access_core::facts::PagerDutyFacts;
use access_core::id::{IncidentId, PagerDutyUserId, WebhookSubscriptionId};
use access_core::incident::{IncidentRead, WantedIncidents};
use access_core::ports::{
    Ask, IncidentNotes, IncidentSource, NoteError, PeopleRead, ReadError, RotaSource, WebhookSource,
};
use access_sources::PagerDutySource;
use async_trait::async_trait;
use function_kit::metrics::{self, Metric};
use jiff::Timestamp;
use pagerduty_client::Client;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};

/// One of the poller's ports over PagerDuty, with the calls of its client counted.
pub struct Counted<T> {
    inner: T,
    client: Client,
    /// Calls that were told.
    told: AtomicU64,
}

impl Counted<PagerDutySource> {
    /// Counts the calls of a source.
    #[must_use]
    pub fn source(source: PagerDutySource) -> Self {
        let client = source.client().clone();
        Self::new(source, client)
    }
}

impl<T> Counted<T> {
    /// Counts the calls of `client`, by which `inner` speaks.
    #[must_use]
    pub fn new(inner: T, client: Client) -> Self {
        let told = AtomicU64::new(client.calls());
        Self {
            inner,
            client,
            told,
        }
    }

    /// Tells of the calls since the last time. Those of work that was given up are told of with the next.
    fn tell(&self) {
        let calls = self.client.calls();
        // Of two that tell at once, each call is told of by one.
        let told = self.told.fetch_max(calls, Ordering::Relaxed);
        let new = calls.saturating_sub(told);
        if new == 0 {
            return;
        }
        metrics::count(Metric::PagerDutyCalls, number(new));
        if let Some(remaining) = self.client.rate_remaining() {
            metrics::count(Metric::PagerDutyRateRemaining, number(remaining));
        }
    }
}

fn number(calls: u64) -> usize {
    usize::try_from(calls).unwrap_or(usize::MAX)
}

#[async_trait]
impl<T: RotaSource> RotaSource for Counted<T> {
    async fn read(
        &self,
        now: Timestamp,
        ask: &Ask,
        previous: Option<&PagerDutyFacts>,
    ) -> Result<PagerDutyFacts, ReadError> {
        let read = self.inner.read(now, ask, previous).await;
        self.tell();
        read
    }
}

#[async_trait]
impl<T: IncidentSource> IncidentSource for Counted<T> {
    async fn open_incidents(
        &self,
        now: Timestamp,
        wanted: &WantedIncidents,
        ask: &BTreeSet<IncidentId>,
    ) -> Result<IncidentRead, ReadError> {
        let read = self.inner.open_incidents(now, wanted, ask).await;
        self.tell();
        read
    }

    async fn people(&self, users: &BTreeSet<PagerDutyUserId>) -> PeopleRead {
        let read = self.inner.people(users).await;
        self.tell();
        read
    }
}

#[async_trait]
impl<T: WebhookSource> WebhookSource for Counted<T> {
    async fn stopped_webhooks(
        &self,
    ) -> Result<BTreeMap<WebhookSubscriptionId, WebhookStop>, ReadError> {
        let read = self.inner.stopped_webhooks().await;
        self.tell();
        read
    }
}

#[async_trait]
impl<T: IncidentNotes> IncidentNotes for Counted<T> {
    async fn note(&self, incident: &IncidentId, text: &str) -> Result<(), NoteError> {
        let written = self.inner.note(incident, text).await;
        self.tell();
        written
    }
}
