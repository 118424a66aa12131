//! Many webhooks at once, a tenth of them repeats: none is lost, and none is kept twice.

use crate::support::receiver::WEBHOOK_SECRET;
use crate::support::rota::three_people;
use crate::support::{World, WorldOptions};
use acceptance::load::{GROUP, Load};
use futures::{StreamExt, stream};

/// Ten deliveries of each.
const INCIDENTS: u16 = 30;
/// Deliveries under way at once.
const AT_ONCE: usize = 16;

#[tokio::test]
async fn of_many_webhooks_at_once_each_is_kept_exactly_once() {
    let world = World::start(WorldOptions {
        pagerduty: three_people(super::MORNING),
        people: vec![],
        groups: vec![],
        config: GROUP,
    })
    .await;
    let receiver = world.receiver();
    let now = world.clock.now();
    let load = Load::new(
        now,
        INCIDENTS,
        "http://receiver.example/acme",
        WEBHOOK_SECRET,
    );
    let writes_before = world.store.writes();
    let statuses: Vec<u16> = stream::iter(&load.deliveries)
        .map(|webhook| receiver.take(now, webhook))
        .buffer_unordered(AT_ONCE)
        .collect()
        .await;
    assert_eq!(statuses, [202; 300]);
    assert_eq!(load.tally(&world.store, now).await, load.whole());
    assert_eq!(world.store.writes() - writes_before, load.writes());
}
