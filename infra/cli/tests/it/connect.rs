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

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_question_leaves_a_terminal_that_shows_what_is_typed() {
    use crate::serve::until;
    use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, unlockpt};
    use rustix::termios::{LocalModes, tcgetattr};
    use std::process::{Command, Stdio};

    let office = Office::open().await;
    edit(&office, "env:ROTAKEY_TEST_KEY", "file:key");
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let ours = openpt(flags).unwrap();
    unlockpt(&ours).unwrap();
    let terminal = ioctl_tiocgptpeer(&ours, flags).unwrap();
    let mut command = office.command();
    command
        .args(["connect", "pagerduty", "acme"])
        .stdin(terminal.try_clone().unwrap())
        .stdout(Stdio::null())
        .stderr(terminal.try_clone().unwrap());
    let mut child = command.spawn().unwrap();
    let is_shown = || {
        let modes = tcgetattr(&terminal).unwrap().local_modes;
        modes.contains(LocalModes::ECHO)
    };
    let asks = until(async || !is_shown()).await;
    let id = child.id().to_string();
    let told = Command::new("kill").args(["-INT", &id]).status().unwrap();
    let ended = tokio::task::block_in_place(|| child.wait()).unwrap();
    assert!(asks && told.success());
    assert_eq!((ended.code(), is_shown()), (Some(130), true));
}
