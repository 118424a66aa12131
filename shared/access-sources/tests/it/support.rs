//! Small worlds, and questions to facts.

use access_core::config::{Config, PagerDutyAccount};
use access_core::facts::{PagerDutyFacts, Reading, ScheduleFacts};
use access_core::ports::{Ask, RotaSource};
use access_sources::PagerDutySource;
use jiff::civil::{DateTime, Weekday};
use jiff::{SignedDuration, Timestamp};
use pagerduty_client::{Client, Instance, RetryPolicy, StaticCredential};
use simulators::kit::{Server, SimClock};
use simulators::pagerduty::{
    EscalationPolicy, Event, Layer, LayerSchedule, PagerDuty, Recurrence, ShiftSchedule, Target,
    Team, User,
};
use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;

pub(crate) const KEY: &str = "a-simulated-key";

/// Layer-based, weekly, in two policies at two levels.
pub(crate) const WEEKLY: &str = "PWEEKLY";
/// Shift-based, two people at once, in a policy.
pub(crate) const PAIR: &str = "PPAIR";
/// Layer-based, daily, in no policy.
pub(crate) const LONE: &str = "PLONE";
/// Shift-based, two people at once, in no policy.
pub(crate) const LONE_PAIR: &str = "PLONEPAIR";
/// Layer-based without anybody, in a policy.
pub(crate) const EMPTY: &str = "PEMPTY";
/// Shift-based with nobody but a vacant place, in no policy.
pub(crate) const VACANT: &str = "PVACANT";
/// Unknown to PagerDuty, whatever it is asked as.
pub(crate) const GONE: &str = "PGONE";

/// [`WEEKLY`], then [`PAIR`], then [`DIRECTOR`] always.
pub(crate) const POLICY: &str = "PEPMAIN";
/// [`EMPTY`] alone: nobody is on call.
pub(crate) const SILENT: &str = "PEPSILENT";
/// Always on call for [`POLICY`].
pub(crate) const DIRECTOR: &str = "PUSER0";
/// The team of [`WEEKLY`], [`PAIR`], [`LONE`] and [`LONE_PAIR`].
pub(crate) const TEAM: &str = "PTEAM";

pub(crate) fn now() -> Timestamp {
    "2026-11-22T09:30:20Z".parse().unwrap()
}

pub(crate) fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

pub(crate) fn user(n: usize) -> String {
    format!("PUSER{n}")
}

pub(crate) fn people(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(user).collect()
}

fn morning(day: i8) -> DateTime {
    jiff::civil::date(2026, 11, day).at(9, 0, 0, 0)
}

pub(crate) fn account() -> PagerDuty {
    let account = PagerDuty::new("acme", SimClock::at(now()));
    account.add_api_key(KEY);
    account.limit_rate(None);
    account
}

pub(crate) fn add_people(account: &PagerDuty, count: usize) {
    for n in 0..count {
        let email = format!("Person{n}@acme.example");
        account.add_user(User::new(&format!("Person {n}"), &email).id(&user(n)));
    }
}

pub(crate) fn pair(id: &str, people: &[String]) -> ShiftSchedule {
    let days = vec![Weekday::Monday, Weekday::Thursday, Weekday::Sunday];
    let recurrence = Recurrence::Weekly(1, days);
    let event = Event::new("Pair", morning(2), hours(36), recurrence).users(people);
    ShiftSchedule::new(&format!("Pair {id}"), "Europe/Berlin")
        .id(id)
        .rotation(event.everyone())
        .team(TEAM)
}

/// The small world; every constant above names a part of it.
pub(crate) fn company() -> PagerDuty {
    let account = account();
    add_people(&account, 20);
    account.add_team(Team::new("Team").id(TEAM));
    let weekly = Layer::weekly(morning(2), &people(1..4));
    account.add_schedule(
        LayerSchedule::new("Weekly", "Europe/Berlin")
            .id(WEEKLY)
            .layer(weekly)
            .team(TEAM),
    );
    account.add_shift_schedule(pair(PAIR, &people(4..6)));
    let daily = Layer::daily(morning(2), &people(6..9));
    account.add_schedule(
        LayerSchedule::new("Lone", "America/New_York")
            .id(LONE)
            .layer(daily)
            .team(TEAM),
    );
    account.add_shift_schedule(pair(LONE_PAIR, &people(9..11)));
    account.add_schedule(LayerSchedule::new("Empty", "UTC").id(EMPTY));
    let vacant = Event::new("Vacant", morning(2), hours(24), Recurrence::Daily(1)).vacant();
    account.add_shift_schedule(
        ShiftSchedule::new("Vacant", "UTC")
            .id(VACANT)
            .rotation(vacant),
    );
    let main = EscalationPolicy::new("Main")
        .id(POLICY)
        .level(vec![Target::schedule(WEEKLY)])
        .level(vec![Target::schedule(PAIR), Target::schedule(WEEKLY)])
        .level(vec![Target::user(DIRECTOR)]);
    account.add_policy(main);
    let other = EscalationPolicy::new("Other").id("PEPOTHER");
    account.add_policy(other.level(vec![Target::schedule(WEEKLY), Target::user(DIRECTOR)]));
    account.add_policy(
        EscalationPolicy::new("Silent")
            .id(SILENT)
            .level(vec![Target::schedule(EMPTY)]),
    );
    account
}

/// A day around [`now`], aligned to hours, of these schedules and policies.
pub(crate) fn ask(schedules: &[&str], policies: &[&str]) -> Ask {
    Ask {
        covers_from: "2026-11-22T09:00:00Z".parse().unwrap(),
        covers_until: "2026-11-23T11:00:00Z".parse().unwrap(),
        schedules: schedules.iter().map(|id| id.parse().unwrap()).collect(),
        all_schedules: false,
        escalation_policies: policies.iter().map(|id| id.parse().unwrap()).collect(),
    }
}

/// Everything in the small world.
pub(crate) fn ask_everything() -> Ask {
    ask(
        &[WEEKLY, PAIR, LONE, LONE_PAIR, EMPTY, VACANT, GONE],
        &[POLICY, SILENT, "PEPGONE"],
    )
}

pub(crate) fn source(server: &Server) -> PagerDutySource {
    let instance = Instance::parse("https://acme.pagerduty.com").unwrap();
    let instance = instance.with_api_url(server.url()).unwrap();
    let credentials = Arc::new(StaticCredential::api_key(KEY));
    let client = Client::builder(instance, credentials)
        .retry(RetryPolicy::immediate())
        .calls_per_minute(NonZeroU32::new(60_000).unwrap());
    PagerDutySource::new(client.build().unwrap())
}

/// The account as it is configured for a scoped OAuth app.
pub(crate) fn configured(server: &Server) -> PagerDutyAccount {
    let url = server.url();
    let toml = format!(
        "[[pagerduty]]\nname = \"acme\"\nurl = \"https://acme.pagerduty.com\"\nauth = \"scoped-oauth\"\n\
         secret = \"rotakey/pagerduty/acme\"\napi_url = \"{url}\"\ntoken_url = \"{url}\"\n"
    );
    let config = Config::parse("rotakey.toml", &toml).unwrap();
    config.pagerduty[&"acme".parse().unwrap()].clone()
}

/// A complete first read by a fresh source.
pub(crate) async fn read(server: &Server, ask: &Ask) -> PagerDutyFacts {
    source(server).read(now(), ask, None).await.unwrap()
}

pub(crate) fn schedule<'f>(facts: &'f PagerDutyFacts, id: &str) -> &'f ScheduleFacts {
    &facts.rota.schedules[&id.parse().unwrap()]
}

pub(crate) fn reading<'f>(facts: &'f PagerDutyFacts, id: &str) -> &'f Reading {
    &schedule(facts, id).reading
}

pub(crate) fn policy_reading<'f>(facts: &'f PagerDutyFacts, id: &str) -> &'f Reading {
    &facts.rota.escalation_policies[&id.parse().unwrap()].reading
}

/// Asserts that a schedule is complete and that at every quarter of an hour of the span it has the people who are on
/// call by PagerDuty's rules, all of them with an address.
pub(crate) fn assert_true(account: &PagerDuty, facts: &PagerDutyFacts, id: &str) {
    let found = schedule(facts, id);
    assert_eq!(found.reading, Reading::Complete, "{id}");
    let mut at = facts.freshness.covers_from;
    while at < facts.freshness.covers_until {
        let holds = |starts: Option<Timestamp>, ends: Option<Timestamp>| {
            starts.is_none_or(|starts| starts <= at) && ends.is_none_or(|ends| at < ends)
        };
        let shifts = found.shifts.iter();
        let on_call: BTreeSet<String> = shifts
            .filter(|shift| holds(shift.starts_at, shift.ends_at))
            .map(|shift| shift.user.to_string())
            .collect();
        assert_eq!(on_call, account.on_call_at(id, at), "{id} at {at}");
        at += SignedDuration::from_mins(15);
    }
    for shift in &found.shifts {
        let person = &facts.rota.people[&shift.user];
        assert!(person.email.is_some(), "{id}: {}", shift.user);
    }
}
