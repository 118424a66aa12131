//! `demo`: it runs by itself, and ends by itself.

use crate::support::run;
use std::process::Command;

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_shows_handoffs_and_ends() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rotakey"));
    command
        .env_clear()
        .args(["demo", "--handoffs", "3", "--speed", "2400"]);
    let demo = run(command).await;
    demo.says(
        0,
        &[
            "Acme: 40 people, 13 PagerDuty schedules",
            "The first sync",
            // The unmatched contractor, the group that may not be emptied unasked, the member made by hand.
            "Bogdan Ionescu",
            "is beyond [limits]",
            "is a member that nothing asked for",
            "Payments Primary",
            "before",
            "after",
            // A request by a signed command, its approval by a signed click, and what came of it.
            "In Slack, Tala Reyes types /access payments-prod-admin 2h fixing refunds",
            "> payments-prod-admin: Tala Reyes asks for 2h: fixing refunds",
            "In Slack, Amina Keller presses Approve on the card",
            "> payments-prod-admin: approved by Amina Keller, until",
            "+ Tala Reyes         approved by Amina Keller, until",
            "In Slack, Tala Reyes presses \"I'm done\"",
            "- Tala Reyes         handed back",
            "Calls:",
        ],
    );
    assert_eq!(demo.err, "", "{demo:#?}");
}
