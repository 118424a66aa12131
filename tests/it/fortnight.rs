//! A fortnight of Acme, minute by minute, over the nights on which Europe and New York put their clocks back.
//!
//! People override, swap, join and leave all the time. At every instant at which anything may change, each target group is
//! held against an oracle that asks PagerDuty's own state who is on call. It is told as two weeks, which can run side by
//! side: the second begins with an account that has the first week's changes behind it, and with empty groups.

mod changes;
mod oracle;
mod watch;

use crate::support::{World, WorldOptions, at};
use changes::{Changes, FRAUD};
use jiff::{SignedDuration, Timestamp};
use oracle::{Entitlement, Oracle, Origin, People, Rule};
use simulators::company::{
    CHECKOUT_POLICY, COMMANDERS, DATA_PIPELINE, DATABASES, DAY_AND_NIGHT, EMPTY, FOLLOW_THE_SUN,
    IN_NO_POLICY, MOBILE, PAYMENTS_POLICY, PAYMENTS_PRIMARY, PAYMENTS_SECONDARY, PEOPLE,
    PLATFORM_POLICY, RELEASE_CAPTAINS, SECURITY, SUPPORT, company,
};
use simulators::kit::SimClock;
use simulators::pagerduty::PagerDuty;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use watch::Watch;

const START: &str = "2026-10-20T00:00:00Z";
const WEEK_MINUTES: i32 = 7 * 24 * 60;
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
/// Leads and lags are whole numbers of this, so between two such instants nothing changes.
const STEP: SignedDuration = SignedDuration::from_secs(30);
/// Handoffs known so long before are to be served in time.
const NOTICE: SignedDuration = SignedDuration::from_mins(5);

/// Every schedule of the fortnight, with what its group is called after it.
const SCHEDULES: [(&str, &str); 14] = [
    (PAYMENTS_PRIMARY, "payments-primary"),
    (PAYMENTS_SECONDARY, "payments-secondary"),
    (FOLLOW_THE_SUN, "platform-follow-the-sun"),
    (DAY_AND_NIGHT, "checkout-day-and-night"),
    (DATA_PIPELINE, "data-pipeline"),
    (DATABASES, "databases"),
    (SECURITY, "security"),
    (SUPPORT, "support-weekdays"),
    (IN_NO_POLICY, "nightly-batch-watch"),
    (EMPTY, "recommendations"),
    (COMMANDERS, "incident-commanders"),
    (MOBILE, "mobile"),
    (RELEASE_CAPTAINS, "release-captains"),
    (FRAUD, "fraud-watch"),
];

/// The limits are far away: what they hold has its own stories.
const CONFIG: &str = r#"
[limits]
removals_max = 1000
removals_min = 1000

[sweep]
observe_every = "1h"

[[group_template]]
name = "{schedule}-oncall"
pagerduty = "acme"
entitlements = ["aws:{schedule}", "slack:{schedule}"]

[[group]]
name = "payments-second"
sources = ["escalation_policy:acme/PPAYEP1#2"]
entitlements = ["aws:PaymentsSecond"]
lead = "10m"
lag = "0s"

[[group]]
name = "payments-director"
sources = ["escalation_policy:acme/PPAYEP1#3"]
entitlements = ["aws:PaymentsDirector", "slack:payments-director"]

[[group]]
name = "checkout-first"
sources = ["escalation_policy:acme/PCHKEP1#1"]
entitlements = ["aws:CheckoutFirst", "slack:checkout-first"]
lead = "0s"
lag = "0s"

[[group]]
name = "platform-any"
sources = ["escalation_policy:acme/PPLTEP1"]
entitlements = ["aws:PlatformAny"]
lead = "90s"
lag = "1h"

[[group]]
name = "data-edge"
sources = ["schedule:acme/PDATAP1", "schedule:acme/PLATFM1", "schedule:acme/PCMNDR1"]
entitlements = ["aws:DataEdge"]
lead = "0s"
lag = "0s"

[[group]]
name = "mobile-hours"
sources = ["schedule:acme/PMOBIL1"]
entitlements = ["aws:MobileHours", "slack:mobile-hours"]
lead = "15m"
lag = "0s"
when_empty = "clear"

[[group]]
name = "production"
sources = ["group:payments-second", "group:checkout-first", "person:olivia.nguyen@acme.example"]
entitlements = ["aws:Production", "slack:production"]
"#;

fn rules() -> Vec<Rule> {
    use Entitlement::{Aws, Slack};
    let (five, zero) = (SignedDuration::from_mins(5), SignedDuration::ZERO);
    let rule = |name, sources, entitlements, lead, lag| Rule {
        name,
        sources,
        entitlements,
        lead,
        lag,
        holds: true,
    };
    let of_schedule = |(id, name)| {
        rule(
            name,
            vec![Origin::Schedule(id)],
            vec![Aws(name), Slack(name)],
            five,
            five,
        )
    };
    let mut rules: Vec<Rule> = SCHEDULES.into_iter().map(of_schedule).collect();
    rules.extend([
        rule(
            "payments-second",
            vec![Origin::Policy(PAYMENTS_POLICY, Some(2))],
            vec![Aws("PaymentsSecond")],
            MINUTE * 10,
            zero,
        ),
        rule(
            "payments-director",
            vec![Origin::Policy(PAYMENTS_POLICY, Some(3))],
            vec![Aws("PaymentsDirector"), Slack("payments-director")],
            five,
            five,
        ),
        rule(
            "checkout-first",
            vec![Origin::Policy(CHECKOUT_POLICY, Some(1))],
            vec![Aws("CheckoutFirst"), Slack("checkout-first")],
            zero,
            zero,
        ),
        rule(
            "platform-any",
            vec![Origin::Policy(PLATFORM_POLICY, None)],
            vec![Aws("PlatformAny")],
            STEP * 3,
            MINUTE * 60,
        ),
        rule(
            "data-edge",
            vec![
                Origin::Schedule(DATA_PIPELINE),
                Origin::Schedule(FOLLOW_THE_SUN),
                Origin::Schedule(COMMANDERS),
            ],
            vec![Aws("DataEdge")],
            zero,
            zero,
        ),
        rule(
            "mobile-hours",
            vec![Origin::Schedule(MOBILE)],
            vec![Aws("MobileHours"), Slack("mobile-hours")],
            MINUTE * 15,
            zero,
        ),
        rule(
            "production",
            vec![
                Origin::Group("payments-second"),
                Origin::Group("checkout-first"),
                Origin::Person("olivia.nguyen@acme.example"),
            ],
            vec![Aws("Production"), Slack("production")],
            zero,
            zero,
        ),
    ]);
    for rule in &mut rules {
        rule.holds = rule.name != "mobile-hours";
    }
    rules
}

#[tokio::test]
async fn each_group_holds_exactly_whom_the_rota_says_at_every_minute_of_the_week_of_europes_change()
{
    week(0).await;
}

#[tokio::test]
async fn each_group_holds_exactly_whom_the_rota_says_at_every_minute_of_the_week_of_new_yorks_change()
 {
    week(1).await;
}

async fn week(number: i32) {
    let minutes = number * WEEK_MINUTES..(number + 1) * WEEK_MINUTES;
    let (account, mut changes) = acme_before(minutes.start);
    let emails = PEOPLE
        .iter()
        .filter(|person| person.is_known_elsewhere())
        .map(|person| person.email);
    let people = emails.chain(["sofia.ek@acme.example"]).collect();
    let world = Arc::new(
        World::start(WorldOptions {
            pagerduty: account,
            people,
            groups: vec![],
            config: CONFIG,
        })
        .await,
    );
    let mut poller = world.poller().await;
    let rules = rules();
    let watch = Arc::new(Watch::new(
        Arc::clone(&world),
        rules
            .iter()
            .flat_map(|rule| rule.entitlements.clone())
            .collect(),
    ));
    poller.deps.clock = Arc::clone(&watch) as _;

    let mut week = Week::new(Oracle::new(world.pagerduty.clone(), rules));
    for now in minutes.map(minute) {
        world.clock.set(now);
        if changes.make(now) {
            week.oracle.forget();
        }
        week.foresee(now);
        let answer = poller
            .tick()
            .await
            .unwrap_or_else(|error| panic!("{now}: {error}"));
        assert!(answer.failures.is_empty(), "{now}: {:?}", answer.failures);
        week.hold_against(now, &watch.take(now));
    }

    let Week {
        served,
        to_the_second,
        moves,
        ..
    } = week;
    assert!(changes.made > 300, "{} changes were made", changes.made);
    assert!(
        served > 200,
        "{served} handoffs were known ahead and served"
    );
    assert!(
        to_the_second > 30,
        "{to_the_second} handoffs without lead were served"
    );
    let told = world.events();
    let told = told
        .iter()
        .filter(|entry| entry.event.detail_type() == "Membership Changed")
        .count();
    assert_eq!(told, moves, "every change of a membership was told, once");
}

fn minute(number: i32) -> Timestamp {
    at(START) + MINUTE * number
}

/// The account just before that minute, every change until then made.
fn acme_before(number: i32) -> (PagerDuty, Changes) {
    let clock = SimClock::at(minute(0));
    let account = company(clock.clone());
    let mut changes = Changes::new(account.clone(), 2026);
    for now in (0..number).map(minute) {
        clock.set(now);
        changes.make(now);
    }
    clock.set(minute(number));
    (account, changes)
}

/// The week so far.
struct Week {
    oracle: Oracle,
    /// Handoffs foreseen five minutes ahead: by instant, on which schedule who begins.
    foreseen: BTreeMap<Timestamp, BTreeSet<(&'static str, String)>>,
    /// Since when who is in which rule's first group.
    since: BTreeMap<(usize, String), Timestamp>,
    last: Vec<People>,
    served: usize,
    to_the_second: usize,
    moves: usize,
}

impl Week {
    fn new(oracle: Oracle) -> Self {
        Self {
            oracle,
            foreseen: BTreeMap::new(),
            since: BTreeMap::new(),
            last: Vec::new(),
            served: 0,
            to_the_second: 0,
            moves: 0,
        }
    }

    /// Notes who is to begin in five minutes, as PagerDuty has it now.
    fn foresee(&mut self, now: Timestamp) {
        let edge = now + NOTICE;
        for (schedule, _) in SCHEDULES {
            for user in self.beginning(schedule, edge) {
                self.foreseen
                    .entry(edge)
                    .or_default()
                    .insert((schedule, user));
            }
        }
    }

    fn beginning(&mut self, schedule: &'static str, edge: Timestamp) -> Vec<String> {
        let before = self.oracle.on_call_at(schedule, edge - MINUTE);
        let after = self.oracle.on_call_at(schedule, edge);
        after.difference(&before).cloned().collect()
    }

    /// Compares what was seen from `now` to the next minute with what should be.
    fn hold_against(&mut self, now: Timestamp, seen: &[(Timestamp, Vec<People>)]) {
        for (since, groups) in seen {
            self.note(*since, groups);
        }
        // The next minute's own instant is included: its edges are this tick's, before anybody changes anything.
        for instant in [now, now + STEP, now + MINUTE] {
            let (_, groups) = seen
                .iter()
                .rev()
                .find(|(since, _)| *since <= instant)
                .expect("the first was seen at once");
            self.compare(instant, groups);
        }
        self.judge_handoffs(now + MINUTE);
    }

    fn compare(&mut self, instant: Timestamp, groups: &[People]) {
        let wanted = self.oracle.step(instant).to_vec();
        let mut groups = groups.iter();
        for (rule, wanted) in self.oracle.rules().iter().zip(wanted) {
            for entitlement in &rule.entitlements {
                let held = groups.next().expect("every entitlement is watched");
                assert_eq!(*held, wanted, "{entitlement:?} at {instant}");
            }
        }
    }

    /// Keeps since when everybody is where they are.
    fn note(&mut self, at: Timestamp, groups: &[People]) {
        self.last.resize_with(groups.len(), People::new);
        for (number, (before, after)) in self.last.iter().zip(groups).enumerate() {
            for gone in before.difference(after) {
                self.since.remove(&(number, gone.clone()));
                self.moves += 1;
            }
            for come in after.difference(before) {
                self.since.insert((number, come.clone()), at);
                self.moves += 1;
            }
        }
        self.last = groups.to_vec();
    }

    /// For handoffs at `edge` that were known in time and still are: the incoming person was in before.
    fn judge_handoffs(&mut self, edge: Timestamp) {
        let foreseen = self.foreseen.remove(&edge).unwrap_or_default();
        for (schedule, user) in foreseen {
            if !self.beginning(schedule, edge).contains(&user) {
                continue;
            }
            let Some(email) = self.oracle.account_of(&user).cloned() else {
                continue;
            };
            let mut number = 0;
            for rule in self.oracle.rules() {
                let first = number;
                number += rule.entitlements.len();
                if !rule
                    .sources
                    .iter()
                    .any(|source| matches!(source, Origin::Schedule(id) if *id == schedule))
                {
                    continue;
                }
                for number in first..number {
                    let since = self.since.get(&(number, email.clone()));
                    let since = since
                        .unwrap_or_else(|| panic!("{email} is not in {} at {edge}", rule.name));
                    if rule.lead.is_zero() {
                        assert!(
                            *since <= edge,
                            "{email} came to {} only at {since}",
                            rule.name
                        );
                        self.to_the_second += usize::from(*since == edge);
                    } else {
                        assert!(
                            *since < edge,
                            "{email} came to {} only at {since}, the shift begins at {edge}",
                            rule.name
                        );
                        self.served += 1;
                    }
                }
            }
        }
    }
}
