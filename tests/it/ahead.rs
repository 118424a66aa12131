//! A look at the coming days that does not end: handoffs go on, and no tick after it ends the same way.

use crate::support::rota::{GRACE, LINUS, noon_handoffs, people};
use crate::support::{Choke, Cut, World, WorldOptions, at};
use access_core::ports::Leases;
use jiff::Timestamp;
use simulators::kit::Fault;
use std::time::Duration;

/// Linus comes at 11:55, Grace goes at 12:05. In between targets are asked for nothing but the coming days.
const CONFIG: &str = r#"
[sweep]
observe_every = "1d"

[[group]]
name = "payments-oncall"
sources = ["schedule:acme/PSCHED1"]
entitlements = ["aws:Payments"]
"#;

/// What the look asks a target for.
const LOOK_UP: &str = "GetUserId";

/// A world whose coming days were looked at some hours ago, at three in the morning.
async fn morning() -> World {
    let world = World::start(WorldOptions {
        pagerduty: noon_handoffs("2026-11-03T03:00:00Z"),
        people: vec![GRACE, LINUS],
        groups: vec![],
        config: CONFIG,
    })
    .await;
    let poller = world.poller().await;
    let answer = poller.tick().await.expect("the first tick succeeds");
    assert!(answer.failures.is_empty(), "{:?}", answer.failures);
    assert_eq!(looked_at(&world).await, at("2026-11-03T03:00:00Z"));
    world
}

/// When the coming days were last looked at, as the last run noted it.
async fn looked_at(world: &World) -> Timestamp {
    let record = world.store.last_tick().await.expect("the store answers");
    let record = record.expect("a tick left a record");
    record.forecast_at.expect("a look was made")
}

/// The schedule calls at that time, and nothing may fail; answers whether the coming days were looked at.
async fn looks(world: &World, time: &str) -> bool {
    let now = at(&format!("2026-11-03T{time}Z"));
    world.clock.set(now);
    let poller = world.poller().await;
    let answer = poller.tick().await.expect("the tick succeeds");
    assert!(!answer.busy, "{time}: no lease is in its way");
    assert!(answer.failures.is_empty(), "{time}: {:?}", answer.failures);
    looked_at(world).await == now
}

#[tokio::test]
async fn a_look_that_takes_too_long_is_cut_at_the_next_handoff() {
    let world = morning().await;
    // It is due since nine, and has half a second, in real time.
    world.clock.set(at("2026-11-03T11:54:59.5Z"));
    let faults = &world.identity_center.kit().faults;
    faults.on(LOOK_UP, 1, Fault::Delay(Duration::from_mins(10)));
    let poller = world.poller().await;
    let answer = poller.tick().await.expect("the tick does what it can");
    let failures: Vec<_> = answer.failures.iter().map(ToString::to_string).collect();
    let expected = "forecast of the coming days: not done by the next handoff, or within 40 s: it is tried again in 15 minutes; a shorter `forecast` in [sweep] takes less time";
    assert_eq!(failures, [expected]);
    assert_eq!(world.members("Payments"), people(&[GRACE, LINUS]));

    faults.clear();
    assert!(!looks(&world, "12:01:00").await, "it is not yet time");
    assert!(looks(&world, "12:10:00").await);
    assert_eq!(world.told_of("Sync Failed").len(), 1);
}

#[tokio::test]
async fn killed_in_the_middle_of_a_look_a_poller_leaves_it_to_a_later_tick() {
    let ten = at("2026-11-03T10:00:00Z");
    let world = morning().await;
    world.clock.set(ten);
    let choke = Choke::at(u64::MAX, Cut::BeforeDelivery);
    let whole = world.poller_through(&choke).await;
    whole.tick().await.expect("nobody kills it");
    let place = choke.names().iter().position(|name| name == LOOK_UP);
    let place = place.expect("the look asks for accounts");
    let number = u64::try_from(place).expect("a tick makes few requests") + 1;

    let world = morning().await;
    world.clock.set(ten);
    let choke = Choke::pausing_at(number, Cut::BeforeDelivery);
    let killed = world.poller_through(&choke).await;
    tokio::select! {
        ended = killed.tick() => panic!("it looks for ever: {ended:?}"),
        () = choke.reached() => {}
    }
    drop(killed);
    let last = choke.names().pop();
    assert_eq!(last.as_deref(), Some(LOOK_UP), "that was in the look");

    // As soon as the lease has ended.
    assert!(!looks(&world, "10:02:01").await, "the next tick lives");
    assert!(looks(&world, "10:15:00").await);
}
