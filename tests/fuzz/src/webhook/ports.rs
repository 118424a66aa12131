//! The receiver's ports, in memory: they keep what they are told, fail when they are to, and count every trace.

use super::signature::{FIRST_SECRET, SECOND_SECRET};
use access_core::config::SecretRef;
use access_core::facts::LookedUp;
use access_core::id::{
    DeliveryId, GroupName, PagerDutyName, PagerDutyUserId, WebhookSubscriptionId,
};
use access_core::incident::{Incident, IncidentKey, Sighting};
use access_core::ports::{
    ConfigVersion, Configs, DELIVERY_KEPT, Deliveries, Incidents, KnownIncidents, KnownPeople,
    Pings, StoreError,
};
use async_trait::async_trait;
use function_kit::{Freshness, SecretError};
use jiff::Timestamp;
use secrecy::SecretString;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use webhook_receiver::{Wake, WebhookSecrets};

/// What goes wrong on our side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// Whether a delivery is known cannot be read.
    Known,
    /// The incidents cannot be read.
    Incidents,
    /// An incident cannot be written.
    See,
    /// An incident has grown too large to be written.
    TooLarge,
    /// That a delivery was dealt with cannot be written.
    Keep,
    /// No secret can be read.
    Secrets,
    /// Nobody can be asked to reconcile.
    Wake,
}

/// All ports in one.
pub(crate) struct Ports(Mutex<Inner>);

struct Inner {
    config: ConfigVersion,
    trouble: Option<Trouble>,
    was_reread: bool,
    traces: u64,
    kept: Kept,
}

#[derive(Default)]
struct Kept {
    incidents: BTreeMap<IncidentKey, Incident>,
    people: BTreeMap<(PagerDutyName, PagerDutyUserId), LookedUp>,
    /// Until when each delivery is known.
    deliveries: BTreeMap<(PagerDutyName, DeliveryId), Timestamp>,
    /// When the last ping of each subscription arrived.
    pings: BTreeMap<(PagerDutyName, WebhookSubscriptionId), Timestamp>,
}

impl Ports {
    /// Ports that hold a configuration and nothing else.
    pub(crate) fn configured(now: Timestamp, text: &str) -> Self {
        Self(Mutex::new(Inner {
            config: ConfigVersion {
                version: 1,
                by: "a fuzz target".to_owned(),
                at: now,
                text: text.to_owned(),
                policies: BTreeMap::new(),
            },
            trouble: None,
            was_reread: false,
            traces: 0,
            kept: Kept::default(),
        }))
    }

    /// Forgets all but the configuration.
    pub(crate) fn clear(&self) {
        let mut inner = self.inner();
        inner.kept = Kept::default();
        inner.trouble = None;
        inner.was_reread = false;
    }

    /// What goes wrong from now on.
    pub(crate) fn suffer(&self, trouble: Option<Trouble>) {
        self.inner().trouble = trouble;
    }

    /// Things written and reconciles asked for, ever.
    pub(crate) fn traces(&self) -> u64 {
        self.inner().traces
    }

    /// Whether secrets were read again since the last [`Ports::clear`].
    pub(crate) fn was_reread(&self) -> bool {
        self.inner().was_reread
    }

    /// The store, unless that is what goes wrong.
    fn reach(&self, trouble: Trouble) -> Result<MutexGuard<'_, Inner>, StoreError> {
        let inner = self.inner();
        if inner.trouble == Some(trouble) {
            return Err(StoreError::Unavailable(format!("{trouble:?}")));
        }
        Ok(inner)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Configs for Ports {
    async fn latest_config(&self) -> Result<Option<ConfigVersion>, StoreError> {
        Ok(Some(self.inner().config.clone()))
    }

    async fn config(&self, version: u64) -> Result<Option<ConfigVersion>, StoreError> {
        let config = self.inner().config.clone();
        Ok(Some(config).filter(|config| config.version == version))
    }

    async fn configs(
        &self,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<ConfigVersion>, StoreError> {
        let config = self.inner().config.clone();
        let is_before = before.is_none_or(|before| config.version < before);
        Ok(Some(config)
            .filter(|_| is_before)
            .into_iter()
            .take(limit)
            .collect())
    }

    async fn save_config(
        &self,
        now: Timestamp,
        by: &str,
        text: &str,
        policies: &BTreeMap<String, String>,
    ) -> Result<ConfigVersion, StoreError> {
        let mut inner = self.inner();
        if inner.config.text != text || inner.config.policies != *policies {
            inner.traces += 1;
            inner.config = ConfigVersion {
                version: inner.config.version + 1,
                by: by.to_owned(),
                at: now,
                text: text.to_owned(),
                policies: policies.clone(),
            };
        }
        Ok(inner.config.clone())
    }

    async fn apply_config(
        &self,
        now: Timestamp,
        by: &str,
        text: &str,
        policies: &BTreeMap<String, String>,
        expected: Option<u64>,
    ) -> Result<ConfigVersion, StoreError> {
        if expected != Some(self.inner().config.version) {
            return Err(StoreError::Conflict("another is in force".to_owned()));
        }
        self.save_config(now, by, text, policies).await
    }
}

#[async_trait]
impl Incidents for Ports {
    async fn incidents(&self) -> Result<KnownIncidents, StoreError> {
        Ok(KnownIncidents {
            incidents: self.reach(Trouble::Incidents)?.kept.incidents.clone(),
            unread: BTreeMap::new(),
        })
    }

    async fn incident(&self, key: &IncidentKey) -> Result<Option<Incident>, StoreError> {
        let inner = self.reach(Trouble::Incidents)?;
        Ok(inner.kept.incidents.get(key).cloned())
    }

    async fn see(&self, key: &IncidentKey, sightings: &[Sighting]) -> Result<Incident, StoreError> {
        let mut inner = self.reach(Trouble::See)?;
        if inner.trouble == Some(Trouble::TooLarge) {
            return Err(StoreError::TooLarge {
                what: format!("incident {key}"),
                bytes: 1,
                bytes_max: 0,
            });
        }
        let known = inner.kept.incidents.get(key).cloned();
        let mut incident = known.unwrap_or_else(|| Incident::new(key.clone()));
        let mut is_news = false;
        for sighting in sightings {
            is_news |= incident.see(sighting.clone());
        }
        if is_news {
            assert_readable(&incident);
            inner.traces += 1;
            let incidents = &mut inner.kept.incidents;
            incidents.insert(key.clone(), incident.clone());
        }
        Ok(incident)
    }

    async fn forget_incident(&self, incident: &Incident) -> Result<(), StoreError> {
        let mut inner = self.inner();
        match inner.kept.incidents.get(incident.key()) {
            None => Ok(()),
            Some(known) if known == incident => {
                inner.traces += 1;
                inner.kept.incidents.remove(incident.key());
                Ok(())
            }
            Some(_) => Err(StoreError::Conflict(format!("incident {}", incident.key()))),
        }
    }

    async fn known_people(&self) -> Result<KnownPeople, StoreError> {
        Ok(KnownPeople {
            people: self.inner().kept.people.clone(),
            ..KnownPeople::default()
        })
    }

    async fn keep_people(
        &self,
        pagerduty: &PagerDutyName,
        people: &BTreeMap<PagerDutyUserId, LookedUp>,
    ) -> Result<(), StoreError> {
        let mut inner = self.inner();
        inner.traces += 1;
        for (id, person) in people {
            let key = (pagerduty.clone(), id.clone());
            inner.kept.people.insert(key, person.clone());
        }
        Ok(())
    }

    async fn forget_people(
        &self,
        people: &BTreeSet<(PagerDutyName, PagerDutyUserId)>,
    ) -> Result<(), StoreError> {
        let mut inner = self.inner();
        inner.traces += 1;
        inner.kept.people.retain(|key, _| !people.contains(key));
        Ok(())
    }
}

/// The store keeps JSON: what cannot be read back would be in everybody's way from then on.
fn assert_readable(incident: &Incident) {
    let text = serde_json::to_string(incident).expect("an incident is JSON");
    let read: Incident = serde_json::from_str(&text).expect("a kept incident can be read again");
    assert_eq!(read, *incident, "a kept incident reads as it was");
}

#[async_trait]
impl Deliveries for Ports {
    async fn is_delivered(
        &self,
        pagerduty: &PagerDutyName,
        delivery: &DeliveryId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let inner = self.reach(Trouble::Known)?;
        let key = (pagerduty.clone(), delivery.clone());
        let until = inner.kept.deliveries.get(&key);
        Ok(until.is_some_and(|until| now < *until))
    }

    async fn keep_delivery(
        &self,
        pagerduty: &PagerDutyName,
        delivery: &DeliveryId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut inner = self.reach(Trouble::Keep)?;
        let key = (pagerduty.clone(), delivery.clone());
        let known_until = inner.kept.deliveries.get(&key);
        let is_first = known_until.is_none_or(|until| *until <= now);
        if is_first {
            inner.traces += 1;
            inner.kept.deliveries.insert(key, now + DELIVERY_KEPT);
        }
        Ok(is_first)
    }
}

#[async_trait]
impl Pings for Ports {
    async fn keep_ping(
        &self,
        pagerduty: &PagerDutyName,
        subscription: &WebhookSubscriptionId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut inner = self.reach(Trouble::Keep)?;
        let key = (pagerduty.clone(), subscription.clone());
        if inner.kept.pings.get(&key).is_none_or(|last| *last < at) {
            inner.traces += 1;
            inner.kept.pings.insert(key, at);
        }
        Ok(())
    }

    async fn last_ping(
        &self,
        pagerduty: &PagerDutyName,
        subscription: &WebhookSubscriptionId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let key = (pagerduty.clone(), subscription.clone());
        Ok(self.inner().kept.pings.get(&key).copied())
    }
}

#[async_trait]
impl WebhookSecrets for Ports {
    async fn secrets(
        &self,
        reference: &SecretRef,
        _: Option<&str>,
        freshness: Freshness,
    ) -> Result<Vec<SecretString>, SecretError> {
        let mut inner = self.inner();
        inner.was_reread |= freshness == Freshness::Reread;
        let secret = match &*reference.reference {
            _ if inner.trouble == Some(Trouble::Secrets) => None,
            "env:FIRST" => Some(FIRST_SECRET),
            "env:SECOND" => Some(SECOND_SECRET),
            "env:EMPTY" => Some(""),
            _ => None,
        };
        match secret {
            Some(secret) => Ok(vec![SecretString::from(secret)]),
            None => Err(SecretError::Unavailable {
                reference: reference.reference.to_string(),
                reason: "it is locked away".to_owned(),
            }),
        }
    }
}

#[async_trait]
impl Wake for Ports {
    async fn reconcile(&self, _: Timestamp, _: &BTreeSet<GroupName>) -> Result<(), String> {
        let mut inner = self.inner();
        if inner.trouble == Some(Trouble::Wake) {
            return Err("nobody is there".to_owned());
        }
        inner.traces += 1;
        Ok(())
    }
}
