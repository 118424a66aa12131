//! What happens to incidents: each change is seen over REST at once and told by webhooks.

use jiff::Timestamp;

use super::PagerDuty;
use super::model::{Incident, Note, World};
use super::seed::{known_user, known_users, settle};
use super::webhooks::About;

/// `by` is the user who does it; `None` for an integration or a rule. An unknown incident, user, service or policy
/// is a mistake in the test, so these panic.
#[expect(
    clippy::must_use_candidate,
    reason = "the effect is the point: not every caller needs the answer"
)]
impl PagerDuty {
    /// Opens an incident at the clock's time (`incident.triggered`); answers the id.
    ///
    /// # Panics
    /// If its service is unknown.
    pub fn open_incident(&self, mut incident: Incident) -> String {
        let now = self.now();
        self.change(|world| {
            assert!(
                world.services.contains_key(&incident.service),
                "unknown service"
            );
            incident.number = u64::try_from(world.incidents.len()).expect("fits") + 1;
            incident.created_at = now;
            incident.changed_at = now;
            incident.updated_at = now;
            for (_, at) in &mut incident.assignments {
                *at = now;
            }
            let id = settle(&mut incident.id, world.mint.long());
            world.incidents.insert(id.clone(), incident);
            self.tell(world, now, &id, "incident.triggered", None, About::Incident);
            id
        })
    }

    /// An incident as it is now.
    ///
    /// # Panics
    /// If it is unknown.
    #[must_use]
    pub fn incident(&self, incident: &str) -> Incident {
        let world = self.world();
        let incident = world.incidents.get(incident);
        incident.expect("a known incident").clone()
    }

    /// A user takes it on (`incident.acknowledged`).
    ///
    /// # Panics
    /// If the incident or the user is unknown.
    pub fn acknowledge_incident(&self, incident: &str, user: &str) {
        self.happen(incident, "incident.acknowledged", Some(user), |it, now| {
            it.acknowledgements.retain(|(other, _)| other != user);
            it.acknowledgements.push((user.to_owned(), now));
            it.become_status("acknowledged", now);
        });
    }

    /// Whoever took it on ran out of time (`incident.unacknowledged`).
    ///
    /// # Panics
    /// If the incident is unknown.
    pub fn unacknowledge_incident(&self, incident: &str) {
        self.happen(incident, "incident.unacknowledged", None, |it, now| {
            it.acknowledgements.clear();
            it.become_status("triggered", now);
        });
    }

    /// Assigns it to exactly these users, who must acknowledge it anew (`incident.reassigned`).
    ///
    /// # Panics
    /// If the incident or a user is unknown.
    pub fn reassign_incident(&self, incident: &str, users: &[&str], by: Option<&str>) {
        known_users(&self.world(), users);
        self.happen(incident, "incident.reassigned", by, |it, now| {
            it.hand_to(users, now);
        });
    }

    /// Its policy's next level takes over: these users (`incident.escalated`).
    ///
    /// # Panics
    /// If the incident or a user is unknown.
    pub fn escalate_incident(&self, incident: &str, users: &[&str], by: Option<&str>) {
        known_users(&self.world(), users);
        self.happen(incident, "incident.escalated", by, |it, now| {
            it.hand_to(users, now);
        });
    }

    /// Another escalation policy takes over: these users (`incident.delegated`).
    ///
    /// # Panics
    /// If the incident, the policy or a user is unknown.
    pub fn delegate_incident(
        &self,
        incident: &str,
        policy: &str,
        users: &[&str],
        by: Option<&str>,
    ) {
        known_users(&self.world(), users);
        assert!(self.world().policies.contains_key(policy), "unknown policy");
        self.happen(incident, "incident.delegated", by, |it, now| {
            it.policy = Some(policy.to_owned());
            it.hand_to(users, now);
        });
    }

    /// Ends it (`incident.resolved`).
    ///
    /// # Panics
    /// If the incident or the user is unknown.
    pub fn resolve_incident(&self, incident: &str, by: Option<&str>) {
        self.happen(incident, "incident.resolved", by, Incident::resolve);
    }

    /// Merges `source` into `target`, which resolves `source` (`incident.resolved` with the reason) and leaves
    /// `target` as it is.
    ///
    /// # Panics
    /// If an incident or the user is unknown.
    pub fn merge_incident(&self, source: &str, target: &str, by: Option<&str>) {
        assert!(
            self.world().incidents.contains_key(target),
            "unknown target"
        );
        self.happen(source, "incident.resolved", by, |it, now| {
            it.merged_into = Some(target.to_owned());
            it.resolve(now);
        });
    }

    /// Opens it again, assigned to exactly these users (`incident.reopened`).
    ///
    /// # Panics
    /// If the incident or a user is unknown.
    pub fn reopen_incident(&self, incident: &str, users: &[&str], by: Option<&str>) {
        known_users(&self.world(), users);
        self.happen(incident, "incident.reopened", by, |it, now| {
            it.merged_into = None;
            it.hand_to(users, now);
        });
    }

    /// Sets or takes away its priority, by name (`incident.priority_updated`).
    ///
    /// # Panics
    /// If the incident or the user is unknown.
    pub fn set_incident_priority(&self, incident: &str, name: Option<&str>, by: Option<&str>) {
        self.happen(incident, "incident.priority_updated", by, |it, _| {
            it.priority = name.map(str::to_owned);
        });
    }

    /// Sets its urgency, `high` or `low`. No webhook tells: PagerDuty has no event for it.
    ///
    /// # Panics
    /// If the incident is unknown.
    pub fn set_incident_urgency(&self, incident: &str, urgency: &str) {
        let now = self.now();
        self.change(|world| {
            let incident = known(world, incident);
            urgency.clone_into(&mut incident.urgency);
            incident.updated_at = now;
        });
    }

    /// Makes it another service's, whose policy and teams it follows from then on (`incident.service_updated`).
    ///
    /// # Panics
    /// If the incident, the service or the user is unknown.
    pub fn move_incident(&self, incident: &str, service: &str, by: Option<&str>) {
        assert!(
            self.world().services.contains_key(service),
            "unknown service"
        );
        self.happen(incident, "incident.service_updated", by, |it, _| {
            service.clone_into(&mut it.service);
            it.policy = None;
        });
    }

    /// Asks a user to help (`incident.responder.added`).
    ///
    /// # Panics
    /// If the incident or a user is unknown.
    pub fn add_responder(&self, incident: &str, user: &str, by: Option<&str>) {
        let event = "incident.responder.added";
        self.ask(incident, user, ("pending", "pending"), event, by);
    }

    /// A user who was asked to help does (`incident.responder.replied`).
    ///
    /// # Panics
    /// If the incident or the user is unknown.
    pub fn accept_responder(&self, incident: &str, user: &str) {
        self.reply(incident, user, ("joined", "accepted"), Some(user));
    }

    /// A user who was asked to help does not (`incident.responder.replied`).
    ///
    /// # Panics
    /// If the incident or the user is unknown.
    pub fn decline_responder(&self, incident: &str, user: &str) {
        self.reply(incident, user, ("declined", "declined"), Some(user));
    }

    /// A user is no longer asked to help (`incident.responder.replied`).
    ///
    /// # Panics
    /// If the incident or a user is unknown.
    pub fn cancel_responder(&self, incident: &str, user: &str, by: Option<&str>) {
        self.reply(incident, user, ("user_cancelled", "cancelled"), by);
    }

    /// Writes a note on it (`incident.annotated`); answers the note's id. Without `by` the author is nobody.
    ///
    /// # Panics
    /// If the incident or the user is unknown.
    pub fn annotate_incident(&self, incident: &str, content: &str, by: Option<&str>) -> String {
        let now = self.now();
        self.change(|world| {
            let note = Note {
                id: world.mint.short(),
                user: by.unwrap_or_default().to_owned(),
                content: content.to_owned(),
                created_at: now,
            };
            known(world, incident).notes.push(note.clone());
            let about = About::Note(&note);
            self.tell(world, now, incident, "incident.annotated", by, about);
            note.id
        })
    }

    /// Changes an incident and tells it.
    fn happen(
        &self,
        incident: &str,
        event_type: &str,
        by: Option<&str>,
        change: impl FnOnce(&mut Incident, Timestamp),
    ) {
        let now = self.now();
        self.change(|world| {
            if let Some(user) = by {
                known_user(world, user);
            }
            let it = known(world, incident);
            change(it, now);
            it.updated_at = now;
            self.tell(world, now, incident, event_type, by, About::Incident);
        });
    }

    fn reply(&self, incident: &str, user: &str, states: (&str, &str), by: Option<&str>) {
        self.ask(incident, user, states, "incident.responder.replied", by);
    }

    /// `states` are REST's word and webhooks' word for the same answer.
    fn ask(
        &self,
        incident: &str,
        user: &str,
        states: (&str, &str),
        event_type: &str,
        by: Option<&str>,
    ) {
        let now = self.now();
        self.change(|world| {
            known_user(world, user);
            let it = known(world, incident);
            it.set_responder(user, states.0, now);
            it.updated_at = now;
            let about = About::Responder(user, states.1);
            self.tell(world, now, incident, event_type, by, about);
        });
    }
}

fn known<'a>(world: &'a mut World, incident: &str) -> &'a mut Incident {
    world.incidents.get_mut(incident).expect("a known incident")
}
