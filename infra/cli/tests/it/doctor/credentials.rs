//! Credentials, scopes, targets and the clock.

use super::{Case, add_slack, assert_found, edit};
use crate::support::{KEY, Office};
use jiff::SignedDuration;
use simulators::kit::Fault;

/// Where the office's PagerDuty answers.
fn api_url(office: &Office) -> String {
    let text = std::fs::read_to_string(office.config()).unwrap();
    let line = text.lines().find(|line| line.starts_with("api_url = "));
    line.unwrap().trim_start_matches("api_url = ").to_owned()
}

/// An app in the place of the key, with these scopes.
fn take_app(office: &Office, scopes: &[&str]) {
    let secret = "s3cret-of-the-app";
    office.pagerduty.add_app("app-1", secret, scopes);
    let kept = format!(r#"{{"client_id": "app-1", "client_secret": "{secret}"}}"#);
    std::fs::write(office.folder.path().join("app.json"), kept).unwrap();
    edit(office, "\"env:ROTAKEY_TEST_KEY\"", "\"file:app.json\"");
    let oauth = format!("auth = \"scoped-oauth\"\ntoken_url = {}", api_url(office));
    edit(office, "auth = \"api-key\"", &oauth);
}

/// PagerDuty's clock as far behind this machine's.
fn put_back(office: &Office, behind: SignedDuration) {
    let date = function_kit::now() - behind;
    let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let answer = Fault::status(401).header("date", &date);
    office.pagerduty.faults().always("GET /abilities", answer);
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_pagerduty_are_tried() {
    assert_found(&[
        Case {
            arrange: |office| office.pagerduty.revoke(KEY),
            code: "pagerduty-refused",
            level: "error",
            words: &["PagerDuty account acme", "rotakey connect pagerduty"],
        },
        Case {
            arrange: |office| {
                let faults = office.pagerduty.faults();
                faults.always("GET /escalation_policies", Fault::status(403));
            },
            code: "pagerduty-scope-missing",
            level: "error",
            words: &["`escalation_policies.read`, to read who is on call"],
        },
        Case {
            arrange: |office| take_app(office, &["oncalls.read", "schedules.read"]),
            code: "pagerduty-scope-missing",
            level: "error",
            words: &["`escalation_policies.read`", "`users.read`"],
        },
        Case {
            arrange: |office| {
                let plan = Fault::status(402);
                office.pagerduty.faults().always("GET /oncalls", plan);
            },
            code: "pagerduty-plan",
            level: "error",
            words: &["list on-calls"],
        },
        Case {
            arrange: |office| {
                office
                    .pagerduty
                    .faults()
                    .always("GET /users", Fault::NotJson);
            },
            code: "pagerduty-unread",
            level: "error",
            words: &["list users"],
        },
        Case {
            arrange: |office| edit(office, "//acme.pagerduty", "//sandbox.pagerduty"),
            code: "pagerduty-elsewhere",
            level: "error",
            words: &["is of https://acme.pagerduty.com", "https://sandbox."],
        },
        Case {
            arrange: |office| edit(office, "//acme.pagerduty", "//acme.eu.pagerduty"),
            code: "pagerduty-elsewhere",
            level: "error",
            words: &["`url` says https://acme.eu.pagerduty.com"],
        },
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_with_its_scopes_is_sound() {
    let office = Office::open().await;
    let scopes = [
        "escalation_policies.read",
        "oncalls.read",
        "schedules.read",
        "users.read",
    ];
    take_app(&office, &scopes);
    let run = office.run(&["doctor"]).await;
    run.says(0, &["pagerduty-calls", "2 notes"]);
    assert!(!run.out.contains("s3cret"), "a secret is printed: {run:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_credential_that_fails_is_told_once() {
    let office = Office::open().await;
    office.pagerduty.revoke(KEY);
    let found = office.run(&["doctor", "--json"]).await.json();
    let found = found.as_array().unwrap();
    let errors = found.iter().filter(|it| it["level"] == "error");
    let codes: Vec<&str> = errors.filter_map(|it| it["code"].as_str()).collect();
    assert_eq!(codes, ["pagerduty-refused"], "{found:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_of_slack_are_tried() {
    assert_found(&[
        Case {
            arrange: |office| office.slack.rotate_token("xoxb-another"),
            code: "slack-refused",
            level: "error",
            words: &["target slack", "rotakey connect slack"],
        },
        Case {
            arrange: |office| {
                let scopes = ["usergroups:read", "users:read", "users:read.email"];
                office.slack.set_scopes(scopes);
            },
            code: "slack-scope-missing",
            level: "error",
            words: &["`usergroups:write`"],
        },
        Case {
            arrange: |office| add_slack(office, "team_id = \"T0OTHER000\""),
            code: "slack-elsewhere",
            level: "error",
            words: &["[slack], target slack", "T0SIMULATED", "T0OTHER000"],
        },
        Case {
            arrange: |office| add_slack(office, "team_id = \"E0ACME0000\""),
            code: "slack-unproven",
            level: "note",
            words: &["organisation E0ACME0000"],
        },
        Case {
            arrange: |office| {
                let token = office.folder.path().join("slack-token");
                std::fs::remove_file(token).unwrap();
            },
            code: "secret-unread",
            level: "error",
            words: &["rotakey.toml:", "slack-token", "does not exist"],
        },
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_are_tried_and_the_lacking_right_is_named() {
    assert_found(&[
        Case {
            arrange: |office| {
                let faults = &office.aws.kit().faults;
                faults.always("GetGroupId", Fault::status(403));
            },
            code: "target-denied",
            level: "error",
            words: &["target aws", "identitystore:GetGroupId"],
        },
        Case {
            arrange: |office| {
                let store = office.aws.identity_store_id();
                edit(office, &store, "d-0000000000");
            },
            code: "target-refused",
            level: "error",
            words: &["no such identity store", "identity_store_id"],
        },
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn this_machines_clock_is_compared_with_pagerdutys() {
    assert_found(&[
        Case {
            arrange: |office| put_back(office, SignedDuration::from_mins(2)),
            code: "clock-off",
            level: "warning",
            words: &["ahead of PagerDuty's"],
        },
        Case {
            arrange: |office| put_back(office, SignedDuration::from_mins(-10)),
            code: "clock-far-off",
            level: "error",
            words: &["behind PagerDuty's"],
        },
        Case {
            arrange: |office| {
                let faults = office.pagerduty.faults();
                faults.always("GET /abilities", Fault::CutBefore);
            },
            code: "clock-unread",
            level: "note",
            words: &["could not be compared"],
        },
    ])
    .await;
}
