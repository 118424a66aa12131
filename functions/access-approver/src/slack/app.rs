//! The chat-ops app of the configuration in force, and how long it may take.

use crate::configured::Configured;
use access_core::config::{Config, SlackConfig, TargetKind};
use access_core::id::{AccountId, TargetName};
use access_core::principal::Principal;
use slack_client::{ChannelId, SlackClient};
use std::time::Duration;
use tokio::time::Instant;
use tracing::error;

/// The app, for the length of one invocation.
pub(super) struct App<'a> {
    pub(super) config: &'a Config,
    pub(super) slack: &'a SlackConfig,
    pub(super) client: SlackClient,
}

impl<'a> App<'a> {
    /// The app, all of whose calls together may take `within`; `None`: the configuration has none.
    pub(super) fn of(configured: &'a Configured, within: Duration) -> Option<Self> {
        let client = configured.slack.as_ref()?;
        Some(Self {
            config: &configured.config,
            slack: configured.config.slack.as_ref()?,
            client: client.with_deadline(Instant::now() + within),
        })
    }

    /// Where cards for approvers go; `None`: to each of them.
    pub(super) fn approvals(&self) -> Option<ChannelId> {
        channel(self.slack.approvals_channel.as_deref()?)
    }

    /// Where everybody is told; `None`: nowhere.
    pub(super) fn announcements(&self) -> Option<ChannelId> {
        channel(self.slack.announcements_channel.as_deref()?)
    }

    /// Whose account in this workspace the owner says it is.
    pub(super) fn owner(&self, account: &str) -> Option<&'a Principal> {
        let mut aliases = self.aliases();
        let (owner, _) = aliases.find(|(_, alias)| alias.as_str() == account)?;
        Some(owner)
    }

    /// Which account in this workspace the owner says is theirs.
    pub(super) fn alias(&self, principal: &Principal) -> Option<&'a AccountId> {
        let mut aliases = self.aliases();
        let (_, alias) = aliases.find(|(owner, _)| *owner == principal)?;
        Some(alias)
    }

    /// What `[[person]]` says of accounts in this workspace.
    fn aliases(&self) -> impl Iterator<Item = (&'a Principal, &'a AccountId)> {
        let here = self.target();
        let accounts = self.config.people.accounts.iter();
        accounts
            .filter(move |((target, _), _)| Some(target) == here)
            .map(|((_, owner), alias)| (owner, alias))
    }

    /// The target with user groups of this very workspace: the same token opens both. Another workspace's may have the same
    /// ids, and they would be other people.
    fn target(&self) -> Option<&'a TargetName> {
        let token = &self.slack.bot_token.reference;
        let mut targets = self.config.targets.iter();
        let (name, _) = targets.find(|(_, target)| {
            matches!(&target.kind, TargetKind::SlackUserGroup { secret, .. } if secret.reference == *token)
        })?;
        Some(name)
    }
}

fn channel(text: &str) -> Option<ChannelId> {
    let id = text.parse::<ChannelId>();
    if id.is_err() {
        error!("a channel in [slack] is no channel of Slack: mend the configuration");
    }
    id.ok()
}
