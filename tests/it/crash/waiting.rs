//! Killed while it waits for an edge: what it read before is known to whoever comes after, PagerDuty or not.

use crate::support::rota::{GRACE, LINUS, noon_handoffs, people};
use crate::support::{World, WorldOptions, at};
use access_core::ports::{Clock, Leases};
use async_trait::async_trait;
use jiff::Timestamp;
use simulators::kit::Fault;
use std::sync::Arc;
use tokio::sync::Notify;

/// Linus comes at 11:55, Grace goes at 12:05.
const GROUP: &str = r#"
[[group]]
name = "payments-oncall"
sources = ["schedule:acme/PSCHED1"]
entitlements = ["aws:Payments"]
"#;

/// Stands still: who waits, waits for ever, and that is told.
struct Frozen {
    now: Timestamp,
    waits: Notify,
}

#[async_trait]
impl Clock for Frozen {
    fn now(&self) -> Timestamp {
        self.now
    }

    async fn wait_until(&self, _: Timestamp) {
        self.waits.notify_one();
        std::future::pending::<()>().await;
    }
}

#[tokio::test]
async fn killed_while_it_waits_for_an_edge_a_poller_has_left_what_it_read() {
    let now = "2026-11-03T11:54:30Z";
    let world = World::start(WorldOptions {
        pagerduty: noon_handoffs(now),
        people: vec![GRACE, LINUS],
        groups: vec![],
        config: GROUP,
    })
    .await;
    let clock = Arc::new(Frozen {
        now: at(now),
        waits: Notify::new(),
    });
    let mut poller = world.poller().await;
    poller.deps.clock = Arc::clone(&clock) as _;
    tokio::select! {
        ended = poller.tick() => panic!("the clock stands still: {ended:?}"),
        () = clock.waits.notified() => {}
    }
    drop(poller);
    assert_eq!(world.members("Payments"), people(&[GRACE]));
    let record = world.store.last_tick().await.expect("the store answers");
    let record = record.expect("it was kept before the wait");
    let read_at: Vec<Timestamp> = record.freshness.values().map(|it| it.read_at).collect();
    assert_eq!((read_at, record.ended_at), (vec![at(now)], None));

    world.pagerduty.faults().always("*", Fault::status(503));
    // Who comes is let in by what is known; who goes waits for a fresh read.
    for time in ["2026-11-03T11:57:00Z", "2026-11-03T12:05:00Z"] {
        world.clock.set(at(time));
        let next = world.poller().await;
        let answer = next.tick().await.expect("it goes by what is known");
        assert!(!answer.failures.is_empty(), "{time}: PagerDuty is down");
        assert_eq!(world.members("Payments"), people(&[GRACE, LINUS]), "{time}");
    }
    world.pagerduty.faults().clear();
    let next = world.poller().await;
    next.tick().await.expect("PagerDuty is back");
    assert_eq!(world.members("Payments"), people(&[LINUS]));
}
