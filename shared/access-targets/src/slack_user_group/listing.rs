//! All user groups of the workspace, and one found among them.
//!
//! Slack allows twenty lists a minute, and one list tells of every group: looks that run side by side share it.

use super::failure::target_error;
use crate::shared_read::SharedRead;
use access_core::id::{AccountId, TargetGroupId};
use access_core::plan::Observed;
use access_core::ports::TargetError;
use slack_client::{DisabledGroups, SlackClient, SlackUserId, UserGroup};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Reads the list, or shares a reading that begins after this call.
pub(super) async fn read(
    shared: &SharedRead<Vec<UserGroup>>,
    reader: &SlackClient,
) -> Result<Arc<Vec<UserGroup>>, TargetError> {
    let listing = async {
        let groups = reader.user_groups(DisabledGroups::Included).await;
        groups.map_err(target_error)
    };
    shared.now(listing).await
}

/// The group with this id, handle or name, each compared whole.
///
/// # Errors
/// When it is one group's handle and another one's name.
pub(super) fn find<'g>(
    groups: &'g [UserGroup],
    text: &str,
) -> Result<Option<&'g UserGroup>, TargetError> {
    if let Some(group) = groups.iter().find(|group| group.id.as_str() == text) {
        return Ok(Some(group));
    }
    let handle = text.strip_prefix('@').unwrap_or(text);
    let goes_by = |group: &&UserGroup| group.handle == handle || group.name == text;
    let named: Vec<&UserGroup> = groups.iter().filter(goes_by).collect();
    match named.as_slice() {
        [] => Ok(None),
        [group] => Ok(Some(group)),
        several => {
            let ids: Vec<&str> = several.iter().map(|group| group.id.as_str()).collect();
            Err(TargetError::Refused(format!(
                "several user groups have that handle or name: name one by its id ({})",
                ids.join(", ")
            )))
        }
    }
}

/// Who is in the group. A disabled group keeps a list, but reaches nobody: it is empty.
pub(super) async fn members(
    reader: &SlackClient,
    group: &UserGroup,
) -> Result<BTreeSet<SlackUserId>, TargetError> {
    match &group.users {
        _ if !group.is_enabled => Ok(BTreeSet::new()),
        Some(users) => Ok(users.clone()),
        None => {
            let users = reader.user_group_users(&group.id).await;
            users.map_err(target_error)
        }
    }
}

pub(super) async fn observed(
    reader: &SlackClient,
    group: &UserGroup,
) -> Result<Observed, TargetError> {
    let members = members(reader, group).await?;
    let members = members.iter().map(account_id).collect::<Result<_, _>>()?;
    let id = group_id(group)?;
    Ok(Observed { id, members })
}

pub(super) fn group_id(group: &UserGroup) -> Result<TargetGroupId, TargetError> {
    TargetGroupId::new(group.id.as_str())
        .map_err(|_| TargetError::Unreachable("Slack gave a group without a usable id".into()))
}

pub(super) fn account_id(user: &SlackUserId) -> Result<AccountId, TargetError> {
    AccountId::new(user.as_str())
        .map_err(|_| TargetError::Unreachable("Slack gave a user without a usable id".into()))
}
