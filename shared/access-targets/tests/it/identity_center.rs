//! Identity Center over the simulator: the contract, every fault, and what AWS does its own way.

use access_core::id::{AccountId, TargetGroupId};
use access_core::matching::Unmatched;
use access_core::ports::{Outcome, Target, TargetError};
use access_targets::{IdentityCenter, Pace};
use async_trait::async_trait;
use aws_credential_types::credential_fn::provide_credentials_fn;
use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_identitystore::Client;
use aws_sdk_identitystore::config::{BehaviorVersion, Credentials, ProvideCredentials, Region};
use simulators::identity_center::{
    ConflictReasons, IdentityCenterSim, IdentityCenterSimBuilder, IdentityUser, Throttling,
};
use simulators::kit::{Fault, Kit, SimClock};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use crate::contract::{Backend, GROUP, contract};
use crate::damage::{self, Damaged};
use crate::support::{
    ALREADY_SO, APPLIED, account, add, clock, entitlement, found, group, principal, principals,
    remove, set, unmatched,
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

pub(crate) fn client(endpoint_url: &str) -> Client {
    let credentials = Credentials::new("AKIASIMULATED", "simulated", None, None, "simulated");
    client_of(endpoint_url, credentials)
}

/// A client of whoever has these credentials.
fn client_of(endpoint_url: &str, credentials: impl ProvideCredentials + 'static) -> Client {
    let config = aws_sdk_identitystore::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(credentials)
        .endpoint_url(endpoint_url)
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

/// A target without pace and with pauses too short to notice.
pub(crate) fn hasty(client: Client, store_id: &str) -> IdentityCenter {
    IdentityCenter::new(client, store_id)
        .with_pace(Pace::unlimited())
        .with_first_pause(Duration::from_millis(1))
        .with_directory_age_max(Duration::ZERO)
}

struct Simulated {
    sim: IdentityCenterSim,
    target: IdentityCenter,
    emails: Mutex<BTreeMap<AccountId, String>>,
}

impl Simulated {
    async fn of(builder: IdentityCenterSimBuilder) -> Self {
        let sim = builder.start().await.unwrap();
        let target = hasty(client(sim.endpoint_url()), &sim.identity_store_id());
        Self {
            sim,
            target,
            emails: Mutex::default(),
        }
    }

    fn with_target(mut self, change: impl FnOnce(IdentityCenter) -> IdentityCenter) -> Self {
        self.target = change(self.target);
        self
    }

    fn email(&self, account: &AccountId) -> String {
        self.emails.lock().unwrap()[account].clone()
    }

    fn account(&self, email: &str) -> AccountId {
        account(&self.sim.user_id(email).unwrap())
    }

    fn id_of(&self, name: &str) -> TargetGroupId {
        group(&self.sim.group_id(name).unwrap())
    }

    fn count(&self, operation: &str) -> u64 {
        self.sim.kit().log.count(operation)
    }
}

fn unlimited() -> IdentityCenterSimBuilder {
    IdentityCenterSim::builder(clock()).throttling(Throttling::Off)
}

async fn start() -> Simulated {
    Simulated::of(unlimited()).await
}

/// Two people to a page, so that small groups have several.
async fn start_paged() -> Simulated {
    Simulated::of(unlimited().page_max(2)).await
}

/// Ada is in the group, Bob is not.
async fn ada_and_bob() -> (Simulated, TargetGroupId, AccountId, AccountId) {
    let backend = start().await;
    let ada = backend.seed_user("ada@example.com").await;
    let bob = backend.seed_user("bob@example.com").await;
    let id = backend.seed_group(GROUP, std::slice::from_ref(&ada)).await;
    (backend, id, ada, bob)
}

#[async_trait]
impl Backend for Simulated {
    fn target(&self) -> &dyn Target {
        &self.target
    }

    async fn seed_user(&self, email: &str) -> AccountId {
        self.sim.add_user(IdentityUser::new(email, "Somebody"));
        let account = self.account(email);
        let mut emails = self.emails.lock().unwrap();
        emails.insert(account.clone(), email.to_owned());
        account
    }

    async fn seed_group(&self, name: &str, members: &[AccountId]) -> TargetGroupId {
        self.sim.add_group(name);
        for member in members {
            self.sim.add_member(name, &self.email(member));
        }
        self.id_of(name)
    }

    async fn join(&self, group: &str, account: &AccountId) {
        self.sim.add_member(group, &self.email(account));
    }

    async fn members(&self, group: &str) -> BTreeSet<AccountId> {
        let members = self.sim.members_of(group);
        members.iter().map(|email| self.account(email)).collect()
    }

    fn nobody(&self) -> AccountId {
        account("9067642ac7-00000000-0000-4000-8000-000000000000")
    }
}

impl Damaged for Simulated {
    fn kit(&self) -> &Kit {
        self.sim.kit()
    }

    fn reset(&self, name: &str, members: &BTreeSet<AccountId>) {
        let wanted: BTreeSet<String> = members.iter().map(|it| self.email(it)).collect();
        for email in self.sim.members_of(name).difference(&wanted) {
            self.sim.remove_member(name, email);
        }
        for email in &wanted {
            self.sim.add_member(name, email);
        }
    }
}

#[tokio::test]
async fn a_damaged_look_is_an_error_or_whole() {
    damage::a_damaged_look_is_an_error_or_whole(&start_paged().await).await;
}

#[tokio::test]
async fn a_damaged_search_is_an_error_or_right() {
    damage::a_damaged_search_is_an_error_or_right(&start_paged().await).await;
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
async fn an_address_that_leads_to_two_people_is_nobodys() {
    let backend = start().await;
    let address = "ada@example.com";
    for (name, email) in [(address, "ada.new@example.com"), ("ada2", address)] {
        backend.sim.add_user(IdentityUser {
            user_name: name.into(),
            email: Some(email.into()),
            display_name: "Ada".into(),
        });
    }
    let asked = principals([address]);
    let few = backend.target.find_accounts(&asked).await.unwrap();
    assert_eq!(few[&principal(address)], unmatched(Unmatched::Ambiguous));
    let many = asked
        .into_iter()
        .chain((0..60).map(|n| principal(&format!("p{n}@example.com"))));
    let many = backend.target.find_accounts(&many.collect()).await.unwrap();
    assert_eq!(many[&principal(address)], unmatched(Unmatched::Ambiguous));
}

#[tokio::test]
async fn a_user_name_that_is_an_address_will_do() {
    let backend = start().await;
    backend.sim.add_user(IdentityUser {
        user_name: "Robot@example.com".into(),
        email: None,
        display_name: "Robot".into(),
    });
    let accounts = backend
        .target
        .find_accounts(&principals(["robot@example.com"]))
        .await
        .unwrap();
    let robot = account(&{
        let request = client(backend.sim.endpoint_url()).list_users();
        let users = request
            .identity_store_id(backend.sim.identity_store_id())
            .send()
            .await
            .unwrap();
        users.users()[0].user_id().to_owned()
    });
    assert_eq!(accounts[&principal("robot@example.com")], found(&robot));
}

#[tokio::test]
async fn somebody_switched_off_is_inactive_however_found() {
    let (backend, _, ada, _) = ada_and_bob().await;
    let user = format!(
        r#"{{"IdentityStoreId":"d-9067642ac7","UserId":"{ada}","UserName":"ada@example.com","UserStatus":"DISABLED"}}"#
    );
    let faults = &backend.kit().faults;
    faults.always("DescribeUser", answer(&user));
    faults.always("ListUsers", answer(&format!(r#"{{"Users":[{user}]}}"#)));
    let address = principal("ada@example.com");
    let few = backend
        .target
        .find_accounts(&principals(["ada@example.com"]))
        .await
        .unwrap();
    assert_eq!(few[&address], unmatched(Unmatched::Inactive));
    let many = (0..60)
        .map(|n| principal(&format!("p{n}@example.com")))
        .chain([address.clone()]);
    let many = backend.target.find_accounts(&many.collect()).await.unwrap();
    assert_eq!(many[&address], unmatched(Unmatched::Inactive));
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
async fn few_people_are_looked_up_and_many_are_listed() {
    let backend = start()
        .await
        .with_target(|target| target.with_directory_age_max(Duration::from_hours(1)));
    for number in 0..150 {
        backend.seed_user(&format!("p{number}@example.com")).await;
    }
    let ask = |count: usize| {
        (0..count)
            .map(|n| principal(&format!("p{n}@example.com")))
            .collect()
    };
    backend.target.find_accounts(&ask(25)).await.unwrap();
    assert_eq!(backend.count("GetUserId"), 50);
    assert_eq!(backend.count("ListUsers"), 0);
    backend.target.find_accounts(&ask(26)).await.unwrap();
    assert_eq!(backend.count("GetUserId"), 50);
    assert_eq!(backend.count("ListUsers"), 2);
    // Who is not there was not there a moment ago either; whoever is new is found all the same.
    backend.seed_user("new@example.com").await;
    let asked = principals(["nobody@example.com", "new@example.com"]);
    let accounts = backend.target.find_accounts(&asked).await.unwrap();
    let new = backend.account("new@example.com");
    assert_eq!(accounts[&principal("new@example.com")], found(&new));
    assert_eq!(backend.count("ListUsers"), 2);
}

#[tokio::test]
async fn whoever_left_since_the_list_was_read_is_not_found_in_it() {
    let backend = start()
        .await
        .with_target(|target| target.with_directory_age_max(Duration::from_hours(1)));
    backend.seed_user("Grace@Example.com").await;
    let asked = principals(["grace@example.com", "nobody@example.com"]);
    let accounts = backend.target.find_accounts(&asked).await.unwrap();
    let grace = backend.account("grace@example.com");
    assert_eq!(accounts[&principal("grace@example.com")], found(&grace));
    backend.sim.delete_user("grace@example.com");
    let accounts = backend.target.find_accounts(&asked).await.unwrap();
    let nobody = unmatched(Unmatched::NoAccount);
    assert_eq!(accounts[&principal("grace@example.com")], nobody);
    assert_eq!(backend.count("ListUsers"), 1);
}

#[tokio::test]
async fn a_conflict_without_a_reason_counts_only_if_the_membership_is_there() {
    let (backend, id, ada, bob) = ada_and_bob().await;
    backend.sim.conflict_reasons(ConflictReasons::LeftOut);
    let outcomes = backend.target.apply(&id, &add([&ada])).await;
    assert_eq!(outcomes, [ALREADY_SO]);
    backend
        .kit()
        .faults
        .on("CreateGroupMembership", 1, Fault::status(409));
    let outcomes = backend.target.apply(&id, &add([&bob])).await;
    assert_eq!(outcomes, [APPLIED]);
    assert_eq!(backend.members(GROUP).await, set([&ada, &bob]));
}

#[tokio::test]
async fn two_writers_at_once_are_tried_again_but_not_for_ever() {
    let (backend, id, ada, bob) = ada_and_bob().await;
    let met = IdentityCenterSim::concurrent_modification();
    let faults = &backend.kit().faults;
    faults.on("CreateGroupMembership", 1, met.clone());
    faults.on("DeleteGroupMembership", 1, met.clone());
    assert_eq!(backend.target.apply(&id, &add([&bob])).await, [APPLIED]);
    assert_eq!(backend.target.apply(&id, &remove([&ada])).await, [APPLIED]);
    faults.clear();
    backend.kit().log.reset();
    faults.always("CreateGroupMembership", met);
    let outcomes = backend.target.apply(&id, &add([&ada])).await;
    assert!(
        matches!(outcomes[0], Err(TargetError::Unreachable(_))),
        "{outcomes:?}"
    );
    assert_eq!(backend.count("CreateGroupMembership"), 4);
}

#[tokio::test]
async fn throttling_is_waited_out_in_bounds() {
    let (backend, id, _, bob) = ada_and_bob().await;
    let faults = &backend.kit().faults;
    for nth in 1..=3 {
        faults.on("CreateGroupMembership", nth, Fault::status(429));
    }
    assert_eq!(backend.target.apply(&id, &add([&bob])).await, [APPLIED]);
    faults.clear();
    backend.kit().log.reset();
    faults.always("*", Fault::status(429));
    let throttled = Err(TargetError::Throttled { retry_after: None });
    assert_eq!(backend.target.observe(&entitlement(GROUP)).await, throttled);
    assert_eq!(backend.kit().log.total(), 4);
    // A long wait is reported, not waited for.
    faults.clear();
    let body = r#"{"__type":"ThrottlingException","Message":"slow","RetryAfterSeconds":60}"#;
    faults.always(
        "*",
        Fault::Status {
            status: 400,
            headers: Vec::new(),
            body: Some(body.into()),
        },
    );
    let retry_after = Some(Duration::from_mins(1));
    let throttled = Err(TargetError::Throttled { retry_after });
    assert_eq!(backend.target.observe(&entitlement(GROUP)).await, throttled);
}

#[tokio::test]
async fn an_unknown_end_is_not_sent_again_and_found_so_later() {
    let (backend, id, _, bob) = ada_and_bob().await;
    backend
        .kit()
        .faults
        .on("CreateGroupMembership", 1, Fault::CutAfter);
    let outcomes = backend.target.apply(&id, &add([&bob])).await;
    assert!(
        matches!(outcomes[0], Err(TargetError::Unreachable(_))),
        "{outcomes:?}"
    );
    assert_eq!(backend.count("CreateGroupMembership"), 1);
    assert_eq!(backend.target.apply(&id, &add([&bob])).await, [ALREADY_SO]);
}

#[tokio::test]
async fn people_and_groups_that_are_gone_are_told_apart_from_members() {
    let (backend, id, ada, bob) = ada_and_bob().await;
    backend.sim.delete_user("ada@example.com");
    assert_eq!(
        backend.target.apply(&id, &remove([&ada])).await,
        [ALREADY_SO]
    );
    let outcomes = backend.target.apply(&id, &add([&ada])).await;
    assert!(matches!(&outcomes[0], Err(TargetError::NotFound(text)) if text.contains("account")));
    let nowhere = group("9067642ac7-00000000-0000-4000-8000-000000000000");
    let outcomes = backend.target.apply(&nowhere, &add([&bob])).await;
    assert!(matches!(&outcomes[0], Err(TargetError::NotFound(text)) if text.contains("group")));
    let seen = backend.target.observe(&entitlement(nowhere.as_str())).await;
    assert_eq!(seen, Ok(None));
}

#[tokio::test]
async fn a_missing_right_or_store_says_what_to_do() {
    let (backend, ..) = ada_and_bob().await;
    backend
        .kit()
        .faults
        .always("GetGroupId", Fault::status(403));
    let denied = backend.target.observe(&entitlement(GROUP)).await;
    let says = |text: &str| text.contains("identitystore:GetGroupId");
    assert!(
        matches!(&denied, Err(TargetError::Denied(text)) if says(text)),
        "{denied:?}"
    );
    backend.kit().faults.clear();
    let elsewhere = hasty(client(backend.sim.endpoint_url()), "d-0000000000");
    let refused = elsewhere.observe(&entitlement("another")).await;
    let says = |text: &str| text.contains("identity_store_id");
    assert!(
        matches!(&refused, Err(TargetError::Refused(text)) if says(text)),
        "{refused:?}"
    );
    let refused = elsewhere
        .find_accounts(&principals(["ada@example.com"]))
        .await;
    assert!(
        matches!(refused, Err(TargetError::Refused(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_told_to() {
    let nobody = || async { Err(CredentialsError::not_loaded("nobody is signed in")) };
    let client = client_of("http://127.0.0.1:1", provide_credentials_fn(nobody));
    let target = hasty(client, "d-1234567890");
    match target.observe(&entitlement(GROUP)).await {
        Err(TargetError::Unreachable(text)) => assert!(text.contains("aws sso login"), "{text}"),
        answer => panic!("{answer:?}"),
    }
}

#[tokio::test]
async fn the_shared_pace_stays_below_what_aws_allows() {
    let running = SimClock::accelerated(clock().now(), 1.0);
    let backend = Simulated::of(IdentityCenterSim::builder(running)).await;
    // As a function is wired: with the pace that all targets of the store share.
    let store_id = backend.sim.identity_store_id();
    let target = || IdentityCenter::new(client(backend.sim.endpoint_url()), store_id.as_str());
    let mut accounts = Vec::new();
    for number in 0..24 {
        accounts.push(backend.seed_user(&format!("p{number}@example.com")).await);
    }
    let id = backend.seed_group(GROUP, &[]).await;
    let (one, other) = (target(), target());
    let steps = add(&accounts);
    let (first, second) =
        tokio::join!(one.apply(&id, &steps[..12]), other.apply(&id, &steps[12..]));
    let outcomes: Vec<_> = first.into_iter().chain(second).collect();
    assert!(
        outcomes
            .iter()
            .all(|outcome| *outcome == Ok(Outcome::Applied)),
        "{outcomes:?}"
    );
}
