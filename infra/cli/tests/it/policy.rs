//! `policy`: mistakes with their places, the policies as Cedar, the owner's cases, and why.

use crate::support::{ADA, BOB, Office, PAYMENTS, in_hours};

const LEA: &str = "lea@acme.example";

/// People may ask into `payments`; whoever is on call there gets in without asking.
fn requestable(office: &Office, rest: &str) {
    office.configure(&format!(
        "\n[group.request]\nmax = \"4h\"\napprovers = [\"person:{LEA}\"]\nauto_approve_on_call = [\"schedule:acme/{PAYMENTS}\"]\n{rest}"
    ));
}

fn with_file(office: &Office, cedar: &str) {
    requestable(office, "\n[access]\npolicies = [\"nights.cedar\"]\n");
    std::fs::write(office.folder.path().join("nights.cedar"), cedar).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_in_policies_are_named_with_file_line_and_remedy() {
    let office = Office::open().await;
    requestable(&office, "");
    office
        .run(&["policy", "check"])
        .await
        .says(0, &["rotakey.toml is right", "1 group to ask into"]);
    let cedar = "// Nobody at night.\nforbid (principal, action == Action::\"Ask\", resource);\n";
    with_file(&office, cedar);
    for command in [["policy", "check"], ["config", "check"]] {
        let checked = office.run(&command).await;
        checked.says(2, &["nights.cedar:2:", "Ask", "help:", "mistake"]);
    }
    let json = office.run(&["policy", "check", "--json"]).await;
    let json = json.says(2, &[]).json();
    let error = &json["errors"][0];
    assert_eq!(
        (&json["valid"], &error["file"], &error["line"]),
        (&false.into(), &"nights.cedar".into(), &2.into())
    );
    std::fs::remove_file(office.folder.path().join("nights.cedar")).unwrap();
    let checked = office.run(&["policy", "check"]).await;
    checked.says(2, &["nights.cedar:1:1", "not there"]);
    office.run(&["sync"]).await.refuses(2, &["nights.cedar"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn tables_are_shown_as_cedar() {
    let office = Office::open().await;
    requestable(&office, "");
    let all = office.run(&["policy", "show"]).await;
    all.says(0, &["rotakey.own-request", "group.payments.auto.1"]);
    let group = ["policy", "show", "--group", "payments"];
    let group = office.run(&group).await;
    group.says(
        0,
        &["group.payments.approve.1", "Person::\"lea@acme.example\""],
    );
    assert!(!group.out.contains("rotakey.own-request"), "{group:?}");
    let none = ["policy", "show", "--group", "payment"];
    office
        .run(&none)
        .await
        .refuses(2, &["`payment`", "payments"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_case_names_the_policies_that_decided() {
    let office = Office::open().await;
    requestable(&office, "");
    let case = |name: &str, expect: &str, duration: &str| {
        format!(
            "[[case]]\nname = \"{name}\"\nexpect = \"{expect}\"\naction = \"Request\"\nwho = \"{BOB}\"\ngroup = \"payments\"\nduration = \"{duration}\"\n"
        )
    };
    let file = office.folder.path().join("cases.toml");
    let good = case("two hours are fine", "allow", "2h");
    std::fs::write(&file, &good).unwrap();
    let test = ["policy", "test", "cases.toml"];
    office
        .run(&test)
        .await
        .says(0, &["ok: two hours are fine", "1 case: every answer"]);
    let bad = case("nine hours are fine", "allow", "9h");
    std::fs::write(&file, format!("{good}{bad}")).unwrap();
    office.run(&test).await.says(
        1,
        &[
            "FAILED: nine hours are fine",
            "decided by group.payments.max",
            "2 cases: 1 not as expected",
        ],
    );
    let json = office
        .run(&["policy", "test", "cases.toml", "--json"])
        .await;
    let json = json.says(1, &[]).json();
    assert_eq!(json[0]["passed"], true);
    assert_eq!(json[1]["policies"][0], "group.payments.max");
    std::fs::write(&file, "[[case]]\nname = \"x\"\n").unwrap();
    office.run(&test).await.refuses(2, &["cases.toml"]);
    std::fs::write(&file, "# to come\n").unwrap();
    office.run(&test).await.refuses(2, &["has no cases"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_explained_who_may_and_what_is_not_known() {
    let office = Office::open().await;
    requestable(&office, "");
    let automatically = ["policy", "explain", ADA, "ApproveAutomatically", "payments"];
    // Nothing was read yet: nobody is known to be on call, and that is said.
    office
        .run(&automatically)
        .await
        .says(0, &["refused", "acme was never read"]);
    assert!(!office.store().exists(), "a question leaves nothing behind");

    office.run(&["sync"]).await.says(0, &[]);
    let said = ["allowed", "group.payments.auto.1", "is in ", PAYMENTS];
    office.run(&automatically).await.says(0, &said);
    let bob = ["policy", "explain", BOB, "approveautomatically", "payments"];
    let said = ["refused", "no policy permits it", "permits it to others"];
    office.run(&bob).await.says(0, &said);

    let later = in_hours(2);
    let later = [&automatically[..], &["--at", &later, "--json"]].concat();
    let json = office.run(&later).await.says(0, &[]).json();
    assert_eq!(
        (&json["allowed"], &json["policies"][0], &json["unknown"]),
        (
            &true.into(),
            &"group.payments.auto.1".into(),
            &serde_json::json!([])
        ),
        "{json}"
    );
    let long = ["policy", "explain", BOB, "Request", "payments"];
    let long = [&long[..], &["--duration", "5h"]].concat();
    office
        .run(&long)
        .await
        .says(0, &["refused", "group.payments.max"]);
    let slip = ["policy", "explain", BOB, "Request", "payment"];
    let words = ["there is no group `payment`", "groups: payments"];
    office.run(&slip).await.refuses(2, &words);
    let own = ["policy", "explain", LEA, "Approve", "payments"];
    office.run(&own).await.refuses(2, &["needs --requester"]);
    let own = [&own[..], &["--requester", LEA]].concat();
    office
        .run(&own)
        .await
        .says(0, &["refused", "rotakey.own-request"]);
}
