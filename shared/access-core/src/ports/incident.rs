//! Incidents: reading them, keeping what was seen of them, and knowing a webhook that comes again.

use super::source::ReadError;
use super::store::StoreError;
use crate::facts::{LookedUp, Person, UnreadIncident, UnreadPerson};
use crate::id::{DeliveryId, IncidentId, PagerDutyName, PagerDutyUserId};
use crate::incident::{Incident, IncidentKey, IncidentRead, Sighting, WantedIncidents};
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// A delivery is known at least this long: PagerDuty repeats one for up to 48 hours.
pub const DELIVERY_KEPT: SignedDuration = SignedDuration::from_hours(72);

/// The incidents of one PagerDuty account.
#[async_trait]
pub trait IncidentSource: Send + Sync {
    /// Reads every open incident of `wanted`, however old, and each of `ask`, open or not.
    ///
    /// `ask` holds incidents of which only responders were heard: nobody knows their service yet. One that cannot be read
    /// or understood by itself is in [`IncidentRead::refused`], and spoils none of the others.
    ///
    /// # Errors
    /// Fails rather than answer with half a list: a missing page would look like incidents that are over.
    async fn open_incidents(
        &self,
        now: Timestamp,
        wanted: &WantedIncidents,
        ask: &BTreeSet<IncidentId>,
    ) -> Result<IncidentRead, ReadError>;

    /// Who these users are, each asked for by itself. One whom PagerDuty does not know is found without an address, so that
    /// nobody asks again with every sweep.
    async fn people(&self, users: &BTreeSet<PagerDutyUserId>) -> PeopleRead;
}

/// Who some users are: each of them is in one of the two.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeopleRead {
    /// Those who were looked up.
    pub found: BTreeMap<PagerDutyUserId, Person>,
    /// Those who could not be, and why. Nothing is said of them.
    pub failed: BTreeMap<PagerDutyUserId, ReadError>,
}

/// Incidents as they are written down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownIncidents {
    /// Every incident that is not forgotten and can be understood.
    pub incidents: BTreeMap<IncidentKey, Incident>,
    /// What cannot be understood, by where it lies. Never to be taken for incidents that are over.
    pub unread: BTreeMap<String, UnreadIncident>,
}

/// People who were looked up, as they are written down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownPeople {
    /// Everybody who is not forgotten and can be understood.
    pub people: BTreeMap<(PagerDutyName, PagerDutyUserId), LookedUp>,
    /// What cannot be understood, by where it lies. Never to be taken for people who are unknown.
    pub unread: BTreeMap<String, UnreadPerson>,
}

/// What was seen of incidents. Receivers and pollers write at the same time and under no lease: the order of writes
/// does not matter.
#[async_trait]
pub trait Incidents {
    /// Every incident that is not forgotten; one that cannot be understood stands in no other's way.
    ///
    /// # Errors
    /// When not all can be read.
    async fn incidents(&self) -> Result<KnownIncidents, StoreError>;
    /// One incident; `None` when nothing was seen of it, or it is forgotten.
    ///
    /// # Errors
    /// [`StoreError::Malformed`] when it cannot be understood, or when it cannot be read.
    async fn incident(&self, key: &IncidentKey) -> Result<Option<Incident>, StoreError>;
    /// Adds sightings to an incident, known or not, and answers it as it then is. A repeat changes and writes nothing.
    /// What is too large to be kept is folded until it fits ([`Incident::folded`]).
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when other writers came first again and again, [`StoreError::TooLarge`] when folding is not
    /// enough, [`StoreError::Malformed`] when what is known cannot be understood, or when it cannot be read or written.
    async fn see(&self, key: &IncidentKey, sightings: &[Sighting]) -> Result<Incident, StoreError>;
    /// Forgets an incident that is still as `incident` says; a repeat changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when more was seen of it since: it stays. Or when it cannot be written.
    async fn forget_incident(&self, incident: &Incident) -> Result<(), StoreError>;
    /// PagerDuty users who were looked up; one who cannot be understood stands in no other's way.
    ///
    /// # Errors
    /// When not all can be read.
    async fn known_people(&self) -> Result<KnownPeople, StoreError>;
    /// Keeps who users of one account are; what was known of them before is replaced.
    ///
    /// # Errors
    /// When not all can be written.
    async fn keep_people(
        &self,
        pagerduty: &PagerDutyName,
        people: &BTreeMap<PagerDutyUserId, LookedUp>,
    ) -> Result<(), StoreError>;
    /// Forgets users who were looked up; a repeat changes nothing.
    ///
    /// # Errors
    /// When not all can be deleted.
    async fn forget_people(
        &self,
        people: &BTreeSet<(PagerDutyName, PagerDutyUserId)>,
    ) -> Result<(), StoreError>;
}

/// Deliveries of webhooks that were dealt with.
///
/// Only saves work: sightings are a set, so an event that is taken twice is taken once. That is why a delivery is noted
/// after its event is stored, never before: noted first and then cut off, the repeat that would save it was dropped.
#[async_trait]
pub trait Deliveries {
    /// Whether the delivery was dealt with in the last [`DELIVERY_KEPT`], by comparison of times.
    ///
    /// # Errors
    /// When that cannot be read.
    async fn is_delivered(
        &self,
        pagerduty: &PagerDutyName,
        delivery: &DeliveryId,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
    /// Notes that it is dealt with; `true` the first time.
    ///
    /// # Errors
    /// When it cannot be written.
    async fn keep_delivery(
        &self,
        pagerduty: &PagerDutyName,
        delivery: &DeliveryId,
        now: Timestamp,
    ) -> Result<bool, StoreError>;
}
