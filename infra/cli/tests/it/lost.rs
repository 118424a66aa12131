//! Results that do not arrive: one that is lost is a failure, and where nobody reads on a command ends quietly.

#![cfg(target_os = "linux")]

use crate::support::{Office, Run, run};
use std::fs::File;
use std::process::Stdio;

async fn onto(office: &Office, arguments: &[&str], out: impl Into<Stdio>) -> Run {
    let mut command = office.command();
    command.args(arguments).stdout(out);
    run(command).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_is_lost_is_a_failure_and_one_that_nobody_wants_is_none() {
    let office = Office::open().await;
    office.run(&["sync"]).await.says(0, &[]);
    for arguments in [
        &["audit", "export", "--format", "jsonl"][..],
        &["audit", "head", "--json"],
        &["policy", "show"],
        &["config", "check"],
    ] {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let lost = onto(&office, arguments, full).await;
        lost.refuses(1, &["error: the result could not be written: "]);

        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let unread = onto(&office, arguments, writer).await;
        assert_eq!((unread.code, unread.err.as_str()), (0, ""), "{arguments:?}");
    }
}
