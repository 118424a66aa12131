//! How many calls a read takes, by the simulator's own count.

use crate::support::*;
use access_core::facts::PagerDutyFacts;
use access_core::ports::{Ask, RotaSource};
use access_sources::PagerDutySource;
use jiff::SignedDuration;
use simulators::pagerduty::{EscalationPolicy, Layer, LayerSchedule, PagerDuty, Target, Team};

struct Shape {
    schedules: usize,
    people: usize,
    /// Of the schedules, so many are shift-based.
    shift_based: usize,
    /// Of the layer-based ones, so many are in no policy.
    lone: usize,
    /// Of the shift-based ones, so many are in no policy.
    lone_shift_based: usize,
}

/// Weekly schedules that hand over on every day of the week; half of those in a policy are in a second one.
fn organisation(shape: &Shape) -> PagerDuty {
    let account = account();
    add_people(&account, shape.people);
    account.add_team(Team::new("Team").id(TEAM));
    let each = shape.people / shape.schedules;
    let layer_based = shape.schedules - shape.shift_based;
    for n in 0..shape.schedules {
        let id = schedule_id(n);
        let people = people(n * each..(n + 1) * each);
        let is_lone = if n < layer_based {
            let day = i8::try_from(n % 7).unwrap() + 1;
            let layer = Layer::weekly(jiff::civil::date(2026, 11, day).at(9, 0, 0, 0), &people);
            account.add_schedule(
                LayerSchedule::new(&format!("Schedule {n}"), "UTC")
                    .id(&id)
                    .layer(layer)
                    .team(TEAM),
            );
            n < shape.lone
        } else {
            account.add_shift_schedule(pair(&id, &people[..2]));
            n < layer_based + shape.lone_shift_based
        };
        if !is_lone {
            for policy in 0..=n % 2 {
                let policy = EscalationPolicy::new(&format!("Policy {n} {policy}"));
                account.add_policy(policy.level(vec![Target::schedule(&id)]));
            }
        }
    }
    account
}

fn schedule_id(n: usize) -> String {
    format!("PSCHED{n}")
}

/// Asks for all schedules by name, or as a template does.
fn ask_all(shape: &Shape, by_template: bool) -> Ask {
    let ids: Vec<String> = (0..shape.schedules).map(schedule_id).collect();
    let ids: Vec<&str> = if by_template {
        Vec::new()
    } else {
        ids.iter().map(String::as_str).collect()
    };
    let mut ask = ask(&ids, &[]);
    ask.all_schedules = by_template;
    ask
}

/// Reads `minutes` after the start and asserts the number of calls, which the README tells as well.
async fn read_in(
    calls: u64,
    account: &PagerDuty,
    source: &PagerDutySource,
    (ask, minutes): (&Ask, i64),
    previous: Option<&PagerDutyFacts>,
) -> PagerDutyFacts {
    account.log().reset();
    let at = now() + SignedDuration::from_mins(minutes);
    let facts = source.read(at, ask, previous).await.unwrap();
    let (total, counts) = (account.log().total(), account.log().counts());
    let by_template = ask.all_schedules;
    assert_eq!(
        total, calls,
        "minute {minutes}, template: {by_template}: {counts:?}"
    );
    facts
}

fn assert_all_true(account: &PagerDuty, facts: &PagerDutyFacts, shape: &Shape) {
    for n in 0..shape.schedules {
        assert_true(account, facts, &schedule_id(n));
    }
}

#[tokio::test]
async fn a_hundred_schedules_and_three_hundred_people_take_ten_calls_at_most() {
    let shape = Shape {
        schedules: 100,
        people: 300,
        shift_based: 12,
        lone: 8,
        lone_shift_based: 2,
    };
    let account = organisation(&shape);
    let server = account.serve().await.unwrap();
    // With a template the first read ever asks for the teams of ten shift-based schedules.
    for (by_template, first_calls, next_calls) in [(false, 10, 8), (true, 20, 9)] {
        let ask = ask_all(&shape, by_template);
        let warm = source(&server);
        let first = read_in(first_calls, &account, &warm, (&ask, 0), None).await;
        assert_all_true(&account, &first, &shape);
        let cold = source(&server);
        for (source, minutes) in [(warm, 1), (cold, 2)] {
            let next = read_in(next_calls, &account, &source, (&ask, minutes), Some(&first)).await;
            assert_eq!(next.rota, first.rota);
        }
    }
}

#[tokio::test]
async fn a_thousand_schedules_and_ten_thousand_people_take_forty_calls_at_most() {
    let shape = Shape {
        schedules: 1_000,
        people: 10_000,
        shift_based: 100,
        lone: 0,
        lone_shift_based: 0,
    };
    let account = organisation(&shape);
    let server = account.serve().await.unwrap();
    let source = source(&server);
    let by_name = ask_all(&shape, false);
    let first = read_in(24, &account, &source, (&by_name, 0), None).await;
    assert_all_true(&account, &first, &shape);
    let next = read_in(24, &account, &source, (&by_name, 1), Some(&first)).await;
    assert_eq!(next.rota, first.rota);
    assert_eq!(
        account.log().count("GET /oncalls"),
        24,
        "on-calls tell it all"
    );

    let by_template = ask_all(&shape, true);
    let first = read_in(134, &account, &source, (&by_template, 2), Some(&first)).await;
    let next = read_in(35, &account, &source, (&by_template, 3), Some(&first)).await;
    assert_eq!(next.rota, first.rota);
    let lists = account.log().requests().into_iter();
    let mut lists = lists.filter(|request| request.operation == "GET /schedules");
    assert!(
        lists.all(|list| !list.query.contains("final_schedule")),
        "nothing is rendered"
    );
}

#[tokio::test]
async fn schedules_outside_of_policies_are_read_in_bulk() {
    let shape = Shape {
        schedules: 1_000,
        people: 10_000,
        shift_based: 5,
        lone: 300,
        lone_shift_based: 1,
    };
    let account = organisation(&shape);
    let server = account.serve().await.unwrap();
    let source = source(&server);
    // The first read ever lists all people.
    for (by_template, first_calls, next_calls) in [(false, 126, 27), (true, 130, 28)] {
        let ask = ask_all(&shape, by_template);
        let first = read_in(first_calls, &account, &source, (&ask, 0), None).await;
        assert_all_true(&account, &first, &shape);
        let next = read_in(next_calls, &account, &source, (&ask, 1), Some(&first)).await;
        assert_eq!(next.rota, first.rota);
    }
}
