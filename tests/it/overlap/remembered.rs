//! What a process remembers of the store, and a lease that its holder could not use.

use super::busy_day;
use crate::support::{Poller, World, at};
use access_core::ports::{BindingState, Bindings, Leases, StoreError};
use access_store::embedded::TABLE;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use oncall_poller::PollerError;

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

/// At one o'clock, when the rota was read and everything is in line.
async fn in_line() -> (World, Poller) {
    let world = busy_day().await;
    world.clock.set(at("2026-11-03T01:00:00Z"));
    let poller = world.poller().await;
    let answer = poller.tick().await.expect("the tick succeeds");
    assert!(answer.failures.is_empty() && !answer.busy);
    (world, poller)
}

#[tokio::test]
async fn what_another_process_wrote_before_it_was_killed_is_not_overlooked() {
    let (world, poller) = in_line().await;
    let log = &world.identity_center.kit().log;
    world.clock.advance(MINUTE);
    log.reset();
    poller.tick().await.expect("the tick succeeds");
    assert_eq!(log.total(), 0, "nothing is due");

    // The other one finds something that is not in line, and never gives its lease back.
    world.clock.advance(MINUTE);
    let now = world.clock.now();
    let lease = world.store.acquire(now, now + MINUTE).await;
    let fence = lease.expect("nobody holds it").fence;
    let bindings = world.store.bindings().await.expect("bindings are read");
    for (binding, state) in bindings.states {
        let state = BindingState {
            clean: false,
            ..state
        };
        let saved = world.store.save_binding(fence, &binding, &state).await;
        saved.expect("it holds the lease");
    }
    world.clock.advance(MINUTE * 2);
    poller.tick().await.expect("the tick succeeds");
    assert!(log.total() > 0, "it is looked at again");

    world.clock.advance(MINUTE);
    log.reset();
    poller.tick().await.expect("the tick succeeds");
    assert_eq!(log.total(), 0, "and then nothing is due");
}

#[tokio::test]
async fn a_run_that_cannot_begin_gives_its_lease_back_and_leaves_what_was_left() {
    let (world, _) = in_line().await;
    let left = world.store.last_tick().await.expect("the store answers");
    assert!(left.is_some());
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let (partition, sort) = (text("ROTAS"), text("damaged"));
    let table = world.table();
    let put = table.put_item().table_name(TABLE);
    let put = put.item("pk", partition.clone()).item("sk", sort.clone());
    let put = put.item("v", AttributeValue::N("1".to_owned()));
    put.send().await.expect("the item is written");

    world.clock.advance(MINUTE);
    let failed = world.poller().await.tick().await;
    let is_malformed = matches!(
        &failed,
        Err(PollerError::Store(StoreError::Malformed { .. }))
    );
    assert!(is_malformed, "{failed:?}");
    assert_eq!(world.store.last_tick().await, Ok(left));

    let delete = table.delete_item().table_name(TABLE);
    let delete = delete.key("pk", partition).key("sk", sort);
    delete.send().await.expect("the item is deleted");
    let now = world.clock.now();
    let answer = world.poller().await.tick().await;
    let answer = answer.expect("the tick succeeds");
    assert!(!answer.busy && answer.failures.is_empty());
    assert_eq!(world.clock.now(), now, "nobody waits");
}
