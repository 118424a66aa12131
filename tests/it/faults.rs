//! Every fault at every call: nobody who should stay is ever removed, what is known still opens, and the next tick mends it all.

mod hours;

use crate::support::Poller;
use hours::{Hours, Scene};
use oncall_poller::{Answer, PollerError};
use simulators::kit::{Fault, Faults};
use std::collections::BTreeSet;

/// Where things go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Where {
    PagerDuty,
    IdentityCenter,
    Slack,
}

impl Where {
    fn faults(self, hours: &Hours) -> &Faults {
        match self {
            Self::PagerDuty => hours.world.pagerduty.faults(),
            Self::IdentityCenter => &hours.world.identity_center.kit().faults,
            Self::Slack => &hours.world.slack.kit().faults,
        }
    }

    fn operations(self, hours: &Hours) -> Vec<String> {
        let log = match self {
            Self::PagerDuty => hours.world.pagerduty.log(),
            Self::IdentityCenter => &hours.world.identity_center.kit().log,
            Self::Slack => &hours.world.slack.kit().log,
        };
        log.counts().into_keys().collect()
    }

    /// How many target groups one fault may keep from being right; reading one list of Slack's serves them all.
    fn wrong_max(self) -> usize {
        match self {
            Self::PagerDuty => usize::MAX,
            Self::IdentityCenter => 1,
            Self::Slack => 2,
        }
    }
}

/// Which process meets the fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Process {
    /// The one that made every tick so far.
    Warm,
    /// A new one.
    Cold,
}

/// Checks what holds after a tick in which something may have failed; answers how many target groups are not right.
fn check(
    case: &str,
    hours: &Hours,
    answer: &Result<Answer, PollerError>,
    keeps_known: bool,
) -> usize {
    let answer = answer
        .as_ref()
        .unwrap_or_else(|error| panic!("{case}: {error}"));
    let (expected, holdings) = (hours.expected(), hours.holdings());
    let mut wrong = 0;
    for (entitlement, members) in &holdings {
        let lost: BTreeSet<_> = expected.stay[entitlement].difference(members).collect();
        assert!(
            lost.is_empty(),
            "{case}: {entitlement} lost {lost:?}: {answer:?}"
        );
        let late: BTreeSet<_> = expected.known[entitlement].difference(members).collect();
        assert!(
            !keeps_known || late.is_empty(),
            "{case}: {entitlement} does not hold {late:?}, whose shifts were known: {answer:?}"
        );
        let strange: BTreeSet<_> = members
            .difference(&expected.possible[entitlement])
            .collect();
        assert!(
            strange.is_empty(),
            "{case}: {entitlement} holds {strange:?}"
        );
        wrong += usize::from(*members != expected.right[entitlement]);
    }
    let is_reported = !answer.failures.is_empty() || !answer.findings.is_empty();
    assert!(
        wrong == 0 || is_reported,
        "{case}: {holdings:#?} and nothing is reported: {answer:?}"
    );
    wrong
}

/// A tick without any fault, after which everything must be right.
async fn mend(case: &str, hours: &Hours, poller: &Poller, minute: i64) {
    hours.set_minute(minute);
    let answer = poller
        .tick()
        .await
        .unwrap_or_else(|error| panic!("{case}: {error}"));
    assert_eq!(
        answer.failures,
        BTreeSet::new(),
        "{case}: the tick after it"
    );
    assert_eq!(
        hours.holdings(),
        hours.expected().right,
        "{case}: the tick after it mends everything"
    );
}

/// Tells one hour's story for each call of its sweep and each fault at that call.
async fn one_fault_at_every_call(scene: Scene, process: Process, place: Where, calls_min: u64) {
    let mut hours = Hours::start(scene).await;
    let warm = hours.world.poller().await;
    mend("the first tick", &hours, &warm, 11).await;
    for fault in Fault::all() {
        let mut call = 1;
        loop {
            hours.next();
            let cold = hours.world.poller().await;
            let poller = if process == Process::Cold {
                &cold
            } else {
                &warm
            };
            let faults = place.faults(&hours);
            faults.clear();
            faults.at_call(call, fault.clone());
            let answer = poller.tick().await;
            let calls = faults.calls();
            faults.clear();
            let case = format!(
                "{scene:?}, {process:?} process, {fault:?} at call {call} of {calls} to {place:?}"
            );
            let wrong = check(&case, &hours, &answer, place == Where::PagerDuty);
            assert!(
                wrong <= place.wrong_max(),
                "{case}: {wrong} target groups are not right: {answer:?}"
            );
            assert!(
                call <= calls || wrong == 0,
                "{case}: nothing failed, yet {wrong} target groups are not right"
            );
            mend(&case, &hours, &warm, 11).await;
            if call > calls {
                break;
            }
            call += 1;
        }
        assert!(
            call > calls_min,
            "{scene:?}: a sweep makes only {call} calls to {place:?}"
        );
    }
}

/// Each fault at every call, and at every call of one kind, for three ticks on end.
async fn lasting_faults(scene: Scene, place: Where) {
    let mut hours = Hours::start(scene).await;
    let poller = hours.world.poller().await;
    mend("the first tick", &hours, &poller, 11).await;
    hours.next();
    mend("the second tick", &hours, &poller, 11).await;
    let mut patterns = place.operations(&hours);
    patterns.push("*".to_owned());
    // A 404 that goes on is no fault but the vendor's word that somebody is gone.
    let is_word = |fault: &Fault| matches!(fault, Fault::Status { status: 404, .. });
    for fault in Fault::all().into_iter().filter(|fault| !is_word(fault)) {
        for pattern in &patterns {
            hours.next();
            place.faults(&hours).always(pattern, fault.clone());
            for minute in 10..13 {
                hours.set_minute(minute);
                let answer = poller.tick().await;
                let case = format!(
                    "{scene:?}, {fault:?} at every {pattern} to {place:?}, minute {minute}"
                );
                check(&case, &hours, &answer, place == Where::PagerDuty);
            }
            place.faults(&hours).clear();
            // What a target lied about is seen at the latest when its groups are looked at again.
            let minute = if place == Where::PagerDuty { 13 } else { 30 };
            mend(
                &format!("{scene:?}, {fault:?} at every {pattern} to {place:?}, now over"),
                &hours,
                &poller,
                minute,
            )
            .await;
        }
    }
}

#[tokio::test]
async fn one_fault_at_any_call_of_a_sweep_in_bulk_removes_nobody_who_stays() {
    one_fault_at_every_call(Scene::Bulk, Process::Warm, Where::PagerDuty, 8).await;
}

#[tokio::test]
async fn one_fault_at_any_call_of_a_sweep_with_few_schedules_alone_removes_nobody_who_stays() {
    one_fault_at_every_call(Scene::Few, Process::Cold, Where::PagerDuty, 8).await;
}

#[tokio::test]
async fn one_fault_at_any_call_of_a_sweep_over_named_sources_removes_nobody_who_stays() {
    one_fault_at_every_call(Scene::Named, Process::Cold, Where::PagerDuty, 8).await;
}

#[tokio::test]
async fn one_fault_at_any_call_to_identity_center_removes_nobody_who_stays() {
    one_fault_at_every_call(Scene::Targets, Process::Cold, Where::IdentityCenter, 10).await;
}

#[tokio::test]
async fn one_fault_at_any_call_to_slack_removes_nobody_who_stays() {
    one_fault_at_every_call(Scene::Targets, Process::Cold, Where::Slack, 4).await;
}

#[tokio::test]
async fn a_lasting_fault_of_pagerduty_removes_nobody_who_stays() {
    for scene in [Scene::Few, Scene::Named] {
        lasting_faults(scene, Where::PagerDuty).await;
    }
}

#[tokio::test]
async fn a_lasting_fault_of_a_target_removes_nobody_who_stays() {
    for place in [Where::IdentityCenter, Where::Slack] {
        lasting_faults(Scene::Targets, place).await;
    }
}
