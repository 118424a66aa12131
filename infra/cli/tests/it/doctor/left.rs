//! What a running Rotakey left: in the embedded store of this machine, and in the table of a stack.

use super::{Case, add, assert_found_in, group};
use crate::support::{self, Office, PAYMENTS, Run};
use access_core::ports::{Configs, Fence, Leases, TickRecord};
use access_store::DynamoStore;
use access_store::embedded::{Embedded, TABLE};
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};

const NOTHING: fn(&Office) = |_| {};

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_in_force_is_told() {
    let office = Office::open().await;
    office.run(&["sync"]).await.says(0, &[]);
    let run = office.run(&["doctor"]).await;
    let words = ["pagerduty-calls", "1 note"];
    assert!(!run.says(0, &words).out.contains("config-"), "{run:#?}");

    let source = format!("schedule:acme/{PAYMENTS}");
    add(&office, &group("more", &source, "aws:More"));
    let case = Case {
        arrange: NOTHING,
        code: "config-unapplied",
        level: "warning",
        words: &["the store `", "version 1 is in force", "rotakey apply"],
    };
    assert_found_in(&office, &case).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn removals_that_wait_are_told() {
    let office = Office::open().await;
    let source = format!("schedule:acme/{PAYMENTS}");
    let crowded = group("crowded", &source, "aws:Crowded");
    add(&office, &format!("{crowded}ownership = \"exclusive\"\n"));
    office.run(&["sync"]).await.says(3, &[]);
    let case = Case {
        arrange: NOTHING,
        code: "removals-held",
        level: "warning",
        words: &["crowded on aws:Crowded", "6 removals of plan"],
    };
    assert_found_in(&office, &case).await;
}

/// A stack's table, as its functions left it.
struct Stack {
    engine: Embedded,
    store: DynamoStore,
}

impl Stack {
    async fn start() -> Self {
        let engine = Embedded::start(None).await.unwrap();
        let store = engine.store().await.unwrap();
        Self { engine, store }
    }

    /// The office's file is in force since `ago`.
    async fn apply(&self, office: &Office, ago: SignedDuration) {
        let text = std::fs::read_to_string(office.config()).unwrap();
        let (at, policies) = (function_kit::now() - ago, BTreeMap::new());
        let saved = self.store.save_config(at, "ada", &text, &policies).await;
        assert_eq!(saved.unwrap().version, 1);
    }

    /// A tick ended `ago`.
    async fn tick(&self, ago: SignedDuration, record: TickRecord) {
        let ended_at = function_kit::now() - ago;
        let until = ended_at + SignedDuration::from_secs(1);
        let lease = self.store.acquire(ended_at, until).await.unwrap();
        let fence: Fence = lease.fence;
        let record = TickRecord {
            ended_at: Some(ended_at),
            ..record
        };
        self.store.release(fence, &record).await.unwrap();
    }

    async fn doctor(&self, office: &Office, table: &str) -> Run {
        let mut command = office.command();
        command.args(["doctor", "--table", table]);
        command.env("AWS_ENDPOINT_URL_DYNAMODB", self.engine.endpoint());
        support::run(command).await
    }
}

fn swept() -> TickRecord {
    TickRecord {
        program: Some(env!("CARGO_PKG_VERSION").to_owned()),
        ..TickRecord::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stack_is_sound_stale_failing_or_of_another_version() {
    let (office, stack) = (Office::open().await, Stack::start().await);
    let never = stack.doctor(&office, TABLE).await;
    never.says(
        0,
        &["the table `rotakey`", "config-never-applied", "1 warning"],
    );

    stack.apply(&office, SignedDuration::from_mins(10)).await;
    let waiting = stack.doctor(&office, TABLE).await;
    waiting.says(1, &["tick-never", "`SweepStale`"]);

    stack.tick(SignedDuration::from_mins(4), swept()).await;
    let stale = stack.doctor(&office, TABLE).await;
    stale.says(1, &["tick-stale", "the last tick ended 4 min", "1 error"]);

    let another = TickRecord {
        program: None,
        failures: BTreeSet::from(["PagerDuty account acme: no answer".to_owned()]),
        ..TickRecord::default()
    };
    stack.tick(SignedDuration::from_secs(30), another).await;
    let failing = stack.doctor(&office, TABLE).await;
    let words = [
        "sweep-failing",
        "no answer",
        "program-differs",
        "1 error, 1 warning",
    ];
    failing.says(1, &words);

    stack.tick(SignedDuration::from_secs(5), swept()).await;
    let sound = stack.doctor(&office, TABLE).await;
    sound.says(
        0,
        &[
            "alarms-unproven",
            "aws sns list-subscriptions-by-topic",
            "2 notes",
        ],
    );
    assert!(!sound.out.contains("warning"), "{sound:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_cannot_be_read_keeps_nothing_else_from_being_looked_at() {
    let (office, stack) = (Office::open().await, Stack::start().await);
    let run = stack.doctor(&office, "no-such-table").await;
    run.says(
        1,
        &[
            "store-unread",
            "the table `no-such-table`",
            "pagerduty-calls",
            "1 error",
        ],
    );
}
