//! Companies of any size, whose next handoff is hours away, so that a tick just after a sync is idle.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use simulators::kit::SimClock;
use simulators::pagerduty::{EscalationPolicy, Layer, LayerSchedule, PagerDuty, Target, User};
use std::fmt::Write;

/// How large a company is.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Schedules, each with a rotation of four.
    pub schedules: usize,
    /// People in the PagerDuty account.
    pub people: usize,
    /// Schedules, of those, in no escalation policy.
    pub unassigned: usize,
}

/// People in one rotation.
const ROTATION: usize = 4;
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// Half of the schedules hand over weekly, a quarter daily, a quarter every twelve hours; every tenth policy has a second
/// level.
#[must_use]
pub fn big_company(clock: &SimClock, size: &Size) -> PagerDuty {
    let account = PagerDuty::new("acme", clock.clone());
    for number in 0..size.people {
        account.add_user(
            User::new(&format!("Person {number}"), &email(number)).id(&format!("PU{number:05}")),
        );
    }
    for number in 0..size.schedules {
        let turn = HOUR * [168, 168, 24, 12][number % 4];
        let users: Vec<String> = (0..ROTATION)
            .map(|person| format!("PU{:05}", (number * ROTATION + person) % size.people))
            .collect();
        let layer = Layer::new(start(clock.now(), turn), turn, &users);
        account.add_schedule(
            LayerSchedule::new(&format!("Schedule {number}"), "UTC")
                .id(&schedule(number))
                .layer(layer),
        );
    }
    for number in size.unassigned..size.schedules {
        let mut policy = EscalationPolicy::new(&format!("Policy {number}"))
            .id(&format!("PE{number:05}"))
            .level(vec![Target::schedule(&schedule(number))]);
        if number % 10 == 0 {
            policy = policy.level(vec![Target::schedule(&schedule(
                (number + 1) % size.schedules,
            ))]);
        }
        account.add_policy(policy);
    }
    account
}

/// One group per schedule, written out.
///
/// # Panics
/// Never: a string can always grow.
#[must_use]
pub fn groups(size: &Size) -> String {
    let mut text = String::new();
    for number in 0..size.schedules {
        let source = schedule(number);
        write!(text, "\n[[group]]\nname = 'g{number}'\nsources = ['schedule:acme/{source}']\nentitlements = ['aws:Group {number}']\n").expect("text grows");
    }
    text
}

/// The address of one person.
#[must_use]
pub fn email(number: usize) -> String {
    format!("person{number}@acme.example")
}

fn schedule(number: usize) -> String {
    format!("PS{number:05}")
}

/// A start some turns ago, from which the next handoff is six hours away.
fn start(now: Timestamp, turn: SignedDuration) -> DateTime {
    let start = now + HOUR * 6 - turn * 5;
    start.to_zoned(TimeZone::UTC).datetime()
}
