//! Groups, entitlements, and who may approve.

use super::{Case, add, add_slack, assert_found, group};
use crate::support::{EMPTY, Office, PAYMENTS};

/// A group that people may ask into, with Slack to ask by.
fn add_request(office: &Office, approvers: &[&str]) {
    add_requestable(office, approvers);
    add_slack(office, "");
}

fn add_requestable(office: &Office, approvers: &[&str]) {
    let request = format!("[group.request]\nmax = \"1h\"\napprovers = {approvers:?}\n");
    let group = group("admins", &format!("schedule:acme/{PAYMENTS}"), "aws:Admins");
    add(office, &format!("{group}{request}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_that_share_or_lack_entitlements_are_told() {
    assert_found(&[
        Case {
            arrange: |office| {
                let source = format!("schedule:acme/{PAYMENTS}");
                add(office, &group("twins", &source, "slack:@payments-oncall"));
            },
            code: "plan-failed",
            level: "error",
            words: &["leads to the same group in the target"],
        },
        Case {
            arrange: |office| {
                let source = format!("schedule:acme/{PAYMENTS}");
                add(office, &group("lost", &source, "slack:no-such-group"));
            },
            code: "plan-failed",
            level: "error",
            words: &["lost on slack:no-such-group", "there is no group"],
        },
        Case {
            arrange: |office| {
                let token = office.slack.bot_token();
                std::fs::write(office.folder.path().join("same-token"), token).unwrap();
                let again = format!(
                    "[[target]]\nname = \"chat\"\nkind = \"slack-user-group\"\nsecret = \"file:same-token\"\napi_url = \"{}\"\n",
                    office.slack.api_url()
                );
                let source = format!("schedule:acme/{PAYMENTS}");
                add(office, &again);
                add(office, &group("twins", &source, "chat:payments-oncall"));
            },
            code: "entitlement-shared",
            level: "error",
            words: &["payments on slack:payments-oncall, twins on chat:payments-oncall"],
        },
        Case {
            arrange: |office| {
                let group = "[[group]]\nname = \"leads\"\nsources = [\"person:ada@acme.example\"]\n";
                add(office, group);
            },
            code: "group-without-entitlement",
            level: "warning",
            words: &["group leads"],
        },
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn approvers_who_left_are_told() {
    assert_found(&[
        Case {
            arrange: |office| {
                let approvers = ["person:left@acme.example", "person:ada@acme.example"];
                add_request(office, &approvers);
            },
            code: "approver-gone",
            level: "warning",
            words: &["left@acme.example is to approve", "group admins"],
        },
        Case {
            arrange: |office| add_request(office, &["person:left@acme.example"]),
            code: "approvers-missing",
            level: "error",
            words: &["0 of the 1 that a request needs"],
        },
        Case {
            arrange: |office| {
                let schedule = format!("schedule:acme/{EMPTY}");
                add_request(office, &[schedule.as_str()]);
            },
            code: "approvers-missing",
            level: "error",
            words: &["group admins"],
        },
        Case {
            arrange: |office| add_requestable(office, &["person:ada@acme.example"]),
            code: "requests-impossible",
            level: "error",
            words: &["neither Slack nor an API"],
        },
        Case {
            arrange: |office| {
                add_requestable(office, &["person:ada@acme.example"]);
                add(office, "[api]\naws_accounts = [\"123456789012\"]\n");
            },
            code: "requests-untold",
            level: "warning",
            words: &["approvers are not told"],
        },
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_whom_slack_alone_knows_is_there() {
    let office = Office::open().await;
    let hedy = simulators::slack::SlackUser::new("UHEDY", "hedy@acme.example", "Hedy");
    office.slack.put_user(hedy);
    add_request(&office, &["person:hedy@acme.example"]);
    let run = office.run(&["doctor"]).await;
    run.says(0, &["2 notes"]);
    assert!(!run.out.contains("approver"), "{run:#?}");

    office.slack.deactivate("hedy@acme.example");
    let run = office.run(&["doctor"]).await;
    run.says(1, &["approver-gone", "approvers-missing"]);
}
