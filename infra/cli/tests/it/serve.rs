//! `serve`: the stack in the foreground, on the real clock.

use crate::support::Office;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// A served stack, stopped at the end of the test whatever happens.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(office: &Office) -> Self {
        let mut command = office.command();
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let url = line
            .split_whitespace()
            .find(|word| word.starts_with("http://"));
        let url = url
            .unwrap_or_else(|| panic!("no address: {line}"))
            .trim_end_matches(',')
            .to_owned();
        Self { child, url }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It has ended by itself unless the test failed.
        let _killed = self.child.kill();
    }
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_served_stack_syncs_answers_and_stops_when_told() {
    let office = Office::open().await;
    let mut served = tokio::task::block_in_place(|| Served::start(&office));
    let invocations = format!(
        "{}/2015-03-31/functions/oncall-poller/invocations",
        served.url
    );
    let _first = rustls::crypto::ring::default_provider().install_default();
    let http = reqwest::Client::new();
    let answer = http
        .post(&invocations)
        .body(r#"{"sync": {}}"#)
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success());
    let answer: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(answer["failures"], serde_json::json!([]), "{answer}");
    assert_eq!(office.holds_ada(), (true, true));

    // Questions go through the store that `serve` has open; so does another sync.
    office
        .run(&["explain", crate::support::ADA, "payments"])
        .await
        .says(0, &["is a member"]);
    office.run(&["sync"]).await.says(0, &["nothing to change"]);

    let told = Command::new("kill")
        .arg(served.child.id().to_string())
        .status()
        .unwrap();
    assert!(told.success());
    let status = tokio::task::block_in_place(|| served.child.wait()).unwrap();
    assert_eq!(status.code(), Some(0));
}
