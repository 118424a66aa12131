//! Slack: whether each bot token works, is of the right workspace, and has its scopes.

use super::code::Code;
use super::finding::{Finding, said};
use super::site::Site;
use crate::probe::{self, CHAT_SCOPES, SlackSeen, USER_GROUP_SCOPES};
use access_core::config::{Config, SecretRef, TargetKind};
use access_core::id::TargetName;
use futures::future::join_all;
use slack_client::{SlackClient, SlackError};
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// One bot token, and everything that the configuration uses it for.
#[derive(Debug, Default)]
pub(super) struct Token {
    secret: Option<SecretRef>,
    api_url: Option<Url>,
    scopes: BTreeSet<&'static str>,
    /// Whether the chat-ops app uses it.
    is_app: bool,
    targets: BTreeSet<TargetName>,
}

/// What Slack says of one token.
pub(super) struct Seen {
    token: Token,
    client: SlackClient,
    answer: Result<SlackSeen, SlackError>,
}

impl Token {
    fn place(&self) -> String {
        let targets = self.targets.iter().map(|name| format!("target {name}"));
        let app = self.is_app.then(|| "[slack]".to_owned());
        app.into_iter()
            .chain(targets)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// Every token once, whatever it is used for.
fn tokens(config: &Config) -> Vec<Token> {
    let mut tokens: BTreeMap<(String, Option<String>), Token> = BTreeMap::new();
    let mut token = |secret: &SecretRef, api_url: Option<&Url>, scopes: &[&'static str]| {
        let key = (secret.reference.to_string(), api_url.map(Url::to_string));
        let token = tokens.entry(key).or_default();
        token.secret = Some(secret.clone());
        token.api_url = api_url.cloned();
        token.scopes.extend(scopes);
    };
    if let Some(slack) = &config.slack {
        token(&slack.bot_token, slack.api_url.as_ref(), &CHAT_SCOPES);
    }
    for target in config.targets.values() {
        if let TargetKind::SlackUserGroup { secret, api_url } = &target.kind {
            token(secret, api_url.as_ref(), &USER_GROUP_SCOPES);
        }
    }
    tokens
        .into_values()
        .map(|token| used(config, token))
        .collect()
}

/// The same with whoever uses it.
fn used(config: &Config, token: Token) -> Token {
    let reference = token.secret.as_ref().map(|secret| &secret.reference);
    let is_ours = |secret: &SecretRef, api_url: Option<&Url>| {
        Some(&secret.reference) == reference && api_url == token.api_url.as_ref()
    };
    let slack = config.slack.as_ref();
    let is_app = slack.is_some_and(|slack| is_ours(&slack.bot_token, slack.api_url.as_ref()));
    let targets = config.targets.iter().filter(|(_, target)| {
        matches!(&target.kind, TargetKind::SlackUserGroup { secret, api_url } if is_ours(secret, api_url.as_ref()))
    });
    let targets = targets.map(|(name, _)| name.clone()).collect();
    Token {
        is_app,
        targets,
        ..token
    }
}

/// Asks Slack about every token; one whose secret cannot be read is left out, which is found already.
pub(super) async fn gather(site: &Site<'_>) -> Vec<Seen> {
    let looks = tokens(site.config()).into_iter().map(|token| async move {
        let secret = token.secret.as_ref()?;
        let client = site.slack(secret, token.api_url.as_ref()).await?;
        let answer = probe::slack(&client, &token.scopes).await;
        Some(Seen {
            token,
            client,
            answer,
        })
    });
    join_all(looks).await.into_iter().flatten().collect()
}

/// The client of the chat-ops app, where its token works and shows addresses.
pub(super) fn app(seen: &[Seen]) -> Option<&SlackClient> {
    let app = seen.iter().find(|seen| seen.token.is_app)?;
    let answer = app.answer.as_ref().ok()?;
    let lacks = answer.missing.as_ref();
    let hides = lacks.is_some_and(|lacks| lacks.contains("users:read.email"));
    (!hides).then_some(&app.client)
}

/// Targets whose token Slack takes: of the others everything is said.
pub(super) fn open_targets(seen: &[Seen]) -> BTreeSet<&TargetName> {
    let open = seen.iter().filter(|seen| {
        let answer = seen.answer.as_ref().ok();
        answer.is_some_and(|answer| answer.missing.as_ref().is_none_or(BTreeSet::is_empty))
    });
    open.flat_map(|seen| &seen.token.targets).collect()
}

/// The workspace of each target whose token works.
pub(super) fn teams(seen: &[Seen]) -> BTreeMap<&TargetName, &str> {
    let of_each = seen.iter().filter_map(|seen| {
        let team = seen.answer.as_ref().ok()?.team_id.as_str();
        Some(seen.token.targets.iter().map(move |name| (name, team)))
    });
    of_each.flatten().collect()
}

/// What is the matter with each token; `team` is the workspace that the configuration names.
pub(super) fn judge(seen: &[Seen], team: Option<&str>) -> Vec<Finding> {
    let of_each = seen.iter().map(|Seen { token, answer, .. }| {
        let place = token.place();
        match answer {
            Ok(answer) => {
                let team = team.filter(|_| token.is_app);
                of_answer(&place, answer, team)
            }
            Err(error) => vec![Finding::new(code(error), place, said(error))],
        }
    });
    of_each.flatten().collect()
}

fn of_answer(place: &str, answer: &SlackSeen, team: Option<&str>) -> Vec<Finding> {
    let SlackSeen {
        team_id,
        team: name,
        missing,
    } = answer;
    let mut findings = Vec::new();
    if let Some(missing) = missing {
        findings.extend(missing.iter().map(|scope| {
            let what = format!("the app lacks the scope `{scope}`");
            Finding::new(Code::SlackScope, place, what)
        }));
    } else {
        let what = "Slack did not say which scopes the app has";
        findings.push(Finding::new(Code::SlackUnproven, place, what));
    }
    match team {
        Some(team) if team.starts_with('E') => {
            let what = format!(
                "whether workspace {team_id} ({name}) is of organisation {team} is not told"
            );
            findings.push(Finding::new(Code::SlackUnproven, place, what));
        }
        Some(team) if team != team_id => {
            let what = format!(
                "the bot token is of workspace {team_id} ({name}), and `team_id` says {team}: everybody's clicks are refused"
            );
            findings.push(Finding::new(Code::SlackElsewhere, place, what));
        }
        Some(_) | None => {}
    }
    findings
}

fn code(error: &SlackError) -> Code {
    match error {
        SlackError::Unreachable { .. }
        | SlackError::RateLimited { .. }
        | SlackError::Malformed { .. } => Code::SlackUnread,
        _ => Code::SlackRefused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"
[slack]
bot_token = "env:BOT"
signing_secret = "env:SIGNING"

[[target]]
name = "slack"
kind = "slack-user-group"
secret = "env:BOT"

[[target]]
name = "partners"
kind = "slack-user-group"
secret = "env:PARTNERS"
"#;

    #[test]
    fn a_token_is_asked_about_once_for_everything_that_it_is_used_for() {
        let config = Config::parse("test", CONFIG).unwrap();
        let tokens = tokens(&config);
        let places: Vec<String> = tokens.iter().map(Token::place).collect();
        assert_eq!(places, ["[slack], target slack", "target partners"]);
        let number: Vec<usize> = tokens.iter().map(|token| token.scopes.len()).collect();
        // Both uses have two scopes in common.
        assert_eq!(number, [7, 4]);
    }

    #[test]
    fn workspaces_and_scopes_are_compared_with_what_is_wanted() {
        let seen = |missing: Option<&[&'static str]>| SlackSeen {
            team_id: "T0SIMULATED".to_owned(),
            team: "Simulated".to_owned(),
            missing: missing.map(|missing| missing.iter().copied().collect()),
        };
        let nothing: &[&'static str] = &[];
        for (case, answer, team, expected) in [
            ("sound", seen(Some(nothing)), None, &[][..]),
            ("its team", seen(Some(nothing)), Some("T0SIMULATED"), &[]),
            (
                "another team",
                seen(Some(nothing)),
                Some("T0OTHER00"),
                &[Code::SlackElsewhere],
            ),
            (
                "an organisation",
                seen(Some(nothing)),
                Some("E0ACME000"),
                &[Code::SlackUnproven],
            ),
            (
                "lacking",
                seen(Some(&["im:write", "commands"])),
                None,
                &[Code::SlackScope, Code::SlackScope],
            ),
            ("unsaid", seen(None), None, &[Code::SlackUnproven]),
        ] {
            let found = of_answer("[slack]", &answer, team);
            let found: Vec<Code> = found.into_iter().map(|finding| finding.code).collect();
            assert_eq!(found, expected, "{case}");
        }
    }
}
