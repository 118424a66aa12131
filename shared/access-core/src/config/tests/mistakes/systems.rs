//! PagerDuty accounts, targets and the Slack app, but their secrets.

use super::Row;

pub(super) const ROWS: &[Row] = &[
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
];
