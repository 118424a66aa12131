//! What a workspace holds, and the questions its methods ask of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::builder::{DisabledGroupWrites, SlackGroup, SlackUser};
use super::hooks::Hooks;
use super::limits::Limits;
use super::messages::{SlackEphemeral, SlackMessage};
use super::tokens::Tokens;
use super::triggers::Triggers;
use super::views::Views;

/// The workspace's own id.
pub(super) const TEAM_ID: &str = "T0SIMULATED";
/// The app's own id.
pub(super) const APP_ID: &str = "A0SIMULATED";
/// The signing secret of a workspace that sets none.
const SIGNING_SECRET: &str = "simulated-signing-secret";
/// The app's bot user, who creates groups.
pub(super) const BOT_USER_ID: &str = "U0SIMULATEDBOT";

#[derive(Debug)]
pub(super) struct Workspace {
    pub(super) tokens: Tokens,
    pub(super) limits: Limits,
    pub(super) users: BTreeMap<String, SlackUser>,
    pub(super) groups: BTreeMap<String, Group>,
    pub(super) channels: BTreeMap<String, Vec<SlackMessage>>,
    pub(super) disabled_group_writes: DisabledGroupWrites,
    pub(super) has_user_groups: bool,
    pub(super) messages_posted: u32,
    pub(super) signing_secret: String,
    pub(super) triggers: Triggers,
    pub(super) views: Views,
    pub(super) hooks: Hooks,
    pub(super) ephemerals: Vec<SlackEphemeral>,
}

#[derive(Clone, Debug)]
pub(super) struct Group {
    pub(super) id: String,
    pub(super) handle: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) date_create: i64,
    pub(super) date_update: i64,
    /// Seconds since 1970; zero while enabled.
    pub(super) date_delete: i64,
    pub(super) users: BTreeSet<String>,
}

impl Workspace {
    pub(super) fn new(tokens: Tokens, limits: Limits) -> Self {
        Self {
            tokens,
            limits,
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            channels: BTreeMap::new(),
            disabled_group_writes: DisabledGroupWrites::default(),
            has_user_groups: true,
            messages_posted: 0,
            signing_secret: SIGNING_SECRET.to_owned(),
            triggers: Triggers::default(),
            views: Views::default(),
            hooks: Hooks::default(),
            ephemerals: Vec::new(),
        }
    }

    pub(super) fn group_by_handle(&self, handle: &str) -> Option<&Group> {
        self.groups.values().find(|group| group.handle == handle)
    }

    pub(super) fn user_by_email(&self, email: &str) -> Option<&SlackUser> {
        self.users
            .values()
            .find(|user| user.email.eq_ignore_ascii_case(email))
    }

    pub(super) fn is_active(&self, user: &str) -> bool {
        self.users.get(user).is_some_and(|user| user.is_active)
    }

    pub(super) fn active_emails(&self, ids: &BTreeSet<String>) -> BTreeSet<String> {
        let users = ids.iter().filter_map(|id| self.users.get(id));
        users
            .filter(|user| user.is_active)
            .map(|user| user.email.to_lowercase())
            .collect()
    }

    pub(super) fn set_active(&mut self, email: &str, is_active: bool) {
        let mut users = self.users.values_mut();
        let found = users.find(|user| user.email.eq_ignore_ascii_case(email));
        found
            .expect("the workspace has a user with this address")
            .is_active = is_active;
    }

    pub(super) fn put_group(&mut self, group: &SlackGroup, now: Timestamp) {
        let SlackGroup {
            id,
            handle,
            name,
            is_enabled,
            users,
        } = group.clone();
        let date = now.as_second();
        let group = Group {
            id: id.clone(),
            handle,
            name,
            description: String::new(),
            date_create: date,
            date_update: date,
            date_delete: if is_enabled { 0 } else { date },
            users,
        };
        self.groups.insert(id, group);
    }

    /// The time stamp of a new message, unlike any before.
    pub(super) fn next_ts(&mut self, now: Timestamp) -> String {
        self.messages_posted += 1;
        format!("{}.{:06}", now.as_second(), self.messages_posted)
    }

    /// A channel by its id, or the direct conversation with an active user.
    pub(super) fn conversation(&self, id: &str) -> Option<String> {
        if self.channels.contains_key(id) {
            return Some(id.to_owned());
        }
        id.strip_prefix(['U', 'W'])
            .filter(|_| self.is_active(id))
            .map(|rest| format!("D{rest}"))
    }

    /// An id that no group has.
    pub(super) fn free_group_id(&self) -> String {
        let mut number = self.groups.len();
        loop {
            number += 1;
            let id = format!("S0SIM{number:05}");
            if !self.groups.contains_key(&id) {
                return id;
            }
        }
    }

    /// A user as the API shows it to an app with the workspace's scopes.
    pub(super) fn show_user(&self, user: &SlackUser) -> Value {
        let SlackUser {
            id,
            email,
            name,
            is_active,
        } = user;
        let short = email.split('@').next().unwrap_or_default();
        let mut profile = json!({"real_name": name, "display_name": short, "team": TEAM_ID});
        if self.tokens.scopes.contains("users:read.email") {
            profile["email"] = json!(email);
        }
        json!({
            "id": id, "team_id": TEAM_ID, "name": short, "real_name": name, "deleted": !is_active,
            "is_bot": false, "is_app_user": false, "profile": profile,
        })
    }
}

impl Group {
    pub(super) fn describe(&self) -> SlackGroup {
        SlackGroup {
            id: self.id.clone(),
            handle: self.handle.clone(),
            name: self.name.clone(),
            is_enabled: self.date_delete == 0,
            users: self.users.clone(),
        }
    }
}
