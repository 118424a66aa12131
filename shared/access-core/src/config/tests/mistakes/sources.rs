//! Sources, entitlements, templates, and the terms for incidents.

use super::Row;

pub(super) const ROWS: &[Row] = &[
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
];
