//! How long planning takes, and how it grows: everything pure, from facts to checked plans.

use acceptance::table::{Table, median};
use access_core::config::Config;
use access_core::desired::Desired;
use access_core::facts::{
    Facts, Freshness, PagerDutyFacts, Person, Reading, Rota, ScheduleFacts, Shift,
};
use access_core::group::{Ownership, WhenEmpty};
use access_core::id::{AccountId, PagerDutyName, PagerDutyUserId, ScheduleId, TargetGroupId};
use access_core::matching::AccountMatch;
use access_core::plan::{Binding, Observed, Plan, Situation, Standing, check, draft};
use access_core::principal::Principal;
use access_core::timeline::Timeline;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::{Duration, Instant};

/// People on each schedule.
const PEOPLE: usize = 10;
const RUNS: usize = 15;

/// One group with everything that a plan is made from; half of its members are to come, half to go.
struct Case {
    binding: Binding,
    desired: Desired,
    accounts: BTreeMap<Principal, AccountMatch>,
    observed: Observed,
}

fn main() {
    let mut table = Table::new(&[
        "groups",
        "memberships",
        "timeline (ms)",
        "desired (ms)",
        "plan + check (ms)",
        "plan + check against 1/10 the size",
    ]);
    let mut before: Option<Duration> = None;
    for groups in [100, 1_000, 10_000] {
        let [timeline, desired, planning] = measure(groups);
        let ratio = before.map_or_else(
            || "-".to_owned(),
            |before| format!("{:.1}", planning.as_secs_f64() / before.as_secs_f64()),
        );
        let ms = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1e3);
        table.row(&[
            groups.to_string(),
            (groups * PEOPLE).to_string(),
            ms(timeline),
            ms(desired),
            ms(planning),
            ratio,
        ]);
        before = Some(planning);
    }
    table.print(&format!(
        "Planning, median of {RUNS} runs; n log n would grow 11.3 and 11.0 times"
    ));
}

fn measure(groups: usize) -> [Duration; 3] {
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().expect("an instant");
    let (config, facts) = world(groups, now);
    let [mut timelines, mut desireds, mut plannings] = [const { Vec::new() }; 3];
    for _ in 0..RUNS {
        let began = Instant::now();
        let timeline = Timeline::of(&config, &facts);
        timelines.push(began.elapsed());
        let began = Instant::now();
        let desired: Vec<_> = timeline
            .groups
            .values()
            .map(|group| group.at(now, &config.sweep))
            .collect();
        desireds.push(began.elapsed());
        let cases: Vec<Case> = timeline
            .groups
            .values()
            .zip(desired)
            .map(|(group, desired)| case(group, desired))
            .collect();
        let began = Instant::now();
        let mut plans: Vec<Plan> = cases.iter().map(|case| plan(now, case)).collect();
        check(
            &mut plans,
            0,
            &config.limits,
            &BTreeSet::new(),
            &BTreeSet::new(),
        );
        plannings.push(began.elapsed());
        assert_eq!(
            plans.iter().map(|plan| plan.additions.len()).sum::<usize>(),
            groups * PEOPLE / 2
        );
    }
    [
        median(&mut timelines),
        median(&mut desireds),
        median(&mut plannings),
    ]
}

fn plan(now: Timestamp, case: &Case) -> Plan {
    draft(&Situation {
        now,
        binding: &case.binding,
        desired: &case.desired,
        accounts: &case.accounts,
        observed: &case.observed,
        records: &BTreeMap::new(),
        ownership: Ownership::Exclusive,
        when_empty: WhenEmpty::Hold,
        protected: &BTreeSet::new(),
        blocked: &BTreeSet::new(),
        standing: Standing::Configured,
    })
}

fn case(group: &access_core::timeline::GroupTimeline, desired: Desired) -> Case {
    let account =
        |principal: &Principal| AccountId::new(principal.email()).expect("an address is an id");
    let entitlement = group
        .rule
        .entitlements
        .first()
        .expect("every group has one")
        .clone();
    let stay = desired.members.keys().take(PEOPLE / 2).map(account);
    let strangers =
        (0..PEOPLE / 2).map(|number| AccountId::new(format!("stranger-{number}")).expect("an id"));
    Case {
        binding: Binding {
            group: group.rule.name.clone(),
            entitlement,
        },
        accounts: desired
            .members
            .keys()
            .map(|principal| {
                (
                    principal.clone(),
                    AccountMatch::Found {
                        account: account(principal),
                    },
                )
            })
            .collect(),
        observed: Observed {
            id: TargetGroupId::new("group").expect("an id"),
            members: stay.chain(strangers).collect(),
        },
        desired,
    }
}

/// `groups` schedules with a group each, and ten people on call at once on each of them.
fn world(groups: usize, now: Timestamp) -> (Config, Facts) {
    let mut text = String::from(
        "[[pagerduty]]\nname='acme'\nurl='https://acme.pagerduty.com'\nauth='api-key'\nsecret='env:KEY'\n",
    );
    text.push_str("[[target]]\nname='aws'\nkind='identity-center'\nidentity_store_id='d-1234567890'\n[limits]\nremovals_max=1000000\n");
    let mut rota = Rota::default();
    let hour = SignedDuration::from_hours(1);
    for number in 0..groups {
        writeln!(text, "[[group]]\nname='g{number}'\nsources=['schedule:acme/P{number}']\nentitlements=['aws:G{number}']").expect("text grows");
        let users = (0..PEOPLE).map(|person| {
            PagerDutyUserId::new(format!("U{}", (number * 7 + person) % (groups * 3)))
                .expect("an id")
        });
        let shifts = users
            .map(|user| Shift {
                user,
                starts_at: Some(now - hour),
                ends_at: Some(now + hour),
            })
            .collect();
        let schedule = ScheduleFacts {
            name: format!("Schedule {number}"),
            teams: BTreeSet::new(),
            reading: Reading::Complete,
            shifts,
        };
        rota.schedules.insert(
            ScheduleId::new(format!("P{number}")).expect("an id"),
            schedule,
        );
    }
    for number in 0..groups * 3 {
        let email =
            Some(Principal::new(format!("person{number}@acme.example")).expect("an address"));
        rota.people.insert(
            PagerDutyUserId::new(format!("U{number}")).expect("an id"),
            Person {
                name: String::new(),
                email,
            },
        );
    }
    let freshness = Freshness {
        read_at: now,
        covers_from: now - hour,
        covers_until: now + hour * 24,
    };
    let account = PagerDutyFacts { freshness, rota };
    let name = PagerDutyName::new("acme").expect("a name");
    let config = Config::parse("bench.toml", &text).expect("a correct configuration");
    (
        config,
        Facts {
            pagerduty: BTreeMap::from([(name, account)]),
            ..Facts::default()
        },
    )
}
