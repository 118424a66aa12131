//! Secrets where their names belong.

use super::Row;

pub(super) const ROWS: &[Row] = &[
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
];
