//! Requests, who decides them, and who may use the API.

use super::Row;

pub(super) const ROWS: &[Row] = &[
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
];
