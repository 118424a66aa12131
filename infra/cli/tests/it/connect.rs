//! `connect`: credentials tried against the simulators, and kept in files or in a Secrets Manager that really keeps them.

mod identity_center;
mod manager;
mod pagerduty;
mod slack;

use crate::support::{self, Office, Run};
use serde_json::Value;
use std::fs::File;

/// Runs `connect` with `input` on standard input; asserts that it shows none of `secrets`.
async fn connect(office: &Office, arguments: &[&str], input: &str, secrets: &[&str]) -> Run {
    let mut command = office.command();
    let file = office.folder.path().join("input");
    std::fs::write(&file, input).unwrap();
    command.arg("connect").args(arguments).arg("--stdin");
    command.stdin(File::open(&file).unwrap());
    let run = support::run(command).await;
    for secret in secrets {
        let is_shown = run.out.contains(secret) || run.err.contains(secret);
        assert!(!is_shown, "a secret is printed: {run:?}");
    }
    run
}

/// What a file of the folder holds; `None`: there is none.
fn kept(office: &Office, name: &str) -> Option<String> {
    std::fs::read_to_string(office.folder.path().join(name)).ok()
}

/// The same, a JSON object.
fn kept_object(office: &Office, name: &str) -> Value {
    serde_json::from_str(&kept(office, name).unwrap()).unwrap()
}

/// Replaces a text of the configuration, which has to be there.
fn edit(office: &Office, from: &str, to: &str) {
    let text = std::fs::read_to_string(office.config()).unwrap();
    assert!(text.contains(from), "`{from}` is not in {text}");
    office.write(&text.replace(from, to));
}
