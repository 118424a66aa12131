//! What people at Acme do while the demo runs: every day payments break and are mended, and somebody covers for a
//! colleague.

use crate::show::moment;
use jiff::{SignedDuration, Timestamp};
use simulators::company::{PAYMENTS_PRIMARY, PAYMENTS_SERVICE, PEOPLE};
use simulators::pagerduty::{Incident, PagerDuty};

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// Of an override, after it was asked for.
const BEGINS_AFTER: SignedDuration = SignedDuration::from_mins(90);
const LASTS: SignedDuration = SignedDuration::from_hours(2);

/// What happens next.
pub(crate) struct Script {
    /// When it happens.
    pub(crate) at: Timestamp,
    start: Timestamp,
    round: i32,
    next: Happening,
}

enum Happening {
    /// An incident is opened, and whoever is on call takes it on.
    Fire,
    /// A colleague agrees to help with it.
    Help(String),
    /// It is resolved.
    Resolved(String),
    /// Somebody takes over a shift.
    Override,
}

impl Happening {
    /// After the start of the demo, on each day.
    fn after(&self) -> SignedDuration {
        SignedDuration::from_mins(match self {
            Self::Fire => 45,
            Self::Help(_) => 60,
            Self::Resolved(_) => 85,
            Self::Override => 180,
        })
    }
}

impl Script {
    pub(crate) fn starting(start: Timestamp) -> Self {
        let next = Happening::Fire;
        Self {
            at: start + next.after(),
            start,
            round: 0,
            next,
        }
    }

    /// Lets it happen, and says what it was.
    pub(crate) fn play(&mut self, account: &PagerDuty) -> String {
        let (next, said) = match &self.next {
            Happening::Fire => self.fire(account),
            Happening::Help(incident) => self.help(account, incident),
            Happening::Resolved(incident) => {
                account.resolve_incident(incident, None);
                let said = "In PagerDuty, the incident is resolved".to_owned();
                (Happening::Override, said)
            }
            Happening::Override => (Happening::Fire, self.cover(account)),
        };
        if matches!(next, Happening::Fire) {
            self.round += 1;
        }
        self.at = self.start + DAY * self.round + next.after();
        self.next = next;
        said
    }

    fn fire(&self, account: &PagerDuty) -> (Happening, String) {
        let on_call = account.on_call_at(PAYMENTS_PRIMARY, self.at);
        let incident = Incident::new("Card payments fail", PAYMENTS_SERVICE);
        let incident = on_call.iter().fold(incident, |it, user| it.assigned(user));
        let incident = account.open_incident(incident);
        for user in &on_call {
            account.acknowledge_incident(&incident, user);
        }
        let said =
            "In PagerDuty, card payments fail: an incident, and whoever is on call takes it on";
        (Happening::Help(incident), said.to_owned())
    }

    fn help(&self, account: &PagerDuty, incident: &str) -> (Happening, String) {
        let colleague = self.colleague(account, self.at);
        account.add_responder(incident, colleague.id, None);
        account.accept_responder(incident, colleague.id);
        let said = format!("In PagerDuty, {} agrees to help", colleague.name);
        (Happening::Resolved(incident.to_owned()), said)
    }

    fn cover(&self, account: &PagerDuty) -> String {
        let (from, until) = (self.at + BEGINS_AFTER, self.at + BEGINS_AFTER + LASTS);
        let stand_in = self.colleague(account, from);
        account.create_override(PAYMENTS_PRIMARY, stand_in.id, from, until);
        let (from, until) = (moment(from), until.strftime("%H:%M"));
        format!(
            "In PagerDuty, {} takes over Payments Primary, {from} to {until}: an override",
            stand_in.name
        )
    }

    /// Somebody of the payments team who is not on call then, another one each day.
    fn colleague(
        &self,
        account: &PagerDuty,
        at: Timestamp,
    ) -> &'static simulators::company::Person {
        let on_call = account.on_call_at(PAYMENTS_PRIMARY, at);
        let colleagues: Vec<_> = PEOPLE
            .iter()
            .filter(|person| person.team == "PTMPAY1" && !on_call.contains(person.id))
            .collect();
        colleagues[usize::try_from(self.round).unwrap_or_default() % colleagues.len()]
    }
}
