//! `config check`, and command lines that are wrong.

use crate::support::{KEY, Office, run};
use std::process::Command;

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
async fn a_secret_that_cannot_be_read_is_a_mistake_to_every_command() {
    let office = Office::open().await;
    let token = office.folder.path().join("slack-token");
    std::fs::remove_file(&token).unwrap();
    std::fs::create_dir(&token).unwrap();
    let words = ["rotakey.toml:17:", "slack-token` is a folder"];
    let checked = office.run(&["config", "check"]).await;
    checked.says(2, &words);
    office.run(&["plan"]).await.refuses(2, &words);
}

/// The command with nobody signed in to AWS.
fn signed_out(office: &Office, arguments: &[&str]) -> Command {
    let mut command = office.command();
    command
        .args(arguments)
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_signed_in_to_aws_is_told_so_once() {
    let office = Office::open().await;
    let words = ["without credentials", "aws sso login", "AWS_PROFILE"];
    for arguments in [&["plan"][..], &["audit", "verify", "--table", "rotakey"]] {
        let told = run(signed_out(&office, arguments)).await;
        told.refuses(2, &words);
        assert_eq!(told.err.matches("aws sso login").count(), 1, "{told:#?}");
    }
    let doctor = ["doctor", "--json"];
    let found = run(signed_out(&office, &doctor)).await;
    let found = found.says(1, &["aws sso login"]).json();
    assert_eq!(found[0]["code"], "aws-unusable", "{found}");

    let text = std::fs::read_to_string(office.config()).unwrap();
    let hooks = "webhook_secrets = [\"rotakey/one\", \"rotakey/two\"]\napi_url";
    office.write(&text.replacen("api_url", hooks, 1));
    let check = ["config", "check"];
    let checked = run(signed_out(&office, &check)).await;
    checked.says(2, &["rotakey/one", "aws sso login", "1 mistake"]);
    assert!(!checked.out.contains("DispatchFailure"), "{checked:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_of_logs_that_is_not_understood_is_told() {
    let office = Office::open().await;
    let mut command = office.command();
    command
        .args(["config", "check"])
        .env("RUST_LOG", "rotakey=loud");
    let checked = run(command).await;
    checked.says(0, &["is right"]);
    let told = checked.err.matches("RUST_LOG").count();
    assert_eq!(told, 1, "{checked:#?}");
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
        &["demo", "--handoffs", "0"],
        &["plan", "--config", "missing.toml"],
        &["serve", "--listen", "everywhere"],
    ] {
        office.run(arguments).await.refuses(2, &["error:"]);
    }
}
