//! From something that happened to the webhooks that tell it.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::pagerduty::PagerDuty;
use crate::pagerduty::http;
use crate::pagerduty::model::{Note, World};

/// What an event tells.
#[derive(Clone, Copy, Debug)]
pub(in crate::pagerduty) enum About<'a> {
    /// The incident itself.
    Incident,
    /// Someone asked to help, and what they answered, in webhooks' words.
    Responder(&'a str, &'a str),
    /// A note.
    Note(&'a Note),
}

impl PagerDuty {
    /// Puts what just happened to an incident into the queue of every subscription that takes it.
    pub(in crate::pagerduty) fn tell(
        &self,
        world: &World,
        now: Timestamp,
        incident: &str,
        event_type: &str,
        by: Option<&str>,
        about: About<'_>,
    ) {
        let incident = world.incidents.get(incident).expect("a known incident");
        let service = world.services.get(&incident.service);
        let teams = service.map_or(&[][..], |service| &service.teams);
        let data = match about {
            About::Incident => http::incident_data(self, world, incident),
            About::Responder(user, state) => {
                http::responder_data(self, world, incident, (user, state))
            }
            About::Note(note) => http::note_data(self, world, incident, note),
        };
        let agent = http::user_agent(self, world, by);
        let mut outbox = self.outbox();
        let body = envelope(&outbox.mint_id(), event_type, "incident", now, agent, &data);
        let takers: Vec<_> = outbox.takers(event_type, &incident.service, teams);
        for subscription in takers {
            outbox.push(&subscription, &incident.id, &body, now);
        }
    }

    /// Queues a `pagey.ping` for one subscription, whatever it is about.
    ///
    /// # Panics
    /// If the subscription is unknown.
    pub fn ping_webhook_subscription(&self, subscription: &str) {
        let now = self.now();
        let mut outbox = self.outbox();
        assert!(outbox.has(subscription), "no such webhook subscription");
        let data = json!({ "message": "Hello from your friend Pagey!", "type": "ping" });
        let agent = json!({ "agent": Value::Null, "client": Value::Null });
        let id = outbox.mint_id();
        let body = envelope(&id, "pagey.ping", "pagey", now, agent, &data);
        outbox.push(subscription, "pagey", &body, now);
    }
}

fn envelope(
    id: &str,
    event_type: &str,
    resource_type: &str,
    now: Timestamp,
    mut agent: Value,
    data: &Value,
) -> Vec<u8> {
    let occurred_at = now.to_zoned(TimeZone::UTC);
    let event = json!({
        "id": id,
        "event_type": event_type,
        "resource_type": resource_type,
        // To the millisecond, so that two events may well seem to be at one instant.
        "occurred_at": occurred_at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        "agent": agent["agent"].take(),
        "client": agent["client"].take(),
        "data": data,
    });
    json!({ "event": event }).to_string().into_bytes()
}
