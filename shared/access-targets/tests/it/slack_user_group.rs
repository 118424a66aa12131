//! Slack user groups over the simulator: the contract, every fault, and what Slack does its own way.

mod accounts;

use access_core::id::{AccountId, TargetGroupId};
use access_core::ports::{Target, TargetError};
use access_targets::SlackUserGroup;
use async_trait::async_trait;
use simulators::kit::{Fault, Kit};
use simulators::slack::{
    DisabledGroupWrites, RateLimits, SlackGroup, SlackSim, SlackSimBuilder, SlackUser,
};
use slack_client::{FixedToken, SlackClient};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::contract::{Backend, GROUP, contract};
use crate::damage::{self, Damaged};
use crate::support::{
    ALREADY_SO, APPLIED, account, add, clock, entitlement, group, remove, set, steps,
};

contract!(start:
    accounts_are_found_by_the_whole_address,
    capital_letters_make_no_difference,
    many_people_are_each_answered,
    nobody_asked_is_nobody_answered,
    a_group_that_is_not_there_is_none,
    an_empty_group_is_empty_by_name_and_by_id,
    a_group_is_read_to_its_last_member,
    a_stranger_is_seen,
    people_are_added_and_removed,
    a_second_addition_finds_it_so,
    a_second_removal_finds_it_so,
    the_last_member_can_go_and_others_come,
    one_bad_step_stops_no_other,
    no_steps_have_no_outcomes,
    a_created_group_is_there_and_empty,
);

/// Waits that Slack asks for would be longer than this, so they are reported at once.
const TIME_MAX: Duration = Duration::from_secs(5);

struct Simulated {
    sim: SlackSim,
    target: SlackUserGroup,
    users: AtomicUsize,
    groups: AtomicUsize,
}

impl Simulated {
    async fn of(builder: SlackSimBuilder) -> Self {
        let sim = builder.start().await.unwrap();
        let client = SlackClient::builder(Arc::new(FixedToken::new(sim.bot_token())))
            .api_url(sim.api_url().parse().unwrap())
            .retry_delay(Duration::from_millis(1))
            .build()
            .unwrap();
        Self {
            sim,
            target: SlackUserGroup::new(client).with_time_max(TIME_MAX),
            users: AtomicUsize::new(0),
            groups: AtomicUsize::new(0),
        }
    }

    fn stored(&self, handle: &str) -> SlackGroup {
        self.sim.group(handle).unwrap()
    }

    fn put(&self, handle: &str, members: &BTreeSet<AccountId>) {
        let mut group = self.stored(handle);
        group.users = members.iter().map(ToString::to_string).collect();
        group.is_enabled = true;
        self.sim.put_group(&group);
    }

    fn count(&self, method: &str) -> u64 {
        self.sim.kit().log.count(method)
    }
}

fn unlimited() -> SlackSimBuilder {
    SlackSim::builder(clock()).rate_limits(RateLimits::Off)
}

async fn start() -> Simulated {
    Simulated::of(unlimited()).await
}

async fn seeded(backend: Simulated, count: usize) -> (Simulated, Vec<AccountId>) {
    let mut accounts = Vec::new();
    for number in 0..count {
        accounts.push(backend.seed_user(&format!("p{number}@example.com")).await);
    }
    (backend, accounts)
}

#[async_trait]
impl Backend for Simulated {
    fn target(&self) -> &dyn Target {
        &self.target
    }

    async fn seed_user(&self, email: &str) -> AccountId {
        let id = format!("U0{:06}", self.users.fetch_add(1, Ordering::SeqCst));
        self.sim.put_user(SlackUser::new(&id, email, "Somebody"));
        account(&id)
    }

    async fn seed_group(&self, name: &str, members: &[AccountId]) -> TargetGroupId {
        let id = format!("S0{:07}", self.groups.fetch_add(1, Ordering::SeqCst));
        let members = members.iter().map(AccountId::as_str);
        self.sim
            .put_group(&SlackGroup::new(&id, name).with_users(members));
        group(&id)
    }

    async fn join(&self, group: &str, account: &AccountId) {
        let mut group = self.stored(group);
        group.users.insert(account.to_string());
        self.sim.put_group(&group);
    }

    async fn members(&self, group: &str) -> BTreeSet<AccountId> {
        let group = self.stored(group);
        let members = if group.is_enabled {
            group.users
        } else {
            BTreeSet::new()
        };
        members.iter().map(|id| account(id)).collect()
    }

    fn nobody(&self) -> AccountId {
        account("U0NOBODY0")
    }
}

impl Damaged for Simulated {
    fn kit(&self) -> &Kit {
        self.sim.kit()
    }

    fn reset(&self, name: &str, members: &BTreeSet<AccountId>) {
        self.put(name, members);
    }
}

#[tokio::test]
async fn a_damaged_look_is_an_error_or_whole() {
    damage::a_damaged_look_is_an_error_or_whole(&start().await).await;
}

#[tokio::test]
async fn a_damaged_search_is_an_error_or_right() {
    damage::a_damaged_search_is_an_error_or_right(&start().await).await;
}

#[tokio::test]
async fn a_damaged_change_never_claims_what_is_not_so() {
    damage::a_damaged_change_never_claims_what_is_not_so(&start().await).await;
}

#[tokio::test]
async fn errors_name_nobody() {
    damage::errors_name_nobody(&start().await).await;
}

#[tokio::test]
async fn a_disabled_group_is_opened_for_the_new_people_only() {
    for writes in [DisabledGroupWrites::Accepted, DisabledGroupWrites::Refused] {
        let backend = Simulated::of(unlimited().disabled_group_writes(writes)).await;
        let (backend, accounts) = seeded(backend, 3).await;
        let id = backend.seed_group(GROUP, &accounts[..2]).await;
        let outcomes = backend.target.apply(&id, &remove(&accounts[..2])).await;
        assert_eq!(outcomes, [APPLIED, APPLIED], "{writes:?}");
        assert!(!backend.stored(GROUP).is_enabled, "{writes:?}");
        let outcomes = backend.target.apply(&id, &remove(&accounts[..2])).await;
        assert_eq!(outcomes, [ALREADY_SO, ALREADY_SO], "{writes:?}");
        let outcomes = backend.target.apply(&id, &add(&accounts[2..])).await;
        assert_eq!(outcomes, [APPLIED], "{writes:?}");
        assert_eq!(
            backend.members(GROUP).await,
            set(&accounts[2..]),
            "{writes:?}"
        );
    }
}

#[tokio::test]
async fn a_failed_opening_lets_nobody_back_in() {
    let backend = unlimited().disabled_group_writes(DisabledGroupWrites::Refused);
    let (backend, accounts) = seeded(Simulated::of(backend).await, 3).await;
    let id = backend.seed_group(GROUP, &accounts[..2]).await;
    backend.target.apply(&id, &remove(&accounts[..2])).await;
    backend
        .kit()
        .faults
        .on("usergroups.users.update", 2, Fault::status(400));
    let outcomes = backend.target.apply(&id, &add(&accounts[2..])).await;
    assert!(
        matches!(outcomes[0], Err(TargetError::Refused(_))),
        "{outcomes:?}"
    );
    assert_eq!(backend.members(GROUP).await, BTreeSet::new());
}

#[tokio::test]
async fn somebody_deactivated_in_the_list_fails_nobody_else() {
    let (backend, accounts) = seeded(start().await, 4).await;
    let id = backend.seed_group(GROUP, &accounts[..3]).await;
    backend.sim.deactivate("p0@example.com");
    let outcomes = backend.target.apply(&id, &add(&accounts[3..])).await;
    assert_eq!(outcomes, [APPLIED]);
    assert_eq!(backend.members(GROUP).await, set(&accounts[1..]));
    backend.sim.deactivate("p1@example.com");
    let outcomes = backend.target.apply(&id, &remove(&accounts[2..3])).await;
    assert_eq!(outcomes, [APPLIED]);
    assert_eq!(backend.members(GROUP).await, set(&accounts[3..]));
    // Only deactivated people would remain: nobody does.
    backend.join(GROUP, &accounts[0]).await;
    let outcomes = backend.target.apply(&id, &remove(&accounts[3..])).await;
    assert_eq!(outcomes, [APPLIED]);
    assert_eq!(backend.members(GROUP).await, BTreeSet::new());
}

#[tokio::test]
async fn somebody_deactivated_cannot_be_added_and_keeps_out_nobody_else() {
    let (backend, accounts) = seeded(start().await, 3).await;
    let id = backend.seed_group(GROUP, &accounts[..1]).await;
    backend.sim.deactivate("p1@example.com");
    let outcomes = backend.target.apply(&id, &add(&accounts)).await;
    assert_eq!((&outcomes[0], &outcomes[2]), (&ALREADY_SO, &APPLIED));
    assert!(
        matches!(&outcomes[1], Err(TargetError::Refused(text)) if text.contains("deactivated"))
    );
    let expected = set([&accounts[0], &accounts[2]]);
    assert_eq!(backend.members(GROUP).await, expected);
    // Alone in an empty group, it does not even disable that.
    let empty = backend.seed_group("empty", &[]).await;
    let outcomes = backend.target.apply(&empty, &add(&accounts[1..2])).await;
    assert!(
        matches!(outcomes[0], Err(TargetError::Refused(_))),
        "{outcomes:?}"
    );
    assert!(backend.stored("empty").is_enabled);
}

#[tokio::test]
async fn a_long_list_with_somebody_deactivated_is_checked_against_everybody() {
    let (backend, accounts) = seeded(start().await, 60).await;
    let id = backend.seed_group(GROUP, &accounts[..59]).await;
    backend.sim.deactivate("p0@example.com");
    let outcomes = backend.target.apply(&id, &add(&accounts[59..])).await;
    assert_eq!(outcomes, [APPLIED]);
    assert_eq!(backend.members(GROUP).await, set(&accounts[1..]));
    assert_eq!(backend.count("users.info"), 0);
}

#[tokio::test]
async fn whom_slack_will_not_take_without_saying_so_is_left_alone() {
    let (backend, accounts) = seeded(start().await, 4).await;
    let id = backend.seed_group(GROUP, &accounts[..1]).await;
    let refused = answer(r#"{"ok":false,"error":"invalid_users"}"#);
    // The list with all three, and then the list with the second of them.
    for nth in [1, 3] {
        backend
            .kit()
            .faults
            .on("usergroups.users.update", nth, refused.clone());
    }
    let outcomes = backend.target.apply(&id, &add(&accounts[1..])).await;
    assert_eq!((&outcomes[0], &outcomes[2]), (&APPLIED, &APPLIED));
    assert!(matches!(&outcomes[1], Err(TargetError::Refused(text)) if text.contains("guests")));
    let expected = set([&accounts[0], &accounts[1], &accounts[3]]);
    assert_eq!(backend.members(GROUP).await, expected);
}

/// An answer of the vendor in our words.
fn answer(body: &str) -> Fault {
    Fault::Status {
        status: 200,
        headers: Vec::new(),
        body: Some(body.to_owned()),
    }
}

#[tokio::test]
async fn writers_side_by_side_lose_nothing() {
    let (backend, accounts) = seeded(start().await, 12).await;
    let id = backend.seed_group(GROUP, &accounts[..2]).await;
    let additions = accounts[2..].iter().map(|it| add([it]));
    let changes: Vec<_> = additions.chain([remove(&accounts[..1])]).collect();
    let outcomes =
        futures::future::join_all(changes.iter().map(|steps| backend.target.apply(&id, steps)));
    for outcomes in outcomes.await {
        assert_eq!(outcomes, [APPLIED]);
    }
    assert_eq!(backend.members(GROUP).await, set(&accounts[1..]));
}

#[tokio::test]
async fn what_slack_holds_after_the_write_is_what_counts() {
    let (backend, accounts) = seeded(start().await, 3).await;
    let id = backend.seed_group(GROUP, &accounts[..1]).await;
    // Slack answers with another list than the one written, as if a person had written at the same time.
    let other = format!(
        r#"{{"ok":true,"usergroup":{{"id":"{id}","name":"{GROUP}","handle":"{GROUP}","users":["{}"]}}}}"#,
        accounts[0]
    );
    backend
        .kit()
        .faults
        .on("usergroups.users.update", 1, answer(&other));
    let outcomes = backend.target.apply(&id, &add(&accounts[1..2])).await;
    assert!(
        matches!(outcomes[0], Err(TargetError::Unreachable(_))),
        "{outcomes:?}"
    );
    assert_eq!(backend.count("usergroups.list"), 2);
    assert_eq!(
        backend.target.apply(&id, &add(&accounts[1..])).await,
        [APPLIED, APPLIED]
    );
}

#[tokio::test]
async fn both_kinds_of_steps_are_answered_in_their_places() {
    let (backend, accounts) = seeded(start().await, 3).await;
    let id = backend.seed_group(GROUP, &accounts[..1]).await;
    let mut mixed = remove(&accounts[..1]);
    mixed.extend(add(&accounts[1..2]));
    mixed.extend(remove([&account("no-slack-id")]));
    mixed.extend(add([&account("no-slack-id")]));
    let outcomes = backend.target.apply(&id, &mixed).await;
    assert_eq!(outcomes[..3], [APPLIED, APPLIED, ALREADY_SO]);
    assert!(matches!(&outcomes[3], Err(TargetError::Refused(text)) if text.contains("[[person]]")));
    assert_eq!(backend.members(GROUP).await, set(&accounts[1..2]));
    assert_eq!(backend.count("usergroups.users.update"), 2);
}

#[tokio::test]
async fn groups_are_found_by_handle_name_and_id_and_never_guessed() {
    let backend = start().await;
    let mut named = SlackGroup::new("S1", "payments-oncall");
    named.name = "Payments On Call".into();
    let mut other = SlackGroup::new("S2", "other");
    other.name = "payments-oncall".into();
    backend.sim.put_group(&named);
    for text in [
        "payments-oncall",
        "@payments-oncall",
        "Payments On Call",
        "S1",
    ] {
        let seen = backend.target.observe(&entitlement(text)).await.unwrap();
        assert_eq!(seen.map(|it| it.id), Some(group("S1")), "{text}");
    }
    let seen = backend
        .target
        .observe(&entitlement("payments on call"))
        .await;
    assert_eq!(seen, Ok(None), "names are compared whole");
    backend.sim.put_group(&other);
    let seen = backend
        .target
        .observe(&entitlement("payments-oncall"))
        .await;
    let says = |text: &str| text.contains("S1") && text.contains("S2");
    assert!(
        matches!(&seen, Err(TargetError::Refused(text)) if says(text)),
        "{seen:?}"
    );
}

#[tokio::test]
async fn looks_side_by_side_share_a_list() {
    let (backend, accounts) = seeded(start().await, 8).await;
    for (number, account) in accounts.iter().enumerate() {
        let members = std::slice::from_ref(account);
        backend.seed_group(&format!("g{number}"), members).await;
    }
    let names: Vec<_> = (0..8)
        .map(|number| entitlement(&format!("g{number}")))
        .collect();
    let looks = names.iter().map(|name| backend.target.observe(name));
    for (look, account) in futures::future::join_all(looks)
        .await
        .into_iter()
        .zip(&accounts)
    {
        assert_eq!(look.unwrap().unwrap().members, set([account]));
    }
    assert_eq!(backend.count("usergroups.list"), 2);
}

#[tokio::test]
async fn an_unknown_group_fails_every_step() {
    let (backend, accounts) = seeded(start().await, 2).await;
    for id in ["S0NOWHERE", "payments-oncall"] {
        let outcomes = backend.target.apply(&group(id), &add(&accounts)).await;
        assert_eq!(outcomes.len(), 2);
        for outcome in outcomes {
            assert!(
                matches!(outcome, Err(TargetError::NotFound(_))),
                "{outcome:?}"
            );
        }
    }
}

#[tokio::test]
async fn what_slack_refuses_says_what_to_do() {
    let (backend, accounts) = seeded(start().await, 2).await;
    let id = backend.seed_group(GROUP, &accounts[..1]).await;
    backend.sim.set_scopes(["usergroups:read"]);
    let denied = backend
        .target
        .apply(&id, &add(&accounts[1..]))
        .await
        .remove(0);
    assert!(matches!(&denied, Err(TargetError::Denied(text)) if text.contains("usergroups:write")));
    let denied = backend.target.create(&entitlement("another")).await;
    assert!(matches!(&denied, Err(TargetError::Denied(text)) if text.contains("usergroups:write")));
    backend.sim.rotate_token("xoxb-second");
    let denied = backend.target.observe(&entitlement(GROUP)).await;
    assert!(matches!(&denied, Err(TargetError::Denied(text)) if text.contains("token")));

    let free = Simulated::of(unlimited().free_plan()).await;
    let refused = free.target.create(&entitlement("another")).await;
    assert!(matches!(&refused, Err(TargetError::Refused(text)) if text.contains("paid")));
}

#[tokio::test]
async fn a_used_up_limit_is_reported_with_its_wait() {
    let backend = Simulated::of(SlackSim::builder(clock())).await;
    for _ in 0..20 {
        assert_eq!(backend.target.observe(&entitlement(GROUP)).await, Ok(None));
    }
    let retry_after = Some(Duration::from_mins(1));
    let throttled = Err(TargetError::Throttled { retry_after });
    assert_eq!(backend.target.observe(&entitlement(GROUP)).await, throttled);
    let id = backend.seed_group(GROUP, &[]).await;
    let outcomes = backend
        .target
        .apply(
            &id,
            &steps(access_core::plan::Action::Add, [&account("U1")]),
        )
        .await;
    assert_eq!(outcomes, [Err(TargetError::Throttled { retry_after })]);
}
