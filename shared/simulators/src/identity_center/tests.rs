//! The identity store as the AWS SDK meets it.

use aws_sdk_identitystore::Client;
use aws_sdk_identitystore::config::retry::RetryConfig;
use aws_sdk_identitystore::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_identitystore::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_identitystore::operation::RequestId;
use aws_sdk_identitystore::operation::create_group_membership::CreateGroupMembershipError;
use aws_sdk_identitystore::types::{
    AlternateIdentifier, ConflictExceptionReason, GroupMembershipExistenceResult, MemberId,
    ResourceType, UniqueAttribute,
};
use jiff::{SignedDuration, Timestamp};

use super::*;

const GROUP: &str = "PaymentsProdOperator";

/// A client that repeats nothing, so that every answer is seen.
fn client(sim: &IdentityCenterSim) -> Client {
    let credentials = Credentials::new("AKIASIMULATED", "simulated", None, None, "simulated");
    let config = aws_sdk_identitystore::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(credentials)
        .endpoint_url(sim.endpoint_url())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::disabled())
        .build();
    Client::from_conf(config)
}

fn acme() -> IdentityCenterSimBuilder {
    let clock = SimClock::at("2026-11-22T09:00:00Z".parse::<Timestamp>().unwrap());
    IdentityCenterSim::builder(clock)
        .user(IdentityUser::new("Ada@example.com", "Ada"))
        .user(IdentityUser::new("bob@example.com", "Bob"))
        .user(IdentityUser {
            user_name: "robot".into(),
            email: None,
            display_name: "Robot".into(),
        })
        .group(GROUP, ["ada@example.com"])
        .throttling(Throttling::Off)
}

fn by(path: &str, value: &str) -> AlternateIdentifier {
    let attribute = UniqueAttribute::builder()
        .attribute_path(path)
        .attribute_value(value.into())
        .build();
    AlternateIdentifier::UniqueAttribute(attribute.unwrap())
}

fn ids(sim: &IdentityCenterSim, email: &str) -> (String, String, MemberId) {
    let user = MemberId::UserId(sim.user_id(email).unwrap());
    (sim.identity_store_id(), sim.group_id(GROUP).unwrap(), user)
}

async fn add(
    client: &Client,
    sim: &IdentityCenterSim,
    email: &str,
) -> Result<String, SdkError<CreateGroupMembershipError>> {
    let (store, group, user) = ids(sim, email);
    let request = client.create_group_membership().identity_store_id(store);
    let made = request.group_id(group).member_id(user).send().await?;
    Ok(made.membership_id().to_owned())
}

#[tokio::test]
async fn memberships_come_and_go_by_their_own_id() {
    let sim = acme().start().await.unwrap();
    let client = client(&sim);
    let made = add(&client, &sim, "bob@example.com").await.unwrap();
    let members: Vec<_> = sim.members_of(GROUP).into_iter().collect();
    assert_eq!(members, ["ada@example.com", "bob@example.com"]);
    let (store, group, bob) = ids(&sim, "bob@example.com");
    let get = || {
        let request = client.get_group_membership_id().identity_store_id(&store);
        request.group_id(&group).member_id(bob.clone()).send()
    };
    assert_eq!(get().await.unwrap().membership_id(), made);
    let delete = || {
        client
            .delete_group_membership()
            .identity_store_id(&store)
            .membership_id(&made)
            .send()
    };
    delete().await.unwrap();
    assert_eq!(sim.members_of(GROUP).len(), 1);
    let gone = delete().await.unwrap_err().into_service_error();
    assert!(gone.is_resource_not_found_exception(), "{gone:?}");
    let gone = get().await.unwrap_err().into_service_error();
    assert!(gone.is_resource_not_found_exception(), "{gone:?}");
}

#[tokio::test]
async fn conflicts_carry_their_reason_unless_told_not_to() {
    let sim = acme().start().await.unwrap();
    let client = client(&sim);
    let reason = |error: SdkError<CreateGroupMembershipError>| {
        assert!(error.request_id().is_some());
        match error.into_service_error() {
            CreateGroupMembershipError::ConflictException(conflict) => conflict.reason().cloned(),
            other => panic!("{other:?}"),
        }
    };
    let twice = add(&client, &sim, "ada@example.com").await.unwrap_err();
    assert_eq!(
        reason(twice),
        Some(ConflictExceptionReason::UniquenessConstraintViolation)
    );
    sim.conflict_reasons(ConflictReasons::LeftOut);
    let twice = add(&client, &sim, "ada@example.com").await.unwrap_err();
    assert_eq!(reason(twice), None);
    let faults = &sim.kit().faults;
    faults.on(
        "CreateGroupMembership",
        1,
        IdentityCenterSim::concurrent_modification(),
    );
    let met = client
        .create_group_membership()
        .identity_store_id(sim.identity_store_id())
        .group_id(sim.group_id(GROUP).unwrap())
        .member_id(ids(&sim, "bob@example.com").2)
        .send()
        .await
        .unwrap_err();
    let met = met.into_service_error();
    let CreateGroupMembershipError::ConflictException(met) = met else {
        panic!("{met:?}")
    };
    assert_eq!(
        met.reason(),
        Some(&ConflictExceptionReason::ConcurrentModification)
    );
    add(&client, &sim, "bob@example.com").await.unwrap();
}

#[tokio::test]
async fn people_are_found_by_name_or_address() {
    for (lookups, value, is_found) in [
        (Lookups::Exact, "Ada@example.com", true),
        (Lookups::Exact, "ada@example.com", false),
        (Lookups::IgnoreCase, "ada@example.com", true),
        (Lookups::IgnoreCase, "eve@example.com", false),
    ] {
        let sim = acme().lookups(lookups).start().await.unwrap();
        let client = client(&sim);
        for path in ["emails.value", "userName"] {
            let request = client
                .get_user_id()
                .identity_store_id(sim.identity_store_id());
            match request.alternate_identifier(by(path, value)).send().await {
                Ok(found) => {
                    assert!(is_found, "{lookups:?} {path} {value}");
                    assert_eq!(Some(found.user_id()), sim.user_id(value).as_deref());
                }
                Err(error) => {
                    assert!(!is_found, "{lookups:?} {path} {value}");
                    let error = error.into_service_error();
                    assert!(error.is_resource_not_found_exception(), "{error:?}");
                }
            }
        }
    }
    let sim = acme().start().await.unwrap();
    let request = client(&sim)
        .get_user_id()
        .identity_store_id(sim.identity_store_id());
    let odd = request
        .alternate_identifier(by("nickName", "ada"))
        .send()
        .await
        .unwrap_err();
    assert!(odd.into_service_error().is_validation_exception());
}

#[tokio::test]
async fn users_are_described_and_listed() {
    let sim = acme().page_max(2).start().await.unwrap();
    let client = client(&sim);
    let pages = client
        .list_users()
        .identity_store_id(sim.identity_store_id())
        .into_paginator();
    let users = pages
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .unwrap();
    let mut names: Vec<_> = users.iter().map(|user| user.user_name().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Ada@example.com", "bob@example.com", "robot"]);
    assert_eq!(sim.kit().log.count("ListUsers"), 2);
    let describe = |id: &str| {
        client
            .describe_user()
            .identity_store_id(sim.identity_store_id())
            .user_id(id)
            .send()
    };
    let ada = describe(&sim.user_id("ada@example.com").unwrap())
        .await
        .unwrap();
    assert_eq!(ada.emails()[0].value(), Some("Ada@example.com"));
    let nobody = describe("nobody").await.unwrap_err().into_service_error();
    assert!(nobody.is_resource_not_found_exception(), "{nobody:?}");
}

#[tokio::test]
async fn groups_are_made_once_and_found_by_name() {
    let sim = acme().page_max(1).start().await.unwrap();
    let client = client(&sim);
    let store = sim.identity_store_id();
    let create = |name: &str| {
        client
            .create_group()
            .identity_store_id(&store)
            .display_name(name)
            .send()
    };
    let made = create("DbaProd").await.unwrap();
    assert!(
        create("DbaProd")
            .await
            .unwrap_err()
            .into_service_error()
            .is_conflict_exception()
    );
    let get = |name: &str| {
        let request = client.get_group_id().identity_store_id(&store);
        request.alternate_identifier(by("displayName", name)).send()
    };
    assert_eq!(get("DbaProd").await.unwrap().group_id(), made.group_id());
    let missing = get("Nothing").await.unwrap_err().into_service_error();
    assert!(missing.is_resource_not_found_exception(), "{missing:?}");
    let pages = client
        .list_groups()
        .identity_store_id(&store)
        .into_paginator();
    let groups = pages
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .unwrap();
    assert_eq!(groups.len(), 2);
    let described = client
        .describe_group()
        .identity_store_id(&store)
        .group_id(made.group_id())
        .send();
    assert_eq!(described.await.unwrap().display_name(), Some("DbaProd"));
}

#[tokio::test]
async fn memberships_are_listed_to_the_last_page_from_both_ends() {
    let mut builder = acme().group("Other", ["bob@example.com"]);
    for number in 0..7 {
        builder = builder.user(IdentityUser::new(&format!("p{number}@example.com"), "P"));
    }
    let everyone: Vec<String> = (0..7)
        .map(|number| format!("p{number}@example.com"))
        .collect();
    let builder = builder
        .group(GROUP, everyone.iter().map(String::as_str))
        .page_max(3);
    let sim = builder.start().await.unwrap();
    let client = client(&sim);
    let (store, group, ada) = ids(&sim, "ada@example.com");
    let pages = client
        .list_group_memberships()
        .identity_store_id(&store)
        .group_id(&group);
    let pages = pages.into_paginator().items().send();
    assert_eq!(pages.collect::<Result<Vec<_>, _>>().await.unwrap().len(), 8);
    assert_eq!(sim.kit().log.count("ListGroupMemberships"), 3);
    let of_ada = client
        .list_group_memberships_for_member()
        .identity_store_id(&store);
    let of_ada = of_ada.member_id(ada.clone()).send().await.unwrap();
    assert_eq!(
        of_ada.group_memberships()[0].group_id(),
        Some(group.as_str())
    );
    let other = sim.group_id("Other").unwrap();
    let request = client
        .is_member_in_groups()
        .identity_store_id(&store)
        .member_id(ada);
    let results = request
        .group_ids(&group)
        .group_ids(&other)
        .send()
        .await
        .unwrap();
    let exists: Vec<_> = results
        .results()
        .iter()
        .map(GroupMembershipExistenceResult::membership_exists)
        .collect();
    assert_eq!(exists, [true, false]);
    let too_many = client
        .list_group_memberships()
        .identity_store_id(&store)
        .group_id(&group)
        .max_results(101);
    let too_many = too_many.send().await.unwrap_err().into_service_error();
    assert!(too_many.is_validation_exception(), "{too_many:?}");
}

#[tokio::test]
async fn the_twenty_first_call_of_a_second_is_throttled() {
    let sim = acme()
        .throttling(Throttling::Enforced)
        .start()
        .await
        .unwrap();
    let client = client(&sim);
    let list = || {
        client
            .list_users()
            .identity_store_id(sim.identity_store_id())
            .send()
    };
    for _ in 0..20 {
        list().await.unwrap();
    }
    let error = list().await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("ThrottlingException"));
    let aws_sdk_identitystore::operation::list_users::ListUsersError::ThrottlingException(error) =
        error
    else {
        panic!("{error:?}")
    };
    assert_eq!(error.retry_after_seconds(), 1);
    sim.kit().clock.advance(SignedDuration::from_secs(1));
    list().await.unwrap();
}

#[tokio::test]
async fn a_strangers_changes_show() {
    let sim = acme().start().await.unwrap();
    sim.add_member(GROUP, "bob@example.com");
    sim.add_member(GROUP, "bob@example.com");
    sim.remove_member(GROUP, "ada@example.com");
    assert_eq!(
        sim.members_of(GROUP).into_iter().collect::<Vec<_>>(),
        ["bob@example.com"]
    );
    sim.delete_user("bob@example.com");
    assert!(sim.members_of(GROUP).is_empty());
    assert!(sim.user_id("bob@example.com").is_none());
    assert!(sim.members_of("Nothing").is_empty());
}

#[tokio::test]
async fn another_store_is_not_found() {
    let sim = acme().start().await.unwrap();
    let client = client(&sim);
    let request = client
        .list_group_memberships()
        .identity_store_id("d-0000000000");
    let error = request
        .group_id("g")
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    let aws_sdk_identitystore::operation::list_group_memberships::ListGroupMembershipsError::ResourceNotFoundException(error) = error else {
        panic!("{error:?}")
    };
    assert_eq!(error.resource_type(), Some(&ResourceType::IdentityStore));
}
