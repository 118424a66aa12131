//! What was seen of incidents: one item each, in one partition, added to under a version condition.

use crate::DynamoStore;
use crate::error::Trouble;
use crate::item::{Item, Row, json, number};
use crate::key;
use crate::people;
use crate::query::Query;
use crate::table::{Table, Update, Updated, patiently};
use access_core::facts::Person;
use access_core::id::{PagerDutyName, PagerDutyUserId};
use access_core::incident::{Incident, IncidentKey, Sighting};
use access_core::ports::{Incidents, StoreError};
use async_trait::async_trait;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The most that can be seen of one incident, in bytes of JSON: an item holds 400 KB, its names and keys included.
pub const INCIDENT_BYTES_MAX: usize = 400_000;

#[async_trait]
impl Incidents for DynamoStore {
    async fn incidents(&self) -> Result<BTreeMap<IncidentKey, Incident>, StoreError> {
        let mut incidents = BTreeMap::new();
        for row in self.table.query(&Query::of(key::INCIDENTS)).await? {
            let (incident, _) = read(&row)?;
            incidents.insert(incident.key().clone(), incident);
        }
        Ok(incidents)
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

    async fn known_people(
        &self,
    ) -> Result<BTreeMap<(PagerDutyName, PagerDutyUserId), Person>, StoreError> {
        people::known(&self.table).await
    }

    async fn keep_people(
        &self,
        pagerduty: &PagerDutyName,
        people: &BTreeMap<PagerDutyUserId, Person>,
    ) -> Result<(), StoreError> {
        people::keep(&self.table, pagerduty, people).await
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
    if !is_news || write(table, &incident, revision).await? {
        Ok(incident)
    } else {
        Err(Trouble::Raced(format!("incident {key}")))
    }
}

/// Writes an incident that was read at a revision, or was absent; `false` when that is no longer so.
async fn write(
    table: &Table,
    incident: &Incident,
    revision: Option<u64>,
) -> Result<bool, StoreError> {
    let (place, body) = (key::incident(incident.key()), body(incident)?);
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

fn body(incident: &Incident) -> Result<AttributeValue, StoreError> {
    let body = json(incident);
    let bytes = body.as_s().map_or(0, String::len);
    if bytes > INCIDENT_BYTES_MAX {
        return Err(StoreError::TooLarge {
            what: format!("incident {}", incident.key()),
            bytes,
            bytes_max: INCIDENT_BYTES_MAX,
        });
    }
    Ok(body)
}

fn read(row: &Row) -> Result<(Incident, u64), StoreError> {
    let incident: Incident = row.body()?;
    row.lies_at(&key::incident(incident.key()))?;
    Ok((incident, row.number("revision")?))
}
