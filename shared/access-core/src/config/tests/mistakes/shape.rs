//! Text that is no TOML, keys that nobody knows, values of another type, and what is missing.

use super::Row;

pub(super) const ROWS: &[Row] = &[
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
        "column in characters",
        r#""aws:Operator", "#,
        r#""aws:Opérateur", "x", "#,
        &[(
            "31:34: `x` is no entitlement: write TARGET:NAME-OR-ID",
            r#"for example "aws:PaymentsProdOperator", `aws` being the name of a [[target]]"#,
        )],
    ),
];
