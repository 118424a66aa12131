//! What a read finds in a world without faults.

use crate::support::*;
use access_core::facts::{PolicyShift, Reading, Shift};
use access_core::ports::RotaSource;
use access_sources::{PagerDutySource, READ_SCOPES, Reads};
use jiff::SignedDuration;
use pagerduty_client::StaticCredential;
use simulators::pagerduty::{EscalationPolicy, Layer, LayerSchedule, Member, Target, User};
use std::collections::BTreeSet;
use std::sync::Arc;

const KNOWN: [&str; 6] = [WEEKLY, PAIR, LONE, LONE_PAIR, EMPTY, VACANT];

#[tokio::test]
async fn every_kind_of_schedule_is_read_as_pagerduty_has_it() {
    let account = company();
    let server = account.serve().await.unwrap();
    let facts = read(&server, &ask_everything()).await;
    for id in KNOWN {
        assert_true(&account, &facts, id);
    }
    assert_eq!(facts.rota.schedules.len(), 7);
    assert_eq!(*reading(&facts, GONE), Reading::Gone);
    assert_eq!(schedule(&facts, LONE_PAIR).name, "Pair PLONEPAIR");
    assert!(schedule(&facts, EMPTY).shifts.is_empty());
    assert!(schedule(&facts, VACANT).shifts.is_empty());
    assert_eq!(facts.freshness.read_at, now());
    assert_eq!(facts.freshness.covers_from, ask_everything().covers_from);
    let email = facts.rota.people[&user(9).parse().unwrap()].email.clone();
    assert_eq!(
        email.unwrap().email(),
        "person9@acme.example",
        "looked up: the list gives only ids"
    );
}

#[tokio::test]
async fn policies_are_read_by_level() {
    let account = company();
    let server = account.serve().await.unwrap();
    let facts = read(&server, &ask(&[], &[POLICY, SILENT, "PEPGONE"])).await;
    assert!(facts.rota.schedules.is_empty());
    assert_eq!(*policy_reading(&facts, "PEPGONE"), Reading::Gone);
    let silent = &facts.rota.escalation_policies[&SILENT.parse().unwrap()];
    assert_eq!(
        (silent.name.as_str(), &silent.reading),
        ("Silent", &Reading::Complete)
    );
    assert!(silent.shifts.is_empty(), "known, and nobody is on call");
    let main = &facts.rota.escalation_policies[&POLICY.parse().unwrap()];
    let of = |level: u32| -> BTreeSet<Option<String>> {
        let places = main.shifts.iter().filter(|place| place.level == level);
        places
            .map(|place| place.schedule.as_ref().map(ToString::to_string))
            .collect()
    };
    assert_eq!(of(1), [Some(WEEKLY.to_owned())].into());
    assert_eq!(of(2), [WEEKLY, PAIR].map(|id| Some(id.to_owned())).into());
    let director = PolicyShift {
        level: 3,
        schedule: None,
        shift: Shift {
            user: DIRECTOR.parse().unwrap(),
            starts_at: None,
            ends_at: None,
        },
    };
    assert_eq!(of(3), [None].into());
    assert!(main.shifts.contains(&director), "always on call");
}

#[tokio::test]
async fn all_schedules_are_found_with_names_and_teams() {
    let account = company();
    let server = account.serve().await.unwrap();
    let mut ask = ask(&[GONE], &[POLICY]);
    ask.all_schedules = true;
    let source = source(&server);
    let facts = source.read(now(), &ask, None).await.unwrap();
    for id in KNOWN {
        assert_true(&account, &facts, id);
        let teams: Vec<_> = schedule(&facts, id)
            .teams
            .iter()
            .map(ToString::to_string)
            .collect();
        let expected: &[&str] = if [EMPTY, VACANT].contains(&id) {
            &[]
        } else {
            &[TEAM]
        };
        assert_eq!(teams, expected, "{id}");
    }
    assert_eq!(*reading(&facts, GONE), Reading::Gone);
    let again = source.read(now(), &ask, Some(&facts)).await.unwrap();
    assert_eq!(again, facts, "warm");
    let cold = crate::support::source(&server)
        .read(now(), &ask, Some(&facts))
        .await
        .unwrap();
    assert_eq!(cold, facts, "by another process");
}

#[tokio::test]
async fn nothing_asked_is_nothing_called() {
    let account = company();
    let server = account.serve().await.unwrap();
    let facts = read(&server, &ask(&[], &[])).await;
    assert_eq!(facts.rota, access_core::facts::Rota::default());
    assert_eq!(account.log().total(), 0);
}

#[tokio::test]
async fn a_second_read_is_equal_while_nothing_changes() {
    let account = company();
    let server = account.serve().await.unwrap();
    let everything = ask_everything();
    let first = read(&server, &everything).await;
    let mut previous = first.clone();
    for minutes in [1, 5, 30] {
        let later = now() + SignedDuration::from_mins(minutes);
        let facts = source(&server)
            .read(later, &everything, Some(&previous))
            .await
            .unwrap();
        assert_eq!(facts.rota, first.rota, "{minutes} minutes later");
        assert_eq!(facts.freshness.read_at, later);
        previous = facts;
    }
}

#[tokio::test]
async fn filters_lists_and_single_reads_find_the_same_shifts() {
    let account = company();
    // So many unassigned schedules that a list is read.
    for n in 0..5 {
        let layer = Layer::daily("2026-11-02T09:00".parse().unwrap(), &people(11 + n..13 + n));
        account.add_schedule(
            LayerSchedule::new(&format!("More {n}"), "UTC")
                .id(&format!("PMORE{n}"))
                .layer(layer),
        );
    }
    let server = account.serve().await.unwrap();
    let single = read(&server, &ask(&[LONE], &[])).await;
    assert_eq!(account.log().count("GET /schedules"), 0);
    let many = ["PMORE0", "PMORE1", "PMORE2", "PMORE3", "PMORE4", LONE];
    let listed = read(&server, &ask(&many, &[])).await;
    assert_eq!(account.log().count("GET /schedules"), 1);
    assert_eq!(schedule(&single, LONE), schedule(&listed, LONE));
    for id in many {
        assert_true(&account, &listed, id);
    }
}

#[tokio::test]
async fn on_calls_cut_to_the_window_mean_the_same_people() {
    let account = company();
    let server = account.serve().await.unwrap();
    let whole = read(&server, &ask_everything()).await;
    account.clip_oncalls(true);
    let cut = read(&server, &ask_everything()).await;
    for id in KNOWN {
        assert_true(&account, &whole, id);
        assert_true(&account, &cut, id);
    }
    let is_endless = |facts| {
        let mut shifts = schedule(facts, WEEKLY).shifts.iter();
        shifts.any(|shift| shift.ends_at.is_none())
    };
    assert!(!is_endless(&whole), "an end beyond the window is kept");
    assert!(is_endless(&cut), "where one was cut, none is invented");
}

#[tokio::test]
async fn changes_in_pagerduty_are_read() {
    let account = company();
    let server = account.serve().await.unwrap();
    let source = source(&server);
    let everything = ask_everything();
    let first = source.read(now(), &everything, None).await.unwrap();
    account.create_override(WEEKLY, &user(12), now() + hours(1), now() + hours(2));
    account.create_override(LONE, &user(13), now() + hours(1), now() + hours(2));
    account.add_custom_shift(
        LONE_PAIR,
        Member::user(&user(14)),
        now() + hours(3),
        now() + hours(4),
    );
    account.change_email(&user(1), "renamed@acme.example");
    account.change_email(&user(2), "renamed2@acme.example");
    account.change_email(&user(3), "renamed3@acme.example");
    let second = source.read(now(), &everything, Some(&first)).await.unwrap();
    for id in KNOWN {
        assert_true(&account, &second, id);
    }
    let emails = second
        .rota
        .people
        .values()
        .filter_map(|person| person.email.as_ref());
    assert!(
        emails
            .into_iter()
            .any(|email| email.email().starts_with("renamed"))
    );
    account.delete_schedule(LONE);
    account.delete_schedule(WEEKLY);
    let third = source
        .read(now(), &everything, Some(&second))
        .await
        .unwrap();
    for id in [LONE, WEEKLY] {
        assert_eq!(*reading(&third, id), Reading::Gone, "{id}");
        assert!(schedule(&third, id).shifts.is_empty(), "{id}");
    }
    assert_eq!(
        schedule(&third, LONE).name,
        "Lone",
        "the name is remembered"
    );
}

#[tokio::test]
async fn a_changed_address_of_somebody_outside_of_policies_is_seen_when_their_turn_comes() {
    let account = company();
    let server = account.serve().await.unwrap();
    let ask = ask(&[LONE_PAIR], &[]);
    let mut facts = read(&server, &ask).await;
    account.change_email(&user(9), "renamed@acme.example");
    let email = |facts: &access_core::facts::PagerDutyFacts| {
        let person = &facts.rota.people[&user(9).parse().unwrap()];
        person.email.as_ref().unwrap().email().to_owned()
    };
    let mut seen_after = None;
    for minute in 1..=2 {
        account.log().reset();
        let later = now() + SignedDuration::from_mins(minute);
        facts = source(&server)
            .read(later, &ask, Some(&facts))
            .await
            .unwrap();
        assert_eq!(account.log().count("GET /users/{id}"), 1, "one at a time");
        if email(&facts) == "renamed@acme.example" {
            seen_after = seen_after.or(Some(minute));
        }
    }
    assert!(seen_after.is_some(), "two such people, two reads");
}

#[tokio::test]
async fn people_without_a_valid_address_stop_nobody() {
    let account = company();
    account.add_user(User::new("Odd", "not an address").id("PODD"));
    account.add_target(POLICY, 1, Target::user("PODD"));
    account.create_override(LONE, "PODD", now(), now() + hours(1));
    let server = account.serve().await.unwrap();
    let facts = read(&server, &ask(&[WEEKLY, LONE], &[POLICY])).await;
    let odd = &facts.rota.people[&"PODD".parse().unwrap()];
    assert_eq!((odd.name.as_str(), &odd.email), ("Odd", &None));
    assert_eq!(*reading(&facts, LONE), Reading::Complete);
    assert_true(&account, &facts, WEEKLY);
}

#[tokio::test]
async fn more_than_one_page_is_read() {
    let account = company();
    let many: Vec<String> = (0..60).map(|n| format!("PM{n}")).collect();
    let mut targets = Vec::new();
    for id in &many {
        let layer = Layer::daily("2026-11-02T09:00".parse().unwrap(), &people(1..19));
        account.add_schedule(LayerSchedule::new(id, "UTC").id(id).layer(layer));
        targets.push(Target::schedule(id));
    }
    let policy = EscalationPolicy::new("Wide").id("PEPWIDE");
    account.add_policy(
        targets
            .chunks(10)
            .fold(policy, |policy, targets| policy.level(targets.to_vec())),
    );
    let server = account.serve().await.unwrap();
    let ids: Vec<&str> = many.iter().map(String::as_str).collect();
    let facts = read(&server, &ask(&ids, &[])).await;
    assert!(account.log().count("GET /oncalls") > 1);
    for id in ids {
        assert_true(&account, &facts, id);
    }
}

#[tokio::test]
async fn more_rows_than_pagerduty_hands_out_are_read_in_pieces() {
    let account = company();
    let many: Vec<String> = (0..100).map(|n| format!("PM{n}")).collect();
    let hourly = |n: usize| {
        let people = people(n % 5 + 1..n % 5 + 9);
        Layer::new("2026-11-02T09:00".parse().unwrap(), hours(1), &people)
    };
    for (n, id) in many.iter().enumerate() {
        account.add_schedule(LayerSchedule::new(id, "UTC").id(id).layer(hourly(n)));
    }
    for policy in 0..4 {
        let policy = EscalationPolicy::new(&format!("Wide {policy}"));
        let levels = many
            .chunks(10)
            .map(|ids| ids.iter().map(|id| Target::schedule(id)).collect());
        account.add_policy(levels.fold(policy, EscalationPolicy::level));
    }
    let server = account.serve().await.unwrap();
    let ids: Vec<&str> = many.iter().map(String::as_str).collect();
    let (source, ask) = (source(&server), ask(&ids, &[]));
    for is_cut in [false, true] {
        account.clip_oncalls(is_cut);
        account.log().reset();
        let facts = source.read(now(), &ask, None).await.unwrap();
        for id in &ids {
            assert_true(&account, &facts, id);
        }
    }
    assert!(
        account.log().count("GET /oncalls") < 150,
        "the number of pieces is remembered"
    );
}

#[tokio::test]
async fn a_configured_app_with_the_read_scopes_reads_everything() {
    let account = company();
    account.add_app("client", "secret", &READ_SCOPES);
    let server = account.serve().await.unwrap();
    let credentials = Arc::new(StaticCredential::scoped_oauth("client", "secret"));
    let client = access_sources::client(&configured(&server), Reads::Rota, credentials);
    let source = PagerDutySource::new(client.unwrap());
    let mut ask = ask_everything();
    ask.all_schedules = true;
    let facts = source.read(now(), &ask, None).await.unwrap();
    for id in KNOWN {
        assert_true(&account, &facts, id);
    }
    assert_eq!(
        source.client().calls() + 1,
        account.log().total(),
        "one token for all calls"
    );
}
