//! What every target keeps to, whatever stands behind it.

use access_core::id::{AccountId, TargetGroupId};
use access_core::matching::Unmatched;
use access_core::plan::Observed;
use access_core::ports::{Target, TargetError};
use async_trait::async_trait;
use std::collections::BTreeSet;

use crate::support::{
    ALREADY_SO, APPLIED, add, entitlement, found, principal, principals, remove, set, unmatched,
};

pub(crate) const GROUP: &str = "payments-oncall";

/// A system behind a target: seeded and looked at past the target.
#[async_trait]
pub(crate) trait Backend: Send + Sync {
    fn target(&self) -> &dyn Target;

    /// Adds somebody with this address, written as given.
    async fn seed_user(&self, email: &str) -> AccountId;

    /// Adds a group with these people.
    async fn seed_group(&self, name: &str, members: &[AccountId]) -> TargetGroupId;

    /// Puts somebody into a group behind the target's back.
    async fn join(&self, group: &str, account: &AccountId);

    /// Who really has what the group gives.
    async fn members(&self, group: &str) -> BTreeSet<AccountId>;

    /// An account id of the right form that nobody has.
    fn nobody(&self) -> AccountId;
}

/// Runs each of these contracts as a test of its own.
macro_rules! contract {
    ($start:path: $($name:ident),+ $(,)?) => {
        $(#[tokio::test]
        async fn $name() {
            $crate::contract::$name(&$start().await).await;
        })+
    };
}
pub(crate) use contract;

async fn seed_users(backend: &dyn Backend, count: usize) -> Vec<AccountId> {
    let mut accounts = Vec::new();
    for number in 0..count {
        accounts.push(backend.seed_user(&format!("p{number}@example.com")).await);
    }
    accounts
}

async fn observed(backend: &dyn Backend, name: &str) -> Option<Observed> {
    let observed = backend.target().observe(&entitlement(name)).await;
    observed.expect("nothing is wrong with the target")
}

pub(crate) async fn accounts_are_found_by_the_whole_address(backend: &dyn Backend) {
    let jane = backend.seed_user("jane.doe@example.com").await;
    let doe = backend.seed_user("e.doe@example.com").await;
    let asked = [
        "jane.doe@example.com",
        "e.doe@example.com",
        "doe@example.com",
    ];
    let accounts = backend.target().find_accounts(&principals(asked)).await;
    let accounts = accounts.unwrap();
    assert_eq!(accounts.len(), 3);
    assert_eq!(accounts[&principal(asked[0])], found(&jane));
    assert_eq!(accounts[&principal(asked[1])], found(&doe));
    let nobody = unmatched(Unmatched::NoAccount);
    assert_eq!(accounts[&principal(asked[2])], nobody);
}

pub(crate) async fn capital_letters_make_no_difference(backend: &dyn Backend) {
    let grace = backend.seed_user("Grace.Hopper@Example.com").await;
    let asked = principals(["grace.hopper@example.com"]);
    let accounts = backend.target().find_accounts(&asked).await.unwrap();
    assert_eq!(
        accounts[&principal("grace.hopper@example.com")],
        found(&grace)
    );
}

pub(crate) async fn many_people_are_each_answered(backend: &dyn Backend) {
    let seeded = seed_users(backend, 60).await;
    let upper = backend.seed_user("UPPER@example.com").await;
    let mut asked = principals(["upper@example.com"]);
    asked.extend((0..70).map(|number| principal(&format!("p{number}@example.com"))));
    let accounts = backend.target().find_accounts(&asked).await.unwrap();
    assert_eq!(accounts.keys().cloned().collect::<BTreeSet<_>>(), asked);
    assert_eq!(accounts[&principal("upper@example.com")], found(&upper));
    for number in 0..70 {
        let expected = seeded
            .get(number)
            .map_or(unmatched(Unmatched::NoAccount), found);
        let answer = &accounts[&principal(&format!("p{number}@example.com"))];
        assert_eq!(*answer, expected, "p{number}");
    }
}

pub(crate) async fn nobody_asked_is_nobody_answered(backend: &dyn Backend) {
    let nobody = BTreeSet::new();
    let accounts = backend.target().find_accounts(&nobody).await.unwrap();
    assert!(accounts.is_empty());
}

pub(crate) async fn a_group_that_is_not_there_is_none(backend: &dyn Backend) {
    backend.seed_group("payments-oncall-eu", &[]).await;
    assert_eq!(observed(backend, GROUP).await, None);
}

pub(crate) async fn an_empty_group_is_empty_by_name_and_by_id(backend: &dyn Backend) {
    let id = backend.seed_group(GROUP, &[]).await;
    let expected = Some(Observed {
        id: id.clone(),
        members: BTreeSet::new(),
    });
    assert_eq!(observed(backend, GROUP).await, expected);
    assert_eq!(observed(backend, id.as_str()).await, expected);
}

pub(crate) async fn a_group_is_read_to_its_last_member(backend: &dyn Backend) {
    let accounts = seed_users(backend, 250).await;
    let id = backend.seed_group(GROUP, &accounts).await;
    let seen = observed(backend, GROUP).await.expect("it is there");
    assert_eq!(seen.id, id);
    assert_eq!(seen.members, set(&accounts));
}

pub(crate) async fn a_stranger_is_seen(backend: &dyn Backend) {
    let accounts = seed_users(backend, 2).await;
    backend.seed_group(GROUP, &accounts[..1]).await;
    backend.join(GROUP, &accounts[1]).await;
    let seen = observed(backend, GROUP).await.expect("it is there");
    assert_eq!(seen.members, set(&accounts));
}

pub(crate) async fn people_are_added_and_removed(backend: &dyn Backend) {
    let accounts = seed_users(backend, 3).await;
    let id = backend.seed_group(GROUP, &accounts[..1]).await;
    let target = backend.target();
    let added = target.apply(&id, &add(&accounts[1..])).await;
    assert_eq!(added, [APPLIED, APPLIED]);
    assert_eq!(backend.members(GROUP).await, set(&accounts));
    let removed = target.apply(&id, &remove(&accounts[..2])).await;
    assert_eq!(removed, [APPLIED, APPLIED]);
    assert_eq!(backend.members(GROUP).await, set(&accounts[2..]));
    let seen = observed(backend, GROUP).await.expect("it is there");
    assert_eq!(seen.members, set(&accounts[2..]));
}

pub(crate) async fn a_second_addition_finds_it_so(backend: &dyn Backend) {
    let accounts = seed_users(backend, 2).await;
    let id = backend.seed_group(GROUP, &accounts[..1]).await;
    let target = backend.target();
    let outcomes = target.apply(&id, &add(&accounts)).await;
    assert_eq!(outcomes, [ALREADY_SO, APPLIED]);
    let outcomes = target.apply(&id, &add(&accounts)).await;
    assert_eq!(outcomes, [ALREADY_SO, ALREADY_SO]);
    assert_eq!(backend.members(GROUP).await, set(&accounts));
}

pub(crate) async fn a_second_removal_finds_it_so(backend: &dyn Backend) {
    let accounts = seed_users(backend, 3).await;
    let id = backend.seed_group(GROUP, &accounts[..2]).await;
    let target = backend.target();
    let outcomes = target.apply(&id, &remove(&accounts[1..])).await;
    assert_eq!(outcomes, [APPLIED, ALREADY_SO]);
    let outcomes = target.apply(&id, &remove(&accounts[1..])).await;
    assert_eq!(outcomes, [ALREADY_SO, ALREADY_SO]);
    assert_eq!(backend.members(GROUP).await, set(&accounts[..1]));
}

pub(crate) async fn the_last_member_can_go_and_others_come(backend: &dyn Backend) {
    let accounts = seed_users(backend, 2).await;
    let id = backend.seed_group(GROUP, &accounts[..1]).await;
    let target = backend.target();
    let outcomes = target.apply(&id, &remove(&accounts[..1])).await;
    assert_eq!(outcomes, [APPLIED]);
    assert_eq!(backend.members(GROUP).await, BTreeSet::new());
    let seen = observed(backend, GROUP).await.expect("it is still there");
    assert_eq!(seen.members, BTreeSet::new());
    let outcomes = target.apply(&id, &add(&accounts[1..])).await;
    assert_eq!(outcomes, [APPLIED]);
    assert_eq!(backend.members(GROUP).await, set(&accounts[1..]));
}

pub(crate) async fn one_bad_step_stops_no_other(backend: &dyn Backend) {
    let accounts = seed_users(backend, 2).await;
    let id = backend.seed_group(GROUP, &[]).await;
    let wanted = [accounts[0].clone(), backend.nobody(), accounts[1].clone()];
    let outcomes = backend.target().apply(&id, &add(&wanted)).await;
    assert_eq!(outcomes.len(), 3);
    assert_eq!((&outcomes[0], &outcomes[2]), (&APPLIED, &APPLIED));
    let error = outcomes[1].as_ref().expect_err("there is no such account");
    let is_clear = matches!(error, TargetError::NotFound(_) | TargetError::Refused(_));
    assert!(is_clear, "{error:?}");
    assert_eq!(backend.members(GROUP).await, set(&accounts));
}

pub(crate) async fn no_steps_have_no_outcomes(backend: &dyn Backend) {
    let id = backend.seed_group(GROUP, &[]).await;
    assert_eq!(backend.target().apply(&id, &[]).await, []);
}

pub(crate) async fn a_created_group_is_there_and_empty(backend: &dyn Backend) {
    let target = backend.target();
    let id = target.create(&entitlement(GROUP)).await.unwrap();
    let expected = Some(Observed {
        id: id.clone(),
        members: BTreeSet::new(),
    });
    assert_eq!(observed(backend, GROUP).await, expected);
    let again = target.create(&entitlement(GROUP)).await;
    assert!(matches!(again, Err(TargetError::Refused(_))), "{again:?}");
    let by_id = target.create(&entitlement(id.as_str())).await;
    assert!(matches!(by_id, Err(TargetError::Refused(_))), "{by_id:?}");
}
