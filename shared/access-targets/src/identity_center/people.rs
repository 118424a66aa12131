//! From an e-mail address to a user of the identity store.
//!
//! AWS looks an address up for us, but does not say whether capital letters matter and gives an id alone. So what it
//! finds is looked at before it is believed, and what it does not find is searched for in the list of all users.

use super::IdentityCenter;
use super::directory::{Directory, User, choose};
use super::failure::{Failed, Why};
use super::wire::{Operation, Wire};
use access_core::matching::{AccountMatch, Unmatched};
use access_core::ports::TargetError;
use access_core::principal::Principal;
use aws_sdk_identitystore::types::{AlternateIdentifier, ResourceType, UniqueAttribute};
use futures::{StreamExt, TryStreamExt, stream};
use std::collections::{BTreeMap, BTreeSet};

const GET_ID: Operation = Operation::reading("GetUserId");
const DESCRIBE: Operation = Operation::reading("DescribeUser");

/// Attributes by which AWS finds a user. Both are asked: if they lead to two people, none is guessed.
const PATHS: [&str; 2] = ["emails.value", "userName"];

/// People looked up one by one, at three requests each; for more, the list of all users is read, at one request for
/// a hundred.
const LOOKUPS_MAX: usize = 25;

/// Look-ups side by side. More would only queue for the pace.
const AT_ONCE: usize = 8;

pub(super) async fn find(
    target: &IdentityCenter,
    principals: &BTreeSet<Principal>,
) -> Result<BTreeMap<Principal, AccountMatch>, TargetError> {
    let wire = &target.wire;
    if principals.len() > LOOKUPS_MAX {
        let directory = target.directory.now(Directory::read(wire)).await?;
        let found = |principal: &Principal| choose(directory.users(principal));
        return Ok(principals
            .iter()
            .map(|principal| (principal.clone(), found(principal)))
            .collect());
    }
    let mut found = each(principals, |principal| look_up(wire, principal)).await?;
    let nobody = AccountMatch::Unmatched {
        reason: Unmatched::NoAccount,
    };
    let missing: BTreeSet<Principal> = found
        .iter()
        .filter(|(_, account)| **account == nobody)
        .map(|(principal, _)| principal.clone())
        .collect();
    if !missing.is_empty() {
        let age_max = target.directory_age_max;
        let directory = target
            .directory
            .recent(age_max, Directory::read(wire))
            .await?;
        let seen = async |principal: Principal| {
            let ids = directory.users(&principal).iter();
            let ids = ids.map(|user| user.account.to_string()).collect();
            look_at(wire, &principal, ids).await
        };
        found.extend(each(&missing, seen).await?);
    }
    Ok(found)
}

/// One answer for each principal, or the first failure.
async fn each<F>(
    principals: &BTreeSet<Principal>,
    answer: impl Fn(Principal) -> F,
) -> Result<BTreeMap<Principal, AccountMatch>, TargetError>
where
    F: Future<Output = Result<AccountMatch, Failed>>,
{
    let answers: Vec<_> = principals
        .iter()
        .map(|principal| (principal.clone(), answer(principal.clone())))
        .collect();
    stream::iter(answers)
        .map(|(principal, answer)| async { Ok((principal, answer.await?)) })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await
}

async fn look_up(wire: &Wire, principal: Principal) -> Result<AccountMatch, Failed> {
    let mut ids = BTreeSet::new();
    for path in PATHS {
        ids.extend(user_id(wire, path, principal.email()).await?);
    }
    look_at(wire, &principal, ids).await
}

/// Looks at each user before one is chosen: whoever is gone, or goes by another address, does not count.
async fn look_at(
    wire: &Wire,
    principal: &Principal,
    ids: BTreeSet<String>,
) -> Result<AccountMatch, Failed> {
    let mut users = Vec::new();
    for id in ids {
        let user = describe(wire, &id).await?;
        users.extend(user.filter(|user| user.goes_by(principal)));
    }
    Ok(choose(&users))
}

async fn user_id(wire: &Wire, path: &str, value: &str) -> Result<Option<String>, Failed> {
    let attribute = UniqueAttribute::builder()
        .attribute_path(path)
        .attribute_value(value.into())
        .build()
        .expect("both parts are given");
    let found = wire
        .call(GET_ID, || {
            wire.client
                .get_user_id()
                .identity_store_id(&wire.store_id)
                .alternate_identifier(AlternateIdentifier::UniqueAttribute(attribute.clone()))
                .send()
        })
        .await;
    match found {
        Ok(found) if found.user_id().is_empty() => {
            Err(Failed::unclear(GET_ID.name(), "holds no id"))
        }
        Ok(found) => Ok(Some(found.user_id)),
        Err(failed) if is_no_user(&failed) => Ok(None),
        Err(failed) => Err(failed),
    }
}

async fn describe(wire: &Wire, id: &str) -> Result<Option<User>, Failed> {
    let found = wire
        .call(DESCRIBE, || {
            wire.client
                .describe_user()
                .identity_store_id(&wire.store_id)
                .user_id(id)
                .send()
        })
        .await;
    match found {
        Ok(user) => {
            let (name, status) = (user.user_name(), user.user_status());
            let user = User::read(DESCRIBE, user.user_id(), name, user.emails(), status)?;
            if user.account.as_str() == id {
                Ok(Some(user))
            } else {
                Err(Failed::unclear(DESCRIBE.name(), "describes somebody else"))
            }
        }
        Err(failed) if is_no_user(&failed) => Ok(None),
        Err(failed) => Err(failed),
    }
}

fn is_no_user(failed: &Failed) -> bool {
    matches!(failed.why, Why::Missing(None | Some(ResourceType::User)))
}
