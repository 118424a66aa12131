//! What people at Acme do while the demo runs: every day somebody covers for a colleague.

use crate::show::moment;
use jiff::{SignedDuration, Timestamp};
use simulators::company::{PAYMENTS_PRIMARY, PEOPLE};
use simulators::pagerduty::PagerDuty;

const DAY: SignedDuration = SignedDuration::from_hours(24);
/// After the start of the demo, on each day.
const ASKED_AFTER: SignedDuration = SignedDuration::from_hours(3);
/// After it was asked.
const BEGINS_AFTER: SignedDuration = SignedDuration::from_mins(90);
const LASTS: SignedDuration = SignedDuration::from_hours(2);

/// What happens next.
pub(crate) struct Script {
    /// When it happens.
    pub(crate) at: Timestamp,
    round: usize,
}

impl Script {
    pub(crate) fn starting(start: Timestamp) -> Self {
        Self {
            at: start + ASKED_AFTER,
            round: 0,
        }
    }

    /// Lets it happen, and says what it was.
    pub(crate) fn play(&mut self, account: &PagerDuty) -> String {
        let (from, until) = (self.at + BEGINS_AFTER, self.at + BEGINS_AFTER + LASTS);
        let on_call = account.on_call_at(PAYMENTS_PRIMARY, from);
        let colleagues: Vec<_> = PEOPLE
            .iter()
            .filter(|person| person.team == "PTMPAY1" && !on_call.contains(person.id))
            .collect();
        let stand_in = colleagues[self.round % colleagues.len()];
        account.create_override(PAYMENTS_PRIMARY, stand_in.id, from, until);
        self.at += DAY;
        self.round += 1;
        let (from, until) = (moment(from), until.strftime("%H:%M"));
        format!(
            "In PagerDuty, {} takes over Payments Primary, {from} to {until}: an override",
            stand_in.name
        )
    }
}
