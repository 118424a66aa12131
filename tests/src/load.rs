//! Very many webhooks, a tenth of them repeats, and a look at what a store has kept of them.

use access_core::id::{DeliveryId, IncidentId, PagerDutyName, SightingId};
use access_core::incident::{Incident, IncidentKey, Sighting};
use access_core::ports::{Deliveries, Incidents, KnownIncidents};
use access_store::DynamoStore;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use simulators::pagerduty::{RawWebhook, sign_webhook};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};
use std::path::Path;

/// The configuration of a group (TOML) that all the incidents concern. PagerDuty account `acme` and target `aws` must be
/// configured beside it.
pub const GROUP: &str = r#"
[[group]]
name = "payments-admin"
sources = ["incident:acme/service/PSVPAY1"]
entitlements = ["aws:PaymentsAdmin"]
"#;

/// What happens to each incident, in this order and a minute apart; the names are those of the fixtures.
const EVENTS: [&str; 9] = [
    "triggered",
    "escalated",
    "acknowledged",
    "priority-updated",
    "responder-added",
    "responder-replied",
    "delegated",
    "reassigned",
    "resolved",
];
/// The account in the configuration that all of it concerns.
const ACCOUNT: &str = "acme";
/// The first incident begins so long ago, the next ones a second after each other.
const BEGAN: SignedDuration = SignedDuration::from_hours(24);
/// Questions to the store under way at once; it answers them one by one.
const QUESTIONS_AT_ONCE: usize = 16;

/// Webhooks to deliver, and what they tell.
pub struct Load {
    /// Signed, and in the order to send them in: out of order within each incident, too, and the same in every run.
    pub deliveries: Vec<RawWebhook>,
    events: BTreeMap<IncidentKey, BTreeSet<(Timestamp, SightingId)>>,
    ids: BTreeSet<DeliveryId>,
}

/// What a store holds of a load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Events that are kept, at their instants.
    pub kept: usize,
    /// Events that are not.
    pub lost: usize,
    /// Sightings of an event beyond its first, and of events that were never sent.
    pub surplus: usize,
    /// Deliveries that are noted, repeats counted once.
    pub noted: usize,
}

impl Load {
    /// Nine events of each incident, and one of the nine once more: ten deliveries of each.
    ///
    /// A repeat has the delivery id of the first. Every other one comes right behind it, so that both are under way at
    /// once where several are; the others come at any time, also before.
    ///
    /// # Panics
    /// When the fixtures cannot be read.
    #[must_use]
    pub fn new(now: Timestamp, incidents: u16, url: &str, secret: &str) -> Self {
        let templates = EVENTS.map(template);
        let mut placed = Vec::new();
        let (mut events, mut ids) = (BTreeMap::new(), BTreeSet::new());
        for number in 0..incidents {
            let incident = format!("Q1LOAD{number:05}");
            let began = now - BEGAN + SignedDuration::from_secs(number.into());
            let mut sent = BTreeSet::new();
            for (place, template) in (0_u16..).zip(&templates) {
                let id = format!("01LOAD{number:05}{place}");
                let at = to_milliseconds(began + SignedDuration::from_mins(place.into()));
                let body = body(template, &id, at, &incident);
                sent.insert((at, SightingId::new(&id).expect("letters and digits")));
                let delivery = format!("delivery-{number}-{place}");
                ids.insert(DeliveryId::new(&id).expect("letters and digits"));
                let webhook = webhook(url, secret, &delivery, body);
                let first = scattered(&(number, place));
                if usize::from(number) % EVENTS.len() == usize::from(place) {
                    let again = if number % 2 == 0 {
                        first.saturating_add(1)
                    } else {
                        scattered(&(number, place, "again"))
                    };
                    placed.push((again, webhook.clone()));
                }
                placed.push((first, webhook));
            }
            events.insert(key(&incident), sent);
        }
        placed.sort_by_key(|(place, _)| *place);
        Self {
            deliveries: placed.into_iter().map(|(_, webhook)| webhook).collect(),
            events,
            ids,
        }
    }

    /// What a store holds that has taken all of it, each event once.
    #[must_use]
    pub fn whole(&self) -> Tally {
        Tally {
            kept: self.ids.len(),
            lost: 0,
            surplus: 0,
            noted: self.ids.len(),
        }
    }

    /// Items written by whoever takes all of it, each event once: a sighting and a note of its delivery.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.ids.len() as u64 * 2
    }

    /// Counts what `store` holds of it, and beyond it.
    ///
    /// # Panics
    /// When the store cannot be read, or holds something that cannot be understood.
    pub async fn tally(&self, store: &DynamoStore, now: Timestamp) -> Tally {
        let known = store.incidents().await;
        let KnownIncidents { incidents, unread } = known.expect("the incidents are read");
        assert!(unread.is_empty(), "not understood: {:?}", unread.keys());
        let nothing = BTreeSet::new();
        let (mut kept, mut surplus) = (0, 0);
        for (key, incident) in &incidents {
            let mut awaited = self.events.get(key).unwrap_or(&nothing).clone();
            for Sighting { at, id, what: _ } in sightings(incident) {
                if awaited.remove(&(at, id)) {
                    kept += 1;
                } else {
                    surplus += 1;
                }
            }
        }
        let account = account();
        let noted: Vec<bool> = stream::iter(&self.ids)
            .map(|id| store.is_delivered(&account, id, now))
            .buffer_unordered(QUESTIONS_AT_ONCE)
            .try_collect()
            .await
            .expect("the deliveries are read");
        let sent: usize = self.events.values().map(BTreeSet::len).sum();
        Tally {
            kept,
            lost: sent - kept,
            surplus,
            noted: noted.into_iter().filter(|noted| *noted).count(),
        }
    }
}

/// Everything seen of an incident, as it is written down: nothing else tells them one by one.
fn sightings(incident: &Incident) -> Vec<Sighting> {
    #[derive(Deserialize)]
    struct Written {
        sightings: Vec<Sighting>,
    }
    let written = serde_json::to_value(incident).expect("an incident is written as JSON");
    let written: Written = serde_json::from_value(written).expect("it is written whole");
    written.sightings
}

fn template(event: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/pagerduty/webhooks");
    let path = Path::new(folder).join(format!("incident-{event}.json"));
    let text = std::fs::read(path).expect("each event has a fixture");
    serde_json::from_slice(&text).expect("fixtures are JSON")
}

/// The fixture's event, of another incident at another time.
fn body(template: &Value, id: &str, at: Timestamp, incident: &str) -> Vec<u8> {
    let mut body = template.clone();
    let event = &mut body["event"];
    event["id"] = json!(id);
    event["occurred_at"] = json!(at);
    let data = &mut event["data"];
    let of = if data["type"] == "incident" {
        data
    } else {
        &mut data["incident"]
    };
    of["id"] = json!(incident);
    body.to_string().into_bytes()
}

fn webhook(url: &str, secret: &str, delivery: &str, body: Vec<u8>) -> RawWebhook {
    let signature = sign_webhook(&body, secret);
    let headers = [
        ("Accept", "application/json"),
        ("Content-Type", "application/json"),
        ("User-Agent", "PagerDuty-Webhook/V3.0"),
        ("X-PagerDuty-Signature", signature.as_str()),
        ("X-Webhook-Id", delivery),
        ("X-Webhook-Subscription", "PWHSUB1"),
    ];
    let header = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    RawWebhook {
        url: url.to_owned(),
        headers: headers.map(header).into(),
        body,
    }
}

/// A place in the order of sending: as good as random, and the same in every run.
fn scattered(what: &impl Hash) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(what)
}

/// As PagerDuty writes instants.
fn to_milliseconds(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).expect("it was one before")
}

fn key(incident: &str) -> IncidentKey {
    IncidentKey {
        pagerduty: account(),
        id: IncidentId::new(incident).expect("letters and digits"),
    }
}

fn account() -> PagerDutyName {
    PagerDutyName::new(ACCOUNT).expect("a name")
}
