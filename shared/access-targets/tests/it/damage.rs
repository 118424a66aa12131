//! Every fault at every call: an answer is right, or it is an error.

use access_core::id::{AccountId, TargetGroupId};
use access_core::plan::{Action, Observed};
use simulators::kit::{Fault, Kit};
use std::collections::BTreeSet;

use crate::contract::{Backend, GROUP};
use crate::support::{add, entitlement, found, principals, remove, set};

/// More calls than any one thing asked here needs.
const CALLS_MAX: u64 = 12;

/// A backend whose vendor can be damaged.
pub(crate) trait Damaged: Backend {
    fn kit(&self) -> &Kit;

    /// Puts the group back to exactly these people, past every fault.
    fn reset(&self, name: &str, members: &BTreeSet<AccountId>);
}

/// Tells the tests of a fault which one it was.
struct Case {
    fault: Fault,
    call: u64,
}

/// Every fault at every call that is really made: a case past the last call ends that fault.
async fn each_case(backend: &dyn Damaged, mut run: impl AsyncFnMut(&Case)) {
    for fault in Fault::all() {
        for call in 1..=CALLS_MAX {
            let faults = &backend.kit().faults;
            faults.clear();
            faults.at_call(call, fault.clone());
            let case = Case {
                fault: fault.clone(),
                call,
            };
            run(&case).await;
            let calls = faults.calls();
            faults.clear();
            if calls < call {
                break;
            }
            assert!(call < CALLS_MAX, "{fault:?}: more calls than expected");
        }
    }
}

impl Case {
    fn name(&self) -> String {
        format!("{:?} at call {}", self.fault, self.call)
    }
}

/// So many people, all but the last in the group.
async fn seed(backend: &dyn Damaged, count: usize) -> (Vec<AccountId>, TargetGroupId) {
    let mut accounts = Vec::new();
    for number in 0..count {
        accounts.push(backend.seed_user(&format!("p{number}@example.com")).await);
    }
    let id = backend.seed_group(GROUP, &accounts[..count - 1]).await;
    (accounts, id)
}

pub(crate) async fn a_damaged_look_is_an_error_or_whole(backend: &dyn Damaged) {
    let (accounts, id) = seed(backend, 6).await;
    let whole = Observed {
        id,
        members: set(&accounts[..5]),
    };
    each_case(backend, async |case| {
        match backend.target().observe(&entitlement(GROUP)).await {
            Err(_) => {}
            Ok(seen) => assert_eq!(seen.as_ref(), Some(&whole), "{}", case.name()),
        }
    })
    .await;
}

pub(crate) async fn a_damaged_search_is_an_error_or_right(backend: &dyn Damaged) {
    let (accounts, _) = seed(backend, 2).await;
    let asked = principals(["p0@example.com", "nobody@example.com"]);
    let expected = backend.target().find_accounts(&asked).await.unwrap();
    assert!(expected.values().any(|it| *it == found(&accounts[0])));
    each_case(backend, async |case| {
        match backend.target().find_accounts(&asked).await {
            Err(_) => {}
            Ok(found) => assert_eq!(found, expected, "{}", case.name()),
        }
    })
    .await;
}

pub(crate) async fn a_damaged_change_never_claims_what_is_not_so(backend: &dyn Damaged) {
    let (accounts, id) = seed(backend, 3).await;
    for (action, account) in [(Action::Add, &accounts[2]), (Action::Remove, &accounts[1])] {
        let steps = match action {
            Action::Add => add([account]),
            Action::Remove => remove([account]),
        };
        each_case(backend, async |case| {
            backend.reset(GROUP, &set(&accounts[..2]));
            let outcomes = backend.target().apply(&id, &steps).await;
            assert_eq!(outcomes.len(), 1, "{}", case.name());
            let is_member = backend.members(GROUP).await.contains(account);
            if outcomes[0].is_ok() {
                assert_eq!(
                    is_member,
                    action == Action::Add,
                    "{action:?}, {}",
                    case.name()
                );
            }
            // Whatever happened to the step, nobody else was touched.
            assert!(
                backend.members(GROUP).await.contains(&accounts[0]),
                "{}",
                case.name()
            );
        })
        .await;
    }
}

/// A failing vendor has every error text free of addresses.
pub(crate) async fn errors_name_nobody(backend: &dyn Damaged) {
    let (accounts, id) = seed(backend, 2).await;
    let asked = principals(["p0@example.com"]);
    for fault in Fault::all() {
        backend.kit().faults.always("*", fault.clone());
        let target = backend.target();
        let mut errors = Vec::new();
        errors.extend(target.find_accounts(&asked).await.err());
        errors.extend(target.observe(&entitlement(GROUP)).await.err());
        let outcomes = target.apply(&id, &add(&accounts[1..])).await;
        errors.extend(outcomes.into_iter().filter_map(Result::err));
        for error in errors {
            let text = error.to_string();
            let is_clean = !text.contains("p0") && !text.contains('@');
            assert!(is_clean, "{fault:?}: {text}");
        }
        backend.kit().faults.clear();
    }
}
