//! Small PagerDuty accounts for stories of a few people.

use super::at;
use jiff::SignedDuration;
use jiff::civil::date;
use simulators::kit::SimClock;
use simulators::pagerduty::{EscalationPolicy, Layer, LayerSchedule, PagerDuty, Target, User};
use std::collections::BTreeSet;

pub(crate) const ADA: &str = "ada@acme.example";
pub(crate) const GRACE: &str = "grace@acme.example";
pub(crate) const LINUS: &str = "linus@acme.example";

/// Grace, Linus and Ada, on no schedule yet.
pub(crate) fn three_people(now: &str) -> PagerDuty {
    let account = PagerDuty::new("acme", SimClock::at(at(now)));
    account.add_user(User::new("Grace", GRACE).id("PGRACE"));
    account.add_user(User::new("Linus", LINUS).id("PLINUS"));
    account.add_user(User::new("Ada", ADA).id("PADA"));
    account
}

/// Grace and Linus hand over schedule `PSCHED1` every day at noon UTC; Grace begins on 2 November 2026. It is level 1 of
/// policy `PPOLICY`.
pub(crate) fn noon_handoffs(now: &str) -> PagerDuty {
    let account = three_people(now);
    let layer = Layer::daily(date(2026, 11, 2).at(12, 0, 0, 0), &["PGRACE", "PLINUS"]);
    account.add_schedule(
        LayerSchedule::new("Payments", "UTC")
            .id("PSCHED1")
            .layer(layer),
    );
    account.add_policy(
        EscalationPolicy::new("Payments")
            .id("PPOLICY")
            .level(vec![Target::schedule("PSCHED1")]),
    );
    account
}

/// Grace, Linus and Ada hand over schedule `PSCHED1` every hour; Grace begins at midnight of 2 November 2026.
pub(crate) fn hourly_handoffs(now: &str) -> PagerDuty {
    let account = three_people(now);
    let hour = SignedDuration::from_hours(1);
    let layer = Layer::new(
        date(2026, 11, 2).at(0, 0, 0, 0),
        hour,
        &["PGRACE", "PLINUS", "PADA"],
    );
    account.add_schedule(
        LayerSchedule::new("Payments", "UTC")
            .id("PSCHED1")
            .layer(layer),
    );
    account.add_policy(
        EscalationPolicy::new("Payments")
            .id("PPOLICY")
            .level(vec![Target::schedule("PSCHED1")]),
    );
    account
}

/// A set of addresses.
pub(crate) fn people(emails: &[&str]) -> BTreeSet<String> {
    emails.iter().map(ToString::to_string).collect()
}
