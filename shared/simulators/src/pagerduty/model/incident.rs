//! Incidents and who works on them.

use jiff::Timestamp;

/// What someone wrote on an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Minted when written.
    pub id: String,
    /// The author's user id.
    pub user: String,
    /// What it says.
    pub content: String,
    /// When it was written.
    pub created_at: Timestamp,
}

/// An incident of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Minted when the incident is opened, unless [`id`](Self::id) chose it.
    pub id: String,
    /// Counts up from 1 in an account; set when opened.
    pub number: u64,
    /// The title.
    pub title: String,
    /// The service's id.
    pub service: String,
    /// The escalation policy's id, if it was delegated to another than the service's.
    pub policy: Option<String>,
    /// `triggered`, `acknowledged` or `resolved`.
    pub status: String,
    /// `high` or `low`.
    pub urgency: String,
    /// The name of its priority, such as `P1`.
    pub priority: Option<String>,
    /// When it was opened; set by the simulator's clock.
    pub created_at: Timestamp,
    /// When the status last changed.
    pub changed_at: Timestamp,
    /// When anything of it last changed.
    pub updated_at: Timestamp,
    /// User ids assigned, and since when.
    pub assignments: Vec<(String, Timestamp)>,
    /// User ids that acknowledged, and when.
    pub acknowledgements: Vec<(String, Timestamp)>,
    /// User ids asked to help, and their answer: `pending`, `joined`, `declined`, `user_cancelled`.
    pub responders: Vec<(String, String, Timestamp)>,
    /// The incident it was merged into, which also resolved it.
    pub merged_into: Option<String>,
    /// What people wrote on it.
    pub notes: Vec<Note>,
}

impl Incident {
    /// A triggered incident of high urgency without assignments.
    #[must_use]
    pub fn new(title: &str, service: &str) -> Self {
        Self {
            id: String::new(),
            number: 0,
            title: title.to_owned(),
            service: service.to_owned(),
            policy: None,
            status: "triggered".to_owned(),
            urgency: "high".to_owned(),
            priority: None,
            created_at: Timestamp::UNIX_EPOCH,
            changed_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            assignments: Vec::new(),
            acknowledgements: Vec::new(),
            responders: Vec::new(),
            merged_into: None,
            notes: Vec::new(),
        }
    }

    /// Chooses the id instead of having one minted.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        id.clone_into(&mut self.id);
        self
    }

    /// Assigns a user from the moment it is opened.
    #[must_use]
    pub fn assigned(mut self, user: &str) -> Self {
        self.assignments
            .push((user.to_owned(), Timestamp::UNIX_EPOCH));
        self
    }

    /// Sets the urgency, `high` or `low`.
    #[must_use]
    pub fn urgency(mut self, urgency: &str) -> Self {
        urgency.clone_into(&mut self.urgency);
        self
    }

    /// Gives it a priority by name.
    #[must_use]
    pub fn priority(mut self, name: &str) -> Self {
        self.priority = Some(name.to_owned());
        self
    }

    /// Sets the status, at an instant; the same status again changes nothing of when it changed.
    pub(in crate::pagerduty) fn become_status(&mut self, status: &str, now: Timestamp) {
        if self.status != status {
            status.clone_into(&mut self.status);
            self.changed_at = now;
        }
    }

    /// Hands it to exactly these users. As at PagerDuty, whoever it is handed to must acknowledge it anew.
    pub(in crate::pagerduty) fn hand_to(&mut self, users: &[&str], now: Timestamp) {
        let assigned = users.iter().map(|user| ((*user).to_owned(), now));
        self.assignments = assigned.collect();
        self.acknowledgements.clear();
        self.become_status("triggered", now);
    }

    /// Resolves it. As at PagerDuty, nobody is assigned to what is resolved.
    pub(in crate::pagerduty) fn resolve(&mut self, now: Timestamp) {
        self.assignments.clear();
        self.acknowledgements.clear();
        self.become_status("resolved", now);
    }

    /// Records what someone who is asked to help has answered.
    pub(in crate::pagerduty) fn set_responder(&mut self, user: &str, state: &str, now: Timestamp) {
        self.responders.retain(|(responder, ..)| responder != user);
        let responder = (user.to_owned(), state.to_owned(), now);
        self.responders.push(responder);
    }
}
