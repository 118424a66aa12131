//! Questions: `schedules`, `explain`, `forecast`.

use crate::support::{ADA, BOB, CONTRACTED, EMPTY, Office, PAYMENTS, in_hours};
use simulators::pagerduty::LayerSchedule;

#[tokio::test(flavor = "multi_thread")]
async fn schedules_are_shown_with_what_to_paste() {
    let office = Office::open().await;
    let source = format!("schedule:acme/{PAYMENTS}");
    office.run(&["schedules"]).await.says(
        0,
        &[&source, "Payments", "layers", "Ada Lovelace", "nobody"],
    );
    let json = office
        .run(&["schedules", "--json"])
        .await
        .says(0, &[])
        .json();
    let rows = json.as_array().unwrap();
    assert_eq!(rows.len(), 3);
    let row = rows.iter().find(|row| row["id"] == PAYMENTS).unwrap();
    assert_eq!(
        (&row["source"], &row["on_call_now"]),
        (&source.into(), &serde_json::json!(["Ada Lovelace"]))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_does_not_write_on_the_terminal() {
    let office = Office::open().await;
    let name = "Payments\u{1b}[2K\u{202e}";
    let schedule = LayerSchedule::new(name, "Etc/UTC").id("PHIDDEN");
    office.pagerduty.add_schedule(schedule);
    // That no escape is printed is asserted of every run.
    let shown = office.run(&["schedules"]).await;
    shown.says(0, &["Payments\\u{1b}[2K\\u{202e}"]);
    let json = office.run(&["schedules", "--json"]).await.json();
    let rows = json.as_array().unwrap();
    assert!(rows.iter().any(|row| row["name"] == name), "{json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn memberships_are_explained_at_any_time() {
    let office = Office::open().await;
    office.run(&["sync"]).await.says(0, &[]);
    office.run(&["explain", ADA, "payments"]).await.says(
        0,
        &[
            "ada@acme.example is a member of payments",
            "Why: on call on schedule acme/PAYMNT1",
            "added by Rotakey",
        ],
    );
    office
        .run(&["explain", BOB, "payments"])
        .await
        .says(0, &["is not a member of payments"]);
    let later = in_hours(3);
    let json = office
        .run(&["explain", ADA, "payments", "--at", &later, "--json"])
        .await
        .says(0, &[])
        .json();
    assert_eq!(
        (&json["verdict"], &json["group"]),
        (&"member".into(), &"payments".into())
    );
    // PagerDuty goes on being read until then, and what targets hold is known of now alone.
    let later = ["explain", ADA, "payments", "--at", &later];
    let later = office.run(&later).await;
    later.says(0, &["is a member of payments", "Why: on call"]);
    for word in ["too long before", "removal", "sweep"] {
        assert!(!later.out.contains(word), "`{word}`: {later:#?}");
    }
    office
        .run(&["explain", ADA, "payment"])
        .await
        .says(0, &["There is no group payment"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_coming_days_are_looked_at() {
    let office = Office::open().await;
    office.configure(&format!(
        "\n[[group]]\nname = \"empty\"\nsources = [\"schedule:acme/{EMPTY}\"]\nentitlements = [\"aws:Empty\"]\n\n[[group]]\nname = \"contracted\"\nsources = [\"schedule:acme/{CONTRACTED}\"]\nentitlements = [\"aws:Contracted\"]\n"
    ));
    let said = [
        "empty",
        "nobody is on call",
        BOB,
        "goes on call without an account in aws",
        "2 things to see to",
    ];
    office.run(&["forecast"]).await.says(0, &said);
    let json = office
        .run(&["forecast", "--days", "3", "--json"])
        .await
        .says(0, &[])
        .json();
    let at = |key: &str| {
        json[key]
            .as_str()
            .unwrap()
            .parse::<jiff::Timestamp>()
            .unwrap()
    };
    assert_eq!(at("until").duration_since(at("from")).as_hours(), 72);
    assert!(
        json["groups"]["empty"]["uncovered"][0]["from"].is_string(),
        "{json}"
    );
    assert!(!office.store().exists(), "a question leaves nothing behind");
}
