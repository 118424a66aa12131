//! Memberships of the identity store: made by group and user, ended by their own id.

use super::failure::{Failed, Why};
use super::wire::{Operation, Wire};
use access_core::id::{AccountId, TargetGroupId};
use access_core::plan::Action;
use access_core::ports::{Outcome, Step, TargetError};
use aws_sdk_identitystore::types::{MemberId, ResourceType};
use futures::{StreamExt, stream};
use tracing::debug;

const CREATE: Operation = Operation::writing("CreateGroupMembership");
const GET_ID: Operation = Operation::reading("GetGroupMembershipId");
const DELETE: Operation = Operation::writing("DeleteGroupMembership");

/// Steps side by side. More would only queue for the pace.
const AT_ONCE: usize = 8;

/// How often a membership is asked for that AWS says is there, though it is not.
const CONFLICTS_MAX: usize = 3;

pub(super) async fn apply(
    wire: &Wire,
    group: &TargetGroupId,
    steps: &[Step],
) -> Vec<Result<Outcome, TargetError>> {
    // Owned steps: a closure over borrowed ones is not general enough for a `Send` future.
    let outcomes = steps.iter().cloned().map(|step| async move {
        let Step { action, account } = step;
        let outcome = match action {
            Action::Add => add(wire, group, &account).await,
            Action::Remove => remove(wire, group, &account).await,
        };
        debug!(group.id = %group, account.id = %account, action = ?action, outcome = ?outcome, "{action:?} of {account} in {group}");
        outcome.map_err(TargetError::from)
    });
    stream::iter(outcomes).buffered(AT_ONCE).collect().await
}

/// A conflict may mean that the membership is there, or that somebody else changed something at the same time; AWS
/// need not say which. So only a membership that can be seen counts as one.
async fn add(wire: &Wire, group: &TargetGroupId, account: &AccountId) -> Result<Outcome, Failed> {
    for _ in 0..CONFLICTS_MAX {
        let made = wire
            .call(CREATE, || {
                wire.client
                    .create_group_membership()
                    .identity_store_id(&wire.store_id)
                    .group_id(group.as_str())
                    .member_id(member(account))
                    .send()
            })
            .await;
        match made {
            Ok(made) if made.membership_id().is_empty() => {
                return Err(Failed::unclear(CREATE.name(), "holds no id"));
            }
            Ok(_) => return Ok(Outcome::Applied),
            Err(Failed {
                why: Why::Conflict {
                    is_concurrent: false,
                },
                ..
            }) => {
                if membership_id(wire, group, account).await?.is_some() {
                    return Ok(Outcome::AlreadySo);
                }
            }
            Err(failed) => return Err(failed),
        }
    }
    let why = Why::Conflict {
        is_concurrent: false,
    };
    Err(Failed {
        operation: CREATE.name(),
        why,
    })
}

async fn remove(
    wire: &Wire,
    group: &TargetGroupId,
    account: &AccountId,
) -> Result<Outcome, Failed> {
    let id = match membership_id(wire, group, account).await {
        Ok(Some(id)) => id,
        Ok(None) => return Ok(Outcome::AlreadySo),
        Err(failed) if takes_memberships_along(&failed) => return Ok(Outcome::AlreadySo),
        Err(failed) => return Err(failed),
    };
    let deleted = wire
        .call(DELETE, || {
            wire.client
                .delete_group_membership()
                .identity_store_id(&wire.store_id)
                .membership_id(&id)
                .send()
        })
        .await;
    match deleted {
        Ok(_) => Ok(Outcome::Applied),
        Err(failed) if matches!(failed.why, Why::Missing(_)) => {
            // Somebody else was faster, or something answered in AWS's place.
            match membership_id(wire, group, account).await {
                Ok(None) => Ok(Outcome::AlreadySo),
                Ok(Some(_)) => Err(Failed::unclear(
                    DELETE.name(),
                    "denies a membership that is there",
                )),
                Err(gone) if takes_memberships_along(&gone) => Ok(Outcome::AlreadySo),
                Err(failed) => Err(failed),
            }
        }
        Err(failed) => Err(failed),
    }
}

async fn membership_id(
    wire: &Wire,
    group: &TargetGroupId,
    account: &AccountId,
) -> Result<Option<String>, Failed> {
    let found = wire
        .call(GET_ID, || {
            wire.client
                .get_group_membership_id()
                .identity_store_id(&wire.store_id)
                .group_id(group.as_str())
                .member_id(member(account))
                .send()
        })
        .await;
    match found {
        Ok(found) if found.membership_id().is_empty() => {
            Err(Failed::unclear(GET_ID.name(), "holds no id"))
        }
        Ok(found) => Ok(Some(found.membership_id)),
        Err(Failed {
            why: Why::Missing(None | Some(ResourceType::GroupMembership)),
            ..
        }) => Ok(None),
        Err(failed) => Err(failed),
    }
}

fn member(account: &AccountId) -> MemberId {
    MemberId::UserId(account.as_str().to_owned())
}

/// Whether the user or the group is gone, and its memberships with it.
fn takes_memberships_along(failed: &Failed) -> bool {
    matches!(
        failed.why,
        Why::Missing(Some(ResourceType::User | ResourceType::Group))
    )
}
