//! What was seen of incidents: one item each, in one partition, added to under a version condition.

use crate::DynamoStore;
use crate::error::Trouble;
use crate::item::{Item, Row, json, number};
use crate::key;
use crate::people;
use crate::query::Query;
use crate::table::{Table, Update, Updated, patiently};
use access_core::facts::{LookedUp, UnreadIncident};
use access_core::id::{PagerDutyName, PagerDutyUserId};
use access_core::incident::{Incident, IncidentKey, Sighting};
use access_core::ports::{Incidents, KnownIncidents, KnownPeople, StoreError};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The most that can be kept of one incident, in bytes of JSON: an item holds 400 KB, its names and keys included.
pub const INCIDENT_BYTES_MAX: usize = 400_000;

#[async_trait]
impl Incidents for DynamoStore {
    async fn incidents(&self) -> Result<KnownIncidents, StoreError> {
        let mut known = KnownIncidents::default();
        for row in self.table.query_each(&Query::of(key::INCIDENTS)).await? {
            let place = row.key.clone();
            match row.in_known_layout().and_then(|row| read(&row)) {
                Ok((incident, _)) => {
                    known.incidents.insert(incident.key().clone(), incident);
                }
                Err(StoreError::Malformed { what, reason }) => {
                    let key = key::incident_at(&place);
                    known.unread.insert(what, UnreadIncident { key, reason });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(known)
    }

    async fn incident(&self, key: &IncidentKey) -> Result<Option<Incident>, StoreError> {
        let row = self.table.get(&key::incident(key)).await?;
        let known = row.as_ref().map(read).transpose()?;
        Ok(known.map(|(incident, _)| incident))
    }

    async fn see(&self, key: &IncidentKey, sightings: &[Sighting]) -> Result<Incident, StoreError> {
        patiently(|| merge(&self.table, key, sightings)).await
    }

    async fn forget_incident(&self, incident: &Incident) -> Result<(), StoreError> {
        let place = key::incident(incident.key());
        let Some(row) = self.table.get(&place).await? else {
            return Ok(());
        };
        let (known, revision) = read(&row)?;
        let forgotten = known == *incident
            && self
                .table
                .delete_numbered(&place, "revision", revision)
                .await?;
        if forgotten {
            Ok(())
        } else {
            Err(StoreError::Conflict(format!(
                "more was seen of incident {}",
                incident.key()
            )))
        }
    }

    async fn known_people(&self) -> Result<KnownPeople, StoreError> {
        people::known(&self.table).await
    }

    async fn keep_people(
        &self,
        pagerduty: &PagerDutyName,
        people: &BTreeMap<PagerDutyUserId, LookedUp>,
    ) -> Result<(), StoreError> {
        people::keep(&self.table, pagerduty, people).await
    }

    async fn forget_people(
        &self,
        people: &BTreeSet<(PagerDutyName, PagerDutyUserId)>,
    ) -> Result<(), StoreError> {
        people::forget(&self.table, people).await
    }
}

/// One try: reads, adds, and writes, unless that changes nothing or somebody else wrote in between.
async fn merge(
    table: &Table,
    key: &IncidentKey,
    sightings: &[Sighting],
) -> Result<Incident, Trouble> {
    let row = table.get(&key::incident(key)).await?;
    let known = row.as_ref().map(read).transpose()?;
    let (mut incident, revision) = match known {
        Some((incident, revision)) => (incident, Some(revision)),
        None => (Incident::new(key.clone()), None),
    };
    let mut is_news = false;
    for sighting in sightings {
        is_news |= incident.see(sighting.clone());
    }
    if !is_news {
        return Ok(incident);
    }
    let (incident, body) = fitting(incident)?;
    if write(table, key, body, revision).await? {
        Ok(incident)
    } else {
        Err(Trouble::Raced(format!("incident {key}")))
    }
}

/// Writes an incident that was read at a revision, or was absent; `false` when that is no longer so.
async fn write(
    table: &Table,
    key: &IncidentKey,
    body: AttributeValue,
    revision: Option<u64>,
) -> Result<bool, StoreError> {
    let place = key::incident(key);
    let Some(revision) = revision else {
        let item = Item::bare(place)
            .with("body", body)
            .with("revision", number(first_revision()));
        return Ok(table.put_new(&item).await?.is_none());
    };
    let update = Update {
        key: place,
        change: "SET body = :body, revision = :next",
        condition: "revision = :known",
        values: vec![
            (":body", body),
            (":next", number(revision.wrapping_add(1))),
            (":known", number(revision)),
        ],
    };
    let updated = table.update(&update).await?;
    Ok(matches!(updated, Updated::Done(_)))
}

/// Random: an incident that is forgotten and heard of again must not be taken for the one that was read before.
fn first_revision() -> u64 {
    u64::from(Uuid::new_v4().as_fields().0)
}

/// The incident as it can be kept, folded as often as that takes, and its body.
fn fitting(mut incident: Incident) -> Result<(Incident, AttributeValue), StoreError> {
    loop {
        let body = json(&incident);
        let bytes = body.as_s().map_or(0, String::len);
        if bytes <= INCIDENT_BYTES_MAX {
            return Ok((incident, body));
        }
        incident = incident.folded().ok_or_else(|| StoreError::TooLarge {
            what: format!("incident {}", incident.key()),
            bytes,
            bytes_max: INCIDENT_BYTES_MAX,
        })?;
    }
}

fn read(row: &Row) -> Result<(Incident, u64), StoreError> {
    let incident: Incident = row.body()?;
    row.lies_at(&key::incident(incident.key()))?;
    Ok((incident, row.number("revision")?))
}
