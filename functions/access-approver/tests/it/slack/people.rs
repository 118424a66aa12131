//! Who a Slack user is to us.

use super::{APPROVALS, Chat, direct, user, value};
use crate::support::{CONFIG, noon, principal};
use access_core::ports::{Configs, RequestFilter, Requests};
use jiff::SignedDuration;
use simulators::slack::{SlackOutcome, SlackUser};
use std::collections::BTreeMap;

const SLACK_TARGET: &str = r#"
[[target]]
name = "slack"
kind = "slack-user-group"
secret = "env:TOKEN"
"#;

#[tokio::test]
async fn people_are_known_by_their_address_or_by_the_owners_word() {
    let config = format!(
        "{CONFIG}{SLACK_TARGET}\n[[person]]\nemail = \"alice@acme.example\"\naccounts = {{ slack = \"U0OTHER\" }}\n"
    );
    let chat = Chat::with(&config, "").await;
    let other = SlackUser::new("U0OTHER", "al@private.example", "Al");
    chat.sim.put_user(other);
    let line = "payments-admin 1h fixing refunds";
    // The owner says that Alice has another account; she is on call.
    let said = chat.says("other", line).await;
    assert!(said.starts_with("You are in payments-admin"), "{said}");
    let said = chat.says("alice", line).await;
    assert!(said.contains("has another Slack account"), "{said}");
    let said = chat.says("nina", line).await;
    assert!(
        said.starts_with("Your request for payments-admin waits"),
        "{said}"
    );
}

#[tokio::test]
async fn whoever_an_account_belongs_to_is_asked_of_the_configuration_in_force() {
    let person =
        "\n[[person]]\nemail = \"alice@acme.example\"\naccounts = { slack = \"U0OTHER\" }\n";
    let chat = Chat::with(&format!("{CONFIG}{SLACK_TARGET}{person}"), "").await;
    chat.sim
        .put_user(SlackUser::new("U0OTHER", "al@private.example", "Al"));
    let help = chat.says("other", "help").await;
    assert!(help.contains("/access status"), "{help}");
    let stored = chat.world.store.latest_config().await.unwrap().unwrap();
    let taken_out = stored.text.replace(person, "");
    assert_ne!(taken_out, stored.text);
    chat.world.configure(&taken_out, &BTreeMap::new()).await;
    // Alice is on call and would be let in at once.
    let said = chat.says("other", "payments-admin 1h fixing refunds").await;
    assert!(said.starts_with("Your request"), "{said}");
}

#[tokio::test]
async fn whoever_has_two_addresses_decides_on_nothing_of_their_own() {
    let person = "[[person]]\nemail = \"lena@acme.example\"\nemails = [\"nina@acme.example\"]\n";
    let chat = Chat::with(&format!("{CONFIG}\n{person}"), "").await;
    chat.says("nina", "payments-admin 1h fixing refunds").await;
    chat.happens().await;
    let hers = RequestFilter::By(principal("lena"));
    let requests = chat.world.store.requests(&hers).await.unwrap();
    assert_eq!(requests.len(), 1);
    for name in ["lena", "nina"] {
        let said = chat.presses(name, APPROVALS, "approve").await;
        assert!(said.contains("own request"), "{name}: {said}");
    }
    assert_eq!(chat.presses("leo", APPROVALS, "approve").await, "");
}

#[tokio::test]
async fn whoever_gets_another_address_keeps_what_they_hold_and_wait_for() {
    let chat = Chat::new().await;
    for line in ["payments-admin 1h fixing refunds", "vault 1h to look"] {
        chat.says("alice", line).await;
        chat.happens().await;
    }
    let stored = chat.world.store.latest_config().await.unwrap().unwrap();
    let person =
        "[[person]]\nemail = \"lovelace@acme.example\"\nemails = [\"alice@acme.example\"]\n";
    let config = format!("{}\n{person}", stored.text);
    chat.world.configure(&config, &BTreeMap::new()).await;

    let said = chat.says("alice", "status").await;
    assert!(said.contains("You are in *payments-admin* until"), "{said}");
    assert!(said.contains("You wait for *vault*"), "{said}");
    let hers = &direct("alice");
    let said = chat.presses("alice", hers, "cancel").await;
    assert_eq!(said, "You took your request for vault back.");

    let message = &chat.sim.messages(hers)[0];
    let grant = value(message, "extend").unwrap();
    let said = chat.presses_again("alice", hers, message, "extend", &grant);
    assert_eq!(said.await, "");
    let more = [("duration", "30m"), ("reason", "one more refund")];
    assert_eq!(chat.fills("alice", &more).await, SlackOutcome::Updated);
    chat.happens().await;
    let said = chat.says("alice", "done").await;
    assert!(said.starts_with("You are done in payments-admin"), "{said}");
}

#[tokio::test]
async fn whoever_left_or_has_no_address_is_nobody() {
    let chat = Chat::new().await;
    chat.sim.deactivate("nina@ACME.example");
    let said = chat.says("nina", "status").await;
    assert!(said.contains("deactivated"), "{said}");
    chat.sim
        .put_user(SlackUser::new(&user("odd"), "no address", "Odd"));
    let said = chat.says("odd", "status").await;
    assert!(said.contains("no e-mail address"), "{said}");
    let said = chat.says("stranger", "status").await;
    assert!(said.contains("does not say who you are"), "{said}");
}

#[tokio::test]
async fn somebody_is_looked_up_again_after_some_minutes() {
    let chat = Chat::new().await;
    chat.says("nina", "status").await;
    chat.sim.deactivate("nina@ACME.example");
    chat.pass(SignedDuration::from_mins(9));
    assert!(
        chat.says("nina", "status")
            .await
            .contains("You hold nothing")
    );
    chat.pass(SignedDuration::from_mins(1));
    assert_eq!(chat.now(), noon(600));
    assert!(chat.says("nina", "status").await.contains("deactivated"));
}
