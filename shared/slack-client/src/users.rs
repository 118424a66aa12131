//! People of the workspace, and the app itself.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::client::SlackClient;
use crate::error::SlackError;
use crate::id::SlackUserId;
use crate::page::Page;
use crate::wire::{Answer, Method};

const AUTH_TEST: Method = Method::idempotent("auth.test");
const LOOKUP_BY_EMAIL: Method = Method::idempotent("users.lookupByEmail");
const INFO: Method = Method::idempotent("users.info");
const LIST: Method = Method::idempotent("users.list");

/// Users per page of `users.list`; Slack recommends 200 and takes fewer than 1,000.
const USERS_PAGE_MAX: u16 = 200;

/// Whom the token speaks for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub struct AuthTest {
    /// The workspace's id, `T..`.
    pub team_id: String,
    /// The workspace's name.
    pub team: String,
    /// The app's own bot user.
    pub user_id: SlackUserId,
    /// The bot's id, `B..`; absent for user tokens.
    #[serde(default)]
    pub bot_id: Option<String>,
    /// What the token may do (`chat:write`), from the header `X-OAuth-Scopes`; empty without it.
    #[serde(skip)]
    pub scopes: BTreeSet<String>,
}

/// A member, guest, bot or former member of the workspace.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "WireUser")]
#[non_exhaustive]
pub struct User {
    /// Slack's id; it survives deactivation and a change of e-mail.
    pub id: SlackUserId,
    /// `false` for deactivated people, who can be in no user group.
    pub is_active: bool,
    /// Apps and bots have users too.
    pub is_bot: bool,
    /// As the person entered it, case kept; absent for bots and without `users:read.email`.
    pub email: Option<String>,
    /// What the workspace shows: the real name, or the short user name.
    pub name: String,
}

#[derive(Deserialize)]
struct WireUser {
    id: SlackUserId,
    #[serde(default)]
    deleted: bool,
    #[serde(default)]
    is_bot: bool,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    real_name: Option<String>,
    #[serde(default)]
    profile: Option<WireProfile>,
}

#[derive(Deserialize)]
struct WireProfile {
    #[serde(default)]
    email: Option<String>,
    #[serde(default)]
    real_name: Option<String>,
}

impl From<WireUser> for User {
    fn from(wire: WireUser) -> Self {
        let WireUser {
            id,
            deleted,
            is_bot,
            name,
            real_name,
            profile,
        } = wire;
        let (email, profile_name) = profile.map_or((None, None), |it| (it.email, it.real_name));
        let name = [real_name, profile_name, name]
            .into_iter()
            .flatten()
            .find(|it| !it.is_empty());
        User {
            is_active: !deleted,
            is_bot,
            email: email.filter(|it| !it.is_empty()),
            name: name.unwrap_or_else(|| id.to_string()),
            id,
        }
    }
}

#[derive(Deserialize)]
struct OneUser {
    user: User,
}

#[derive(Deserialize)]
struct UsersPage {
    members: Vec<User>,
}

impl Page for UsersPage {
    type Item = User;

    fn into_items(self) -> Vec<User> {
        self.members
    }
}

impl SlackClient {
    /// Checks the token and says whom it speaks for. Needs no scope.
    ///
    /// # Errors
    /// [`SlackError::InvalidAuth`] when the token does not hold.
    pub async fn auth_test(&self) -> Result<AuthTest, SlackError> {
        let answer: Answer<AuthTest> = self.call_answer(AUTH_TEST, &[]).await?;
        Ok(AuthTest {
            scopes: answer.scopes,
            ..answer.body
        })
    }

    /// The active member with exactly this e-mail address; deactivated people and guests of other
    /// workspaces are not found. Scope `users:read.email`.
    ///
    /// # Errors
    /// Any failed call; an unknown address is `Ok(None)`.
    pub async fn find_user_by_email(&self, email: &str) -> Result<Option<User>, SlackError> {
        let found: Result<OneUser, _> = self
            .call(LOOKUP_BY_EMAIL, &[("email", email.to_owned())])
            .await;
        match found {
            Ok(OneUser { user }) => Ok(Some(user)),
            Err(SlackError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// One user, deactivated ones included. Scope `users:read`, and `users:read.email` for the
    /// address.
    ///
    /// # Errors
    /// [`SlackError::NotFound`] for an id this workspace does not know.
    pub async fn user(&self, id: &SlackUserId) -> Result<User, SlackError> {
        let found: OneUser = self.call(INFO, &[("user", id.to_string())]).await?;
        Ok(found.user)
    }

    /// Everybody the workspace knows, bots and deactivated people included. Scope `users:read`.
    ///
    /// # Errors
    /// Fails rather than give a part of the list.
    pub async fn users(&self) -> Result<Vec<User>, SlackError> {
        self.call_paged::<UsersPage>(LIST, &[("limit", USERS_PAGE_MAX.to_string())])
            .await
    }
}
