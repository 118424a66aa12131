//! User groups: listing, creating, switching on and off, and writing who is in them.

use std::collections::BTreeSet;

use serde::{Deserialize, Deserializer};

use crate::client::SlackClient;
use crate::error::SlackError;
use crate::id::{SlackUserId, UserGroupId};
use crate::page::Page;
use crate::wire::Method;

const LIST: Method = Method::idempotent("usergroups.list");
const CREATE: Method = Method::creating("usergroups.create");
const ENABLE: Method = Method::idempotent("usergroups.enable");
const DISABLE: Method = Method::idempotent("usergroups.disable");
const USERS_LIST: Method = Method::idempotent("usergroups.users.list");
/// Writes the whole list, so the same list twice is the same group.
const USERS_UPDATE: Method = Method::idempotent("usergroups.users.update");

/// A user group (mentioned as `@handle`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "WireGroup")]
#[non_exhaustive]
pub struct UserGroup {
    /// Slack's id, kept over renames and while disabled.
    pub id: UserGroupId,
    /// The display name, unique in the workspace.
    pub name: String,
    /// What follows the `@`, without it; unique among groups, people and channels.
    pub handle: String,
    /// Free text, empty if none.
    pub description: String,
    /// A disabled group cannot be mentioned; it keeps its id and its people.
    pub is_enabled: bool,
    /// How many people, where the call asked for the count.
    pub user_count: Option<u64>,
    /// Who is in it, where the call asked for or changed them.
    pub users: Option<BTreeSet<SlackUserId>>,
}

#[derive(Deserialize)]
struct WireGroup {
    id: UserGroupId,
    name: String,
    handle: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    date_delete: Option<i64>,
    #[serde(default, deserialize_with = "count")]
    user_count: Option<u64>,
    #[serde(default)]
    users: Option<BTreeSet<SlackUserId>>,
}

impl From<WireGroup> for UserGroup {
    fn from(wire: WireGroup) -> Self {
        let WireGroup {
            id,
            name,
            handle,
            description,
            date_delete,
            user_count,
            users,
        } = wire;
        UserGroup {
            id,
            name,
            handle,
            description: description.unwrap_or_default(),
            is_enabled: date_delete.unwrap_or(0) == 0,
            user_count,
            users,
        }
    }
}

/// Slack writes the count as a number in some answers and as a text in others.
fn count<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Count {
        Number(u64),
        Text(String),
    }
    match Option::<Count>::deserialize(from)? {
        None => Ok(None),
        Some(Count::Number(number)) => Ok(Some(number)),
        Some(Count::Text(text)) => text.parse().map(Some).map_err(serde::de::Error::custom),
    }
}

/// A group to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUserGroup {
    /// The display name, unique in the workspace.
    pub name: String,
    /// What follows the `@`, without it: lower-case letters, digits, `-`, `_`, `.`.
    pub handle: String,
    /// Free text, may be empty.
    pub description: String,
}

/// Whether a list holds groups that are switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisabledGroups {
    /// All groups: an emptied group is a disabled one, and its name is still taken.
    Included,
    /// Only groups that can be mentioned now.
    LeftOut,
}

#[derive(Deserialize)]
struct OneGroup {
    usergroup: UserGroup,
}

#[derive(Deserialize)]
struct GroupsPage {
    usergroups: Vec<UserGroup>,
}

impl Page for GroupsPage {
    type Item = UserGroup;

    fn into_items(self) -> Vec<UserGroup> {
        self.usergroups
    }
}

#[derive(Deserialize)]
struct MembersPage {
    users: Vec<SlackUserId>,
}

impl Page for MembersPage {
    type Item = SlackUserId;

    fn into_items(self) -> Vec<SlackUserId> {
        self.users
    }
}

impl SlackClient {
    /// All user groups with their counts and people. Scope `usergroups:read`.
    ///
    /// # Errors
    /// Fails rather than give a part of the list.
    pub async fn user_groups(
        &self,
        disabled: DisabledGroups,
    ) -> Result<Vec<UserGroup>, SlackError> {
        let include_disabled = disabled == DisabledGroups::Included;
        let form = [
            ("include_disabled", include_disabled.to_string()),
            ("include_count", true.to_string()),
            ("include_users", true.to_string()),
        ];
        self.call_paged::<GroupsPage>(LIST, &form).await
    }

    /// Who is in a group, enabled or not. Scope `usergroups:read`.
    ///
    /// # Errors
    /// [`SlackError::NotFound`] for an unknown group; fails rather than give a part of the list.
    pub async fn user_group_users(
        &self,
        group: &UserGroupId,
    ) -> Result<BTreeSet<SlackUserId>, SlackError> {
        let form = [
            ("usergroup", group.to_string()),
            ("include_disabled", true.to_string()),
        ];
        let users = self.call_paged::<MembersPage>(USERS_LIST, &form).await?;
        Ok(users.into_iter().collect())
    }

    /// Writes the whole list of people of a group. A repeat changes nothing. Slack has no call
    /// that adds or removes one person, so two writers at once lose one another's change:
    /// serialise writes per group. Scope `usergroups:write`.
    ///
    /// # Errors
    /// [`SlackError::NoUsersProvided`] for an empty list, which is not even sent;
    /// [`SlackError::InvalidUsers`] when anybody in it is unknown or deactivated.
    pub async fn set_user_group_users(
        &self,
        group: &UserGroupId,
        users: &BTreeSet<SlackUserId>,
    ) -> Result<UserGroup, SlackError> {
        if users.is_empty() {
            return Err(SlackError::NoUsersProvided {
                method: USERS_UPDATE.name,
            });
        }
        let list = users
            .iter()
            .map(SlackUserId::as_str)
            .collect::<Vec<_>>()
            .join(",");
        let form = [
            ("usergroup", group.to_string()),
            ("users", list),
            ("include_count", true.to_string()),
        ];
        let written: OneGroup = self.call(USERS_UPDATE, &form).await?;
        Ok(written.usergroup)
    }

    /// Makes a group, enabled and without people. Never repeated after an unknown end: list the
    /// groups to see whether it was made. Scope `usergroups:write`.
    ///
    /// # Errors
    /// [`SlackError::NameTaken`] when the name or handle is in use, disabled groups included.
    pub async fn create_user_group(&self, group: &NewUserGroup) -> Result<UserGroup, SlackError> {
        let NewUserGroup {
            name,
            handle,
            description,
        } = group;
        let mut form = vec![
            ("name", name.clone()),
            ("handle", handle.clone()),
            ("include_count", true.to_string()),
        ];
        if !description.is_empty() {
            form.push(("description", description.clone()));
        }
        let made: OneGroup = self.call(CREATE, &form).await?;
        Ok(made.usergroup)
    }

    /// Switches a disabled group on again, with the people it had. Scope `usergroups:write`.
    ///
    /// # Errors
    /// [`SlackError::NotFound`] for an unknown group.
    pub async fn enable_user_group(&self, group: &UserGroupId) -> Result<UserGroup, SlackError> {
        self.switch(ENABLE, group).await
    }

    /// Switches a group off, which is how a group gets to hold nobody. Scope `usergroups:write`.
    ///
    /// # Errors
    /// [`SlackError::NotFound`] for an unknown group.
    pub async fn disable_user_group(&self, group: &UserGroupId) -> Result<UserGroup, SlackError> {
        self.switch(DISABLE, group).await
    }

    async fn switch(&self, method: Method, group: &UserGroupId) -> Result<UserGroup, SlackError> {
        let form = [
            ("usergroup", group.to_string()),
            ("include_count", true.to_string()),
        ];
        let switched: OneGroup = self.call(method, &form).await?;
        Ok(switched.usergroup)
    }
}
