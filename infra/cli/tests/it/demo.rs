//! `demo`: it runs by itself, and ends by itself.

use crate::support::run;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

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

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_it_leaves_nothing_behind() {
    for signal in ["-TERM", "-HUP"] {
        let folder = tempfile::tempdir().unwrap();
        let left = || folder.path().read_dir().unwrap().count();
        let mut command = Command::new(env!("CARGO_BIN_EXE_rotakey"));
        command
            .env_clear()
            .env("TMPDIR", folder.path())
            .args(["demo", "--speed", "60"])
            .stdout(Stdio::piped());
        let mut demo = command.spawn().unwrap();
        let mut said = BufReader::new(demo.stdout.take().unwrap()).lines();
        tokio::task::block_in_place(|| {
            let runs = said.any(|line| line.unwrap().contains("Handoffs (Ctrl-C ends)"));
            assert!(runs && left() > 0, "{signal}");
            let id = demo.id().to_string();
            let told = Command::new("kill").args([signal, &id]).status().unwrap();
            assert!(told.success());
            assert!(said.any(|line| line.unwrap().starts_with("Calls: ")));
            assert_eq!(demo.wait().unwrap().code(), Some(0), "{signal}");
        });
        assert_eq!(left(), 0, "{signal}");
    }
}
