//! Groups of the identity store: found, read to the last member, made.

use super::directory::PAGES_MAX;
use super::failure::{Failed, Why};
use super::whole::HoldsList;
use super::wire::{Operation, Wire};
use access_core::id::{AccountId, EntitlementName, TargetGroupId};
use access_core::plan::Observed;
use access_core::ports::TargetError;
use aws_sdk_identitystore::types::{AlternateIdentifier, MemberId, ResourceType, UniqueAttribute};
use std::collections::BTreeSet;

const GET_ID: Operation = Operation::reading("GetGroupId");
const DESCRIBE: Operation = Operation::reading("DescribeGroup");
const LIST_MEMBERS: Operation = Operation::reading("ListGroupMemberships");
const CREATE: Operation = Operation::writing("CreateGroup");

/// Memberships in one page; AWS gives no more.
const PAGE_MAX: i32 = 100;

/// What a group made here says of itself in the AWS console.
const DESCRIPTION: &str = "Members follow the on-call rota: managed by Rotakey.";

/// The name is looked up each time: a remembered id would go on meaning a group that was renamed since.
pub(super) async fn observe(
    wire: &Wire,
    entitlement: &EntitlementName,
) -> Result<Option<Observed>, TargetError> {
    let name = entitlement.as_str();
    let id = if is_group_id(name) {
        Some(name.to_owned())
    } else {
        group_id(wire, name).await?
    };
    let Some(id) = id else { return Ok(None) };
    let Some(members) = members(wire, &id).await? else {
        return Ok(None);
    };
    // An empty group and one that is gone must not look alike.
    if members.is_empty() && !exists(wire, &id).await? {
        return Ok(None);
    }
    let id = TargetGroupId::new(&id)
        .map_err(|_| Failed::unclear(GET_ID.name(), "holds no usable id"))?;
    Ok(Some(Observed { id, members }))
}

/// # Errors
/// [`TargetError::Refused`] when there is a group of that name, or the name is an id.
pub(super) async fn create(
    wire: &Wire,
    entitlement: &EntitlementName,
) -> Result<TargetGroupId, TargetError> {
    let name = entitlement.as_str();
    if is_group_id(name) {
        return Err(TargetError::Refused(
            "a group cannot be created by its id: name the group in the entitlement".into(),
        ));
    }
    let made = wire
        .call(CREATE, || {
            wire.client
                .create_group()
                .identity_store_id(&wire.store_id)
                .display_name(name)
                .description(DESCRIPTION)
                .send()
        })
        .await;
    match made {
        Ok(made) => TargetGroupId::new(made.group_id())
            .map_err(|_| Failed::unclear(CREATE.name(), "holds no id").into()),
        Err(Failed {
            why: Why::Conflict {
                is_concurrent: false,
            },
            ..
        }) => Err(TargetError::Refused(
            "the identity store already has a group of that name".into(),
        )),
        Err(failed) => Err(failed.into()),
    }
}

async fn group_id(wire: &Wire, name: &str) -> Result<Option<String>, Failed> {
    let attribute = UniqueAttribute::builder()
        .attribute_path("displayName")
        .attribute_value(name.into())
        .build()
        .expect("both parts are given");
    let found = wire
        .call(GET_ID, || {
            wire.client
                .get_group_id()
                .identity_store_id(&wire.store_id)
                .alternate_identifier(AlternateIdentifier::UniqueAttribute(attribute.clone()))
                .send()
        })
        .await;
    match found {
        Ok(found) if found.group_id().is_empty() => {
            Err(Failed::unclear(GET_ID.name(), "holds no id"))
        }
        Ok(found) => Ok(Some(found.group_id)),
        Err(failed) if is_no_group(&failed) => Ok(None),
        Err(failed) => Err(failed),
    }
}

async fn exists(wire: &Wire, id: &str) -> Result<bool, Failed> {
    let found = wire
        .call(DESCRIBE, || {
            wire.client
                .describe_group()
                .identity_store_id(&wire.store_id)
                .group_id(id)
                .send()
        })
        .await;
    match found {
        Ok(_) => Ok(true),
        Err(failed) if is_no_group(&failed) => Ok(false),
        Err(failed) => Err(failed),
    }
}

/// Every member, from every page; `None` when the group is gone, on whichever page that shows.
async fn members(wire: &Wire, id: &str) -> Result<Option<BTreeSet<AccountId>>, Failed> {
    let mut members = BTreeSet::new();
    let mut token: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let page = wire
            .call(LIST_MEMBERS, || {
                wire.client
                    .list_group_memberships()
                    .identity_store_id(&wire.store_id)
                    .group_id(id)
                    .max_results(PAGE_MAX)
                    .set_next_token(token.clone())
                    .customize()
                    .interceptor(HoldsList("GroupMemberships"))
                    .send()
            })
            .await;
        let page = match page {
            Ok(page) => page,
            Err(failed) if is_no_group(&failed) => return Ok(None),
            Err(failed) => return Err(failed),
        };
        for membership in page.group_memberships() {
            let account = match membership.member_id() {
                Some(MemberId::UserId(id)) => AccountId::new(id).ok(),
                _ => None,
            };
            // A kind of member that is new to us cannot be left out: the list would not be whole.
            members.insert(account.ok_or_else(|| {
                Failed::unclear(LIST_MEMBERS.name(), "holds a member that is no user")
            })?);
        }
        match page.next_token.filter(|next| !next.is_empty()) {
            None => return Ok(Some(members)),
            next if next == token => {
                return Err(Failed::unclear(LIST_MEMBERS.name(), "leads to itself"));
            }
            next => token = next,
        }
    }
    Err(Failed::unclear(LIST_MEMBERS.name(), "does not end"))
}

fn is_no_group(failed: &Failed) -> bool {
    matches!(failed.why, Why::Missing(None | Some(ResourceType::Group)))
}

/// Whether a text has the form of an id: a UUID, in older stores after ten digits of the store's own id.
/// <https://docs.aws.amazon.com/singlesignon/latest/IdentityStoreAPIReference/API_Group.html>
fn is_group_id(text: &str) -> bool {
    let is_hex = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let parts: Vec<&str> = text.split('-').collect();
    let uuid = match parts.as_slice() {
        [store, uuid @ ..] if uuid.len() == 5 && is_hex(store, 10) => uuid,
        uuid => uuid,
    };
    uuid.len() == 5
        && uuid
            .iter()
            .zip([8, 4, 4, 4, 12])
            .all(|(part, length)| is_hex(part, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_from_names() {
        let cases = [
            ("94482408-a0d1-70f5-0c3b-0d1b2c3d4e5f", true),
            ("9067642ac7-94482408-a0d1-70f5-0c3b-0d1b2c3d4e5f", true),
            ("94482408-A0D1-70F5-0C3B-0D1B2C3D4E5F", true),
            ("PaymentsProdOperator", false),
            ("94482408-a0d1-70f5-0c3b", false),
            ("9067642-94482408-a0d1-70f5-0c3b-0d1b2c3d4e5f", false),
            ("payments-prod-on-call-eu", false),
        ];
        for (text, expected) in cases {
            assert_eq!(is_group_id(text), expected, "{text}");
        }
    }
}
