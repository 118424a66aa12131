//! A configuration that is stored while a tick waits for an edge by the one before.

use super::{ADA, ADMIN, Desk, GRACE, GROUPS, VAULT};
use crate::support::at;
use access_core::config::Config;
use access_core::ports::{Clock, Configs, Requests};
use access_core::request::{
    Asked, Channel, GrantState, Kind, Policies, Reason, Step, Verdict, ask,
};
use access_store::DynamoStore;
use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use simulators::kit::SimClock;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A clock that jumps; but while it is first waited for, a configuration is stored and a decision made by it.
struct Meanwhile {
    time: SimClock,
    store: Arc<DynamoStore>,
    text: String,
    step: Mutex<Option<Step>>,
}

#[async_trait]
impl Clock for Meanwhile {
    fn now(&self) -> Timestamp {
        self.time.now()
    }

    async fn wait_until(&self, at: Timestamp) {
        let step = {
            let mut step = self.step.lock().unwrap_or_else(PoisonError::into_inner);
            step.take()
        };
        if let Some(step) = step {
            let (now, none) = (self.now(), BTreeMap::new());
            let saved = self.store.save_config(now, "test", &self.text, &none).await;
            saved.expect("the configuration is stored");
            let taken = self.store.take(&step).await;
            taken.expect("the decision is stored");
        }
        if self.time.now() < at {
            self.time.set(at);
        }
    }
}

/// Grace is let into the vault for half an hour.
fn into_the_vault(now: Timestamp, text: &str) -> Step {
    let config = Config::parse("test", text).expect("the configuration is sound");
    let asked = Asked {
        by: GRACE.parse().expect("an address"),
        group: "vault".parse().expect("a name"),
        duration: SignedDuration::from_mins(30),
        reason: Reason::new("one last look").expect("a reason"),
        at: now,
        through: Channel::Slack,
        kind: Kind::Access,
        key: None,
    };
    let verdict = Verdict::Approve {
        policies: Policies::from(["test".to_owned()]),
    };
    let id = "00000000-0000-4000-8000-000000000001";
    let id = id.parse().expect("an id");
    ask(now, &config, id, asked, verdict, None).expect("it is approved")
}

#[tokio::test]
async fn a_tick_that_waits_ends_no_grant_by_an_older_configuration() {
    let mut desk = Desk::open().await;
    desk.ada_is_in().await;
    let newer = desk.world.store.latest_config().await;
    let newer = newer.expect("the store is read");
    let newer = newer.expect("one is stored").text;
    let tables = GROUPS.split("[[group]]");
    let older: Vec<&str> = tables
        .filter(|table| !table.contains("name = \"vault\""))
        .collect();
    desk.world.configure(&older.join("[[group]]")).await;
    // Fifty seconds before Ada's grant ends: the tick waits for that.
    let now = at("2026-11-03T11:59:10Z");
    desk.world.clock.set(now);
    desk.poller.deps.clock = Arc::new(Meanwhile {
        time: desk.world.clock.clone(),
        store: Arc::clone(&desk.world.store),
        step: Mutex::new(Some(into_the_vault(now, &newer))),
        text: newer,
    });
    let answer = desk.poller.tick().await.expect("the tick succeeds");
    assert!(answer.failures.is_empty(), "{:?}", answer.failures);
    assert_eq!(desk.world.clock.now(), at("2026-11-03T12:00:00Z"));
    desk.holds(ADMIN, &[], "its time was up");
    let grants = desk.grants_of(ADA).await;
    let ended = matches!(grants[0].state, GrantState::Ended { .. });
    assert!(ended, "also as stored");
    let grants = desk.grants_of(GRACE).await;
    assert_eq!(grants.len(), 1);
    assert_eq!(grants[0].state, GrantState::Live);

    desk.world.clock.set(at("2026-11-03T12:01:00Z"));
    let answer = desk.poller.tick().await.expect("the tick succeeds");
    assert!(answer.failures.is_empty(), "{:?}", answer.failures);
    desk.holds(VAULT, &[GRACE], "by the newer configuration");
}
