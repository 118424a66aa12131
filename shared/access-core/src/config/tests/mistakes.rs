//! One row for every mistake: a valid file with one change, and the exact words the owner reads.

use crate::config::Config;

/// A valid file that says a little of everything.
const VALID: &str = include_str!("valid.toml");

/// What the mistake is called; what is written instead of what; then place and message of each error, and its help.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

#[test]
fn every_mistake_is_named_with_place_and_remedy() {
    for (case, from, to, expected) in ROWS {
        assert!(VALID.contains(from), "{case}: nothing to change");
        let errors = Config::parse("rotakey.toml", &VALID.replacen(from, to, 1)).expect_err(case);
        let found: Vec<_> = errors
            .iter()
            .map(|error| {
                let place = format!("{}:{}: {}", error.line, error.column, error.message);
                (place, error.help.clone())
            })
            .collect();
        let found: Vec<_> = found
            .iter()
            .map(|(place, help)| (place.as_str(), help.as_str()))
            .collect();
        assert_eq!(found, *expected, "{case}");
    }
}

#[test]
fn secrets_are_never_repeated() {
    for (case, from, to, _) in ROWS
        .iter()
        .filter(|(_, _, to, _)| to.contains("SECRETVALUE"))
    {
        let errors = Config::parse("rotakey.toml", &VALID.replacen(from, to, 1)).expect_err(case);
        assert!(!errors.to_string().contains("SECRETVALUE"), "{case}");
    }
}

const ROWS: &[Row] = &[
    (
        "unknown key",
        r#"lead = "5m""#,
        r#"leed = "5m""#,
        &[("32:1: unknown key `leed`", "did you mean `lead`?")],
    ),
    (
        "unknown key like no other",
        r#"lead = "5m""#,
        r#"colour = "red""#,
        &[(
            "32:1: unknown key `colour`",
            "known in [[group]]: name, sources, entitlements, lead, lag, when_empty, ownership, blocked, incident, request",
        )],
    ),
    (
        "unknown table",
        "[[group_template]]",
        "[[groups]]",
        &[("41:3: unknown key `groups`", "did you mean `group`?")],
    ),
    (
        "misspelt key is not missing too",
        r#"auth = "scoped-oauth""#,
        r#"auht = "scoped-oauth""#,
        &[("6:1: unknown key `auht`", "did you mean `auth`?")],
    ),
    (
        "TOML syntax",
        r#"name = "oncall""#,
        "name = oncall",
        &[(
            "29:8: string values must be quoted",
            "write the value in quotes",
        )],
    ),
    (
        "TOML duplicate",
        r#"lead = "5m""#,
        "lead = \"5m\"\nlead = \"6m\"",
        &[("33:1: duplicate key `lead`", "keep one of them")],
    ),
    (
        "TOML unclosed",
        "[limits]",
        "[limits",
        &[("46:8: unclosed table", "expected `]`")],
    ),
    (
        "string instead of list",
        "[\"group:oncall\"]\n[group",
        "\"group:oncall\"\n[group",
        &[(
            "36:11: `sources` must be an array, not a string",
            "write the values in square brackets",
        )],
    ),
    (
        "number instead of duration",
        r#"lead = "5m""#,
        "lead = 5",
        &[(
            "32:8: `lead` must be a string, not an integer",
            r#"write it in quotes and with its unit, such as "5m""#,
        )],
    ),
    (
        "string instead of number",
        "removals_max = 20",
        r#"removals_max = "20""#,
        &[(
            "47:16: `removals_max` must be an integer, not a string",
            "write a whole number from 0 to 1000000, without quotes",
        )],
    ),
    (
        "string instead of boolean",
        r#"kind = "identity-center""#,
        "kind = \"identity-center\"\ncreate_groups = \"yes\"",
        &[(
            "12:17: `create_groups` must be a boolean, not a string",
            "write true or false, without quotes",
        )],
    ),
    (
        "one bracket",
        "[[group_template]]",
        "[group_template]",
        &[(
            "41:1: `group_template` must be a list of tables, not a table",
            "write [[group_template]] with two brackets",
        )],
    ),
    (
        "two brackets",
        "[limits]",
        "[[limits]]",
        &[(
            "46:1: `limits` must be a table, not an array",
            "write it as [limits]",
        )],
    ),
    (
        "list element of another type",
        r#""aws:Operator","#,
        "7,",
        &[(
            "31:17: each of `entitlements` must be a string, not an integer",
            "write the value in quotes",
        )],
    ),
    (
        "missing key",
        "url = \"https://acme.pagerduty.com\"\n",
        "",
        &[(
            "3:1: missing key `url` in [[pagerduty]]",
            r#"add a line such as: url = "https://acme.pagerduty.com""#,
        )],
    ),
    (
        "missing name",
        "name = \"acme\"\n",
        "",
        &[(
            "3:1: missing key `name` in [[pagerduty]]",
            r#"add a line such as: name = "acme""#,
        )],
    ),
    (
        "bad name",
        r#"name = "admin""#,
        r#"name = "pay/ments""#,
        &[(
            "35:8: group name `pay/ments` holds '/', which is not allowed there",
            "use letters, digits, dashes, underscores and dots",
        )],
    ),
    (
        "unknown account in a source",
        "schedule:acme/",
        "schedule:acne/",
        &[(
            "30:12: unknown PagerDuty account `acne`",
            "did you mean `acme`? known: acme",
        )],
    ),
    (
        "unknown account in a template",
        r#"pagerduty = "acme""#,
        r#"pagerduty = "globex""#,
        &[("43:13: unknown PagerDuty account `globex`", "known: acme")],
    ),
    (
        "unknown account of a person",
        "acme/PUSER01",
        "globex/PUSER01",
        &[("25:14: unknown PagerDuty account `globex`", "known: acme")],
    ),
    (
        "unknown target in an entitlement",
        "aws:Operator",
        "asw:Operator",
        &[(
            "31:17: unknown target `asw`",
            "did you mean `aws`? known: aws, slack",
        )],
    ),
    (
        "unknown target of a person",
        "{ slack =",
        "{ github =",
        &[("26:14: unknown target `github`", "known: aws, slack")],
    ),
    (
        "unknown nested group",
        "[\"group:oncall\"]\n[group",
        "[\"group:oncal\"]\n[group",
        &[(
            "36:12: unknown group `oncal`",
            "did you mean `oncall`? known: admin, oncall",
        )],
    ),
    (
        "no target at all",
        r#"[[target]]
name = "aws"
kind = "identity-center"
identity_store_id = "d-1234567890"

[[target]]
name = "slack"
kind = "slack-user-group"
secret = "rotakey/slack#bot_token"
"#,
        "",
        &[
            (
                "17:14: unknown target `slack`",
                "there is none: add a [[target]] table",
            ),
            (
                "22:17: unknown target `aws`",
                "there is none: add a [[target]] table",
            ),
            (
                "22:33: unknown target `slack`",
                "there is none: add a [[target]] table",
            ),
            (
                "35:17: unknown target `aws`",
                "there is none: add a [[target]] table",
            ),
        ],
    ),
    (
        "cycle",
        r#""schedule:acme/PABC123""#,
        r#""group:admin""#,
        &[(
            "30:12: groups contain each other: admin -> oncall -> admin",
            "take one of these groups out of the other's sources",
        )],
    ),
    (
        "group in itself",
        r#""schedule:acme/PABC123""#,
        r#""group:oncall""#,
        &[(
            "30:12: groups contain each other: oncall -> oncall",
            "take one of these groups out of the other's sources",
        )],
    ),
    (
        "duplicate account",
        "[[target]]\nname = \"aws\"",
        r#"[[pagerduty]]
name = "acme"
url = "https://acme.eu.pagerduty.com"
auth = "api-key"
secret = "key"
[[target]]
name = "aws""#,
        &[(
            "10:8: PagerDuty account `acme` is there twice",
            "line 4 has this name already: choose another one",
        )],
    ),
    (
        "duplicate target",
        r#"name = "slack""#,
        r#"name = "aws""#,
        &[(
            "15:8: target `aws` is there twice",
            "line 10 has this name already: choose another one",
        )],
    ),
    (
        "duplicate group",
        r#"name = "admin""#,
        r#"name = "oncall""#,
        &[(
            "35:8: group `oncall` is there twice",
            "line 29 has this name already: choose another one",
        )],
    ),
    (
        "two targets on one system",
        "[slack]",
        r#"[[target]]
name = "other"
kind = "identity-center"
identity_store_id = "d-1234567890"
[slack]"#,
        &[(
            "20:8: target `other` is the same system as target `aws`",
            "keep one of them, and write `aws:` in every entitlement",
        )],
    ),
    (
        "two groups on one entitlement",
        "[\"group:oncall\"]\n[group",
        "[\"group:oncall\"]\nentitlements = [\"aws:Operator\"]\n[group",
        &[(
            "37:17: `aws:Operator` belongs to two groups, `oncall` and `admin`",
            r#"give it to one group of both: sources = ["group:oncall", "group:admin"]"#,
        )],
    ),
    (
        "duration without unit",
        r#""5m""#,
        r#""5""#,
        &[(
            "32:8: `5` is no duration",
            r#"write numbers with units (w, d, h, m, s), such as "5m", "1h 30m", "14d""#,
        )],
    ),
    (
        "negative duration",
        r#""5m""#,
        r#""-5m""#,
        &[(
            "32:8: `lead` is out of range: -5m",
            "write a duration from 0s to 7d",
        )],
    ),
    (
        "lead out of range",
        r#""5m""#,
        r#""8d""#,
        &[(
            "32:8: `lead` is out of range: 8d",
            "write a duration from 0s to 7d",
        )],
    ),
    (
        "lead beyond look_ahead",
        r#""5m""#,
        r#""30h""#,
        &[(
            "32:8: `lead` is longer than `look_ahead`, which is 1d",
            "shifts are not known that far ahead: shorten it, or raise look_ahead in [sweep]",
        )],
    ),
    (
        "http URL",
        "https://acme.pagerduty",
        "http://acme.pagerduty",
        &[(
            "5:7: `http://acme.pagerduty.com` is not the address of a PagerDuty account",
            r#"write "https://acme.pagerduty.com""#,
        )],
    ),
    (
        "URL without scheme",
        "https://acme.pagerduty.com",
        "acme.eu.pagerduty.com",
        &[(
            "5:7: `acme.eu.pagerduty.com` is not the address of a PagerDuty account",
            r#"write "https://acme.eu.pagerduty.com""#,
        )],
    ),
    (
        "subdomain only",
        "https://acme.pagerduty.com",
        "acme",
        &[(
            "5:7: `acme` is not the address of a PagerDuty account",
            r#"write "https://acme.pagerduty.com""#,
        )],
    ),
    (
        "URL of a page",
        "https://acme.pagerduty.com",
        "https://acme.pagerduty.com/schedules",
        &[(
            "5:7: `https://acme.pagerduty.com/schedules` is not the address of a PagerDuty account",
            r#"write "https://acme.pagerduty.com""#,
        )],
    ),
    (
        "URL of the API",
        "https://acme.pagerduty.com",
        "https://api.pagerduty.com",
        &[(
            "5:7: `https://api.pagerduty.com` is not the address of a PagerDuty account",
            "write what your browser shows after signing in, up to .com: https://SUBDOMAIN.pagerduty.com or https://SUBDOMAIN.eu.pagerduty.com",
        )],
    ),
    (
        "URL of somebody else",
        "https://acme.pagerduty.com",
        "https://acme.pagerduty.com.evil.example",
        &[(
            "5:7: `https://acme.pagerduty.com.evil.example` is not the address of a PagerDuty account",
            "write what your browser shows after signing in, up to .com: https://SUBDOMAIN.pagerduty.com or https://SUBDOMAIN.eu.pagerduty.com",
        )],
    ),
    (
        "bad api_url",
        r#"auth = "scoped-oauth""#,
        "auth = \"scoped-oauth\"\napi_url = \"ftp://127.0.0.1\"",
        &[(
            "7:11: `api_url` is not the address of a host",
            r#"write http:// or https://, a host and perhaps a port and a path, such as "http://127.0.0.1:8080""#,
        )],
    ),
    (
        "bad auth",
        "scoped-oauth",
        "scoped-oath",
        &[(
            "6:8: `auth` cannot be `scoped-oath`",
            r#"did you mean "scoped-oauth"?"#,
        )],
    ),
    (
        "bad kind",
        r#""identity-center""#,
        r#""okta""#,
        &[(
            "11:8: `kind` cannot be `okta`",
            "write one of: identity-center, slack-user-group",
        )],
    ),
    (
        "empty secret",
        r#""rotakey/pagerduty/acme""#,
        r#""""#,
        &[(
            "7:10: no secret is named here",
            "write the name of a secret in Secrets Manager (NAME or NAME#KEY), env:NAME or file:PATH",
        )],
    ),
    (
        "PagerDuty token as secret",
        r#""rotakey/pagerduty/acme""#,
        r#""u+SECRETVALUE""#,
        &[(
            "7:10: this looks like the secret itself; put its name here",
            "write the name of a secret in Secrets Manager (NAME or NAME#KEY), env:NAME or file:PATH",
        )],
    ),
    (
        "PagerDuty client secret as secret",
        r#""rotakey/pagerduty/acme""#,
        r#""pdus+_0XBPWQQ_SECRETVALUE""#,
        &[(
            "7:10: this looks like the secret itself; put its name here",
            "write the name of a secret in Secrets Manager (NAME or NAME#KEY), env:NAME or file:PATH",
        )],
    ),
    (
        "PagerDuty REST key as secret",
        r#""rotakey/pagerduty/acme""#,
        r#""u_SECRETVALUEabc1234""#,
        &[(
            "7:10: this looks like the secret itself; put its name here",
            "write the name of a secret in Secrets Manager (NAME or NAME#KEY), env:NAME or file:PATH",
        )],
    ),
    (
        "Slack token where no secret belongs",
        r#"name = "acme""#,
        r#"name = "xoxb-SECRETVALUE""#,
        &[(
            "4:8: this looks like the secret itself; put its name here",
            "write the name of a secret in Secrets Manager (NAME or NAME#KEY), env:NAME or file:PATH",
        )],
    ),
    (
        "Slack token as secret",
        r#"bot_token = "rotakey/slack#bot_token""#,
        r#"bot_token = "xoxb-1-SECRETVALUE""#,
        &[(
            "20:13: this looks like the secret itself; put its name here",
            "write the name of a secret in Secrets Manager (NAME or NAME#KEY), env:NAME or file:PATH",
        )],
    ),
    (
        "signing secret as secret",
        r#""env:SLACK_SIGNING_SECRET""#,
        r#""8f742231b10e8888abcd99aaabbb85a5""#,
        &[(
            "21:18: this looks like the secret itself; put its name here",
            "write the name of a secret in Secrets Manager (NAME or NAME#KEY), env:NAME or file:PATH",
        )],
    ),
    (
        "text with spaces as secret",
        r#""rotakey/pagerduty/acme""#,
        r#""the SECRETVALUE""#,
        &[(
            "7:10: this looks like the secret itself; put its name here",
            "write the name of a secret in Secrets Manager (NAME or NAME#KEY), env:NAME or file:PATH",
        )],
    ),
    (
        "reference of unknown form",
        r#""rotakey/pagerduty/acme""#,
        r#""vault:SECRETVALUE""#,
        &[(
            "7:10: this is not the name of a secret",
            "write the name of a secret in Secrets Manager (NAME or NAME#KEY), env:NAME or file:PATH",
        )],
    ),
    (
        "key of another kind of target",
        r#"kind = "identity-center""#,
        "kind = \"identity-center\"\nsecret = \"rotakey/aws\"",
        &[(
            "12:10: `secret` means nothing in an identity-center target",
            "take it out",
        )],
    ),
    (
        "bad identity store",
        "d-1234567890",
        "d-123",
        &[(
            "12:21: `d-123` is not the id of an identity store",
            "it is `d-` and ten digits or letters a to f, shown in the settings of IAM Identity Center",
        )],
    ),
    (
        "bad region",
        r#"kind = "identity-center""#,
        "kind = \"identity-center\"\nregion = \"Frankfurt\"",
        &[(
            "12:10: `Frankfurt` is not an AWS region",
            r#"write it such as "eu-central-1""#,
        )],
    ),
    (
        "bad channel",
        "signing_secret =",
        "approvals_channel = \"#approvals\"\nsigning_secret =",
        &[(
            "21:21: `#approvals` is not the id of a Slack channel",
            r#"write the id, such as "C0123456789", from the end of the channel's About tab"#,
        )],
    ),
    (
        "bad workspace",
        "signing_secret =",
        "team_id = \"acme\"\nsigning_secret =",
        &[(
            "21:11: `acme` is not the id of a Slack workspace",
            r#"write the workspace's id, such as "T0123456789", from its address app.slack.com/client/T.."#,
        )],
    ),
    (
        "bad e-mail",
        r#""Grace@acme.example""#,
        r#""grace""#,
        &[(
            "24:9: `grace` is not an e-mail address",
            r#"write a whole address, such as "grace@acme.example""#,
        )],
    ),
    (
        "bad blocked e-mail",
        r#""mallory@acme.example""#,
        r#""mallory""#,
        &[(
            "1:12: `mallory` is not an e-mail address",
            r#"write a whole address, such as "grace@acme.example""#,
        )],
    ),
    (
        "bad source",
        "schedule:acme/PABC123",
        "PABC123",
        &[(
            "30:12: `PABC123` is no source: write schedule:ACCOUNT/ID, escalation_policy:ACCOUNT/ID, escalation_policy:ACCOUNT/ID#LEVEL, group:NAME, incident:ACCOUNT/service/ID, incident:ACCOUNT/team/ID or person:EMAIL",
            r#"for example "schedule:acme/PABC123"; the id ends the address of its page in PagerDuty"#,
        )],
    ),
    (
        "bad source level",
        "schedule:acme/PABC123",
        "escalation_policy:acme/PABC123#0",
        &[(
            "30:12: `escalation_policy:acme/PABC123#0` names no escalation level: levels are whole numbers from 1",
            r#"for example "schedule:acme/PABC123"; the id ends the address of its page in PagerDuty"#,
        )],
    ),
    (
        "bad entitlement",
        "aws:Operator",
        "Operator",
        &[(
            "31:17: `Operator` is no entitlement: write TARGET:NAME-OR-ID",
            r#"for example "aws:PaymentsProdOperator", `aws` being the name of a [[target]]"#,
        )],
    ),
    (
        "bad PagerDuty user",
        "acme/PUSER01",
        "PUSER01",
        &[(
            "25:14: `PUSER01` is no PagerDuty user",
            r#"write ACCOUNT/ID, such as "acme/PUSER01""#,
        )],
    ),
    (
        "person twice",
        "[[group]]\nname = \"oncall\"",
        r#"[[person]]
email = "grace@ACME.example"
[[group]]
name = "oncall""#,
        &[(
            "29:9: person `grace@acme.example` is there twice",
            "line 24 has it already: keep one of them",
        )],
    ),
    (
        "address of two people",
        "[[group]]\nname = \"oncall\"",
        r#"[[person]]
email = "alan@acme.example"
emails = ["Grace@acme.example"]
[[group]]
name = "oncall""#,
        &[(
            "30:11: person `grace@acme.example` is there twice",
            "line 24 has it already: keep one of them",
        )],
    ),
    (
        "further address twice",
        r#"pagerduty = ["acme/PUSER01"]"#,
        r#"emails = ["g@acme.example", "G@acme.example"]"#,
        &[(
            "25:29: person `g@acme.example` is there twice",
            "line 25 has it already: keep one of them",
        )],
    ),
    (
        "further address of two people",
        "accounts = { slack = \"U123\" }",
        r#"emails = ["g@acme.example"]
[[person]]
email = "alan@acme.example"
emails = ["g@acme.example"]"#,
        &[(
            "29:11: person `g@acme.example` is there twice",
            "line 26 has it already: keep one of them",
        )],
    ),
    (
        "further address that is none",
        "accounts =",
        "emails = [\"grace\"]\naccounts =",
        &[(
            "26:11: `grace` is not an e-mail address",
            r#"write a whole address, such as "grace@acme.example""#,
        )],
    ),
    (
        "standing member blocked by a further address",
        "accounts =",
        "emails = [\"mallory@acme.example\"]\naccounts =",
        &[(
            "31:37: `grace@acme.example` is blocked and cannot be a standing member",
            "take out this source, or the block in line 1",
        )],
    ),
    (
        "account of two people",
        "[[group]]\nname = \"oncall\"",
        r#"[[person]]
email = "alan@acme.example"
accounts = { slack = "U123" }
[[group]]
name = "oncall""#,
        &[(
            "30:22: account `U123` in `slack` is there twice",
            "line 26 has it already: keep one of them",
        )],
    ),
    (
        "PagerDuty user of two people",
        "[[group]]\nname = \"oncall\"",
        r#"[[person]]
email = "alan@acme.example"
pagerduty = ["acme/PUSER01"]
[[group]]
name = "oncall""#,
        &[(
            "30:14: PagerDuty user `acme/PUSER01` is there twice",
            "line 25 has it already: keep one of them",
        )],
    ),
    (
        "blocked standing member",
        "mallory@",
        "grace@",
        &[(
            "30:37: `grace@acme.example` is blocked and cannot be a standing member",
            "take out this source, or the block in line 1",
        )],
    ),
    (
        "standing member blocked by the group",
        r#"lead = "5m""#,
        r#"blocked = ["grace@acme.example"]"#,
        &[(
            "30:37: `grace@acme.example` is blocked and cannot be a standing member",
            "take out this source, or the block in line 32",
        )],
    ),
    (
        "standing member blocked as a person",
        "accounts =",
        "blocked = true\naccounts =",
        &[(
            "31:37: `grace@acme.example` is blocked and cannot be a standing member",
            "take out this source, or the block in line 26",
        )],
    ),
    (
        "nobody can be in",
        r#"sources = ["group:oncall"]
[group.request]
max = "4h"
approvers = ["group:oncall"]
"#,
        "",
        &[(
            "34:1: nobody could ever be in this group",
            r#"name where its members come from, such as sources = ["schedule:acme/PABC123"], or let people ask: [group.request]"#,
        )],
    ),
    (
        "request of no length",
        r#""4h""#,
        r#""0s""#,
        &[(
            "38:7: `max` is out of range: 0s",
            "write a duration from 1m to 90d",
        )],
    ),
    (
        "request that nobody approves",
        "approvers = [\"group:oncall\"]\n",
        "",
        &[(
            "37:1: nobody could approve a request for this group",
            r#"add a line such as: approvers = ["group:payments-leads"]"#,
        )],
    ),
    (
        "more approvals than approvers",
        r#"approvers = ["group:oncall"]"#,
        "approvers = [\"person:grace@acme.example\"]\napprovals = 2",
        &[(
            "40:13: 2 approvals are asked for, and `approvers` names fewer people",
            "name more approvers, or ask for fewer approvals",
        )],
    ),
    (
        "on call for a group",
        r#"approvers = ["group:oncall"]"#,
        r#"auto_approve_on_call = ["group:oncall"]"#,
        &[(
            "39:25: nobody is on call for `group:oncall`",
            "name schedules and escalation policies here",
        )],
    ),
    (
        "no approvals",
        r#"max = "4h""#,
        "max = \"4h\"\napprovals = 0",
        &[(
            "39:13: `approvals` is out of range: 0",
            "write a whole number from 1 to 10, without quotes",
        )],
    ),
    (
        "timeout of a month and more",
        r#"max = "4h""#,
        "max = \"4h\"\ntimeout = \"31d\"",
        &[(
            "39:11: `timeout` is out of range: 31d",
            "write a duration from 1m to 30d",
        )],
    ),
    (
        "escalation to nobody",
        r#"max = "4h""#,
        "max = \"4h\"\nescalate_after = \"30m\"",
        &[(
            "39:18: there is nobody to escalate to",
            r#"add a line such as: escalate_to = ["group:payments-leads"]"#,
        )],
    ),
    (
        "escalation at no time",
        r#"max = "4h""#,
        "max = \"4h\"\nescalate_to = [\"group:oncall\"]",
        &[(
            "39:16: nothing says when to escalate",
            r#"add a line such as: escalate_after = "30m""#,
        )],
    ),
    (
        "escalation when all is over",
        r#"max = "4h""#,
        "max = \"4h\"\ntimeout = \"1h\"\nescalate_after = \"1h\"\nescalate_to = [\"group:oncall\"]",
        &[(
            "40:18: `escalate_after` is not shorter than `timeout`, which is 1h",
            "escalate sooner, or give the request more time",
        )],
    ),
    (
        "break-glass for a group that is none",
        r#"max = "4h""#,
        "max = \"4h\"\nbreak_glass = [\"group:oncal\"]",
        &[(
            "39:16: unknown group `oncal`",
            "did you mean `oncall`? known: admin, oncall",
        )],
    ),
    (
        "administrators of a group that is none",
        "[limits]\n",
        "[access]\nadministrators = [\"group:oncal\"]\n[limits]\n",
        &[(
            "47:19: unknown group `oncal`",
            "did you mean `oncall`? known: admin, oncall",
        )],
    ),
    (
        "policy files that are none, or far away",
        "[limits]\n",
        "[access]\npolicies = [\"a.txt\", \"../b.cedar\", \"/c.cedar\", \"d.cedar\", \"d.cedar\"]\n[limits]\n",
        &[
            (
                "47:13: `a.txt` names no policy file",
                "write its name from the folder of this file on, such as \"policies/nights.cedar\"",
            ),
            (
                "47:22: `../b.cedar` names no policy file",
                "write its name from the folder of this file on, such as \"policies/nights.cedar\"",
            ),
            (
                "47:36: `/c.cedar` names no policy file",
                "write its name from the folder of this file on, such as \"policies/nights.cedar\"",
            ),
            ("47:59: `d.cedar` is listed twice", "keep one of them"),
        ],
    ),
    (
        "an API for nobody",
        "[limits]\n",
        "[api]\n[limits]\n",
        &[(
            "46:1: nobody could use the API",
            r#"add a line such as: aws_accounts = ["123456789012"], or an [[api.token]] table"#,
        )],
    ),
    (
        "AWS accounts that are none, or repeated",
        "[limits]\n",
        "[api]\naws_accounts = [\"acme\", 123456789012, \"123456789012\", \"123456789012\"]\n[limits]\n",
        &[
            (
                "47:17: `acme` is not the id of an AWS account",
                r#"write its 12 digits in quotes, such as "123456789012""#,
            ),
            (
                "47:25: each of `aws_accounts` must be a string, not an integer",
                "write the value in quotes",
            ),
            ("47:55: `123456789012` is listed twice", "keep one of them"),
        ],
    ),
    (
        "a misspelt list of AWS accounts",
        "[limits]\n",
        "[api]\naws_account = [\"123456789012\"]\n[limits]\n",
        &[(
            "47:1: unknown key `aws_account`",
            "did you mean `aws_accounts`?",
        )],
    ),
    (
        "a token without person",
        "[limits]\n",
        "[[api.token]]\nsecret = \"env:TOKEN\"\n[limits]\n",
        &[(
            "46:1: missing key `person` in [[api.token]]",
            r#"add a line such as: person = "grace@acme.example""#,
        )],
    ),
    (
        "a token that is the secret itself",
        "[limits]\n",
        "[[api.token]]\nperson = \"grace@acme.example\"\nsecret = \"my SECRETVALUE of today\"\n[limits]\n",
        &[(
            "48:10: this looks like the secret itself; put its name here",
            "write the name of a secret in Secrets Manager (NAME or NAME#KEY), env:NAME or file:PATH",
        )],
    ),
    (
        "one secret for two tokens",
        "[limits]\n",
        "[[api.token]]\nperson = \"grace@acme.example\"\nsecret = \"env:TOKEN\"\n[[api.token]]\nperson = \"ada@acme.example\"\nsecret = \"env:TOKEN\"\n[limits]\n",
        &[(
            "51:10: this secret is a token already",
            "line 48 names it: every token is a secret of its own",
        )],
    ),
    (
        "template without schedule in its name",
        r#""{schedule}-oncall""#,
        r#""oncall-of-all""#,
        &[(
            "42:8: every schedule's group would be named `oncall-of-all`",
            r#"write letters, digits, dashes, underscores, dots and once {schedule}, such as "{schedule}-oncall""#,
        )],
    ),
    (
        "template with a bad name",
        r#""{schedule}-oncall""#,
        r#""{schedule} {team}""#,
        &[(
            "42:8: group name `x {team}` holds ' ', which is not allowed there",
            r#"write letters, digits, dashes, underscores, dots and once {schedule}, such as "{schedule}-oncall""#,
        )],
    ),
    (
        "template without schedule in an entitlement",
        r#""aws:{schedule}""#,
        r#""aws:Operator""#,
        &[(
            "44:17: every schedule's group would be granted on `aws:Operator`",
            r#"put {schedule} into the name, such as "aws:{schedule}-oncall""#,
        )],
    ),
    (
        "template without entitlements",
        r#"["aws:{schedule}"]"#,
        "[]",
        &[(
            "44:16: the groups of this template would be granted on nothing",
            r#"put {schedule} into the name, such as "aws:{schedule}-oncall""#,
        )],
    ),
    (
        "bad when_empty",
        r#"lead = "5m""#,
        r#"when_empty = "holt""#,
        &[(
            "32:14: `when_empty` cannot be `holt`",
            r#"did you mean "hold"?"#,
        )],
    ),
    (
        "bad ownership",
        r#"lead = "5m""#,
        r#"ownership = "all""#,
        &[(
            "32:13: `ownership` cannot be `all`",
            "write one of: exclusive, additive",
        )],
    ),
    (
        "share out of range",
        "removals_max = 20",
        "removals_share_max = 50",
        &[(
            "47:22: `removals_share_max` is out of range: 50",
            "write a number from 0 to 1, such as 0.5, without quotes",
        )],
    ),
    (
        "share that is no number",
        "removals_max = 20",
        "removals_share_max = nan",
        &[(
            "47:22: `removals_share_max` is out of range: NaN",
            "write a number from 0 to 1, such as 0.5, without quotes",
        )],
    ),
    (
        "negative count",
        "removals_max = 20",
        "removals_max = -1",
        &[(
            "47:16: `removals_max` is out of range: -1",
            "write a whole number from 0 to 1000000, without quotes",
        )],
    ),
    (
        "refresh too often",
        r#"refresh = "1m""#,
        r#"refresh = "1s""#,
        &[(
            "50:11: `refresh` is out of range: 1s",
            "write a duration from 30s to 1h",
        )],
    ),
    (
        "stale before refreshed",
        r#"refresh = "1m""#,
        "refresh = \"10m\"\nstale_max = \"5m\"",
        &[(
            "51:13: `stale_max` is shorter than `refresh`",
            "facts would always be stale: raise stale_max, or lower refresh",
        )],
    ),
    (
        "look_ahead out of range",
        r#"refresh = "1m""#,
        r#"look_ahead = "30m""#,
        &[(
            "50:14: `look_ahead` is out of range: 30m",
            "write a duration from 1h to 7d",
        )],
    ),
    (
        "observed too often",
        r#"refresh = "1m""#,
        r#"observe_every = "10s""#,
        &[(
            "50:17: `observe_every` is out of range: 10s",
            "write a duration from 1m to 1d",
        )],
    ),
    (
        "forecast too long",
        r#"refresh = "1m""#,
        r#"forecast = "1y""#,
        &[(
            "50:12: `1y` is no duration",
            r#"write numbers with units (w, d, h, m, s), such as "5m", "1h 30m", "14d""#,
        )],
    ),
    (
        "terms for incidents without one",
        r#"lead = "5m""#,
        r#"incident = { linger = "30m" }"#,
        &[(
            "32:12: no source of this group is an incident",
            r#"add one, such as "incident:acme/service/PSVC001", or take [group.incident] out; nested groups have their own"#,
        )],
    ),
    (
        "terms for incidents beside a source that cannot be read",
        "\"person:grace@acme.example\"]\n",
        "\"incident:acme/P1\"]\nincident = { max = \"8h\" }\n",
        &[(
            "30:37: `incident:acme/P1` is no source: write incident:ACCOUNT/service/ID or incident:ACCOUNT/team/ID",
            r#"for example "schedule:acme/PABC123"; the id ends the address of its page in PagerDuty"#,
        )],
    ),
    (
        "unknown condition",
        "\"person:grace@acme.example\"]\n",
        "\"incident:acme/service/P1\"]\nincident = { acknowledged = true }\n",
        &[(
            "31:14: unknown key `acknowledged`",
            "known in [group.incident]: acknowledged_only, urgency, priority_at_least, linger, max",
        )],
    ),
    (
        "no such urgency",
        "\"person:grace@acme.example\"]\n",
        "\"incident:acme/service/P1\"]\nincident = { urgency = \"low\" }\n",
        &[(
            "31:24: `urgency` cannot be `low`",
            "write one of: any, high",
        )],
    ),
    (
        "lingering for too long, and no time at all",
        "\"person:grace@acme.example\"]\n",
        "\"incident:acme/service/P1\"]\nincident = { linger = \"8d\", max = \"0s\" }\n",
        &[
            (
                "31:23: `linger` is out of range: 8d",
                "write a duration from 0s to 7d",
            ),
            (
                "31:35: `max` is out of range: 0s",
                "write a duration from 1m to 30d",
            ),
        ],
    ),
    (
        "a priority where none is listed",
        "\"person:grace@acme.example\"]\n",
        "\"incident:acme/service/P1\"]\nincident = { priority_at_least = \"P2\" }\n",
        &[(
            "31:34: PagerDuty account `acme` lists no priority `P2`",
            r#"add a line to that [[pagerduty]] such as: priorities = ["P1", "P2", "P3"], the most important first"#,
        )],
    ),
    (
        "a priority twice",
        r#"secret = "rotakey/pagerduty/acme""#,
        "secret = \"rotakey/pagerduty/acme\"\npriorities = [\"P1\", \"P2\", \"P1\"]",
        &[("8:27: priority `P1` is listed twice", "keep one of them")],
    ),
    (
        "notes from nobody",
        r#"secret = "rotakey/pagerduty/acme""#,
        "secret = \"rotakey/pagerduty/acme\"\nincident_notes_from = \"rotakey\"",
        &[(
            "8:23: `rotakey` is not an e-mail address",
            r#"write a whole address, such as "grace@acme.example""#,
        )],
    ),
    (
        "notes from an address beyond ASCII",
        r#"secret = "rotakey/pagerduty/acme""#,
        "secret = \"rotakey/pagerduty/acme\"\nincident_notes_from = \"jö@acme.example\"",
        &[(
            "8:23: `jö@acme.example` holds letters that PagerDuty takes from no author",
            r#"write the login address of a user of the account, such as "rotakey@acme.example""#,
        )],
    ),
    (
        "column in characters",
        r#""aws:Operator", "#,
        r#""aws:Opérateur", "x", "#,
        &[(
            "31:34: `x` is no entitlement: write TARGET:NAME-OR-ID",
            r#"for example "aws:PaymentsProdOperator", `aws` being the name of a [[target]]"#,
        )],
    ),
];

#[test]
fn a_priority_must_be_listed_by_every_account_of_the_group() {
    let file = |listed: &str| {
        format!(
            "[[pagerduty]]\nname = \"acme\"\nurl = \"https://acme.pagerduty.com\"\nauth = \"api-key\"\nsecret = \"env:KEY\"\npriorities = {listed}\n\
             [[group]]\nname = \"fire\"\nsources = [\"incident:acme/team/P1\"]\nincident = {{ priority_at_least = \"P2\" }}\n"
        )
    };
    assert!(Config::parse("rotakey.toml", &file("[\"P1\", \"P2\"]")).is_ok());
    for (listed, help) in [
        ("[\"P1\", \"P3\"]", "did you mean `P1`? listed: P1, P3"),
        ("[\"SEV-1\", \"SEV-2\"]", "listed: SEV-1, SEV-2"),
    ] {
        let errors = Config::parse("rotakey.toml", &file(listed)).unwrap_err();
        let found: Vec<_> = errors
            .iter()
            .map(|error| (error.line, error.help.as_str()))
            .collect();
        assert_eq!(found, [(10, help)], "{listed}");
    }
}
