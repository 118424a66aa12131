//! A webhook subscription: where events go, which, and whether any go at all.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

/// Every type of event that PagerDuty documents and a subscription may name.
pub const WEBHOOK_EVENTS: [&str; 30] = [
    "incident.acknowledged",
    "incident.action_invocation.created",
    "incident.action_invocation.terminated",
    "incident.action_invocation.updated",
    "incident.annotated",
    "incident.conference_bridge.updated",
    "incident.custom_field_values.updated",
    "incident.delegated",
    "incident.escalated",
    "incident.incident_type.changed",
    "incident.priority_updated",
    "incident.reassigned",
    "incident.reopened",
    "incident.resolved",
    "incident.responder.added",
    "incident.responder.replied",
    "incident.role.assigned",
    "incident.service_updated",
    "incident.status_update_published",
    "incident.task.completed",
    "incident.task.created",
    "incident.task.updated",
    "incident.triggered",
    "incident.unacknowledged",
    "incident.workflow.completed",
    "incident.workflow.started",
    "service.created",
    "service.custom_field_values.updated",
    "service.deleted",
    "service.updated",
];

/// So many dropped webhooks in a row disable a subscription.
const DROPS_MAX: u32 = 3;
/// For so long.
const DISABLED_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Whose incidents a subscription is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum WebhookFilter {
    /// All of the account.
    Account,
    /// Those of the service with this id, as of after the event.
    Service(String),
    /// Those of the team with this id, as of after the event.
    Team(String),
}

impl WebhookFilter {
    /// The `type` and the id on the wire.
    pub(in crate::pagerduty) fn parts(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Account => ("account_reference", None),
            Self::Service(id) => ("service_reference", Some(id)),
            Self::Team(id) => ("team_reference", Some(id)),
        }
    }
}

/// A webhook subscription.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSubscription {
    /// Minted when the subscription is added, unless [`id`](Self::id) chose it.
    pub id: String,
    /// Where events go.
    pub url: String,
    /// Which go there; [`WEBHOOK_EVENTS`] unless told.
    pub events: Vec<String>,
    /// About whose incidents.
    pub filter: WebhookFilter,
    /// What it is for.
    pub description: Option<String>,
    /// Whether its owner has it switched on.
    pub is_active: bool,
    /// Signs what is sent; minted when the subscription is added, unless [`secret`](Self::secret) chose it.
    pub secret: String,
    /// While the secret is rotated: signs as well.
    pub second_secret: Option<String>,
    disabled_until: Option<Timestamp>,
    drops_in_a_row: u32,
}

impl WebhookSubscription {
    /// A subscription to all events of what `filter` names.
    #[must_use]
    pub fn new(url: &str, filter: WebhookFilter) -> Self {
        Self {
            id: String::new(),
            url: url.to_owned(),
            events: WEBHOOK_EVENTS.map(str::to_owned).into(),
            filter,
            description: None,
            is_active: true,
            secret: String::new(),
            second_secret: None,
            disabled_until: None,
            drops_in_a_row: 0,
        }
    }

    /// Chooses the id instead of having one minted.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// Chooses the secret instead of having one minted.
    #[must_use]
    pub fn secret(mut self, secret: &str) -> Self {
        secret.clone_into(&mut self.secret);
        self
    }

    /// Subscribes to these types only.
    #[must_use]
    pub fn events(mut self, events: &[&str]) -> Self {
        self.events = events.iter().map(|event| (*event).to_owned()).collect();
        self
    }

    /// Whether it is off for a day, as three webhooks in a row were dropped.
    #[must_use]
    pub fn is_disabled_at(&self, now: Timestamp) -> bool {
        self.disabled_until.is_some_and(|until| now < until)
    }

    /// Takes webhooks again at once.
    pub(in crate::pagerduty) fn enable(&mut self) {
        self.disabled_until = None;
        self.drops_in_a_row = 0;
    }

    pub(super) fn accepted(&mut self) {
        self.drops_in_a_row = 0;
    }

    /// Counts a dropped webhook; answers whether it was one too many.
    pub(super) fn dropped(&mut self, now: Timestamp) -> bool {
        self.drops_in_a_row += 1;
        if self.drops_in_a_row < DROPS_MAX {
            return false;
        }
        self.drops_in_a_row = 0;
        self.disabled_until = Some(now + DISABLED_FOR);
        true
    }

    /// Whether an event about an incident of this service and these teams goes here.
    pub(super) fn takes(&self, event_type: &str, service: &str, teams: &[String]) -> bool {
        let is_about = match &self.filter {
            WebhookFilter::Account => true,
            WebhookFilter::Service(id) => id == service,
            WebhookFilter::Team(id) => teams.contains(id),
        };
        is_about && self.is_active && self.events.iter().any(|event| event == event_type)
    }
}

impl fmt::Debug for WebhookSubscription {
    /// Without the secrets: a failing test prints this.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSubscription")
            .field("id", &self.id)
            .field("url", &self.url)
            .field("events", &self.events)
            .field("filter", &self.filter)
            .field("is_active", &self.is_active)
            .field("disabled_until", &self.disabled_until)
            .field("drops_in_a_row", &self.drops_in_a_row)
            .finish_non_exhaustive()
    }
}
