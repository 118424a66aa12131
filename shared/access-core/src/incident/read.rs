//! What a complete read of open incidents says that no event did.

use super::{Incident, IncidentKey, Seen, Sighting, Snapshot, WantedIncidents};
use crate::id::{IncidentId, PagerDutyName, PagerDutyUserId};
use crate::ports::ReadError;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// An incident of which something was seen this shortly before a read, or since, is left to the next read: clocks differ,
/// and a list may lag behind the events.
pub const READ_MARGIN: SignedDuration = SignedDuration::from_secs(10);

/// One read of an account: its lists are complete, and single incidents may be missing by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentRead {
    /// When it began: true as of this instant.
    pub read_at: Timestamp,
    /// What was asked: every open incident of these is in the answer.
    pub wanted: WantedIncidents,
    /// What was asked for one by one: each is in the answer or refused, unless PagerDuty does not know it.
    pub asked: BTreeSet<IncidentId>,
    /// Incidents that could not be read or understood by themselves, and why. The read says nothing of them: neither that
    /// they are open nor that they are over.
    pub refused: BTreeMap<IncidentId, ReadError>,
    /// The answer; those that were asked for one by one may be resolved.
    pub incidents: BTreeMap<IncidentId, ReadIncident>,
}

/// One incident as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadIncident {
    /// The incident.
    pub snapshot: Snapshot,
    /// Everybody whose acknowledgement stands.
    pub acknowledged_by: BTreeSet<PagerDutyUserId>,
    /// Everybody who agreed to help; `None` where the read does not tell.
    pub responding: Option<BTreeSet<PagerDutyUserId>>,
}

/// Incidents of one account to be asked for one by one: only their responders were heard of, or nobody knows their service.
#[must_use]
pub fn to_ask(
    pagerduty: &PagerDutyName,
    known: &BTreeMap<IncidentKey, Incident>,
) -> BTreeSet<IncidentId> {
    let ours = known.iter().filter(|(key, _)| key.pagerduty == *pagerduty);
    let unknown = ours.filter(|(_, incident)| {
        incident
            .state()
            .last()
            .is_some_and(|last| last.status.is_none() || (last.is_open() && last.service.is_none()))
    });
    unknown.map(|(key, _)| key.id.clone()).collect()
}

/// Incidents known as open that the read should have listed and did not: each is to be asked for by itself.
///
/// A list may shift while its pages are read, so that one is missing from it says little; only what is said of the
/// incident itself closes access.
#[must_use]
pub fn unlisted(
    pagerduty: &PagerDutyName,
    known: &BTreeMap<IncidentKey, Incident>,
    read: &IncidentRead,
) -> BTreeSet<IncidentId> {
    missing(pagerduty, known, read)
        .filter(|key| !read.asked.contains(&key.id))
        .map(|key| key.id.clone())
        .collect()
}

/// Known incidents that the answer should hold, and does not.
fn missing<'a>(
    pagerduty: &'a PagerDutyName,
    known: &'a BTreeMap<IncidentKey, Incident>,
    read: &'a IncidentRead,
) -> impl Iterator<Item = &'a IncidentKey> {
    let is_answered =
        |id: &IncidentId| read.incidents.contains_key(id) || read.refused.contains_key(id);
    let ours = known
        .iter()
        .filter(move |(key, _)| key.pagerduty == *pagerduty && !is_answered(&key.id));
    let missing = ours.filter(|(key, incident)| {
        let state = incident.state();
        let is_covered = state
            .last()
            .is_some_and(|last| last.is_open() && read.wanted.holds_phase(last));
        is_covered || read.asked.contains(&key.id)
    });
    missing.map(|(key, _)| key)
}

/// What has to be added to the incidents known of one account so that they stand as the read found them.
///
/// Nothing, where the read says nothing new: an idle sweep writes nothing.
#[must_use]
pub fn repair(
    pagerduty: &PagerDutyName,
    known: &BTreeMap<IncidentKey, Incident>,
    read: &IncidentRead,
) -> Vec<(IncidentKey, Sighting)> {
    let key = |id: &IncidentId| IncidentKey {
        pagerduty: pagerduty.clone(),
        id: id.clone(),
    };
    let listed = read.incidents.iter().map(|(id, found)| {
        let ReadIncident {
            snapshot,
            acknowledged_by,
            responding,
        } = found.clone();
        let what = Seen::Read {
            snapshot,
            acknowledged_by,
            responding,
        };
        (key(id), what)
    });
    let missing = missing(pagerduty, known, read).map(|key| (key.clone(), Seen::NotOpen));
    let mut found: Vec<_> = listed
        .chain(missing)
        .map(|(key, what)| (key, Sighting::read(read.read_at, what)))
        .filter(|(key, sighting)| is_news(known.get(key), sighting))
        .collect();
    found.sort();
    found
}

/// Whether the sighting of a read leaves the incident other than it is known to be.
fn is_news(known: Option<&Incident>, sighting: &Sighting) -> bool {
    let Some(known) = known else {
        return true;
    };
    let settled = sighting
        .at
        .saturating_sub(READ_MARGIN)
        .expect("a margin of seconds is no calendar span");
    if known.seen_until().is_some_and(|seen| seen > settled) {
        return false;
    }
    let mut after = known.clone();
    after.see(sighting.clone()) && after.state() != known.state()
}
