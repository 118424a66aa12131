//! `doctor`: a sound company, and one by one everything that may be wrong with it.

mod credentials;
mod groups;
mod left;
mod rota;
mod webhooks;

use crate::support::{self, Office, PAYMENTS};
use serde_json::{Value, json};

/// One thing that is wrong, and how it is found.
struct Case {
    /// Makes it so.
    arrange: fn(&Office),
    /// The finding's code.
    code: &'static str,
    /// The finding's level, which decides the exit code.
    level: &'static str,
    /// What the finding says, in any of its parts.
    words: &'static [&'static str],
}

/// Finds each thing in a company of its own.
async fn assert_found(cases: &[Case]) {
    for case in cases {
        let office = Office::open().await;
        (case.arrange)(&office);
        assert_found_in(&office, case).await;
    }
}

/// Runs `doctor`, and asserts that it finds the thing, and no error unless it is one.
async fn assert_found_in(office: &Office, case: &Case) {
    let Case {
        arrange: _,
        code,
        level,
        words,
    } = case;
    let run = office.run(&["doctor", "--json"]).await;
    let found = run.json();
    let found = found.as_array().unwrap();
    let of_code: Vec<&Value> = found.iter().filter(|it| it["code"] == *code).collect();
    assert!(!of_code.is_empty(), "no {code}: {run:#?}");
    for finding in &of_code {
        assert_eq!(finding["level"], *level, "{finding}");
        assert_ne!(finding["remedy"], "", "{finding}");
    }
    for word in *words {
        let said = |it: &&Value| it.to_string().contains(word);
        assert!(
            of_code.iter().any(said),
            "`{word}` is missing: {of_code:#?}"
        );
    }
    let errors = found.iter().filter(|it| it["level"] == "error").count();
    assert_eq!(errors > 0, *level == "error", "{code}: {run:#?}");
    assert_eq!(run.code, i32::from(errors > 0), "{code}: {run:#?}");
}

/// Replaces a text of the configuration, which has to be there.
fn edit(office: &Office, from: &str, to: &str) {
    let text = std::fs::read_to_string(office.config()).unwrap();
    assert!(text.contains(from), "`{from}` is not in {text}");
    office.write(&text.replace(from, to));
}

/// Adds tables at the end of the configuration.
fn add(office: &Office, tables: &str) {
    let text = std::fs::read_to_string(office.config()).unwrap();
    office.write(&format!("{text}\n{tables}"));
}

/// A group whose members come from `source`.
fn group(name: &str, source: &str, entitlement: &str) -> String {
    format!(
        "[[group]]\nname = \"{name}\"\nsources = [\"{source}\"]\nentitlements = [\"{entitlement}\"]\n"
    )
}

/// The chat-ops app, with `more` in its table.
fn add_slack(office: &Office, more: &str) {
    let table = format!(
        "[slack]\nbot_token = \"file:{}/slack-token\"\nsigning_secret = \"env:ROTAKEY_TEST_KEY\"\napi_url = \"{}\"\n{more}\n",
        office.folder.path().display(),
        office.slack.api_url()
    );
    add(office, &table);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_company_has_no_errors_before_the_first_write() {
    let office = Office::open().await;
    let run = office.run(&["doctor", "--json"]).await;
    let mut found = run.says(0, &[]).json();
    // How many calls that are is the business of access-sources.
    let calls = found[1]["what"].take();
    let calls = calls.as_str().unwrap();
    assert!(
        calls.starts_with("a refresh takes ")
            && calls.ends_with("of the 960 that PagerDuty allows")
    );
    assert_eq!(
        found,
        json!([
            {
                "level": "note",
                "code": "store-absent",
                "where": "the store",
                "what": "there is no store `.rotakey/store.db`, so nothing was put into force yet",
                "remedy": "nothing to do before the first `rotakey apply`, `sync` or `serve`; a stack's table is named with `--table`",
            },
            {
                "level": "note",
                "code": "pagerduty-calls",
                "where": "PagerDuty account acme",
                "what": null,
                "remedy": "nothing to do",
            },
        ])
    );
    assert!(!office.store().exists(), "nothing was begun");
    assert_eq!(office.holds_ada(), (false, false));
    assert!(!office.aws.groups().contains("Payments"));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_read_the_worst_first_each_with_its_remedy() {
    let office = Office::open().await;
    let gone = group("gone", "schedule:acme/PNOPE01", "aws:Gone");
    add(&office, &gone);
    let run = office.run(&["doctor"]).await;
    run.says(
        1,
        &[
            "errors",
            "source-gone",
            "do: correct the id",
            "1 error",
            "notes",
        ],
    );
    let at = |word: &str| run.out.find(word).unwrap();
    assert!(at("errors") < at("notes"), "{run:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_wrong_is_all_that_is_looked_at() {
    let office = Office::open().await;
    let twins = group(
        "twins",
        &format!("schedule:acme/{PAYMENTS}"),
        "slack:payments-oncall",
    );
    add(&office, &twins);
    let run = office.run(&["doctor", "--json"]).await;
    let found = run.says(1, &["belongs to two groups"]).json();
    let found = found.as_array().unwrap();
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0]["code"], "config-wrong");
    assert!(
        found[0]["where"]
            .as_str()
            .unwrap()
            .starts_with("rotakey.toml:")
    );
    assert_eq!(office.pagerduty.log().total(), 0);

    let missing = office.run(&["doctor", "--config", "missing.toml"]).await;
    missing.refuses(2, &["missing.toml", "cannot be read"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_region_nothing_else_is_looked_at() {
    let office = Office::open().await;
    let mut command = office.command();
    command.args(["doctor", "--json"]).env_remove("AWS_REGION");
    command.env("AWS_EC2_METADATA_DISABLED", "true");
    let run = support::run(command).await;
    let found = run.says(1, &["AWS_REGION"]).json();
    assert_eq!(found[0]["code"], "aws-unusable", "{found}");
}
