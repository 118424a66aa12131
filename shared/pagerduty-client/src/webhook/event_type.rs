//! The kinds of events, as far as this workspace uses them.

use crate::fields::words;

words! {
    /// What happened. PagerDuty knows more kinds and may add to them at any time: they are `Other`.
    EventType {
        /// An incident was opened.
        IncidentTriggered = "incident.triggered",
        /// Someone works on it.
        IncidentAcknowledged = "incident.acknowledged",
        /// Whoever worked on it did not finish in time.
        IncidentUnacknowledged = "incident.unacknowledged",
        /// It went to another escalation policy.
        IncidentDelegated = "incident.delegated",
        /// It went to the next level of its escalation policy.
        IncidentEscalated = "incident.escalated",
        /// Its priority was set, changed or taken away.
        IncidentPriorityUpdated = "incident.priority_updated",
        /// Others are to work on it.
        IncidentReassigned = "incident.reassigned",
        /// It is open again.
        IncidentReopened = "incident.reopened",
        /// It is over, also by being merged into another.
        IncidentResolved = "incident.resolved",
        /// It is about another service.
        IncidentServiceUpdated = "incident.service_updated",
        /// Someone was asked to help.
        IncidentResponderAdded = "incident.responder.added",
        /// Someone who was asked to help has answered.
        IncidentResponderReplied = "incident.responder.replied",
        /// A person tries whether deliveries arrive. No subscription names it; each gets it.
        Ping = "pagey.ping",
    }
}

impl EventType {
    /// The kinds that this crate reads and a subscription can name. None tells of a changed urgency: PagerDuty has no
    /// such event.
    pub const INCIDENTS: [Self; 12] = [
        Self::IncidentTriggered,
        Self::IncidentAcknowledged,
        Self::IncidentUnacknowledged,
        Self::IncidentDelegated,
        Self::IncidentEscalated,
        Self::IncidentPriorityUpdated,
        Self::IncidentReassigned,
        Self::IncidentReopened,
        Self::IncidentResolved,
        Self::IncidentServiceUpdated,
        Self::IncidentResponderAdded,
        Self::IncidentResponderReplied,
    ];
}
