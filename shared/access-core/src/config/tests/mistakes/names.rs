//! Names that nothing bears, or that two things bear.

use super::Row;

pub(super) const ROWS: &[Row] = &[
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
];
