//! `connect slack`.

use super::{connect, edit, kept, kept_object};
use crate::support::Office;
use access_core::config::Config;
use serde_json::{Value, json};

const SIGNING: &str = "0123456789abcdef0123456789abcdef";
const SLACK: [&str; 1] = ["slack"];

/// An office with a chat-ops app whose secrets are one file.
async fn office() -> Office {
    let office = Office::open().await;
    let table = format!(
        r#"[slack]
bot_token = "file:slack.json#bot_token"
signing_secret = "file:slack.json#signing_secret"
approvals_channel = "C0123456789"
api_url = "{}"
"#,
        office.slack.api_url()
    );
    office.configure(&table);
    office
}

fn both(token: &str) -> String {
    json!({"bot_token": token, "signing_secret": SIGNING}).to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn token_and_signing_secret_are_stored_together() {
    let office = office().await;
    let token = office.slack.bot_token();
    let run = connect(&office, &SLACK, &both(&token), &[&token, SIGNING]).await;
    let words = [
        "Slack accepts the bot token of workspace Simulated",
        "every scope",
        "the form of one",
        "stored in file:slack.json, which was made",
        "/invite @rotakey",
        "C0123456789",
    ];
    run.says(0, &words);
    let expected = json!({"bot_token": token, "signing_secret": SIGNING});
    assert_eq!(kept_object(&office, "slack.json"), expected);

    office.slack.rotate_token("xoxb-another-token");
    let run = connect(&office, &SLACK, &both("xoxb-another-token"), &[]).await;
    run.says(0, &["in the place of"]);
    let kept = kept_object(&office, "slack.json");
    assert_eq!(kept["bot_token"], "xoxb-another-token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_not_stored() {
    let office = office().await;
    for (token, word) in [
        ("xoxb-no-token", "does not accept the bot token"),
        ("xoxp-1234-abcd", "a user's token"),
        ("xapp-1-A1-abcd", "an app-level token"),
    ] {
        let run = connect(&office, &SLACK, &both(token), &[token, SIGNING]).await;
        run.says(1, &["missing", word, "Bot User OAuth Token"]);
        assert!(run.err.contains("nothing was stored"), "{run:?}");
        assert_eq!(kept(&office, "slack.json"), None);
    }
    let half = r#"{"bot_token": "xoxb-no-token"}"#;
    let run = connect(&office, &SLACK, half, &["xoxb-no-token"]).await;
    run.refuses(2, &["signing_secret"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_scope_that_slack_did_not_grant_is_named_with_its_use() {
    let office = office().await;
    office
        .slack
        .set_scopes(["chat:write", "commands", "users:read"]);
    let token = office.slack.bot_token();
    let run = connect(&office, &SLACK, &both(&token), &[&token]).await;
    let words = [
        "scope `im:write`, to write to one person",
        "scope `users:read.email`",
        "install the app again",
    ];
    run.says(1, &words);
    assert!(!run.out.contains("scope `commands`"), "{run:?}");
    assert_eq!(kept(&office, "slack.json"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_workspace_must_be_the_configured_one() {
    let office = office().await;
    edit(
        &office,
        "approvals_channel",
        "team_id = \"T0000000000\"\napprovals_channel",
    );
    let token = office.slack.bot_token();
    let run = connect(&office, &SLACK, &both(&token), &[&token]).await;
    run.says(1, &["`team_id` says T0000000000", "correct `team_id`"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_signing_secret_is_doubted() {
    let office = office().await;
    let token = office.slack.bot_token();
    let input = json!({"bot_token": token, "signing_secret": "theClientSecret"});
    let run = connect(&office, &SLACK, &input.to_string(), &["theClientSecret"]).await;
    run.says(0, &["warning", "32 hexadecimal digits", "stored in"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_with_an_app_of_its_own_needs_no_signing_secret() {
    let office = office().await;
    let token = office.slack.bot_token();
    let target = ["slack", "slack"];
    let run = connect(&office, &target, &format!("{token}\n"), &[&token]).await;
    let words = [
        "1 group of the configuration can be read",
        "slack-token holds it already",
    ];
    run.says(0, &words);
    office.slack.set_scopes(["usergroups:read", "users:read"]);
    let run = connect(&office, &target, &token, &[&token]).await;
    run.says(1, &["scope `usergroups:write`, to change who"]);
    let other = office.run(&["connect", "slack", "aws"]).await;
    other.refuses(2, &["rotakey connect identity-center aws"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_manifest_is_what_slack_takes() {
    const MANIFEST: &str = r#"{
  "display_information": {
    "name": "Rotakey",
    "description": "Access follows the rota: ask for it, approve it, hand it back."
  },
  "features": {
    "app_home": {
      "home_tab_enabled": false,
      "messages_tab_enabled": true,
      "messages_tab_read_only_enabled": true
    },
    "bot_user": {
      "display_name": "rotakey",
      "always_online": true
    },
    "slash_commands": [
      {
        "command": "/access",
        "url": "https://rotakey.acme.example/lambda-url/access-approver/slack/command",
        "description": "Ask for access, see what you hold, hand it back",
        "usage_hint": "[GROUP DURATION REASON | status | done | help]",
        "should_escape": false
      }
    ]
  },
  "oauth_config": {
    "scopes": {
      "bot": [
        "chat:write",
        "commands",
        "im:write",
        "users:read",
        "users:read.email"
      ]
    }
  },
  "settings": {
    "interactivity": {
      "is_enabled": true,
      "request_url": "https://rotakey.acme.example/lambda-url/access-approver/slack/interaction"
    },
    "org_deploy_enabled": false,
    "socket_mode_enabled": false,
    "token_rotation_enabled": false
  }
}
"#;
    let office = office().await;
    let manifest = ["connect", "slack", "--manifest"];
    let serve = ["--url", "https://rotakey.acme.example"];
    let run = office.run(&[&manifest[..], &serve].concat()).await;
    assert_eq!(run.says(0, &[]).out, MANIFEST);

    let stack = [
        "--command-url",
        "https://x.lambda-url.eu-west-1.on.aws/slack/command",
        "--interaction-url",
        "https://x.lambda-url.eu-west-1.on.aws/slack/interaction",
    ];
    let run = office.run(&[&manifest[..], &stack].concat()).await;
    let told: Value = run.says(0, &[]).json();
    assert_eq!(told["features"]["slash_commands"][0]["url"], stack[1]);
    assert_eq!(told["settings"]["interactivity"]["request_url"], stack[3]);

    office.run(&manifest).await.refuses(2, &["--url"]);
    let half = office.run(&[&manifest[..], &stack[..2]].concat()).await;
    half.refuses(2, &["--interaction-url"]);
    let plain = ["--url", "http://rotakey.acme.example"];
    let run = office.run(&[&manifest[..], &plain].concat()).await;
    run.refuses(2, &["https://"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_that_is_not_configured_gets_its_table() {
    let office = Office::open().await;
    let run = office.run(&["connect", "slack"]).await;
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.err.contains("rotakey connect slack slack"), "{run:?}");
    let text = std::fs::read_to_string(office.config()).unwrap();
    let config = Config::parse("it", &format!("{text}\n{}", run.out)).unwrap();
    assert!(config.slack.is_some());
}
