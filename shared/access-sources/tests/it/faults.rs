//! Every fault at every call: a read fails whole, or one schedule says that it failed. Nothing reads as empty.

use crate::support::*;
use access_core::facts::{PagerDutyFacts, Reading};
use access_core::ports::{Ask, ReadError, RotaSource};
use jiff::{SignedDuration, Timestamp};
use simulators::kit::{Fault, Server};
use simulators::pagerduty::{Layer, LayerSchedule, PagerDuty};

/// Asserts of every schedule and policy that it is as in `truth`, or failed with what `previous` lent.
fn assert_whole_or_failed(
    case: &str,
    facts: &PagerDutyFacts,
    truth: &PagerDutyFacts,
    previous: Option<&PagerDutyFacts>,
    may_be_gone: bool,
) {
    let read_at = previous.map(|previous| previous.freshness.read_at);
    assert_eq!(
        facts.rota.schedules.len(),
        truth.rota.schedules.len(),
        "{case}"
    );
    for (id, expected) in &truth.rota.schedules {
        let found = &facts.rota.schedules[id];
        match &found.reading {
            Reading::Failed {
                read_at: since,
                reason,
            } => {
                // What was gone has no shifts, and so no age of them.
                let read_at = read_at.filter(|_| expected.reading == Reading::Complete);
                assert_eq!(*since, read_at, "{case}: {id}");
                assert!(
                    !reason.is_empty() && !reason.contains('@'),
                    "{case}: {id}: {reason}"
                );
                let lent = previous.map(|previous| previous.rota.schedules[id].shifts.clone());
                assert_eq!(found.shifts, lent.unwrap_or_default(), "{case}: {id}");
            }
            Reading::Gone if may_be_gone => {}
            reading => {
                assert_eq!(*reading, expected.reading, "{case}: {id}");
                assert_eq!(found, expected, "{case}: {id}");
            }
        }
    }
    for (id, expected) in &truth.rota.escalation_policies {
        let found = &facts.rota.escalation_policies[id];
        match &found.reading {
            Reading::Failed { read_at: since, .. } => {
                let read_at = read_at.filter(|_| expected.reading == Reading::Complete);
                assert_eq!(*since, read_at, "{case}: {id}");
            }
            // No list of policies was read: a single 404 is all there is.
            Reading::Gone if case.contains("status: 404") => {}
            _ => assert_eq!(found, expected, "{case}: {id}"),
        }
    }
    for (id, person) in &facts.rota.people {
        assert_eq!(Some(person), truth.rota.people.get(id), "{case}: {id}");
    }
}

async fn every_fault_at_every_call(
    account: &PagerDuty,
    server: &Server,
    ask: &Ask,
    has_previous: bool,
) {
    let truth = read(server, ask).await;
    let previous = has_previous.then_some(&truth);
    account.faults().clear();
    account.log().reset();
    source(server).read(now(), ask, previous).await.unwrap();
    let calls = account.log().total();
    assert!(calls > 5, "{calls} calls");
    let (mut failed, mut in_part) = (0, 0);
    for fault in Fault::all() {
        for call in 1..=calls {
            let case = format!("{fault:?} at call {call} of {calls}, previous: {has_previous}");
            account.faults().clear();
            account.faults().at_call(call, fault.clone());
            let later = now() + SignedDuration::from_secs(30);
            match source(server).read(later, ask, previous).await {
                Err(_) => failed += 1,
                Ok(facts) => {
                    // What a list has is not gone, whatever a single call says.
                    let may_be_gone = fault == Fault::status(404) && !ask.all_schedules;
                    assert_whole_or_failed(&case, &facts, &truth, previous, may_be_gone);
                    in_part += usize::from(facts.rota != truth.rota);
                }
            }
        }
    }
    account.faults().clear();
    assert!(
        failed > 0 && in_part > 0,
        "{failed} reads failed, {in_part} in part"
    );
}

#[tokio::test]
async fn no_fault_at_any_call_reads_as_empty() {
    let account = company();
    let server = account.serve().await.unwrap();
    let few = ask(&[WEEKLY, LONE, LONE_PAIR], &[POLICY, SILENT]);
    every_fault_at_every_call(&account, &server, &few, true).await;
    every_fault_at_every_call(&account, &server, &few, false).await;
}

#[tokio::test]
async fn no_fault_at_any_call_of_the_lists_reads_as_empty() {
    let account = company();
    for n in 0..4 {
        let layer = Layer::daily("2026-11-02T09:00".parse().unwrap(), &people(11 + n..14 + n));
        account.add_schedule(
            LayerSchedule::new(&format!("More {n}"), "UTC")
                .id(&format!("PMORE{n}"))
                .layer(layer),
        );
    }
    let server = account.serve().await.unwrap();
    let mut all = ask_everything();
    all.all_schedules = true;
    every_fault_at_every_call(&account, &server, &all, true).await;
    every_fault_at_every_call(&account, &server, &all, false).await;
}

#[tokio::test]
async fn one_schedule_that_cannot_be_read_stops_no_other() {
    let account = company();
    let server = account.serve().await.unwrap();
    let everything = ask_everything();
    let first = read(&server, &everything).await;
    let route = format!("GET /v3/schedules/{LONE_PAIR}");
    account.faults().always(&route, Fault::status(503));
    let at = |minutes| now() + SignedDuration::from_mins(minutes);
    let second = source(&server)
        .read(at(1), &everything, Some(&first))
        .await
        .unwrap();
    let third = source(&server)
        .read(at(2), &everything, Some(&second))
        .await
        .unwrap();
    for facts in [&second, &third] {
        let Reading::Failed { read_at, reason } = reading(facts, LONE_PAIR) else {
            panic!("{:?}", reading(facts, LONE_PAIR));
        };
        assert_eq!(*read_at, Some(now()), "the age of its last complete read");
        assert!(
            reason.contains("503") && reason.contains(LONE_PAIR),
            "{reason}"
        );
        assert_eq!(
            schedule(facts, LONE_PAIR).shifts,
            schedule(&first, LONE_PAIR).shifts
        );
        for id in [WEEKLY, PAIR, LONE, EMPTY, VACANT] {
            assert_true(&account, facts, id);
        }
    }
    assert_eq!(second.rota, third.rota, "a lasting failure is no change");
    assert_eq!(
        second.rota.people, first.rota.people,
        "people of lent shifts are kept"
    );
    account.faults().clear();
    let fourth = source(&server)
        .read(at(3), &everything, Some(&third))
        .await
        .unwrap();
    assert_eq!(fourth.rota, first.rota);
}

#[tokio::test]
async fn a_person_who_cannot_be_looked_up_fails_their_schedule_only() {
    let account = company();
    let server = account.serve().await.unwrap();
    let route = format!("GET /users/{}", user(9));
    account.faults().always(&route, Fault::status(403));
    let asked = ask(&[WEEKLY, LONE, LONE_PAIR], &[]);
    let facts = read(&server, &asked).await;
    let Reading::Failed {
        read_at: None,
        reason,
    } = reading(&facts, LONE_PAIR)
    else {
        panic!("{:?}", reading(&facts, LONE_PAIR));
    };
    assert!(
        reason.contains("users.read") && reason.contains(&user(9)),
        "{reason}"
    );
    assert_true(&account, &facts, WEEKLY);
    assert_true(&account, &facts, LONE);

    account.faults().clear();
    let known = read(&server, &asked).await;
    account
        .faults()
        .always("GET /users/{id}", Fault::status(500));
    let lent = source(&server)
        .read(now(), &asked, Some(&known))
        .await
        .unwrap();
    assert_eq!(lent, known, "who is known needs no look-up");
}

#[tokio::test]
async fn a_person_whom_pagerduty_denies_has_no_address() {
    let account = company();
    let server = account.serve().await.unwrap();
    let route = format!("GET /users/{}", user(9));
    account.faults().always(&route, Fault::status(404));
    let facts = read(&server, &ask(&[LONE_PAIR], &[])).await;
    let person = &facts.rota.people[&user(9).parse().unwrap()];
    assert_eq!(
        (person.name.as_str(), &person.email),
        (user(9).as_str(), &None)
    );
    assert_eq!(*reading(&facts, LONE_PAIR), Reading::Complete);
    assert_eq!(
        account.log().count("GET /users/{id}"),
        3,
        "a denial is asked for twice"
    );
}

#[tokio::test]
async fn a_shift_based_schedule_is_never_taken_for_an_empty_layer_based_one() {
    let account = company();
    let server = account.serve().await.unwrap();
    for status in [400, 404] {
        account.faults().clear();
        account
            .faults()
            .always("GET /v3/schedules/{id}", Fault::status(status));
        let facts = read(&server, &ask(&[PAIR, LONE_PAIR], &[])).await;
        assert!(
            matches!(reading(&facts, LONE_PAIR), Reading::Failed { .. }),
            "{status}"
        );
        assert_true(&account, &facts, PAIR);
    }
}

#[tokio::test]
async fn a_schedule_in_both_lists_is_read_as_shift_based() {
    let account = company();
    let server = account.serve().await.unwrap();
    let schedules = format!(
        r#"[{{"id":"{LONE_PAIR}","type":"schedule","final_schedule":{{"rendered_schedule_entries":[]}}}}]"#
    );
    let fault = Fault::Status {
        status: 200,
        headers: Vec::new(),
        body: Some(format!(
            r#"{{"schedules":{schedules},"offset":0,"more":false}}"#
        )),
    };
    account.faults().always("GET /schedules", fault);
    let absent = [LONE, LONE_PAIR, EMPTY, VACANT];
    let facts = read(&server, &ask(&absent, &[])).await;
    for id in absent {
        assert_true(&account, &facts, id);
    }
    let lines = source(&server).directory(now()).await.unwrap();
    let pairs = lines.iter().filter(|line| line.id.as_str() == LONE_PAIR);
    assert_eq!(pairs.count(), 1);
}

#[tokio::test]
async fn on_calls_that_contradict_a_policy_are_not_believed() {
    let account = company();
    let server = account.serve().await.unwrap();
    let nothing = r#"{"oncalls":[],"limit":100,"offset":0,"more":false,"total":null}"#;
    let fault = Fault::Status {
        status: 200,
        headers: Vec::new(),
        body: Some(nothing.into()),
    };
    account.faults().always("GET /oncalls", fault);
    let facts = read(&server, &ask(&[WEEKLY, PAIR], &[POLICY, SILENT])).await;
    assert!(matches!(
        policy_reading(&facts, POLICY),
        Reading::Failed { .. }
    ));
    assert_true(&account, &facts, WEEKLY);
    assert_true(&account, &facts, PAIR);
}

type Is = fn(&ReadError) -> bool;

#[tokio::test]
async fn failures_of_the_whole_read_say_whose_they_are() {
    let account = company();
    let server = account.serve().await.unwrap();
    let refused = |error: &ReadError| matches!(error, ReadError::Refused(_));
    let unavailable = |error: &ReadError| matches!(error, ReadError::Unavailable(_));
    let malformed = |error: &ReadError| matches!(error, ReadError::Malformed(_));
    let cases: [(Fault, Is); 7] = [
        (Fault::status(401), refused),
        (Fault::status(403), refused),
        (Fault::status(402), unavailable),
        (Fault::status(429), unavailable),
        (Fault::status(500), unavailable),
        (Fault::CutBefore, unavailable),
        (Fault::WrongType, malformed),
    ];
    for (fault, is_expected) in cases {
        account.faults().clear();
        account.faults().always("GET /oncalls", fault.clone());
        let error = source(&server)
            .read(now(), &ask_everything(), None)
            .await
            .unwrap_err();
        assert!(is_expected(&error), "{fault:?}: {error:?}");
        let text = error.to_string();
        assert!(text.contains("on-calls") && !text.contains(KEY), "{text}");
    }
}

#[tokio::test]
async fn a_deadline_that_has_passed_fails_the_read() {
    let account = company();
    let server = account.serve().await.unwrap();
    let source = source(&server).with_deadline(std::time::Instant::now());
    let error = source
        .read(Timestamp::UNIX_EPOCH, &ask_everything(), None)
        .await
        .unwrap_err();
    assert!(matches!(error, ReadError::Unavailable(_)), "{error:?}");
}
