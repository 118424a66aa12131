//! The poller as AWS runs it: built by cargo-lambda, invoked through its local runtime, against simulated vendors.

use acceptance::big_company::Size;
use acceptance::outside::World;
use serde_json::Value;
use std::collections::BTreeSet;
use std::process::{Command, Stdio};

#[tokio::test]
async fn cargo_lambda_builds_watches_and_invokes_the_poller() {
    let size = Size {
        schedules: 2,
        people: 8,
        unassigned: 0,
    };
    let world = World::of(&size, "").await;
    let folder = env!("CARGO_MANIFEST_DIR");
    let mut command = Command::new(format!("{folder}/lambda"));
    command
        .arg(format!(
            "{folder}/fixtures/eventbridge/scheduled-event.json"
        ))
        .envs(world.variables())
        .stdin(Stdio::null());
    // The simulators answer on this runtime: waiting for the script must not stop it.
    let invoked = tokio::task::spawn_blocking(move || command.output());
    let invoked = invoked
        .await
        .expect("waiting does not panic")
        .expect("the script starts");
    let errors = String::from_utf8_lossy(&invoked.stderr);
    assert!(invoked.status.success(), "{errors}");
    let answer: Value = serde_json::from_slice(&invoked.stdout).expect("the reply is JSON");
    assert_eq!(answer["changes"], 2, "{answer}");
    for group in ["Group 0", "Group 1"] {
        let members: BTreeSet<String> = world.identity_center.members_of(group);
        assert_eq!(members.len(), 1, "one person is on call for {group}");
    }
}
