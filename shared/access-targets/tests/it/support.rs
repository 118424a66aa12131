//! Short ways to write what the tests speak of.

use access_core::id::{AccountId, EntitlementName, TargetGroupId};
use access_core::matching::{AccountMatch, Unmatched};
use access_core::plan::Action;
use access_core::ports::{Outcome, Step, TargetError};
use access_core::principal::Principal;
use simulators::kit::SimClock;
use std::collections::BTreeSet;

pub(crate) const APPLIED: Result<Outcome, TargetError> = Ok(Outcome::Applied);
pub(crate) const ALREADY_SO: Result<Outcome, TargetError> = Ok(Outcome::AlreadySo);

/// A clock that stands still: no test here depends on the time.
pub(crate) fn clock() -> SimClock {
    SimClock::at("2026-11-22T09:00:00Z".parse().expect("a constant instant"))
}

pub(crate) fn principal(email: &str) -> Principal {
    Principal::new(email).expect("tests use valid addresses")
}

pub(crate) fn principals<'a>(emails: impl IntoIterator<Item = &'a str>) -> BTreeSet<Principal> {
    emails.into_iter().map(principal).collect()
}

pub(crate) fn account(id: &str) -> AccountId {
    AccountId::new(id).expect("tests use valid ids")
}

pub(crate) fn entitlement(name: &str) -> EntitlementName {
    EntitlementName::new(name).expect("tests use valid names")
}

pub(crate) fn group(id: &str) -> TargetGroupId {
    TargetGroupId::new(id).expect("tests use valid ids")
}

pub(crate) fn found(account: &AccountId) -> AccountMatch {
    let account = account.clone();
    AccountMatch::Found { account }
}

pub(crate) fn unmatched(reason: Unmatched) -> AccountMatch {
    AccountMatch::Unmatched { reason }
}

pub(crate) fn steps<'a>(
    action: Action,
    accounts: impl IntoIterator<Item = &'a AccountId>,
) -> Vec<Step> {
    let step = |account: &AccountId| Step {
        action,
        account: account.clone(),
    };
    accounts.into_iter().map(step).collect()
}

pub(crate) fn add<'a>(accounts: impl IntoIterator<Item = &'a AccountId>) -> Vec<Step> {
    steps(Action::Add, accounts)
}

pub(crate) fn remove<'a>(accounts: impl IntoIterator<Item = &'a AccountId>) -> Vec<Step> {
    steps(Action::Remove, accounts)
}

pub(crate) fn set<'a>(accounts: impl IntoIterator<Item = &'a AccountId>) -> BTreeSet<AccountId> {
    accounts.into_iter().cloned().collect()
}
