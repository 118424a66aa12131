//! That the comparison bites: policies that are a little wrong, each found.

use super::ask::{Ask, DETAIL_TYPE, LEADING_KEYS, SOURCE, arn};
use super::policy::Statement;
use super::right::{BUS, Right, differences};
use access_store::embedded::TABLE;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn table() -> String {
    arn("dynamodb", &format!("table/{TABLE}"))
}

/// An action on items of the table with these partitions.
fn on(action: &str, keys: &[&str]) -> Value {
    json!({
        "Effect": "Allow", "Action": action, "Resource": table(),
        "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys}},
    })
}

/// A transaction that puts a grant and its copy, and a look at the configuration.
fn used() -> BTreeSet<Ask> {
    let put = Ask::new("dynamodb:PutItem", table()).with(LEADING_KEYS, "GRANT#1");
    let look = Ask::new("dynamodb:Query", table()).with(LEADING_KEYS, "CONFIG");
    BTreeSet::from([put.with(LEADING_KEYS, "GRANTS"), look])
}

fn found(statements: &[Value], used: &BTreeSet<Ask>) -> Vec<String> {
    let statements: Vec<_> = statements.iter().map(Statement::read).collect();
    let logs = Right::new("logs:PutLogEvents", "{Log.Arn}");
    differences("it", &statements, used, &BTreeSet::from([logs]))
}

#[test]
fn one_right_too_many_one_too_few_and_one_too_wide_are_found() {
    let put = || on("dynamodb:PutItem", &["GRANT#*", "GRANTS"]);
    let look = || on("dynamodb:Query", &["CONFIG"]);
    let log = || json!({"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "{Log.Arn}"});
    let fits = [put(), look(), log()];
    assert_eq!(found(&fits, &used()), Vec::<String>::new(), "it fits");
    let everywhere = json!({"Effect": "Allow", "Action": "dynamodb:Query", "Resource": table()});
    let mut elsewhere = look();
    elsewhere["Resource"] = json!("*");
    let more = "it is allowed more than it does:";
    for (case, statements, expected) in [
        (
            "an action too many",
            vec![put(), look(), log(), on("dynamodb:DeleteItem", &["GRANTS"])],
            format!("{more} dynamodb:DeleteItem: GRANTS"),
        ),
        (
            "an action too few",
            vec![put(), log()],
            "it is not allowed what it does: dynamodb:Query: CONFIG".to_owned(),
        ),
        (
            "a partition too many",
            vec![
                on("dynamodb:PutItem", &["GRANT#*", "GRANTS", "PENDING"]),
                look(),
                log(),
            ],
            format!("{more} dynamodb:PutItem: PENDING"),
        ),
        (
            "a partition too few",
            vec![on("dynamodb:PutItem", &["GRANT#*"]), look(), log()],
            "it is not allowed what it does: dynamodb:PutItem: GRANTS".to_owned(),
        ),
        (
            "a pattern too wide",
            vec![on("dynamodb:PutItem", &["GRANT*"]), look(), log()],
            format!("{more} dynamodb:PutItem: partitions that nobody uses"),
        ),
        (
            "no condition",
            vec![put(), everywhere, log()],
            format!("{more} dynamodb:Query: RECORDS#*"),
        ),
        (
            "any table",
            vec![put(), elsewhere, log()],
            format!("{more} dynamodb:Query: another table, CONFIG"),
        ),
        (
            "any action",
            vec![put(), look(), log(), on("dynamodb:Get*", &["CONFIG"])],
            format!("{more} dynamodb:Get*: CONFIG"),
        ),
        (
            "a service that nobody knows",
            vec![
                put(),
                look(),
                log(),
                json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}),
            ],
            format!("{more} s3:GetObject: *"),
        ),
        (
            "what AWS needs, missing",
            vec![put(), look()],
            "it is not allowed what it does: logs:PutLogEvents: {Log.Arn}".to_owned(),
        ),
    ] {
        let found = found(&statements, &used());
        assert!(found.contains(&expected), "{case}: {found:#?}");
    }
}

#[test]
fn a_request_that_two_statements_allow_by_halves_is_found() {
    let halves = [
        on("dynamodb:PutItem", &["GRANT#*"]),
        on("dynamodb:PutItem", &["GRANTS"]),
        on("dynamodb:Query", &["CONFIG"]),
        json!({"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "{Log.Arn}"}),
    ];
    let found = found(&halves, &used());
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("no one statement of it allows dynamodb:PutItem"));
}

#[test]
fn kinds_of_events_are_told_apart() {
    let bus = arn("events", &format!("event-bus/{BUS}"));
    let event = |kind: &str| {
        let ask = Ask::new("events:PutEvents", bus.clone()).with(SOURCE, "rotakey");
        ask.with(DETAIL_TYPE, kind)
    };
    let told = BTreeSet::from([event("Grant Ended")]);
    let put = |condition: Value| json!({"Effect": "Allow", "Action": "events:PutEvents", "Resource": bus, "Condition": condition});
    let log = json!({"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "{Log.Arn}"});
    let wishes = ["Reconcile Requested", "Slack Work Requested"];
    let narrow = json!({
        "ForAllValues:StringEquals": {"events:source": "rotakey"},
        "StringNotEqualsIfExists": {"events:detail-type": wishes},
    });
    let fits = [put(narrow), log.clone()];
    assert_eq!(found(&fits, &told), Vec::<String>::new());
    let wide = put(json!({"ForAllValues:StringEquals": {"events:source": "rotakey"}}));
    let found = found(&[wide, log], &told);
    let expected =
        wishes.map(|wish| format!("it is allowed more than it does: events:PutEvents: {wish}"));
    assert_eq!(found, expected);
}
