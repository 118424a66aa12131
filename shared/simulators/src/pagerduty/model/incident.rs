//! Incidents and who works on them.

use jiff::Timestamp;

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
    /// User ids assigned, and since when.
    pub assignments: Vec<(String, Timestamp)>,
    /// User ids that acknowledged, and when.
    pub acknowledgements: Vec<(String, Timestamp)>,
    /// User ids asked to help, and their answer: `pending`, `joined`, `declined`.
    pub responders: Vec<(String, String, Timestamp)>,
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
            status: "triggered".to_owned(),
            urgency: "high".to_owned(),
            priority: None,
            created_at: Timestamp::UNIX_EPOCH,
            changed_at: Timestamp::UNIX_EPOCH,
            assignments: Vec::new(),
            acknowledgements: Vec::new(),
            responders: Vec::new(),
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
}
