//! `[[pagerduty]]` and `[slack]`: where facts come from, and where people talk.

use super::address::{account_url, api_url};
use super::incident;
use super::people::{EMAIL_HELP, plain};
use super::raw::Table;
use super::report::At;
use super::secret::secret;
use super::value::Value;
use super::{PagerDutyAccount, PagerDutyAuth, SlackConfig};
use crate::principal::Principal;

pub(super) const PAGERDUTY_KEYS: [&str; 9] = [
    "name",
    "url",
    "auth",
    "secret",
    "webhook_secrets",
    "priorities",
    "incident_notes_from",
    "api_url",
    "token_url",
];
pub(super) const SLACK_KEYS: [&str; 6] = [
    "bot_token",
    "signing_secret",
    "team_id",
    "approvals_channel",
    "announcements_channel",
    "api_url",
];

const SECRET_EXAMPLE: &str = "\"rotakey/pagerduty/acme\"";
pub(super) const SLACK_SECRET_EXAMPLE: &str = "\"rotakey/slack#bot_token\"";

pub(super) fn pagerduty(table: &Table) -> Option<PagerDutyAccount> {
    let url = table.require("url", "\"https://acme.pagerduty.com\"");
    let url = url.and_then(|value| account_url(&value));
    let auth = table.require("auth", "\"scoped-oauth\"").and_then(|value| {
        value.choice(&[
            ("scoped-oauth", PagerDutyAuth::ScopedOauth),
            ("api-key", PagerDutyAuth::ApiKey),
        ])
    });
    let key = table.require("secret", SECRET_EXAMPLE);
    let key = key.and_then(|value| secret(&value));
    let webhook_secrets = table
        .list("webhook_secrets")
        .iter()
        .filter_map(secret)
        .collect();
    let priorities = incident::priorities(&table.list("priorities"));
    let notes_from = table.get("incident_notes_from");
    let notes_from = notes_from.and_then(|value| author(&value));
    let api = table.get("api_url").and_then(|value| api_url(&value));
    let token = table.get("token_url").and_then(|value| api_url(&value));
    Some(PagerDutyAccount {
        url: url?,
        auth: auth?,
        secret: key?,
        webhook_secrets,
        priorities,
        incident_notes_from: notes_from,
        api_url: api,
        token_url: token,
    })
}

/// Reads the address of whoever writes in PagerDuty. It stands in a header, which holds ASCII only.
fn author(value: &Value) -> Option<Principal> {
    let At { value: author, .. } = value.parse::<Principal>(EMAIL_HELP)?;
    if author.email().is_ascii() {
        return Some(author);
    }
    let help = "write the login address of a user of the account, such as \"rotakey@acme.example\"";
    value.wrong(
        format!("`{author}` holds letters that PagerDuty takes from no author"),
        help,
    );
    None
}

pub(super) fn slack(table: &Table) -> Option<SlackConfig> {
    let bot_token = table.require("bot_token", SLACK_SECRET_EXAMPLE);
    let bot_token = bot_token.and_then(|value| secret(&value));
    let signing_secret = table.require("signing_secret", "\"rotakey/slack#signing_secret\"");
    let signing_secret = signing_secret.and_then(|value| secret(&value));
    let team = table.get("team_id").and_then(|value| {
        let help = "write the workspace's id, such as \"T0123456789\", from its address app.slack.com/client/T..";
        plain(&value, "the id of a Slack workspace", help, |text| {
            is_slack_id(text, &['T', 'E'])
        })
    });
    let channel = |value: Value| {
        let is_id = |text: &str| is_slack_id(text, &['C', 'G']);
        let help = "write the id, such as \"C0123456789\", from the end of the channel's About tab";
        plain(&value, "the id of a Slack channel", help, is_id)
    };
    let approvals_channel = table.get("approvals_channel").and_then(channel);
    let announcements_channel = table.get("announcements_channel").and_then(channel);
    let api = table.get("api_url").and_then(|value| api_url(&value));
    Some(SlackConfig {
        bot_token: bot_token?,
        signing_secret: signing_secret?,
        team_id: team,
        approvals_channel,
        announcements_channel,
        api_url: api,
    })
}

/// Whether a text looks like one of Slack's ids that begin so.
fn is_slack_id(text: &str, heads: &[char]) -> bool {
    text.len() >= 9
        && text.starts_with(heads)
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}
