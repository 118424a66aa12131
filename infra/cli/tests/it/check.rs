//! `config check`, and command lines that are wrong.

use crate::support::{KEY, Office, run};

#[tokio::test(flavor = "multi_thread")]
async fn a_right_configuration_is_called_right() {
    let office = Office::open().await;
    office
        .run(&["config", "check"])
        .await
        .says(0, &["rotakey.toml is right", "2 targets", "1 group"]);
    let json = office
        .run(&["config", "check", "--json"])
        .await
        .says(0, &[])
        .json();
    assert_eq!(
        (&json["valid"], &json["errors"]),
        (&true.into(), &serde_json::json!([]))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_mistake_is_named_with_line_and_remedy() {
    let office = Office::open().await;
    office.configure("leed = \"5m\"\nlag = \"5 parsecs\"\n");
    let text = std::fs::read_to_string(office.config()).unwrap();
    let line = 1 + text
        .lines()
        .position(|line| line.starts_with("leed"))
        .unwrap();
    let places = [
        format!("rotakey.toml:{line}:"),
        format!("rotakey.toml:{}:", line + 1),
    ];
    let checked = office
        .run(&["config", "check", "--config", "rotakey.toml"])
        .await;
    checked.says(
        2,
        &[
            &places[0],
            &places[1],
            "leed",
            "did you mean `lead`?",
            "help:",
            "2 mistakes",
        ],
    );

    let json = office
        .run(&["config", "check", "--json"])
        .await
        .says(2, &[])
        .json();
    assert_eq!(json["valid"], false);
    assert_eq!(json["errors"][0]["line"], line);
    assert!(json["errors"][1]["help"].is_string(), "{json}");

    // The same words from every other command, on standard error.
    office
        .run(&["plan"])
        .await
        .refuses(2, &[&places[0], "did you mean"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_secret_is_named_with_its_line() {
    let office = Office::open().await;
    let mut command = office.command();
    command
        .args(["config", "check"])
        .env_remove("ROTAKEY_TEST_KEY");
    run(command).await.says(
        2,
        &[
            "rotakey.toml:5:11",
            "env:ROTAKEY_TEST_KEY",
            "set that environment variable",
        ],
    );

    std::fs::remove_file(office.folder.path().join("slack-token")).unwrap();
    office
        .run(&["sync"])
        .await
        .refuses(2, &["slack-token", "rotakey.toml:17:", "does not exist"]);
    assert!(!office.store().exists(), "nothing was begun");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_the_configuration_is_refused_and_never_printed() {
    let office = Office::open().await;
    let text = std::fs::read_to_string(office.config()).unwrap();
    office.write(&text.replace("env:ROTAKEY_TEST_KEY", KEY));
    // `run` asserts that the key is nowhere in the output.
    office
        .run(&["config", "check"])
        .await
        .says(2, &["rotakey.toml:5:", "secret"]);
    office
        .run(&["config", "check", "--json"])
        .await
        .says(2, &["\"line\": 5"]);
    office.run(&["sync"]).await.refuses(2, &["rotakey.toml:5:"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_command_lines_exit_with_two() {
    let office = Office::open().await;
    for arguments in [
        &["sink"][..],
        &["sync", "--group", "no such/name"],
        &["sync", "--release", "not-a-plan"],
        &["explain", "nobody", "payments"],
        &["explain", "ada@acme.example", "payments", "--at", "teatime"],
        &["forecast", "--days", "0"],
        &["demo", "--speed", "0"],
        &["plan", "--config", "missing.toml"],
        &["serve", "--listen", "everywhere"],
    ] {
        office.run(arguments).await.refuses(2, &["error:"]);
    }
}
