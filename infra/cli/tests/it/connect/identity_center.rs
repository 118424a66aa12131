//! `connect identity-center`.

use super::edit;
use crate::support::Office;
use access_core::config::Config;
use serde_json::json;
use simulators::kit::Fault;

const CONNECT: [&str; 3] = ["connect", "identity-center", "aws"];

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_store_that_answers_is_told_with_its_groups() {
    let office = Office::open().await;
    let run = office.run(&CONNECT).await;
    let id = office.aws.identity_store_id();
    let words = [
        id.as_str(),
        "answers in eu-west-1",
        "there is no group `Payments` yet: the first sync makes it",
    ];
    run.says(0, &words);
    office.aws.add_group("Payments");
    let json = office.run(&[&CONNECT[..], &["--json"]].concat()).await;
    let told = json.says(0, &[]).json();
    assert_eq!(
        (&told["verified"], &told["checks"][1]["what"]),
        (
            &json!(true),
            &json!("1 group of the configuration can be read")
        )
    );
    assert_eq!(office.aws.groups().len(), 2, "nothing was made");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_nobody_makes_is_missing() {
    let office = Office::open().await;
    edit(&office, "create_groups = true", "create_groups = false");
    let run = office.run(&CONNECT).await;
    run.says(1, &["there is no group `Payments`", "create_groups = true"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_store_and_a_lacking_right_are_named() {
    let office = Office::open().await;
    let denied = Fault::status(403);
    office.aws.kit().faults.always("GetGroupId", denied);
    let run = office.run(&CONNECT).await;
    run.says(1, &["identitystore:GetGroupId", "ListGroupMemberships"]);
    office.aws.kit().faults.clear();

    edit(&office, &office.aws.identity_store_id(), "d-0000000000");
    let run = office.run(&CONNECT).await;
    run.says(
        1,
        &["no such identity store", "IAM Identity Center > Settings"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_is_not_configured_gets_its_table() {
    let office = Office::open().await;
    let run = office.run(&["connect", "identity-center", "other"]).await;
    assert_eq!(run.code, 2, "{run:?}");
    assert!(run.err.contains("aws sso-admin list-instances"), "{run:?}");
    let text = std::fs::read_to_string(office.config()).unwrap();
    let config = Config::parse("it", &format!("{text}\n{}", run.out)).unwrap();
    assert_eq!(config.targets.len(), 3);
    let slack = office.run(&["connect", "identity-center", "slack"]).await;
    slack.refuses(2, &["rotakey connect slack slack"]);
}
