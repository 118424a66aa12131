//! A Slack workspace with people, user groups and channels behind the Web API.
//!
//! Grows by one entry in the table of methods for each Web API method. What a Slack app *receives* (commands, presses,
//! dialogs sent off) is made in `actor`; what it answers is read in `answer`.

mod actor;
mod answer;
mod block_kit;
mod builder;
mod form;
mod hooks;
mod limits;
mod messages;
mod methods;
mod refusal;
mod request;
mod routes;
#[cfg(test)]
mod tests;
mod tokens;
mod triggers;
mod views;
mod workspace;

pub use answer::SlackOutcome;
pub use block_kit::{check_blocks, check_view};
pub use builder::{DisabledGroupWrites, SlackGroup, SlackSimBuilder, SlackUser};
pub use limits::RateLimits;
pub use messages::{SlackEphemeral, SlackMessage};
pub use request::{SlackRequest, sign_slack};
pub use views::SlackView;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::kit::{Kit, Server, SimClock};
use workspace::Workspace;

/// The scopes that Rotakey's Slack app asks for.
pub const APP_SCOPES: [&str; 7] = [
    "chat:write",
    "commands",
    "im:write",
    "usergroups:read",
    "usergroups:write",
    "users:read",
    "users:read.email",
];

/// A running workspace. Dropping it stops its server.
#[derive(Debug)]
pub struct SlackSim {
    kit: Kit,
    server: Server,
    workspace: Arc<Mutex<Workspace>>,
}

impl SlackSim {
    /// Starts describing a workspace that lives by `clock`.
    #[must_use]
    pub fn builder(clock: SimClock) -> SlackSimBuilder {
        SlackSimBuilder::new(clock)
    }

    /// The address to give a client as its API address; ends with `/api/`.
    #[must_use]
    pub fn api_url(&self) -> String {
        format!("{}/api/", self.server.url())
    }

    /// Clock, faults and request log. Operations are named as Slack names methods:
    /// `usergroups.users.update`.
    #[must_use]
    pub fn kit(&self) -> &Kit {
        &self.kit
    }

    /// The bot token that is good now.
    #[must_use]
    pub fn bot_token(&self) -> String {
        self.lock().tokens.current().to_owned()
    }

    /// Who can be mentioned by `@handle` now, as lower-case e-mail addresses: nobody if the group
    /// is unknown or disabled, and no deactivated people.
    #[must_use]
    pub fn members_of(&self, handle: &str) -> BTreeSet<String> {
        let workspace = self.lock();
        match workspace.group_by_handle(handle) {
            Some(group) if group.date_delete == 0 => workspace.active_emails(&group.users),
            _ => BTreeSet::new(),
        }
    }

    /// The group as stored, disabled or not, with deactivated people still in its list.
    #[must_use]
    pub fn group(&self, handle: &str) -> Option<SlackGroup> {
        self.lock()
            .group_by_handle(handle)
            .map(workspace::Group::describe)
    }

    /// What a channel shows now, oldest first; empty for an unknown channel.
    #[must_use]
    pub fn messages(&self, channel: &str) -> Vec<SlackMessage> {
        self.lock()
            .channels
            .get(channel)
            .cloned()
            .unwrap_or_default()
    }

    /// Adds a user, or replaces the one with the same id.
    pub fn put_user(&self, user: SlackUser) {
        self.lock().users.insert(user.id.clone(), user);
    }

    /// Deactivates whoever has this address. Their place in group lists stays, and makes every
    /// write of such a list fail.
    ///
    /// # Panics
    /// If nobody has this address.
    pub fn deactivate(&self, email: &str) {
        self.lock().set_active(email, false);
    }

    /// Activates whoever has this address again.
    ///
    /// # Panics
    /// If nobody has this address.
    pub fn reactivate(&self, email: &str) {
        self.lock().set_active(email, true);
    }

    /// Adds a group, or replaces the one with the same id: what a person does by hand.
    pub fn put_group(&self, group: &SlackGroup) {
        let now = self.kit.clock.now();
        self.lock().put_group(group, now);
    }

    /// Gives the app a new token; the one before answers `token_revoked` from now on.
    pub fn rotate_token(&self, token: &str) {
        self.lock().tokens.rotate(token);
    }

    /// Leaves the app exactly these scopes.
    pub fn set_scopes<'a>(&self, scopes: impl IntoIterator<Item = &'a str>) {
        self.lock().tokens.scopes = scopes.into_iter().map(str::to_owned).collect();
    }

    fn lock(&self) -> MutexGuard<'_, Workspace> {
        self.workspace
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
