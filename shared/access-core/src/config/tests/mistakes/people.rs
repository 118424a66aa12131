//! People, what they are called, and who is blocked.

use super::Row;

pub(super) const ROWS: &[Row] = &[
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
];
