//! What a Slack bot token opens of what the configuration uses: `auth.test`, and the list of user groups.

use super::app::App;
use crate::commands::connect::groups;
use crate::commands::connect::report::Check;
use crate::probe::{self, SlackSeen};
use crate::stop::Stop;
use access_core::config::Config;
use access_targets::SlackUserGroup;
use secrecy::{ExposeSecret, SecretString};
use slack_client::{FixedToken, SlackClient, SlackError};
use std::sync::Arc;

const WHERE_TOKEN: &str = "copy the Bot User OAuth Token (xoxb-..) from OAuth & Permissions";

/// Looks at the token, and at groups if it holds.
///
/// # Errors
/// When the configuration makes no client.
pub(super) async fn look(
    config: &Config,
    app: &App<'_>,
    token: &SecretString,
) -> Result<Vec<Check>, Stop> {
    if let Some(kind) = of_another_kind(token.expose_secret()) {
        let what = format!("this is no bot token, but {kind}");
        return Ok(vec![Check::missing(what, WHERE_TOKEN)]);
    }
    let mut client = SlackClient::builder(Arc::new(FixedToken::new(token.clone())));
    if let Some(url) = app.api_url {
        client = client.api_url(url.clone());
    }
    let client = client.build().map_err(|error| Stop::from_error(&error))?;
    let seen = match probe::slack(&client, &app.scopes()).await {
        Ok(seen) => seen,
        Err(error) => return Ok(vec![refused(&error)]),
    };
    let mut checks = granted(app, &seen);
    if !checks.iter().any(Check::is_missing) {
        let target = SlackUserGroup::new(client);
        for name in &app.targets {
            checks.extend(groups::look(config, name, &target, Check::warning).await);
        }
    }
    Ok(checks)
}

/// What somebody copied in the place of a bot token, by how Slack's other tokens begin.
fn of_another_kind(token: &str) -> Option<&'static str> {
    match token.split_once('-')?.0 {
        "xoxp" => Some("a user's token"),
        "xapp" => Some("an app-level token"),
        "xoxe" | "xoxe.xoxb" | "xoxe.xoxp" => Some("a token that is rotated"),
        _ => None,
    }
}

/// Whose token it is, and what it may do.
fn granted(app: &App<'_>, seen: &SlackSeen) -> Vec<Check> {
    let SlackSeen {
        team_id,
        team,
        missing,
    } = seen;
    let mut checks = vec![match app.team_id {
        Some(wanted) if wanted != team_id => Check::missing(
            format!("the token is of workspace {team_id}, and `team_id` says {wanted}"),
            "install the app in that workspace, or correct `team_id`",
        ),
        _ => Check::ok(format!(
            "Slack accepts the bot token of workspace {team} ({team_id})"
        )),
    }];
    match missing {
        None => checks.push(Check::warning(
            "Slack does not tell the token's scopes",
            "compare them with the manifest",
        )),
        Some(missing) if missing.is_empty() => {
            checks.push(Check::ok("it has every scope that is used"));
        }
        Some(missing) => checks.extend(missing.iter().map(|scope| {
            Check::missing(
                format!("scope `{scope}`, {}", what_for(scope)),
                format!("OAuth & Permissions > Bot Token Scopes: add `{scope}`, then install the app again"),
            )
        })),
    }
    checks
}

/// What a scope is for.
fn what_for(scope: &str) -> &'static str {
    match scope {
        "chat:write" => "to post cards and answers",
        "commands" => "to take /access",
        "im:write" => "to write to one person",
        "usergroups:read" => "to see who is in a user group",
        "usergroups:write" => "to change who is in a user group",
        "users:read" | "users:read.email" => "to know who a person is by e-mail address",
        _ => "to do what the configuration says",
    }
}

fn refused(error: &SlackError) -> Check {
    let remedy = match error {
        SlackError::InvalidAuth { .. } => WHERE_TOKEN,
        _ => "run this again",
    };
    Check::missing(Stop::from_error(error).message(), remedy)
}

/// Whether a text can be a signing secret. Slack signs with it, and tells nobody whether it is the right one.
pub(super) fn signing_secret(secret: &SecretString) -> Check {
    let text = secret.expose_secret();
    let proof = "`/access help` in Slack proves it";
    if text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        Check::ok(format!("the signing secret has the form of one; {proof}"))
    } else {
        Check::warning(
            "the signing secret has not the form of one: 32 hexadecimal digits",
            format!("copy it from Basic Information > App Credentials; {proof}"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_another_kind_are_known_by_how_they_begin() {
        for (token, is_other) in [
            ("xoxb-1234-abc", false),
            ("xoxp-1234-abc", true),
            ("xapp-1-A1-abc", true),
            ("xoxe.xoxb-1-abc", true),
            ("token", false),
        ] {
            assert_eq!(of_another_kind(token).is_some(), is_other, "{token}");
        }
    }

    #[test]
    fn every_scope_that_is_asked_for_says_what_for() {
        let scopes = probe::CHAT_SCOPES.iter().chain(&probe::USER_GROUP_SCOPES);
        for scope in scopes {
            assert_ne!(what_for(scope), what_for("another"), "{scope}");
        }
    }
}
