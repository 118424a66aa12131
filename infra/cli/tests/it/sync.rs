//! `plan` and `sync`: what they change, what they say, and all four exit codes.

use crate::support::{ADA, BOB, CONTRACTED, EMPTY, Office, PAYMENTS, run};

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_shows_everything_and_changes_nothing() {
    let office = Office::open().await;
    for arguments in [&["plan"][..], &["sync", "--dry-run"]] {
        office.run(arguments).await.says(
            0,
            &[
                "+",
                ADA,
                "payments",
                "aws:Payments",
                "on call",
                "nothing was changed",
            ],
        );
    }
    assert_eq!(office.holds_ada(), (false, false));
    assert!(!office.aws.groups().contains("Payments"));
    assert!(!office.store().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sync_does_what_the_plan_showed_and_a_second_one_nothing() {
    let office = Office::open().await;
    office
        .run(&["sync"])
        .await
        .says(0, &["+", "Ada Lovelace", "2 additions", "2 changes made"]);
    assert_eq!(office.holds_ada(), (true, true));
    office
        .run(&["sync"])
        .await
        .says(0, &["nothing to change", "0 changes made"]);
    office
        .run(&["plan", "--group", "payments"])
        .await
        .says(0, &["2 bindings looked at: nothing to change"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_get_plans_as_json() {
    let office = Office::open().await;
    let json = office.run(&["sync", "--json"]).await.says(0, &[]).json();
    assert_eq!(
        (&json["dry_run"], &json["changes"]),
        (&false.into(), &2.into())
    );
    let addition = &json["plans"][0]["additions"][0];
    assert_eq!(addition["principal"], ADA);
    assert_eq!(addition["member"]["causes"][0]["schedule"], PAYMENTS);
    let json = office.run(&["plan", "--json"]).await.says(0, &[]).json();
    assert_eq!(
        (&json["dry_run"], &json["plans"][0]["additions"]),
        (&true.into(), &serde_json::json!([]))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_is_told_and_the_rest_is_done() {
    let office = Office::open().await;
    office.configure(&format!(
        "\n[[group]]\nname = \"lost\"\nsources = [\"schedule:acme/{PAYMENTS}\"]\nentitlements = [\"slack:no-such-group\"]\n"
    ));
    office.run(&["sync"]).await.says(
        1,
        &[
            "failed: lost on slack:no-such-group",
            "there is no group",
            "1 failure",
            "2 changes made",
        ],
    );
    assert_eq!(office.holds_ada(), (true, true));
}

#[tokio::test(flavor = "multi_thread")]
async fn removals_beyond_the_budget_wait_until_they_are_released() {
    let office = Office::open().await;
    office.configure(&format!(
        "\n[[group]]\nname = \"crowded\"\nsources = [\"schedule:acme/{PAYMENTS}\"]\nentitlements = [\"aws:Crowded\"]\nownership = \"exclusive\"\n"
    ));
    let held = office.run(&["sync"]).await;
    held.says(
        3,
        &[
            "6 removals held",
            "is beyond [limits]",
            "rotakey sync --config rotakey.toml --release ",
        ],
    );
    assert_eq!(
        office.aws.members_of("Crowded").len(),
        7,
        "the addition is made, nobody is taken out"
    );
    let again = office.run(&["sync", "--json"]).await.says(3, &[]).json();
    let plan = again["plans"]
        .as_array()
        .unwrap()
        .iter()
        .find_map(|plan| plan["held_id"].as_str());
    let plan = plan.expect("a held plan has an id");
    assert!(held.out.contains(plan), "the id stays the same: {held:#?}");

    office
        .run(&["sync", "--release", plan])
        .await
        .says(0, &["6 changes made"]);
    assert_eq!(
        office
            .aws
            .members_of("Crowded")
            .into_iter()
            .collect::<Vec<_>>(),
        [ADA]
    );
    office
        .run(&["sync", "--release", plan])
        .await
        .refuses(2, &["is not held"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_that_lets_removals_go_is_for_the_same_store_and_there_is_none_before_a_sync() {
    let office = Office::open().await;
    office.configure(&format!(
        "\n[[group]]\nname = \"crowded\"\nsources = [\"schedule:acme/{PAYMENTS}\"]\nentitlements = [\"aws:Crowded\"]\nownership = \"exclusive\"\n"
    ));
    let elsewhere = ["--store", "other stores/it.db"];
    let plan = office.run(&[&["plan"][..], &elsewhere].concat()).await;
    plan.says(3, &["6 removals of crowded", "would be held until"]);
    assert!(!plan.out.contains("--release"), "{plan:#?}");

    let held = office.run(&[&["sync"][..], &elsewhere].concat()).await;
    let line = held.out.lines().find(|line| line.contains("--release"));
    let line = line.unwrap_or_else(|| panic!("no command: {held:#?}"));
    let command = "rotakey sync --config rotakey.toml --store 'other stores/it.db' --release ";
    assert!(line.trim_start().starts_with(command), "{line}");
    let id = line.rsplit(' ').next().unwrap();
    let pasted = [&["sync", "--release", id][..], &elsewhere].concat();
    office.run(&pasted).await.says(0, &["6 changes made"]);
    assert!(!office.store().exists(), "there is no second store");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_without_an_account_stop_nobody() {
    let office = Office::open().await;
    office.configure(&format!(
        "\n[[group]]\nname = \"mixed\"\nsources = [\"schedule:acme/{PAYMENTS}\", \"schedule:acme/{CONTRACTED}\", \"schedule:acme/{EMPTY}\"]\nentitlements = [\"aws:Mixed\"]\n"
    ));
    office.run(&["sync"]).await.says(
        0,
        &[
            "?",
            "Bob Builder",
            "no account there has this e-mail address",
            "1 person unmatched",
        ],
    );
    assert_eq!(
        office
            .aws
            .members_of("Mixed")
            .into_iter()
            .collect::<Vec<_>>(),
        [ADA]
    );
    assert!(!office.aws.members_of("Mixed").contains(BOB));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_group_or_plan_is_a_usage_error_and_nothing_is_put_into_force() {
    let office = Office::open().await;
    let nobodys = "019a0000-0000-7000-8000-000000000000";
    for (arguments, words) in [
        (
            ["sync", "--group", "payment"],
            "there is no group `payment`",
        ),
        (["sync", "--release", nobodys], "is not held"),
    ] {
        office.run(&arguments).await.refuses(2, &[words]);
        let history = office.run(&["config", "history"]).await;
        history.says(0, &["no configuration was put into force yet"]);
    }
    assert_eq!(office.holds_ada(), (false, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_that_a_template_makes_is_known_to_a_sync() {
    let office = Office::open().await;
    office.configure(
        "\n[[group_template]]\nname = \"{schedule}-oncall\"\npagerduty = \"acme\"\nentitlements = [\"aws:oncall-{schedule}\"]\n",
    );
    let made = ["sync", "--group", "payments-oncall"];
    office.run(&made).await.says(0, &["aws:oncall-payments"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_credentials_are_a_failure() {
    let office = Office::open().await;
    office.pagerduty.revoke(crate::support::KEY);
    office.run(&["sync"]).await.says(
        1,
        &["failed: PagerDuty account acme", "refuses the credentials"],
    );
    assert_eq!(office.holds_ada(), (false, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_means_a_table_gets_no_second_store_unasked() {
    let office = Office::open().await;
    let on_table = |arguments: &[&str]| {
        let mut command = office.command();
        command.args(arguments).env("ROTAKEY_TABLE", "rotakey");
        command
    };
    for arguments in [
        &["sync"][..],
        &["plan"],
        &["serve"],
        &["explain", ADA, "payments"],
        &["policy", "explain", ADA, "Request", "payments"],
    ] {
        let words = ["the table `rotakey`", "rotakey apply --dry-run", "--store"];
        run(on_table(arguments)).await.refuses(2, &words);
    }
    assert!(!office.store().exists());
    assert_eq!(office.holds_ada(), (false, false));

    run(on_table(&["plan", "--store", "here.db"]))
        .await
        .says(0, &["nothing was changed"]);
    for arguments in [
        &["apply", "--dry-run", "--store", "here.db"][..],
        &["config", "history", "--store", "here.db"],
        &["audit", "list", "--store", "here.db"],
        &["doctor", "--store", "here.db"],
    ] {
        let words = ["`here.db` (--store", "`rotakey` (--table or ROTAKEY_TABLE)"];
        run(on_table(arguments)).await.refuses(2, &words);
    }
    let mut both = on_table(&["audit", "list"]);
    both.env("ROTAKEY_STORE", "here.db");
    run(both).await.refuses(2, &["`here.db` (--store"]);

    // A variable that is set but empty names none.
    let mut unnamed = office.command();
    unnamed.args(["audit", "list"]).env("ROTAKEY_TABLE", "");
    let words = ["there is no store", ".rotakey/store.db"];
    run(unnamed).await.refuses(2, &words);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_do_their_work_one_after_the_other() {
    let office = Office::open().await;
    let (one, other) = tokio::join!(office.run(&["sync"]), office.run(&["sync"]));
    for run in [one, other] {
        run.says(0, &["changes made"]);
    }
    assert_eq!(office.holds_ada(), (true, true));
    let (one, other) = tokio::join!(office.run(&["plan"]), office.run(&["plan"]));
    for run in [one, other] {
        run.says(0, &["nothing to change"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_no_store_is_refused_and_left_alone() {
    let office = Office::open().await;
    let notes = office.folder.path().join("notes.txt");
    std::fs::write(&notes, "call the plumber").unwrap();
    for arguments in [&["sync"][..], &["plan"], &["explain", ADA, "payments"]] {
        let arguments = [arguments, &["--store", "notes.txt"]].concat();
        let words = ["`notes.txt` is no Rotakey store", "name another --store"];
        office.run(&arguments).await.refuses(1, &words);
    }
    assert_eq!(std::fs::read_to_string(&notes).unwrap(), "call the plumber");
    assert!(!office.folder.path().join("notes.txt.lock").exists());
    assert_eq!(office.holds_ada(), (false, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file_is_no_store_until_somebody_writes() {
    let office = Office::open().await;
    let empty = office.folder.path().join("empty.db");
    std::fs::write(&empty, "").unwrap();
    let plan = office.run(&["plan", "--store", "empty.db"]).await;
    plan.says(0, &["nothing was changed"]);
    assert_eq!(std::fs::metadata(&empty).unwrap().len(), 0);
    let sync = office.run(&["sync", "--store", "empty.db"]).await;
    sync.says(0, &["2 changes made"]);
}
