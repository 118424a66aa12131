//! How long planning takes, and how it grows: everything pure, from facts to checked plans.

use acceptance::table::{Table, median, ms};
use access_core::config::Config;
use access_core::desired::Desired;
use access_core::facts::{
    Facts, Freshness, PagerDutyFacts, Person, Reading, Rota, ScheduleFacts, Shift,
};
use access_core::group::{Ownership, WhenEmpty};
use access_core::id::{AccountId, PagerDutyName, PagerDutyUserId, ScheduleId, TargetGroupId};
use access_core::matching::AccountMatch;
use access_core::membership::{Member, Origin, Record, RecordState};
use access_core::plan::{Binding, Observed, Plan, Situation, Spent, Standing, check, draft};
use access_core::principal::Principal;
use access_core::timeline::{GroupTimeline, Timeline};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::{Duration, Instant};

/// People on each schedule.
const PEOPLE: usize = 10;
const RUNS: usize = 15;
/// As the poller takes them.
const GROUPS_PER_SWEEP: usize = 100;

/// How far targets are from what is wanted.
#[derive(Clone, Copy)]
enum Scene {
    /// Everything is as it should be.
    Steady,
    /// In every group at once, one of ten comes and another one goes.
    Handoffs,
    /// Nothing is written down yet; half of the members are there, and as many strangers, who go.
    FirstSight,
}

/// One group with everything that a plan is made from.
struct Case {
    binding: Binding,
    desired: Desired,
    accounts: BTreeMap<Principal, AccountMatch>,
    observed: Observed,
    records: BTreeMap<AccountId, Record>,
}

fn main() {
    let mut table = Table::new(&[
        "groups",
        "memberships",
        "timeline (ms)",
        "desired (ms)",
        "plan, steady (ms)",
        "plan, handoffs (ms)",
        "plan, first sight (ms)",
        "handoffs against 1/10 the size",
    ]);
    let mut before: Option<Duration> = None;
    for groups in [100, 1_000, 10_000] {
        let measured = measure(groups);
        let handoffs = measured[3];
        let ratio = before.map_or_else(
            || "-".to_owned(),
            |before| format!("{:.1}", handoffs.as_secs_f64() / before.as_secs_f64()),
        );
        let times = measured.map(|time| ms(time, 1));
        let mut row = vec![groups.to_string(), (groups * PEOPLE).to_string()];
        row.extend(times);
        row.push(ratio);
        table.row(&row);
        before = Some(handoffs);
    }
    table.print(&format!(
        "Planning in sweeps of {GROUPS_PER_SWEEP} groups, median of {RUNS} runs; n log n would grow 13.3 and 12.5 times"
    ));
}

fn measure(groups: usize) -> [Duration; 5] {
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().expect("an instant");
    let (config, facts) = world(groups, now);
    let mut times = [const { Vec::new() }; 5];
    for _ in 0..RUNS {
        let began = Instant::now();
        let timeline = Timeline::of(&config, &facts);
        times[0].push(began.elapsed());
        let began = Instant::now();
        let desired: Vec<_> = timeline
            .groups
            .values()
            .map(|group| group.at(now, &config.sweep))
            .collect();
        times[1].push(began.elapsed());
        for (place, scene, changes) in [
            (2, Scene::Steady, 0),
            (3, Scene::Handoffs, 2),
            (4, Scene::FirstSight, PEOPLE),
        ] {
            let wanted = timeline.groups.values().zip(&desired);
            let cases: Vec<Case> = wanted
                .map(|(group, desired)| case(group, desired, scene, now))
                .collect();
            let (planning, changed) = plan_all(now, &config, &cases);
            times[place].push(planning);
            assert_eq!(changed, groups * changes);
        }
    }
    times.map(|mut times| median(&mut times))
}

/// Plans and checks everything, and counts what would change.
fn plan_all(now: Timestamp, config: &Config, cases: &[Case]) -> (Duration, usize) {
    let (mut planning, mut changes) = (Duration::ZERO, 0);
    let mut spent = Spent::default();
    for sweep in cases.chunks(GROUPS_PER_SWEEP) {
        let began = Instant::now();
        let mut plans: Vec<Plan> = sweep.iter().map(|case| plan(now, case)).collect();
        check(
            &mut plans,
            (cases.len() - sweep.len()) * PEOPLE,
            &mut spent,
            &config.limits,
            &BTreeSet::new(),
            &[],
        );
        planning += began.elapsed();
        let counted = plans
            .iter()
            .map(|plan| plan.additions.len() + plan.removals.len());
        changes += counted.sum::<usize>();
    }
    (planning, changes)
}

fn plan(now: Timestamp, case: &Case) -> Plan {
    draft(&Situation {
        now,
        binding: &case.binding,
        desired: &case.desired,
        accounts: &case.accounts,
        observed: &case.observed,
        records: &case.records,
        ownership: Ownership::Exclusive,
        when_empty: WhenEmpty::Hold,
        protected: &BTreeSet::new(),
        blocked: &BTreeSet::new(),
        standing: Standing::Configured,
    })
}

fn case(group: &GroupTimeline, desired: &Desired, scene: Scene, now: Timestamp) -> Case {
    let account =
        |principal: &Principal| AccountId::new(principal.email()).expect("an address is an id");
    let leaver = |number| AccountId::new(format!("leaver-{number}")).expect("an id");
    let (stay, leave, is_recorded) = match scene {
        Scene::Steady => (PEOPLE, 0, true),
        Scene::Handoffs => (PEOPLE - 1, 1, true),
        Scene::FirstSight => (PEOPLE / 2, PEOPLE / 2, false),
    };
    let mut records = BTreeMap::new();
    let mut members = BTreeSet::new();
    for (principal, member) in desired.members.iter().take(stay) {
        members.insert(account(principal));
        records.insert(
            account(principal),
            record(account(principal), principal, member),
        );
    }
    for number in 0..leave {
        let somebody = Principal::new(format!("leaver-{number}@acme.example"));
        let somebody = somebody.expect("an address");
        let member = Member {
            causes: desired
                .members
                .values()
                .next()
                .expect("ten are wanted")
                .causes
                .clone(),
            until: Some(now),
        };
        members.insert(leaver(number));
        records.insert(leaver(number), record(leaver(number), &somebody, &member));
    }
    let found = |principal: &Principal| AccountMatch::Found {
        account: account(principal),
    };
    let people = desired.members.keys();
    Case {
        binding: Binding {
            group: group.rule.name.clone(),
            entitlement: group.rule.entitlements.first().expect("one each").clone(),
        },
        accounts: people.map(|it| (it.clone(), found(it))).collect(),
        observed: Observed {
            id: TargetGroupId::new("group").expect("an id"),
            members,
        },
        records: if is_recorded {
            records
        } else {
            BTreeMap::new()
        },
        desired: desired.clone(),
    }
}

fn record(account: AccountId, principal: &Principal, member: &Member) -> Record {
    Record {
        account,
        principal: Some(principal.clone()),
        origin: Origin::Added,
        member: member.clone(),
        state: RecordState::Present,
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
