//! `audit`: reading the trail, and finding what somebody did to it.

use crate::support::{ADA, Office};
use access_core::audit::{Entry, StreamName, keep};
use access_core::event::{Event, RequestCancelled};
use access_core::id::{GroupName, RequestId};
use access_core::ports::{AuditLog, OutboxEntry};
use access_core::principal::Principal;
use access_store::DynamoStore;
use access_store::embedded::{Embedded, TABLE, client};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;

const STREAM: &str = "group/payments";

/// The office's store, opened by somebody who may write anything.
struct Table {
    embedded: Embedded,
    client: Client,
}

type Item = HashMap<String, AttributeValue>;

fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

impl Table {
    async fn open(office: &Office) -> Self {
        std::fs::create_dir_all(office.store().parent().unwrap()).unwrap();
        let embedded = Embedded::start(Some(&office.store())).await.unwrap();
        let client = client(embedded.endpoint());
        Self { embedded, client }
    }

    async fn store(&self) -> DynamoStore {
        self.embedded.store().await.unwrap()
    }

    async fn close(self) {
        self.embedded.stop().await.unwrap();
    }

    fn place(seq: u64) -> Item {
        HashMap::from([
            ("pk".to_owned(), text(format!("AUDIT#{STREAM}"))),
            ("sk".to_owned(), text(format!("E#{seq:020}"))),
        ])
    }

    async fn read(&self, seq: u64) -> Item {
        let read = self.client.get_item().table_name(TABLE);
        let read = read.set_key(Some(Self::place(seq))).send().await.unwrap();
        read.item.unwrap()
    }

    /// Puts what lies at one place, with `change` made to its body, at another.
    async fn put(&self, from: u64, to: u64, change: impl Fn(&str) -> String) {
        let mut item = self.read(from).await;
        item.extend(Self::place(to));
        let body = item["body"].as_s().unwrap().clone();
        item.insert("body".to_owned(), text(change(&body)));
        self.put_item(item).await;
    }

    async fn put_item(&self, item: Item) {
        let put = self.client.put_item().table_name(TABLE);
        put.set_item(Some(item)).send().await.unwrap();
    }

    async fn remove(&self, seq: u64) {
        self.remove_item(Self::place(seq)).await;
    }

    async fn remove_item(&self, place: Item) {
        let gone = self.client.delete_item().table_name(TABLE);
        gone.set_key(Some(place)).send().await.unwrap();
    }

    /// Takes away what says where a stream ends.
    async fn remove_end(&self, stream: &str) {
        let end = [("pk", "AUDITS"), ("sk", stream)];
        let end = end.map(|(name, value)| (name.to_owned(), text(value)));
        self.remove_item(Item::from(end)).await;
    }

    /// Says that the stream ends at this entry.
    async fn end_at(&self, seq: u64) {
        let entries = self.store().await.entries(&stream(), seq, 1).await.unwrap();
        let head = serde_json::json!({"stream": STREAM, "head": entries[0].head()});
        let key = [("pk", "AUDITS"), ("sk", STREAM)];
        let mut item: Item = key
            .into_iter()
            .map(|(name, value)| (name.to_owned(), text(value)))
            .collect();
        item.insert("body".to_owned(), text(head.to_string()));
        item.insert("revision".to_owned(), AttributeValue::N(seq.to_string()));
        item.insert("v".to_owned(), AttributeValue::N("1".to_owned()));
        self.put_item(item).await;
    }
}

fn stream() -> StreamName {
    STREAM.parse().unwrap()
}

fn at(number: u64) -> Timestamp {
    let first: Timestamp = "2026-11-23T08:00:00Z".parse().unwrap();
    first + SignedDuration::from_mins(i64::try_from(number).unwrap())
}

/// Six people took their requests back, a minute apart.
async fn seeded() -> Office {
    let office = Office::open().await;
    let table = Table::open(&office).await;
    let entry = |number: u64| OutboxEntry {
        key: format!("key-{number}"),
        at: at(number),
        event: Event::RequestCancelled(RequestCancelled {
            request: RequestId::nil(),
            principal: Principal::new(format!("p{number}@acme.example")).unwrap(),
            group: GroupName::new("payments").unwrap(),
        }),
    };
    let events: Vec<OutboxEntry> = (1..=6).map(entry).collect();
    let failed = keep(&table.store().await, &events).await;
    assert!(failed.is_empty(), "{failed:?}");
    table.close().await;
    office
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_sync_changed_is_in_the_trail() {
    let office = Office::open().await;
    office
        .run(&["audit", "list"])
        .await
        .refuses(2, &["there is no store", "--store"]);
    office.run(&["sync"]).await.says(0, &[]);
    // A mistake in the configuration hides nothing.
    office.configure("leed = \"5m\"\n");
    let listed = office.run(&["audit", "list"]).await;
    listed.says(
        0,
        &[STREAM, "Membership Changed", "rotakey", ADA, "3 events"],
    );
    // The file that the sync put into force, too.
    listed.says(0, &["system", "Configuration Applied", "tester@"]);
    let verified = office.run(&["audit", "verify"]).await;
    verified.says(0, &["whole", "nothing was touched"]);

    let shown = ["audit", "show", "2", "--stream", STREAM];
    let shown = office.run(&shown).await;
    shown.says(0, &["entry 2 of group/payments", "fits what the entry"]);
    let key = shown
        .out
        .lines()
        .find_map(|line| line.strip_prefix("key       "));
    let by_key = ["audit", "show", key.unwrap(), "--json"];
    let by_key = office.run(&by_key).await.says(0, &[]).json();
    assert_eq!(
        (&by_key["seq"], &by_key["hash_fits"]),
        (&2.into(), &true.into())
    );
    for missing in ["no-such-key", "9"] {
        let missing = ["audit", "show", missing, "--stream", STREAM];
        let missing = office.run(&missing).await;
        missing.refuses(2, &["there is no entry"]);
    }

    let exported = ["audit", "export", "--format", "ocsf"];
    let exported = office.run(&exported).await;
    exported.says(0, &[]);
    let records: Vec<serde_json::Value> = exported
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let mut kinds: Vec<_> = records.iter().map(|it| it["type_uid"].as_u64()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, [Some(99), Some(300_603), Some(300_603)]);
    for record in records {
        assert_eq!(record["metadata"]["version"], "1.3.0");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trail_is_read_by_stream_time_and_number() {
    let office = seeded().await;
    let list = ["audit", "list", "--json"];
    let seqs = |json: serde_json::Value| -> Vec<u64> {
        let entries = json.as_array().unwrap().iter();
        entries.map(|it| it["seq"].as_u64().unwrap()).collect()
    };
    let (since, until) = (at(2).to_string(), at(5).to_string());
    for (case, more, expected) in [
        ("all", ["--limit", "50"].as_slice(), vec![6, 5, 4, 3, 2, 1]),
        ("the newest", &["--limit", "2"], vec![6, 5]),
        ("since, included", &["--since", &since], vec![6, 5, 4, 3, 2]),
        ("until, excluded", &["--until", &until], vec![4, 3, 2, 1]),
        (
            "the newest of a time",
            &["--until", &until, "--limit", "1", "--stream", STREAM],
            vec![4],
        ),
    ] {
        let run = office.run(&[&list[..], more].concat()).await;
        assert_eq!(seqs(run.says(0, &[]).json()), expected, "{case}");
    }
    let unknown = ["audit", "list", "--stream", "group/payment"];
    let unknown = office.run(&unknown).await;
    unknown.refuses(2, &["no stream `group/payment`", STREAM]);

    let export = ["audit", "export", "--format", "jsonl", "--since", &since];
    let exported = office.run(&export).await;
    exported.says(0, &[]);
    let entries: Vec<Entry> = exported
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(entries.len(), 5);
    assert!(entries.iter().all(|entry| entry.computed() == entry.hash));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_damage_is_found_and_located() {
    let same = str::to_owned;
    let other = |body: &str| body.replace("p3@", "q3@");
    for (case, kind, said) in [
        ("changed", "changed", "entry 3 was changed"),
        ("removed", "removed", "entry 3 was removed"),
        ("inserted", "inserted", "entry 3 was inserted"),
        ("moved", "reordered", "is out of its order"),
        ("cut off", "missing_tail", "the end is missing"),
    ] {
        let office = seeded().await;
        let table = Table::open(&office).await;
        match case {
            "changed" => table.put(3, 3, other).await,
            "removed" => table.remove(3).await,
            // Behind the end, where a place is free.
            "inserted" => table.put(3, 7, other).await,
            "moved" => {
                let three = table.read(3).await;
                table.put(4, 3, same).await;
                let mut moved = three;
                moved.extend(Table::place(4));
                table.put_item(moved).await;
            }
            _ => table.remove(6).await,
        }
        table.close().await;
        let verified = office.run(&["audit", "verify"]).await;
        verified.says(1, &["DAMAGED", said]);
        let json = office.run(&["audit", "verify", "--json"]).await;
        let json = json.says(1, &[]).json();
        let damage = json[0]["damage"].as_array().unwrap();
        assert!(
            damage.iter().any(|found| found["kind"] == kind),
            "{case}: {json}"
        );
        // The rest can still be read.
        let listed = office.run(&["audit", "list"]).await;
        listed.says(0, &["p1@acme.example"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_was_cut_off_cleanly_is_missed_by_the_one_kept_elsewhere() {
    let office = seeded().await;
    let heads = office.run(&["audit", "head", "--json"]).await;
    heads.says(0, &[STREAM]);
    let file = office.folder.path().join("heads.json");
    std::fs::write(&file, &heads.out).unwrap();
    let end = &heads.json()[STREAM];
    let end = format!("6:{}", end["hash"].as_str().unwrap());
    office
        .run(&["audit", "head"])
        .await
        .says(0, &[&end, STREAM]);
    let by_file = ["audit", "verify", "--head", "heads.json"];
    let by_hand = ["audit", "verify", "--stream", STREAM, "--head", &end];
    for verify in [&by_file[..], &by_hand] {
        office.run(verify).await.says(0, &["nothing was touched"]);
    }

    let table = Table::open(&office).await;
    table.remove(6).await;
    table.end_at(5).await;
    table.close().await;
    let verify = office.run(&["audit", "verify"]).await;
    verify.says(0, &["nothing was touched"]);
    for verify in [&by_file[..], &by_hand] {
        let missed = office.run(verify).await;
        missed.says(1, &["group/payments: the end is missing"]);
    }
    let alone = ["audit", "verify", "--head", &end];
    office.run(&alone).await.refuses(2, &["--stream"]);
    let nowhere = ["audit", "verify", "--head", "heads.txt"];
    office.run(&nowhere).await.refuses(2, &["heads.txt"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_lost_its_end_or_all_of_it_is_missed() {
    let office = Office::open().await;
    office.run(&["sync"]).await.says(0, &[]);
    office.configure("lead = \"10m\"\n");
    office.run(&["sync"]).await.says(0, &[]);
    let whole = office.run(&["audit", "verify"]).await;
    whole.says(0, &["2 streams checked: nothing was touched"]);

    let table = Table::open(&office).await;
    for stream in ["system", "group/payments"] {
        table.remove_end(stream).await;
    }
    table.close().await;
    let verified = office.run(&["audit", "verify"]).await;
    verified.says(
        1,
        &[
            "system: its end was removed: entries up to 2 are there",
            "group/payments: its end was removed",
            "2 findings",
        ],
    );
    let json = office.run(&["audit", "verify", "--json"]).await;
    let json = json.says(1, &[]).json();
    for stream in json.as_array().unwrap() {
        let kind = &stream["damage"][0]["kind"];
        assert_eq!(kind, "missing_end", "{json}");
    }

    let table = Table::open(&office).await;
    for stream in ["system", "group/payments"] {
        for seq in 1..=2 {
            let mut place = Table::place(seq);
            place.insert("pk".to_owned(), text(format!("AUDIT#{stream}")));
            table.remove_item(place).await;
        }
    }
    table.close().await;
    let verified = office.run(&["audit", "verify"]).await;
    verified.says(
        1,
        &[
            "system: all of it was removed: version 2 of the configuration is in force",
            "group/payments: all of it was removed: the journal has 2 changes",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_cannot_be_read_is_one_finding_and_hides_no_other() {
    let office = Office::open().await;
    office.run(&["sync"]).await.says(0, &[]);
    let table = Table::open(&office).await;
    let mut empty = table.read(2).await;
    empty.remove("body");
    table.put_item(empty).await;
    table
        .put(1, 1, |body| body.replace(ADA, "eve@acme.example"))
        .await;
    table.close().await;
    let verified = office.run(&["audit", "verify"]).await;
    verified.says(
        1,
        &[
            "group/payments: entry 2 cannot be read: it has no body",
            "group/payments: entry 1 was changed",
            "system",
            "2 findings",
        ],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ends_of_no_stream_prove_nothing_and_are_refused() {
    let office = seeded().await;
    std::fs::write(office.folder.path().join("heads.json"), "{}").unwrap();
    let verify = office
        .run(&["audit", "verify", "--head", "heads.json"])
        .await;
    verify.refuses(2, &["heads.json", "names no stream", "rotakey audit head"]);
}
