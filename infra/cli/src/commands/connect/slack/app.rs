//! A Slack app as the configuration uses it: by one bot token.

use crate::probe::{CHAT_SCOPES, USER_GROUP_SCOPES};
use access_core::config::{Config, SecretRef, SlackConfig, TargetConfig, TargetKind};
use access_core::id::TargetName;
use std::collections::BTreeSet;
use url::Url;

/// An app, and what it is used for.
pub(super) struct App<'a> {
    pub(super) bot_token: &'a SecretRef,
    pub(super) api_url: Option<&'a Url>,
    /// The workspace that the configuration names.
    pub(super) team_id: Option<&'a str>,
    /// The chat-ops app, where this is it.
    pub(super) chat: Option<&'a SlackConfig>,
    /// Targets with user groups of the same workspace, by the same token.
    pub(super) targets: Vec<&'a TargetName>,
}

impl<'a> App<'a> {
    /// The chat-ops app; `None` where the configuration has none.
    pub(super) fn of_chat(config: &'a Config) -> Option<Self> {
        let slack = config.slack.as_ref()?;
        Some(Self::by(config, &slack.bot_token, slack.api_url.as_ref()))
    }

    /// The app of a target; `None` for a target that is no workspace of Slack.
    pub(super) fn of_target(config: &'a Config, target: &'a TargetConfig) -> Option<Self> {
        match &target.kind {
            TargetKind::SlackUserGroup { secret, api_url } => {
                Some(Self::by(config, secret, api_url.as_ref()))
            }
            TargetKind::IdentityCenter { .. } => None,
        }
    }

    fn by(config: &'a Config, bot_token: &'a SecretRef, api_url: Option<&'a Url>) -> Self {
        let chat = config.slack.as_ref();
        let chat = chat.filter(|slack| slack.bot_token.reference == bot_token.reference);
        let targets = config.targets.iter().filter(|(_, target)| {
            matches!(&target.kind, TargetKind::SlackUserGroup { secret, .. } if secret.reference == bot_token.reference)
        });
        Self {
            bot_token,
            api_url,
            team_id: chat.and_then(|slack| slack.team_id.as_deref()),
            chat,
            targets: targets.map(|(name, _)| name).collect(),
        }
    }

    /// The scopes that all of that takes.
    pub(super) fn scopes(&self) -> BTreeSet<&'static str> {
        let chat = self.chat.map(|_| CHAT_SCOPES.iter());
        let groups = (!self.targets.is_empty()).then(|| USER_GROUP_SCOPES.iter());
        let all = chat
            .into_iter()
            .flatten()
            .chain(groups.into_iter().flatten());
        all.copied().collect()
    }

    /// The channels that the app has to be invited to.
    pub(super) fn channels(&self) -> BTreeSet<&'a str> {
        let Some(slack) = self.chat else {
            return BTreeSet::new();
        };
        let channels = [&slack.approvals_channel, &slack.announcements_channel];
        channels.into_iter().flatten().map(String::as_str).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use simulators::slack::APP_SCOPES;

    const BOTH: &str = r#"
[slack]
bot_token = "env:BOT"
signing_secret = "env:SIGNING"
approvals_channel = "C0123456789"
announcements_channel = "C0123456789"

[[target]]
name = "slack"
kind = "slack-user-group"
secret = "env:BOT"
"#;

    #[test]
    fn one_app_has_the_scopes_of_all_that_it_is_used_for() {
        let config = Config::parse("it", BOTH).unwrap();
        let app = App::of_chat(&config).unwrap();
        assert_eq!(app.scopes(), BTreeSet::from(APP_SCOPES));
        assert_eq!(app.channels(), BTreeSet::from(["C0123456789"]));
    }

    #[test]
    fn two_apps_have_what_each_is_used_for() {
        let text = BOTH.replace("secret = \"env:BOT\"", "secret = \"env:OTHER\"");
        let config = Config::parse("it", &text).unwrap();
        let chat = App::of_chat(&config).unwrap();
        assert_eq!(chat.scopes(), BTreeSet::from(CHAT_SCOPES));
        let target = config.targets.values().next().unwrap();
        let groups = App::of_target(&config, target).unwrap();
        assert_eq!(groups.scopes(), BTreeSet::from(USER_GROUP_SCOPES));
        assert_eq!(groups.channels(), BTreeSet::new());
    }
}
