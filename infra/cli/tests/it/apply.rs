//! `apply`, and `config history`, `diff` and `rollback`: what is shown, what is stored, and what is refused.

use crate::support::{ADA, KEY, Office, PAYMENTS, run};
use access_core::event::Event;
use access_core::ports::{ConfigVersion, Configs, Outbox};
use access_store::DynamoStore;
use access_store::embedded::Embedded;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use std::collections::BTreeMap;

const APPLY: [&str; 4] = ["apply", "--yes", "--by", "grace@laptop"];

/// A group that `payments` people are in as well.
fn another(lead: &str) -> String {
    format!(
        "\n[[group]]\nname = \"ledger\"\nsources = [\"schedule:acme/{PAYMENTS}\"]\nentitlements = [\"aws:Ledger\"]\nlead = \"{lead}\"\n"
    )
}

/// The office's store, opened as another process does.
async fn store(office: &Office) -> (Embedded, DynamoStore) {
    std::fs::create_dir_all(office.store().parent().unwrap()).unwrap();
    let embedded = Embedded::start(Some(&office.store())).await.unwrap();
    let store = embedded.store().await.unwrap();
    (embedded, store)
}

/// Every version, the newest first.
async fn versions(office: &Office) -> Vec<ConfigVersion> {
    let (embedded, store) = store(office).await;
    let versions = store.configs(None, 100).await.unwrap();
    embedded.stop().await.unwrap();
    versions
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_apply_shows_everything_and_stores_it() {
    let office = Office::open().await;
    let applied = office.run(&APPLY).await;
    applied.says(
        0,
        &[
            "--- /dev/null\n+++ rotakey.toml\n",
            "+name = \"payments\"",
            "none was in force so far",
            ADA,
            "memberships: 2 additions",
            "version 1 is in force in the store",
            "by grace@laptop",
            "from its next tick",
        ],
    );
    assert_eq!(office.holds_ada(), (false, false), "that is for the tick");
    let text = std::fs::read_to_string(office.config()).unwrap();
    let versions = versions(&office).await;
    let [first] = versions.as_slice() else {
        panic!("one version: {versions:?}");
    };
    assert_eq!(
        (first.version, first.by.as_str(), &first.text),
        (1, "grace@laptop", &text)
    );

    let (embedded, store) = store(&office).await;
    let told = store.unsent().await.unwrap().entries;
    assert!(
        matches!(&told[..], [one] if matches!(&one.event, Event::ConfigurationApplied(event) if event.version == 1 && event.previous.is_none())),
        "{told:?}"
    );
    embedded.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_again_is_nothing_to_apply() {
    let office = Office::open().await;
    office.run(&APPLY).await.says(0, &["version 1 is in force"]);
    let again = office.run(&["apply", "--yes"]).await;
    again.says(
        0,
        &[
            "nothing to apply",
            "version 1",
            "by grace@laptop",
            "in force",
        ],
    );
    let json = office.run(&["apply", "--yes", "--json"]).await;
    let json = json.says(0, &[]).json();
    assert_eq!(
        (&json["applied"], &json["version"], &json["by"]),
        (&false.into(), &1.into(), &"grace@laptop".into())
    );
    assert_eq!(
        (&json["settings"], &json["plan"]),
        (&serde_json::json!([]), &serde_json::Value::Null)
    );
    assert_eq!(versions(&office).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_shown_line_by_line_and_by_its_memberships() {
    let office = Office::open().await;
    office.configure(&another("5m"));
    office.run(&APPLY).await.says(0, &[]);
    office.configure(&another("10m"));
    let look = office.run(&["apply", "--dry-run"]).await;
    let shown = ["-lead = \"5m\"\n+lead = \"10m\"", "1 file, +1 -1 lines"];
    look.says(0, &shown);
    look.says(
        0,
        &["against version 1 (by grace@laptop", "nothing was stored"],
    );
    assert_eq!(versions(&office).await.len(), 1);

    let json = office.run(&["apply", "--dry-run", "--json"]).await;
    let json = json.says(0, &[]).json();
    assert_eq!(
        (&json["applied"], &json["version"], &json["previous"]),
        (&false.into(), &2.into(), &1.into())
    );
    let setting = &json["settings"][0];
    assert_eq!(
        (&setting["file"], &setting["change"], &setting["added"]),
        (&"rotakey.toml".into(), &"changed".into(), &1.into())
    );
    assert!(json["plan"]["plans"].is_array(), "{json}");

    let mut command = office.command();
    command.args(["apply", "--yes", "--json"]);
    command.env("ROTAKEY_BY", "CHG-4711");
    let json = run(command).await.says(0, &[]).json();
    assert_eq!(
        (&json["applied"], &json["version"], &json["by"]),
        (&true.into(), &2.into(), &"CHG-4711".into())
    );
    let latest = versions(&office).await.remove(0);
    assert!(latest.text.contains("lead = \"10m\""), "{latest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn policies_are_applied_with_the_file_that_names_them() {
    let office = Office::open().await;
    office.configure(
        "\n[group.request]\nmax = \"4h\"\napprovers = [\"person:lea@acme.example\"]\n\n[access]\npolicies = [\"nights.cedar\"]\n",
    );
    let cedar = "forbid (principal, action == Action::\"Request\", resource);\n";
    std::fs::write(office.folder.path().join("nights.cedar"), cedar).unwrap();
    let applied = office.run(&APPLY).await;
    applied.says(0, &["+++ nights.cedar\n", "+forbid (principal", "2 files"]);
    let stored = versions(&office).await.remove(0);
    assert_eq!(
        stored.policies,
        BTreeMap::from([("nights.cedar".to_owned(), cedar.to_owned())])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn removals_that_would_be_held_are_told_beforehand() {
    let office = Office::open().await;
    office.configure(&format!(
        "\n[[group]]\nname = \"crowded\"\nsources = [\"schedule:acme/{PAYMENTS}\"]\nentitlements = [\"aws:Crowded\"]\nownership = \"exclusive\"\n"
    ));
    let said = ["6 removals of crowded", "would be held until a person"];
    office.run(&["apply", "--dry-run"]).await.says(3, &said);
    assert!(!office.store().exists(), "a look makes no store");
    office.run(&APPLY).await.says(3, &said);
    assert_eq!(
        versions(&office).await.len(),
        1,
        "it is in force all the same"
    );
    assert_eq!(office.aws.members_of("Crowded").len(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_can_be_asked_nothing_is_done_without_a_yes() {
    let office = Office::open().await;
    let alone = office.run(&["apply"]).await;
    alone.refuses(2, &["--dry-run", "--yes"]);
    let json = office.run(&["apply", "--json"]).await;
    json.refuses(2, &["--yes", "--dry-run"]);
    for name in ["", "grace\nversion 9"] {
        let named = office.run(&["apply", "--yes", "--by", name]).await;
        named.refuses(2, &["a name"]);
    }
    assert!(!office.store().exists());
    assert_eq!(office.pagerduty.log().total(), 0, "nothing was looked at");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_broken_is_refused_and_not_stored() {
    let office = Office::open().await;
    office.run(&APPLY).await.says(0, &[]);
    office.configure("leed = \"5m\"\n");
    office
        .run(&APPLY)
        .await
        .refuses(2, &["did you mean `lead`?"]);
    office.configure("lead = \"6m\"\n");
    let mut secretless = office.command();
    secretless.args(APPLY).env_remove("ROTAKEY_TEST_KEY");
    run(secretless)
        .await
        .refuses(2, &["rotakey.toml:5:11", "set that environment variable"]);
    assert_eq!(versions(&office).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_would_happen_must_be_known_unless_somebody_insists() {
    let office = Office::open().await;
    office.pagerduty.revoke(KEY);
    let words = ["failed: PagerDuty account acme", "memberships: "];
    let refused = office.run(&APPLY).await;
    refused.says(1, &words);
    assert!(refused.err.contains("nothing was stored"), "{refused:#?}");
    assert!(refused.err.contains("--without-plan"), "{refused:#?}");
    office.run(&["apply", "--dry-run"]).await.says(1, &words);
    assert!(!office.store().exists());

    let insisted = [&APPLY[..], &["--without-plan"]].concat();
    let insisted = office.run(&insisted).await;
    insisted.says(0, &["memberships: nobody looked", "version 1 is in force"]);
    assert_eq!(versions(&office).await.len(), 1);
}

/// Somebody who stores another version just when the plan is made.
#[derive(Clone)]
struct Meanwhile {
    store: DynamoStore,
    /// The Identity Center that was asked.
    real: String,
}

/// Stores it, and then answers as the Identity Center does.
async fn meanwhile(
    State(Meanwhile { store, real }): State<Meanwhile>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, Bytes) {
    let none = BTreeMap::new();
    let theirs = store.save_config(function_kit::now(), "heidi", "# theirs", &none);
    theirs.await.unwrap();
    let http = reqwest::Client::new();
    let mut passed = http.post(real).body(body);
    for name in ["authorization", "content-type", "x-amz-target"] {
        passed = passed.header(name, headers[name].as_bytes());
    }
    let answer = passed.send().await.unwrap();
    (answer.status(), answer.bytes().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_applies_over_a_version_that_they_did_not_see_loses() {
    let _first = rustls::crypto::ring::default_provider().install_default();
    let office = Office::open().await;
    let (embedded, store) = store(&office).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let between = format!("http://{}", listener.local_addr().unwrap());
    let state = Meanwhile {
        store: store.clone(),
        real: office.aws.endpoint_url().to_owned(),
    };
    let router = axum::Router::new().fallback(meanwhile).with_state(state);
    tokio::spawn(async move { axum::serve(listener, router).await });

    let mut command = office.command();
    command.args(APPLY);
    command.env("AWS_ENDPOINT_URL_IDENTITYSTORE", between);
    let lost = run(command).await;
    lost.says(1, &["memberships: 2 additions"]);
    let words = ["another writer came first", "nothing was stored"];
    assert!(
        words.iter().all(|word| lost.err.contains(word)),
        "{lost:#?}"
    );
    let latest = store.latest_config().await.unwrap().unwrap();
    assert_eq!((latest.version, latest.by.as_str()), (1, "heidi"));
    // With theirs in sight, it goes.
    let again = office.run(&APPLY).await;
    again.says(
        0,
        &["-# theirs", "version 2 is in force", "by grace@laptop"],
    );
    embedded.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn history_tells_who_changed_what_and_diff_shows_it() {
    let office = Office::open().await;
    let history = ["config", "history"];
    office
        .run(&history)
        .await
        .refuses(2, &["there is no store", "rotakey apply"]);
    for lead in ["5m", "6m", "7m"] {
        office.configure(&another(lead));
        office.run(&APPLY).await.says(0, &[]);
    }
    office
        .run(&history)
        .await
        .says(0, &["grace@laptop", "1 file, +1 -1 lines", "3 versions"]);
    let two = ["config", "history", "--limit", "2", "--json"];
    let rows = office.run(&two).await.says(0, &[]).json();
    let told: Vec<_> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["version"].as_u64(),
                row["added"].as_u64(),
                row["removed"].as_u64(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [(Some(3), Some(1), Some(1)), (Some(2), Some(1), Some(1))]
    );
    assert_eq!(rows[0]["files"], serde_json::json!(["rotakey.toml"]));

    let diff = ["config", "diff"];
    office
        .run(&diff)
        .await
        .says(0, &["rotakey.toml says what version 3 says"]);
    office.configure(&another("9m"));
    let latest = office.run(&diff).await;
    latest.says(
        0,
        &[
            "-lead = \"7m\"\n+lead = \"9m\"",
            "from version 3 to rotakey.toml",
        ],
    );
    let since = office.run(&["config", "diff", "1"]).await;
    since.says(
        0,
        &[
            "-lead = \"5m\"\n+lead = \"9m\"",
            "from version 1 to rotakey.toml",
        ],
    );
    // The file has no part in this one, and may be broken.
    office.configure("leed = \"5m\"\n");
    let between = office.run(&["config", "diff", "1", "2"]).await;
    between.says(
        0,
        &[
            "-lead = \"5m\"\n+lead = \"6m\"",
            "from version 1 to version 2",
        ],
    );
    let json = office.run(&["config", "diff", "2", "1", "--json"]).await;
    let json = json.says(0, &[]).json();
    assert!(
        json[0]["diff"].as_str().unwrap().contains("+lead = \"5m\""),
        "{json}"
    );
    let unknown = office.run(&["config", "diff", "1", "7"]).await;
    unknown.refuses(2, &["there is no version 7", "config history"]);
    office
        .run(&["config", "diff", "0"])
        .await
        .refuses(2, &["error:"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rollback_stores_what_was_as_a_new_version_and_leaves_the_file() {
    let office = Office::open().await;
    for lead in ["5m", "6m"] {
        office.configure(&another(lead));
        office.run(&APPLY).await.says(0, &[]);
    }
    let back = ["config", "rollback", "1"];
    office.run(&back).await.refuses(2, &["--yes"]);
    let look = [&back[..], &["--dry-run"]].concat();
    let shown = ["-lead = \"6m\"\n+lead = \"5m\"", "nothing was stored"];
    office.run(&look).await.says(0, &shown);
    let yes = [&back[..], &["--yes", "--by", "heidi"]].concat();
    office.run(&yes).await.says(
        0,
        &[
            "version 3 is in force",
            "by heidi",
            "rotakey.toml was not touched",
        ],
    );
    let stored = versions(&office).await;
    assert_eq!((stored[0].version, &stored[0].text), (3, &stored[2].text));
    let file = std::fs::read_to_string(office.config()).unwrap();
    assert_eq!(file, stored[1].text);
    office
        .run(&yes)
        .await
        .says(0, &["nothing to apply", "version 3"]);
    let unknown = ["config", "rollback", "9", "--yes"];
    office
        .run(&unknown)
        .await
        .refuses(2, &["there is no version 9"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_this_program_does_not_take_is_no_way_back() {
    let office = Office::open().await;
    let (embedded, store) = store(&office).await;
    let old = "[[group]]\nname = \"payments\"\nleed = \"5m\"\n";
    let none = BTreeMap::new();
    let saved = store.save_config(function_kit::now(), "heidi", old, &none);
    saved.await.unwrap();
    embedded.stop().await.unwrap();
    office.run(&APPLY).await.says(0, &["version 2 is in force"]);
    let back = ["config", "rollback", "1", "--yes"];
    office
        .run(&back)
        .await
        .refuses(2, &["version 1:3:", "did you mean `lead`?"]);
    assert_eq!(versions(&office).await.len(), 2);
}
