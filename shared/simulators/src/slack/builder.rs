//! Describing a workspace before it starts.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex};

use super::limits::{Limits, RateLimits};
use super::tokens::Tokens;
use super::workspace::Workspace;
use super::{APP_SCOPES, SlackSim, routes};
use crate::kit::{Kit, SimClock};

/// The token of a workspace that sets none.
const BOT_TOKEN: &str = "xoxb-simulated-bot-token";

/// A user of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlackUser {
    /// `U..`, unique.
    pub id: String,
    /// Kept as written; looked up without regard to case.
    pub email: String,
    /// The real name.
    pub name: String,
    /// Deactivated users keep everything but their use.
    pub is_active: bool,
}

impl SlackUser {
    /// An active user.
    #[must_use]
    pub fn new(id: &str, email: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            email: email.to_owned(),
            name: name.to_owned(),
            is_active: true,
        }
    }
}

/// A user group of the workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlackGroup {
    /// `S..`, unique.
    pub id: String,
    /// Unique; what follows the `@`.
    pub handle: String,
    /// Unique; the same as the handle unless set.
    pub name: String,
    /// Disabled groups keep their people.
    pub is_enabled: bool,
    /// Ids of its users.
    pub users: BTreeSet<String>,
}

impl SlackGroup {
    /// An enabled group without people.
    #[must_use]
    pub fn new(id: &str, handle: &str) -> Self {
        Self {
            id: id.to_owned(),
            handle: handle.to_owned(),
            name: handle.to_owned(),
            is_enabled: true,
            users: BTreeSet::new(),
        }
    }

    /// The same group with these user ids in it.
    #[must_use]
    pub fn with_users<'a>(mut self, ids: impl IntoIterator<Item = &'a str>) -> Self {
        self.users = ids.into_iter().map(str::to_owned).collect();
        self
    }

    /// The same group, disabled.
    #[must_use]
    pub fn disabled(mut self) -> Self {
        self.is_enabled = false;
        self
    }
}

/// What Slack does with a list written to a disabled group. Slack documents neither, so clients
/// must live with both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum DisabledGroupWrites {
    /// Takes the list; the group stays disabled.
    #[default]
    Accepted,
    /// Answers `permission_denied`.
    Refused,
}

/// Describes a workspace; [`start`](Self::start) brings it up.
#[derive(Debug)]
pub struct SlackSimBuilder {
    clock: SimClock,
    workspace: Workspace,
    groups: Vec<SlackGroup>,
}

impl SlackSimBuilder {
    pub(super) fn new(clock: SimClock) -> Self {
        let tokens = Tokens::new(BOT_TOKEN, APP_SCOPES);
        let workspace = Workspace::new(tokens, Limits::new(RateLimits::Enforced));
        Self {
            clock,
            workspace,
            groups: Vec::new(),
        }
    }

    /// Adds a user.
    #[must_use]
    pub fn user(mut self, user: SlackUser) -> Self {
        self.workspace.users.insert(user.id.clone(), user);
        self
    }

    /// Adds a user group.
    #[must_use]
    pub fn group(mut self, group: SlackGroup) -> Self {
        self.groups.push(group);
        self
    }

    /// Adds a channel by its id, `C..`.
    #[must_use]
    pub fn channel(mut self, id: &str) -> Self {
        self.workspace.channels.insert(id.to_owned(), Vec::new());
        self
    }

    /// The bot token to accept.
    #[must_use]
    pub fn bot_token(mut self, token: &str) -> Self {
        self.workspace.tokens = Tokens::new(token, APP_SCOPES);
        self
    }

    /// The secret to sign with what people do.
    #[must_use]
    pub fn signing_secret(mut self, secret: &str) -> Self {
        secret.clone_into(&mut self.workspace.signing_secret);
        self
    }

    /// Enforced by default, by the simulated clock.
    #[must_use]
    pub fn rate_limits(mut self, limits: RateLimits) -> Self {
        self.workspace.limits = Limits::new(limits);
        self
    }

    /// Accepted by default.
    #[must_use]
    pub fn disabled_group_writes(mut self, writes: DisabledGroupWrites) -> Self {
        self.workspace.disabled_group_writes = writes;
        self
    }

    /// Has every `usergroups` method answer `paid_teams_only`, as on a free plan.
    #[must_use]
    pub fn free_plan(mut self) -> Self {
        self.workspace.has_user_groups = false;
        self
    }

    /// Brings the workspace up on a free loopback port.
    ///
    /// # Errors
    /// If no loopback port can be bound.
    pub async fn start(self) -> io::Result<SlackSim> {
        let Self {
            clock,
            mut workspace,
            groups,
        } = self;
        let now = clock.now();
        for group in &groups {
            workspace.put_group(group, now);
        }
        let kit = Kit::new(routes::VENDOR, clock);
        let workspace = Arc::new(Mutex::new(workspace));
        let router = routes::router(kit.clock.clone(), Arc::clone(&workspace));
        let server = kit.serve(router).await?;
        Ok(SlackSim {
            kit,
            server,
            workspace,
        })
    }
}
