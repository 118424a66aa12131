//! What is written down and cannot be understood: it alone is left as it is, and everything else goes on.

use crate::support::rota::{ADA, GRACE, LINUS, noon_handoffs, people};
use crate::support::{World, WorldOptions, at, minutes};
use access_core::config::Config;
use access_core::id::RequestId;
use access_core::ports::{Configs, Requests};
use access_core::principal::Principal;
use access_core::request::{Asked, Channel, Kind, Reason, Verdict, ask};
use access_store::embedded::TABLE;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use std::collections::{BTreeSet, HashMap};

type Item = HashMap<String, AttributeValue>;

/// A rota, a group to ask into, and two of people who are always in them; removals before their time wait.
fn config(search: &[&str], leads: &str) -> String {
    let search = search.iter().map(|email| format!("person:{email}"));
    let search: Vec<String> = search.collect();
    format!(
        r#"
[[group]]
name = "payments-oncall"
sources = ["schedule:acme/PSCHED1"]
entitlements = ["aws:Payments"]

[[group]]
name = "vault"
entitlements = ["aws:Vault"]
[group.request]
max = "1h"
approvers = ["person:ada@acme.example"]

[[group]]
name = "search"
sources = {search:?}
entitlements = ["aws:Search"]

[[group]]
name = "leads"
sources = ["person:{leads}"]
entitlements = ["aws:Leads"]

[limits]
removals_max = 0
"#
    )
}

/// Linus is let into the vault for ten minutes.
async fn grant(world: &World) {
    let stored = world.store.latest_config().await;
    let stored = stored.expect("the store is read").expect("one is stored");
    let config = Config::parse("test", &stored.text).expect("it is a configuration");
    let now = world.clock.now();
    let asked = Asked {
        by: Principal::new(LINUS).expect("an address"),
        group: "vault".parse().expect("a group's name"),
        duration: SignedDuration::from_mins(10),
        reason: Reason::new("to look").expect("a reason"),
        at: now,
        through: Channel::Slack,
        kind: Kind::Access,
        key: None,
    };
    let id: RequestId = "00000000-0000-4000-8000-000000000001"
        .parse()
        .expect("an id");
    let verdict = Verdict::Approve {
        policies: BTreeSet::new(),
    };
    let step = ask(now, &config, id, asked, verdict, None);
    let step = step.expect("it may be asked");
    world.store.take(&step).await.expect("the grant is kept");
}

/// Makes an item one that a later version wrote; answers what it was before.
async fn outdate(world: &World, partition: &str, sort: &str) -> Item {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let get = world.table().get_item().table_name(TABLE);
    let get = get.key("pk", text(partition)).key("sk", text(sort));
    let item = get.send().await.expect("the table answers").item;
    let item = item.expect("it is there");
    let mut later = item.clone();
    later.insert("v".to_owned(), AttributeValue::N("99".to_owned()));
    put(world, later).await;
    item
}

async fn put(world: &World, item: Item) {
    let put = world.table().put_item().table_name(TABLE);
    let put = put.set_item(Some(item)).send().await;
    put.expect("the item is written");
}

#[tokio::test]
async fn a_binding_and_a_held_plan_that_cannot_be_understood_are_left_alone_and_told_once() {
    let world = World::start(WorldOptions {
        pagerduty: noon_handoffs("2026-11-03T11:54:00Z"),
        people: vec![ADA, GRACE, LINUS],
        groups: vec![],
        config: &config(&[GRACE], ADA),
    })
    .await;
    grant(&world).await;
    let poller = world.poller().await;
    poller.tick().await.expect("the tick succeeds");
    assert_eq!(world.members("Vault"), people(&[LINUS]));
    world.configure(&config(&[GRACE], GRACE)).await;
    world.clock.set(at("2026-11-03T11:55:00Z"));
    poller.tick().await.expect("the tick succeeds");
    let held = world.held().await;
    let plan = held.first().expect("Ada's removal waits");

    let search = "search#aws:Search";
    let items = [
        outdate(&world, "BINDINGS", search).await,
        outdate(&world, "HELD", plan).await,
    ];
    world.configure(&config(&[GRACE, LINUS], GRACE)).await;
    let poller = world.poller().await;
    let layout = "its layout is 99, and this program reads 1";
    let remedy = "update Rotakey to the version that wrote it";
    let expected = [
        format!("item HELD / {plan}: {layout}; what it holds stays held: {remedy}"),
        format!(
            "search on aws:Search: item BINDINGS / {search}: {layout}; it is left alone: {remedy}"
        ),
    ];
    for now in minutes("2026-11-03T11:56:00Z", "2026-11-03T12:06:00Z") {
        world.clock.set(now);
        let answer = poller.tick().await.expect("the tick does what it can");
        let failures: Vec<_> = answer.failures.iter().map(ToString::to_string).collect();
        assert_eq!(failures, expected, "{now}");
    }
    assert_eq!(world.members("Payments"), people(&[LINUS]), "a handoff");
    assert_eq!(world.members("Vault"), people(&[]), "a grant that ended");
    assert_eq!(world.members("Search"), people(&[GRACE]), "left alone");
    assert_eq!(world.members("Leads"), people(&[ADA, GRACE]), "still held");
    assert_eq!(world.told_of("Sync Failed").len(), 1);
    assert_eq!(world.told_of("Removals Held").len(), 1);
    for (partition, sort) in [("BINDINGS", search), ("HELD", plan)] {
        let there = outdate(&world, partition, sort).await;
        let is_theirs = there["v"] == AttributeValue::N("99".to_owned());
        assert!(is_theirs, "{partition} is not written over");
    }

    for item in items {
        put(&world, item).await;
    }
    world.clock.set(at("2026-11-03T12:07:00Z"));
    let answer = poller.tick().await.expect("the tick succeeds");
    assert!(answer.failures.is_empty(), "{:?}", answer.failures);
    assert_eq!(world.members("Search"), people(&[GRACE, LINUS]));
    assert_eq!(world.held().await, held, "and waits as it did");
}
