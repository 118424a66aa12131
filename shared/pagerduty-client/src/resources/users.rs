//! The people of the account.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::{
    call::Call,
    client::Client,
    error::{Error, Operation},
    fields::{or_empty, words},
    ids::{TeamId, UserId},
    paging::PAGE_ROWS,
    reference::TeamReference,
};

/// Of PagerDuty's scopes the one that reads users.
const SCOPE: &str = "users.read";

words! {
    /// A user's role in the account (the API's word, not the one in the web pages).
    UserRole {
        /// Global admin.
        Admin = "admin",
        /// Responder.
        LimitedUser = "limited_user",
        /// Observer.
        Observer = "observer",
        /// Account owner.
        Owner = "owner",
        /// Full stakeholder.
        ReadOnlyUser = "read_only_user",
        /// Restricted access.
        RestrictedAccess = "restricted_access",
        /// Limited stakeholder.
        ReadOnlyLimitedUser = "read_only_limited_user",
        /// User (in older accounts) or manager.
        User = "user",
    }
}

/// Which users to list. Filters intersect; an empty one does not filter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserQuery {
    /// Part of the name or of the e-mail address. To find one person use [`Client::find_user_by_email`].
    pub text_part: Option<String>,
    /// Members of these teams only.
    pub team_ids: BTreeSet<TeamId>,
}

/// A person of the account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "UserWire")]
pub struct User {
    /// Which one.
    pub id: UserId,
    /// The name; empty if PagerDuty gives none.
    pub name: String,
    /// The login address, in the case in which it was written.
    pub email: Option<String>,
    /// What they may do in the account.
    pub role: Option<UserRole>,
    /// Their IANA time zone.
    pub time_zone: Option<String>,
    /// What they do for a living.
    pub job_title: Option<String>,
    /// Whether an invitation is still to be accepted.
    pub is_invited: bool,
    /// Their teams.
    pub teams: Vec<TeamReference>,
}

#[derive(Deserialize)]
struct UserWire {
    id: UserId,
    name: Option<String>,
    summary: Option<String>,
    email: Option<String>,
    role: Option<UserRole>,
    time_zone: Option<String>,
    job_title: Option<String>,
    invitation_sent: Option<bool>,
    #[serde(default, deserialize_with = "or_empty")]
    teams: Vec<TeamReference>,
}

impl From<UserWire> for User {
    fn from(wire: UserWire) -> Self {
        Self {
            id: wire.id,
            name: wire.name.or(wire.summary).unwrap_or_default(),
            email: wire.email,
            role: wire.role,
            time_zone: wire.time_zone,
            job_title: wire.job_title,
            is_invited: wire.invitation_sent.unwrap_or(false),
            teams: wire.teams,
        }
    }
}

impl Client {
    /// All users that match.
    ///
    /// Needs `users.read`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn users(&self, query: &UserQuery) -> Result<Vec<User>, Error> {
        let operation = Operation::new("list users");
        let call = users_call(operation)
            .queries("query", &query.text_part)
            .queries("team_ids[]", &query.team_ids);
        self.all_by_offset(call, "users", PAGE_ROWS).await
    }

    /// One user.
    ///
    /// Needs `users.read`.
    ///
    /// # Errors
    /// See [`Error`].
    pub async fn user(&self, id: &UserId) -> Result<User, Error> {
        let operation = Operation::of("get user", id.as_str());
        let call = Call::get(operation, &["users", id.as_str()]).scope(SCOPE);
        self.one(call, "user").await
    }

    /// The user with exactly this e-mail address, upper and lower case taken as equal. PagerDuty's search finds parts
    /// as well (`doe@acme.example` finds `jane.doe@acme.example`); those are left out.
    ///
    /// Needs `users.read`.
    ///
    /// # Errors
    /// See [`Error`]; [`Error::Ambiguous`] if several users have it.
    pub async fn find_user_by_email(&self, email: &str) -> Result<Option<User>, Error> {
        let email = email.trim();
        let operation = Operation::new("find user by e-mail");
        let wanted = email.to_lowercase();
        if wanted.is_empty() {
            return Ok(None);
        }
        let call = users_call(operation.clone()).query("query", email);
        let users: Vec<User> = self.all_by_offset(call, "users", PAGE_ROWS).await?;
        let is_wanted = |user: &User| {
            let email = user.email.as_deref();
            email.is_some_and(|email| email.trim().to_lowercase() == wanted)
        };
        let mut found: Vec<User> = users.into_iter().filter(is_wanted).collect();
        // The same user on two pages, when the list moved in between, is still one user.
        found.dedup_by(|a, b| a.id == b.id);
        match found.len() {
            0 | 1 => Ok(found.pop()),
            matches => Err(Error::Ambiguous { operation, matches }),
        }
    }
}

fn users_call(operation: Operation) -> Call {
    Call::get(operation, &["users"]).scope(SCOPE)
}
