//! Acme, a believable company: the PagerDuty account that the demo and whole-system tests run on.
//!
//! Forty people in three regions, thirteen schedules of both kinds, eight escalation policies.
//! Ids never change, so a configuration can be written against the constants here.

mod people;
mod schedules;

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};

use crate::kit::SimClock;
use crate::pagerduty::{EscalationPolicy, PagerDuty, Service, Target, Team, User};

pub use people::{PEOPLE, Person, UNMATCHED};
pub use schedules::ids::*;

/// The PagerDuty subdomain.
pub const SUBDOMAIN: &str = "acme";
/// An account API key with all rights.
pub const API_KEY: &str = "acme-simulated-api-key";
/// The client id of a scoped OAuth app that may do everything Rotakey does.
pub const CLIENT_ID: &str = "acme-simulated-client";
/// That app's secret.
pub const CLIENT_SECRET: &str = "acme-simulated-secret";
/// That app's scopes.
pub const SCOPES: [&str; 11] = [
    "abilities.read",
    "escalation_policies.read",
    "incidents.read",
    "incidents.write",
    "oncalls.read",
    "schedules.read",
    "services.read",
    "teams.read",
    "users.read",
    "webhook_subscriptions.read",
    "webhook_subscriptions.write",
];

/// Payments: levels 1 to 3, the third a permanent on-call ([`PAYMENTS_DIRECTOR`]).
pub const PAYMENTS_POLICY: &str = "PPAYEP1";
/// The user id of the payments director, directly on call at level 3 of [`PAYMENTS_POLICY`].
pub const PAYMENTS_DIRECTOR: &str = "PGRACEO";
/// Platform: follow-the-sun, then databases, then two incident commanders.
pub const PLATFORM_POLICY: &str = "PPLTEP1";
/// Checkout: day and night, then the payments primary.
pub const CHECKOUT_POLICY: &str = "PCHKEP1";
/// Data: the pipeline, then platform.
pub const DATA_POLICY: &str = "PDATEP1";
/// Security.
pub const SECURITY_POLICY: &str = "PSECEP1";
/// Mobile.
pub const MOBILE_POLICY: &str = "PMOBEP1";
/// Support: weekdays, then the release captain.
pub const SUPPORT_POLICY: &str = "PSUPEP1";
/// A team that has a policy but nobody on its schedule yet.
pub const NEW_TEAM_POLICY: &str = "PNEWEP1";

/// The service whose incidents go to [`PAYMENTS_POLICY`].
pub const PAYMENTS_SERVICE: &str = "PSVPAY1";
/// The service whose incidents go to [`CHECKOUT_POLICY`].
pub const CHECKOUT_SERVICE: &str = "PSVCHK1";

/// Acme as of the clock's time: every rotation is under way, and an override of
/// [`SECURITY`] begins within two hours.
///
/// # Panics
/// If the clock shows a year outside jiff's range.
#[must_use]
pub fn company(clock: SimClock) -> PagerDuty {
    let now = clock.now();
    let account = PagerDuty::new(SUBDOMAIN, clock);
    account.add_api_key(API_KEY);
    account.add_app(CLIENT_ID, CLIENT_SECRET, &SCOPES);
    for person in &PEOPLE {
        let user = User::new(person.name, person.email)
            .id(person.id)
            .time_zone(person.time_zone)
            .job_title(person.title);
        account.add_user(user);
    }
    for (id, name, _) in people::TEAMS {
        let members = PEOPLE.iter().filter(|person| person.team == id);
        let team = members.fold(Team::new(name).id(id), |team, person| {
            let leads = person.title.contains("Lead") || person.title.contains("Director");
            team.member(person.id, if leads { "manager" } else { "responder" })
        });
        account.add_team(team);
    }
    schedules::add(&account, first_monday(now), now);
    add_policies(&account);
    account
}

/// The Monday eight weeks before `now`, where all rotations start.
fn first_monday(now: Timestamp) -> Date {
    let today = now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let monday = today.nth_weekday(-1, Weekday::Monday);
    monday
        .and_then(|monday| monday.checked_sub(8.weeks()))
        .expect("a year in jiff's range")
}

fn add_policies(account: &PagerDuty) {
    let schedule = Target::schedule;
    let policies = [
        (
            PAYMENTS_POLICY,
            "Payments",
            "PTMPAY1",
            vec![
                vec![schedule(PAYMENTS_PRIMARY)],
                vec![schedule(PAYMENTS_SECONDARY)],
                vec![Target::user(PAYMENTS_DIRECTOR)],
            ],
        ),
        (
            PLATFORM_POLICY,
            "Platform",
            "PTMPLT1",
            vec![
                vec![schedule(FOLLOW_THE_SUN)],
                vec![schedule(DATABASES)],
                vec![schedule(COMMANDERS)],
            ],
        ),
        (
            CHECKOUT_POLICY,
            "Checkout",
            "PTMPAY1",
            vec![
                vec![schedule(DAY_AND_NIGHT)],
                vec![schedule(PAYMENTS_PRIMARY)],
            ],
        ),
        (
            DATA_POLICY,
            "Data",
            "PTMDAT1",
            vec![
                vec![schedule(DATA_PIPELINE)],
                vec![schedule(FOLLOW_THE_SUN), schedule(DATABASES)],
            ],
        ),
        (
            SECURITY_POLICY,
            "Security",
            "PTMSEC1",
            vec![vec![schedule(SECURITY)], vec![schedule(COMMANDERS)]],
        ),
        (
            MOBILE_POLICY,
            "Mobile",
            "PTMMOB1",
            vec![vec![schedule(MOBILE)]],
        ),
        (
            SUPPORT_POLICY,
            "Support",
            "PTMSUP1",
            vec![vec![schedule(SUPPORT)], vec![schedule(RELEASE_CAPTAINS)]],
        ),
        (
            NEW_TEAM_POLICY,
            "Recommendations",
            "PTMDAT1",
            vec![vec![schedule(EMPTY)]],
        ),
    ];
    for (place, (id, name, team, levels)) in policies.into_iter().enumerate() {
        let policy = EscalationPolicy::new(name).id(id).team(team);
        account.add_policy(levels.into_iter().fold(policy, EscalationPolicy::level));
        let service = match id {
            PAYMENTS_POLICY => PAYMENTS_SERVICE.to_owned(),
            CHECKOUT_POLICY => CHECKOUT_SERVICE.to_owned(),
            _ => format!("PSVC{place:03}"),
        };
        let service = Service::new(&format!("{name} service"), id).id(&service);
        account.add_service(service.team(team));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acme(now: &str) -> PagerDuty {
        company(SimClock::at(now.parse().expect("an instant")))
    }

    #[test]
    fn somebody_is_on_call_wherever_somebody_should_be() {
        let account = acme("2026-11-22T10:00:00Z");
        let now = account.clock().now();
        let always = [
            PAYMENTS_PRIMARY,
            PAYMENTS_SECONDARY,
            FOLLOW_THE_SUN,
            DAY_AND_NIGHT,
            DATA_PIPELINE,
        ];
        for hour in 0..24 * 14 {
            let at = now + jiff::SignedDuration::from_hours(hour);
            for schedule in always {
                assert_eq!(
                    account.on_call_at(schedule, at).len(),
                    1,
                    "{schedule} at {at}"
                );
            }
            assert_eq!(account.on_call_at(COMMANDERS, at).len(), 2, "at {at}");
            assert!(account.on_call_at(EMPTY, at).is_empty(), "at {at}");
        }
    }

    #[test]
    fn one_schedule_is_in_no_policy_and_an_override_is_near() {
        let account = acme("2026-11-22T10:00:00Z");
        let policies = account.policies();
        let mut targets = policies
            .values()
            .flat_map(|policy| &policy.rules)
            .flat_map(|rule| &rule.targets);
        assert!(!targets.any(|target| *target == Target::schedule(IN_NO_POLICY)));
        let now = account.clock().now();
        let soon = account.shifts(SECURITY, now, now + jiff::SignedDuration::from_hours(3));
        assert_eq!(soon.len(), 2, "the layer's shift, then the override");
    }

    #[test]
    fn ids_and_addresses_are_unique() {
        let ids: std::collections::BTreeSet<_> = PEOPLE.iter().map(|person| person.id).collect();
        let emails: std::collections::BTreeSet<_> =
            PEOPLE.iter().map(|person| person.email).collect();
        assert_eq!((ids.len(), emails.len()), (PEOPLE.len(), PEOPLE.len()));
        assert!(PEOPLE.iter().all(|person| person.id.len() == 7));
        let unmatched: Vec<_> = PEOPLE
            .iter()
            .filter(|person| !person.is_known_elsewhere())
            .collect();
        assert_eq!(
            unmatched.iter().map(|person| person.id).collect::<Vec<_>>(),
            [UNMATCHED]
        );
    }
}
