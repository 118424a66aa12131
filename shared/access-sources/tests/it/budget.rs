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
    let share = shape.people / shape.schedules;
    let layer_based = shape.schedules - shape.shift_based;
    for n in 0..shape.schedules {
        let id = schedule_id(n);
        let people = people(n * share..(n + 1) * share);
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

/// Reads `minutes` after the start; answers the facts and the number of calls, which is printed.
async fn count(
    case: &str,
    account: &PagerDuty,
    source: &PagerDutySource,
    (ask, minutes): (&Ask, i64),
    previous: Option<&PagerDutyFacts>,
) -> (PagerDutyFacts, u64) {
    account.log().reset();
    let at = now() + SignedDuration::from_mins(minutes);
    let facts = source.read(at, ask, previous).await.unwrap();
    let calls = account.log().total();
    println!("{case}: {calls} calls: {:?}", account.log().counts());
    (facts, calls)
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
    for by_template in [false, true] {
        let ask = ask_all(&shape, by_template);
        let source = source(&server);
        let case = format!("100 schedules, template: {by_template}");
        let (first, calls) = count(
            &format!("{case}, first"),
            &account,
            &source,
            (&ask, 0),
            None,
        )
        .await;
        for n in 0..shape.schedules {
            assert_true(&account, &first, &schedule_id(n));
        }
        if !by_template {
            assert!(calls <= 10, "first: {calls}");
        }
        let (second, calls) = count(
            &format!("{case}, next"),
            &account,
            &source,
            (&ask, 1),
            Some(&first),
        )
        .await;
        assert!(calls <= 10, "next: {calls}");
        assert_eq!(second.rota, first.rota);
        let cold = crate::support::source(&server);
        let (_, calls) = count(
            &format!("{case}, cold"),
            &account,
            &cold,
            (&ask, 2),
            Some(&first),
        )
        .await;
        assert!(calls <= 10, "cold: {calls}");
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
    let ask = ask_all(&shape, false);
    let source = source(&server);
    let (first, _) = count(
        "1,000 in policies, first",
        &account,
        &source,
        (&ask, 0),
        None,
    )
    .await;
    for n in 0..shape.schedules {
        assert_true(&account, &first, &schedule_id(n));
    }
    let (_, calls) = count(
        "1,000 in policies, next",
        &account,
        &source,
        (&ask, 1),
        Some(&first),
    )
    .await;
    assert!(calls <= 40, "{calls}");
    assert_eq!(
        account.log().count("GET /schedules"),
        0,
        "on-calls tell it all"
    );
    assert_eq!(account.log().count("GET /v3/schedules"), 0);

    let ask = ask_all(&shape, true);
    let (first, _) = count(
        "1,000 by template, first",
        &account,
        &source,
        (&ask, 2),
        Some(&first),
    )
    .await;
    let (second, calls) = count(
        "1,000 by template, next",
        &account,
        &source,
        (&ask, 3),
        Some(&first),
    )
    .await;
    assert!(calls <= 40, "{calls}");
    assert_eq!(second.rota, first.rota);
    let is_plain = |query: &str| !query.contains("final_schedule");
    let requests = account.log().requests();
    let lists: Vec<_> = requests
        .iter()
        .filter(|request| request.operation == "GET /schedules")
        .collect();
    assert!(!lists.is_empty() && lists.iter().all(|request| is_plain(&request.query)));
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
    for by_template in [false, true] {
        let ask = ask_all(&shape, by_template);
        let case = format!("300 of 1,000 in no policy, template: {by_template}");
        let (first, _) = count(
            &format!("{case}, first"),
            &account,
            &source,
            (&ask, 0),
            None,
        )
        .await;
        for n in 0..shape.schedules {
            assert_true(&account, &first, &schedule_id(n));
        }
        let (second, calls) = count(
            &format!("{case}, next"),
            &account,
            &source,
            (&ask, 1),
            Some(&first),
        )
        .await;
        assert!(calls <= 40, "{calls}");
        assert_eq!(second.rota, first.rota);
    }
}
