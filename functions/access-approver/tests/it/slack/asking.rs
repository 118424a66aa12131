//! Asking for access, by the dialog and in one line.

use super::{APPROVALS, Chat, direct, user};
use crate::support::{CONFIG, group, principal};
use access_core::ports::{RequestFilter, Requests};
use simulators::slack::SlackOutcome;
use std::collections::BTreeMap;
use std::fmt::Write;

const FIELDS: [(&str, &str); 3] = [
    ("group", "payments-admin"),
    ("duration", "1h 30m"),
    ("reason", "refunds fail"),
];

async fn requests(chat: &Chat) -> usize {
    let filter = RequestFilter::Group(group("payments-admin"));
    chat.world.store.requests(&filter).await.unwrap().len()
}

#[tokio::test]
async fn a_dialog_asks_and_is_sent_off_once() {
    let chat = Chat::new().await;
    assert_eq!(chat.says("nina", "").await, "");
    let view = chat.sim.view_of(&user("nina")).unwrap();
    let fields: Vec<(&str, &str, &str)> = FIELDS
        .iter()
        .map(|(block, text)| (*block, "field", *text))
        .collect();
    let submitted = chat.sim.submit(&view.id, &fields);
    let outcome = chat.send("/slack/interaction", &submitted).await;
    assert_eq!(outcome, SlackOutcome::Updated);
    let told = chat.sim.view_of(&user("nina")).unwrap().body.to_string();
    assert!(
        told.contains("Your request for payments-admin waits"),
        "{told}"
    );
    // Slack had no answer in time, and sends it again.
    chat.send("/slack/interaction", &submitted.retried(1)).await;
    assert_eq!(requests(&chat).await, 1);
}

#[tokio::test]
async fn what_is_wrong_is_said_beside_the_fields() {
    let chat = Chat::new().await;
    let fields = |duration, reason| [FIELDS[0], ("duration", duration), ("reason", reason)];
    for (case, fields, expected) in [
        (
            "no duration, no reason",
            fields("soon", "  "),
            &[
                (
                    "duration",
                    "`soon` is no duration: write it such as 30m, 2h or 1h 30m.",
                ),
                ("reason", "A reason is needed."),
            ][..],
        ),
        (
            "too long",
            fields("5h", "refunds fail"),
            &[("duration", "Access to this group lasts at most 4h.")],
        ),
        (
            "no time",
            fields("0s", "refunds fail"),
            &[("duration", "A duration must be longer than nothing.")],
        ),
    ] {
        chat.says("nina", "").await;
        let expected: BTreeMap<String, String> = expected
            .iter()
            .map(|(block, text)| ((*block).to_owned(), (*text).to_owned()))
            .collect();
        let outcome = chat.fills("nina", &fields).await;
        assert_eq!(outcome, SlackOutcome::Errors(expected), "{case}");
    }
    assert_eq!(requests(&chat).await, 0);
    // The dialog stayed open: what is mended is taken.
    assert_eq!(chat.fills("nina", &FIELDS).await, SlackOutcome::Updated);
}

#[tokio::test]
async fn two_hundred_groups_fit_into_the_dialog_and_come_back() {
    let mut config = CONFIG.to_owned();
    for number in 0..200 {
        let name = format!("a-team-with-quite-a-long-name-{number:03}");
        write!(
            config,
            "\n[[group]]\nname = \"{name}\"\nentitlements = [\"aws:{name}\"]\n\
             [group.request]\nmax = \"4h\"\napprovers = [\"group:payments-leads\"]\n"
        )
        .unwrap();
    }
    let long = "x".repeat(255);
    write!(
        config,
        "\n[[group]]\nname = \"{long}\"\nentitlements = [\"aws:Long\"]\n\
         [group.request]\nmax = \"4h\"\napprovers = [\"group:payments-leads\"]\n"
    )
    .unwrap();
    let chat = Chat::with(&config, "").await;
    chat.says("nina", "").await;
    let view = chat
        .sim
        .view_of(&user("nina"))
        .expect("Slack takes the dialog");
    let groups = view.body["blocks"][0]["element"]["option_groups"].clone();
    let groups = groups.as_array().unwrap();
    assert_eq!(groups.len(), 3);
    let options = groups
        .iter()
        .flat_map(|group| group["options"].as_array().unwrap());
    assert!(options.clone().count() >= 203);
    let last = options.last().unwrap()["value"]
        .as_str()
        .unwrap()
        .to_owned();
    let fields = [("group", last.as_str()), FIELDS[1], FIELDS[2]];
    assert_eq!(chat.fills("nina", &fields).await, SlackOutcome::Updated);
    let filter = RequestFilter::Group(group(&long));
    assert_eq!(chat.world.store.requests(&filter).await.unwrap().len(), 1);
}

#[tokio::test]
async fn one_line_asks_once_however_often_it_is_sent() {
    let chat = Chat::new().await;
    let typed = chat.typed("nina", "payments-admin 2h fixing refunds");
    for request in [typed.clone(), typed.clone().retried(1), typed.retried(2)] {
        let outcome = chat.send("/slack/command", &request).await;
        assert_eq!(outcome, SlackOutcome::Said);
    }
    assert_eq!(requests(&chat).await, 1);
    chat.happens().await;
    assert_eq!(chat.sim.messages(APPROVALS).len(), 1);
    assert_eq!(chat.sim.messages(&direct("nina")).len(), 1);
}

#[tokio::test]
async fn whoever_is_on_call_is_let_in_at_once() {
    let chat = Chat::new().await;
    let said = chat.says("alice", "payments-admin 2h fixing refunds").await;
    assert_eq!(
        said,
        "You are in payments-admin until 2026-11-22 14:00 UTC."
    );
    chat.happens().await;
    // Nobody has to decide, so approvers are left alone.
    assert_eq!(chat.sim.messages(APPROVALS), []);
    assert!(chat.shows(&direct("alice")).contains("[Extend] [I'm done]"));
}

#[tokio::test]
async fn a_line_that_cannot_be_taken_says_why() {
    let chat = Chat::new().await;
    for (text, expected) in [
        ("payments-admin", "A duration and a reason are missing"),
        ("payments-admin 2h", "Say why"),
        (
            "payments-admin 5h refunds fail",
            "Access to this group lasts at most 4h.",
        ),
        (
            "nowhere 1h refunds fail",
            "Nobody may ask for access to group `nowhere`.",
        ),
        (
            "<!channel> 1h x",
            "`&lt;!channel&gt;` cannot be the name of a group",
        ),
        ("done", "You hold nothing to hand back."),
        ("done vault", "You hold nothing in vault to hand back."),
        ("status", "You hold nothing and wait for nothing."),
    ] {
        let said = chat.says("nina", text).await;
        assert!(said.starts_with(expected), "`{text}`: {said}");
    }
}

#[tokio::test]
async fn status_shows_what_is_held_and_asked_and_done_hands_it_back() {
    let chat = Chat::new().await;
    chat.says("alice", "payments-admin 2h fixing refunds").await;
    chat.says("alice", "vault 1h rotating a key").await;
    let status = chat.says("alice", "status").await;
    assert!(status.contains("You are in *payments-admin*"), "{status}");
    assert!(status.contains("[Extend] [I'm done]"), "{status}");
    assert!(
        status.contains("You wait for *vault* for 1h: 0 of 2 approvals"),
        "{status}"
    );
    assert!(status.contains("[Take back]"), "{status}");
    let done = chat.says("alice", "done").await;
    assert_eq!(
        done,
        "You are done in payments-admin: access closes within moments."
    );
    let live = chat.world.store.live_grants().await.unwrap();
    assert!(
        live.iter()
            .all(|record| record.grant.principal != principal("alice"))
    );
    chat.happens().await;
    let shown = chat.sim.messages(&direct("alice"));
    assert!(super::shown(&shown[0]).contains("*Access ended*"));
}
