//! The manifest of the Slack app: what somebody pastes who makes it.
//!
//! <https://docs.slack.dev/reference/app-manifest>

use crate::commands::webhooks::is_closed;
use crate::local::ACCESS_APPROVER;
use crate::stop::Stop;
use serde::Serialize;
use std::collections::BTreeSet;
use url::Url;

/// The command that people type.
const COMMAND: &str = "/access";

/// `--url`, or `--command-url` and `--interaction-url`
#[derive(Debug, Clone, clap::Args)]
pub(super) struct UrlArgs {
    /// For the manifest: where `rotakey serve --public` is reached from outside
    #[arg(long, conflicts_with_all = ["command_url", "interaction_url"])]
    url: Option<Url>,
    /// For the manifest: the stack's output `SlackCommandUrl`
    #[arg(long, value_name = "URL", requires = "interaction_url")]
    command_url: Option<Url>,
    /// For the manifest: the stack's output `SlackInteractionUrl`
    #[arg(long, value_name = "URL", requires = "command_url")]
    interaction_url: Option<Url>,
}

/// What Slack posts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoints {
    command: Url,
    interaction: Url,
}

impl UrlArgs {
    /// What Slack posts to, where that was said.
    ///
    /// # Errors
    /// When Slack would not: it posts over TLS only.
    pub(super) fn endpoints(&self) -> Result<Option<Endpoints>, Stop> {
        let endpoints = match (&self.url, &self.command_url, &self.interaction_url) {
            (Some(url), ..) => Endpoints {
                command: of_serve(url, "command"),
                interaction: of_serve(url, "interaction"),
            },
            (None, Some(command), Some(interaction)) => Endpoints {
                command: command.clone(),
                interaction: interaction.clone(),
            },
            (None, ..) => return Ok(None),
        };
        if is_closed(&endpoints.command) && is_closed(&endpoints.interaction) {
            Ok(Some(endpoints))
        } else {
            Err(Stop::usage(
                "Slack posts to addresses that begin with https:// only: have a proxy or a tunnel with TLS lead to `rotakey serve --public`",
            ))
        }
    }
}

/// A route of the approver behind the gateway of `serve`.
fn of_serve(base: &Url, end: &str) -> Url {
    let mut url = base.clone();
    url.set_query(None);
    url.set_fragment(None);
    let path = base.path().trim_end_matches('/');
    let path = format!("{path}/lambda-url/{ACCESS_APPROVER}/slack/{end}");
    url.set_path(&path);
    url
}

/// An app, in Slack's words.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Manifest {
    display_information: Display,
    features: Features,
    oauth_config: Oauth,
    settings: Settings,
}

#[derive(Debug, Clone, Serialize)]
struct Display {
    name: &'static str,
    description: &'static str,
}

#[derive(Debug, Clone, Serialize)]
struct Features {
    /// Where direct messages of the app are read: without it Slack hides them once they were seen.
    app_home: AppHome,
    bot_user: BotUser,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    slash_commands: Vec<SlashCommand>,
}

#[derive(Debug, Clone, Serialize)]
struct AppHome {
    home_tab_enabled: bool,
    messages_tab_enabled: bool,
    messages_tab_read_only_enabled: bool,
}

#[derive(Debug, Clone, Serialize)]
struct BotUser {
    display_name: &'static str,
    always_online: bool,
}

#[derive(Debug, Clone, Serialize)]
struct SlashCommand {
    command: &'static str,
    url: Url,
    description: &'static str,
    usage_hint: &'static str,
    should_escape: bool,
}

#[derive(Debug, Clone, Serialize)]
struct Oauth {
    scopes: Scopes,
}

#[derive(Debug, Clone, Serialize)]
struct Scopes {
    bot: BTreeSet<&'static str>,
}

#[derive(Debug, Clone, Serialize)]
struct Settings {
    #[serde(skip_serializing_if = "Option::is_none")]
    interactivity: Option<Interactivity>,
    org_deploy_enabled: bool,
    socket_mode_enabled: bool,
    token_rotation_enabled: bool,
}

#[derive(Debug, Clone, Serialize)]
struct Interactivity {
    is_enabled: bool,
    request_url: Url,
}

impl Manifest {
    /// An app with these scopes; without endpoints it is spoken to by nobody.
    pub(super) fn new(scopes: BTreeSet<&'static str>, endpoints: Option<Endpoints>) -> Self {
        let (commands, interactivity) = match endpoints {
            Some(Endpoints {
                command,
                interaction,
            }) => {
                let interactivity = Interactivity {
                    is_enabled: true,
                    request_url: interaction,
                };
                (vec![access(command)], Some(interactivity))
            }
            None => (Vec::new(), None),
        };
        Self {
            display_information: Display {
                name: "Rotakey",
                description: "Access follows the rota: ask for it, approve it, hand it back.",
            },
            features: Features {
                app_home: AppHome {
                    home_tab_enabled: false,
                    messages_tab_enabled: true,
                    messages_tab_read_only_enabled: true,
                },
                bot_user: BotUser {
                    display_name: "rotakey",
                    always_online: true,
                },
                slash_commands: commands,
            },
            oauth_config: Oauth {
                scopes: Scopes { bot: scopes },
            },
            settings: Settings {
                interactivity,
                org_deploy_enabled: false,
                socket_mode_enabled: false,
                // A token that Slack replaces by itself would have to be written back each time.
                token_rotation_enabled: false,
            },
        }
    }
}

fn access(url: Url) -> SlashCommand {
    SlashCommand {
        command: COMMAND,
        url,
        description: "Ask for access, see what you hold, hand it back",
        usage_hint: "[GROUP DURATION REASON | status | done | help]",
        should_escape: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(url: Option<&str>, pair: Option<(&str, &str)>) -> UrlArgs {
        let url_of = |text: &str| Url::parse(text).unwrap();
        UrlArgs {
            url: url.map(url_of),
            command_url: pair.map(|(command, _)| url_of(command)),
            interaction_url: pair.map(|(_, interaction)| url_of(interaction)),
        }
    }

    #[test]
    fn slack_posts_where_serve_or_the_stack_listens() {
        let serve = "https://rotakey.acme.example/lambda-url/access-approver/slack/command";
        let (command, interaction) = ("https://x.example/slack/command", "https://x.example/i");
        for (case, args, expected) in [
            (
                "serve",
                args(Some("https://rotakey.acme.example"), None),
                Some(serve),
            ),
            (
                "serve, with a slash",
                args(Some("https://rotakey.acme.example/?a=b"), None),
                Some(serve),
            ),
            (
                "the stack",
                args(None, Some((command, interaction))),
                Some(command),
            ),
            ("nothing", args(None, None), None),
        ] {
            let found = args.endpoints().unwrap();
            let found = found.map(|endpoints| endpoints.command.to_string());
            assert_eq!(found.as_deref(), expected, "{case}");
        }
        let plain = args(Some("http://rotakey.acme.example"), None);
        assert!(plain.endpoints().is_err());
    }

    #[test]
    fn an_app_that_nobody_speaks_to_has_no_command() {
        let manifest = Manifest::new(BTreeSet::from(["usergroups:read"]), None);
        let manifest = serde_json::to_value(&manifest).unwrap();
        assert!(manifest["features"]["slash_commands"].is_null());
        assert!(manifest["settings"]["interactivity"].is_null());
        assert_eq!(
            manifest["oauth_config"]["scopes"]["bot"][0],
            "usergroups:read"
        );
    }
}
