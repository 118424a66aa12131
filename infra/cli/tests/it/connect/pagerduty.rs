//! `connect pagerduty`.

use super::manager::Manager;
use super::{connect, edit, kept, kept_object};
use crate::support::{self, KEY, Office};
use access_core::config::Config;
use serde_json::json;
use simulators::pagerduty::User;
use std::fs::File;

const NEWER_KEY: &str = "u+aNewerSecretKey5678";
const ACME: [&str; 2] = ["pagerduty", "acme"];
const READ: [&str; 4] = [
    "escalation_policies.read",
    "oncalls.read",
    "schedules.read",
    "users.read",
];
const APP: &str = r#"{"client_id": "app-1", "client_secret": "theAppsSecret"}"#;

/// An office whose PagerDuty account has its credential there, and these groups besides.
async fn office(auth: &str, secret: &str, groups: &str) -> Office {
    let office = Office::open().await;
    office.configure(groups);
    let text = std::fs::read_to_string(office.config()).unwrap();
    let api = text.lines().find(|line| line.starts_with("api_url"));
    let token = api.unwrap().replace("api_url", "token_url");
    let auth = format!("auth = \"{auth}\"\n{token}");
    edit(&office, "auth = \"api-key\"", &auth);
    let secret = format!("secret = \"{secret}\"");
    edit(&office, "secret = \"env:ROTAKEY_TEST_KEY\"", &secret);
    office
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_tried_stored_and_replaced_by_the_next() {
    let office = office("api-key", "file:key", "").await;
    let made = connect(&office, &ACME, &format!("{KEY}\r\n"), &[]).await;
    let words = [
        "PagerDuty accepts the credential",
        "belongs to https://acme.pagerduty.com",
        "stored in file:key, which was made",
        "next: rotakey schedules",
    ];
    made.says(0, &words);
    assert_eq!(kept(&office, "key").unwrap(), format!("{KEY}\n"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let path = office.folder.path().join("key");
        let permissions = std::fs::metadata(path).unwrap().permissions();
        assert_eq!(permissions.mode() & 0o777, 0o600);
    }
    let again = connect(&office, &ACME, KEY, &[]).await;
    again.says(0, &["file:key holds it already"]);

    office.pagerduty.add_api_key(NEWER_KEY);
    let mut json = ACME.to_vec();
    json.push("--json");
    let replaced = connect(&office, &json, NEWER_KEY, &[NEWER_KEY]).await;
    let told = replaced.says(0, &[]).json();
    let stored = json!([{"secret": "file:key", "outcome": "replaced"}]);
    assert_eq!(
        (&told["verified"], &told["stored"]),
        (&json!(true), &stored)
    );
    assert_eq!(kept(&office, "key").unwrap(), format!("{NEWER_KEY}\n"));
    office.pagerduty.revoke(KEY);
    office.run(&["schedules"]).await.says(0, &["Payments"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_not_stored_unless_somebody_insists() {
    let office = office("api-key", "file:key", "").await;
    let wrong = connect(&office, &ACME, "notAKeyOfAcme", &["notAKeyOfAcme"]).await;
    let words = [
        "missing",
        "does not accept the credential",
        "service region `us`",
    ];
    wrong.says(1, &words);
    assert!(wrong.err.contains("nothing was stored"), "{wrong:?}");
    assert_eq!(kept(&office, "key"), None);

    let mut anyway = ACME.to_vec();
    anyway.push("--store-anyway");
    let stored = connect(&office, &anyway, "notAKeyOfAcme", &["notAKeyOfAcme"]).await;
    stored.says(1, &["does not accept", "stored in file:key"]);
    assert_eq!(kept(&office, "key").unwrap(), "notAKeyOfAcme\n");

    // What is kept can be tried at any time.
    let check = ["connect", "pagerduty", "acme", "--check"];
    let tried = office.run(&check).await;
    tried.says(1, &["does not accept"]);
    assert!(!tried.out.contains("notAKeyOfAcme"), "{tried:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_scope_that_is_missing_is_named_with_its_use() {
    let incidents = r#"[[group]]
name = "fire"
sources = ["incident:acme/service/PSVC001"]
entitlements = ["aws:Fire"]
"#;
    let office = office("scoped-oauth", "file:app.json", incidents).await;
    let app = |scopes: &[&str]| office.pagerduty.add_app("app-1", "theAppsSecret", scopes);
    app(&["oncalls.read", "schedules.read"]);
    let run = connect(&office, &ACME, APP, &["theAppsSecret"]).await;
    let words = [
        "scope `escalation_policies.read`, to read who is on call",
        "scope `users.read`",
        "scope `incidents.read`, to read incidents",
        "App Registration",
    ];
    run.says(1, &words);
    assert!(!run.out.contains("scope `oncalls.read`"), "{run:?}");
    assert_eq!(kept(&office, "app.json"), None);

    app(&[&READ[..], &["incidents.read"]].concat());
    let run = connect(&office, &ACME, APP, &["theAppsSecret"]).await;
    // What is not asked for by any use may be lacking.
    let words = [
        "to read incidents",
        "the plan was not looked at",
        "abilities.read",
        "made",
    ];
    run.says(0, &words);
    let expected = json!({"client_id": "app-1", "client_secret": "theAppsSecret"});
    assert_eq!(kept_object(&office, "app.json"), expected);

    app(&[&READ[..], &["incidents.read", "abilities.read"]].concat());
    let run = connect(&office, &ACME, APP, &[]).await;
    run.says(0, &["the plan lacks `coordinated_responding`", "already"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_needs_its_secret_only_where_its_id_is_given() {
    let office = office("scoped-oauth", "file:app.json", "").await;
    let add = |secret| office.pagerduty.add_app("app-1", secret, &READ);
    add("another");
    let arguments = ["pagerduty", "acme", "--client-id", "app-1"];
    let wrong = connect(&office, &arguments, "theAppsSecret\n", &["theAppsSecret"]).await;
    wrong.says(1, &["invalid_client", "copy client id and secret again"]);
    add("theAppsSecret");
    let run = connect(&office, &arguments, "theAppsSecret\n", &["theAppsSecret"]).await;
    run.says(0, &["stored in file:app.json"]);
    assert_eq!(kept_object(&office, "app.json")["client_id"], "app-1");
    for input in ["theAppsSecret\nand more\n", "\n"] {
        let run = connect(&office, &arguments, input, &["theAppsSecret"]).await;
        run.refuses(2, &["client secret"]);
    }
    let half = connect(&office, &ACME, "theAppsSecret", &["theAppsSecret"]).await;
    half.refuses(2, &["\"client_id\"", "\"client_secret\""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_credential_of_another_account_is_told_from_a_wrong_one() {
    let key = office("api-key", "file:key", "").await;
    edit(&key, "https://acme.pagerduty", "https://other.pagerduty");
    let run = connect(&key, &ACME, KEY, &[]).await;
    let words = [
        "it belongs to https://acme.pagerduty.com, and `url` says https://other.pagerduty.com",
        "correct `url`",
    ];
    run.says(1, &words);
    assert_eq!(kept(&key, "key"), None);

    let app = office("scoped-oauth", "file:app.json", "").await;
    app.pagerduty.add_app("app-1", "theAppsSecret", &READ);
    let eu = "https://acme.eu.pagerduty.com";
    edit(&app, "https://acme.pagerduty.com", eu);
    let run = connect(&app, &ACME, APP, &["theAppsSecret"]).await;
    run.says(1, &["invalid_scope", "service region `eu`"]);
    assert_eq!(kept(&app, "app.json"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_manager_keeps_the_neighbours_of_what_is_replaced() {
    let office = office("scoped-oauth", "rotakey/pagerduty/acme", "").await;
    office.pagerduty.add_app("app-1", "theAppsSecret", &READ);
    let manager = Manager::default();
    let url = manager.serve().await;
    let input = office.folder.path().join("input");
    std::fs::write(&input, APP).unwrap();
    let run = async || {
        let mut command = office.command();
        command.env("AWS_ENDPOINT_URL_SECRETS_MANAGER", &url);
        command.args(["connect", "pagerduty", "acme", "--stdin"]);
        command.stdin(File::open(&input).unwrap());
        support::run(command).await
    };
    let made = run().await;
    made.says(0, &["stored in rotakey/pagerduty/acme, which was made"]);
    let expected = json!({"client_id": "app-1", "client_secret": "theAppsSecret"});
    assert_eq!(manager.object("rotakey/pagerduty/acme"), expected);

    let before = r#"{"webhook":"hook","client_id":"app-0","client_secret":"old"}"#;
    manager.put("rotakey/pagerduty/acme", before);
    run().await.says(0, &["in the place of what stood there"]);
    let kept = manager.object("rotakey/pagerduty/acme");
    let expected =
        json!({"webhook": "hook", "client_id": "app-1", "client_secret": "theAppsSecret"});
    assert_eq!((kept, manager.count()), (expected, 1));

    manager.put("rotakey/pagerduty/acme", "one text");
    run().await.refuses(2, &["no JSON object"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_variable_is_tried_and_left_alone() {
    let office = office("api-key", "env:ROTAKEY_TEST_KEY", "").await;
    let run = office
        .run(&["connect", "pagerduty", "acme", "--json"])
        .await;
    let told = run.says(0, &[]).json();
    assert_eq!(
        (&told["verified"], &told["stored"]),
        (&json!(true), &json!([]))
    );
    let mut command = office.command();
    command
        .args(["connect", "pagerduty", "acme"])
        .env_remove("ROTAKEY_TEST_KEY");
    let run = support::run(command).await;
    run.refuses(2, &["set that environment variable"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_not_configured_gets_its_table() {
    let office = office("api-key", "file:key", "").await;
    let other = office.run(&["connect", "pagerduty", "other"]).await;
    assert_eq!(other.code, 2, "{other:?}");
    assert!(other.err.contains("no PagerDuty account `other`"));
    assert!(other.out.starts_with("[[pagerduty]]\nname = \"other\""));
    let text = std::fs::read_to_string(office.config()).unwrap();
    let config = Config::parse("it", &format!("{text}\n{}", other.out)).unwrap();
    assert_eq!(config.pagerduty.len(), 2);

    std::fs::remove_file(office.config()).unwrap();
    let first = office.run(&["connect", "pagerduty", "other"]).await;
    assert_eq!((first.code, &first.out), (2, &other.out), "{first:?}");
    assert!(first.err.contains("there is no configuration"));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_where_there_is_no_terminal_or_no_place() {
    let office = office("api-key", "file:no/such/folder/key", "").await;
    let connect = ["connect", "pagerduty", "acme"];
    office
        .run(&connect)
        .await
        .refuses(1, &["cannot be written"]);
    edit(&office, "file:no/such/folder/key", "file:key");
    office.run(&connect).await.refuses(2, &["--stdin"]);
    assert_eq!(kept(&office, "key"), None);
    assert_eq!(office.pagerduty.log().total(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_need_an_author_and_subscribing_a_scope_of_its_own() {
    let incidents = r#"[[group]]
name = "fire"
sources = ["incident:acme/service/PSVC001"]
entitlements = ["aws:Fire"]
"#;
    let office = office("scoped-oauth", "file:app.json", incidents).await;
    let more = "name = \"acme\"\nwebhook_secrets = [\"file:hooks.json\"]\nincident_notes_from = \"rotakey@acme.example\"";
    edit(&office, "name = \"acme\"", more);
    let scopes = [
        "incidents.read",
        "incidents.write",
        "webhook_subscriptions.read",
    ];
    let scopes = [&READ[..], &scopes].concat();
    office.pagerduty.add_app("app-1", "theAppsSecret", &scopes);
    let run = connect(&office, &ACME, APP, &["theAppsSecret"]).await;
    let words = [
        "`incident_notes_from` is no user",
        "warning",
        "`webhook_subscriptions.write`",
    ];
    run.says(1, &words);
    let author = User::new("Rotakey", "rotakey@acme.example");
    office.pagerduty.add_user(author.id("PROTA01"));
    let run = connect(&office, &ACME, APP, &["theAppsSecret"]).await;
    run.says(0, &["is a user of the account", "rotakey webhooks create"]);
}
