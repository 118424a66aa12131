//! Killed between any two requests and run again: the same end, nothing lost, no change written or told as two.

mod scene;
mod taken_back;
mod waiting;

use crate::support::{Choke, Cut, Moved, Poller, World, at, moves};
use scene::{ENTITLEMENTS, End, Scene};

/// Ticks of the next poller: one that recovers, one that looks once more at what may come late, one with nothing to do.
const TICKS: usize = 3;

/// Tells the story for every request that the tick makes, cut before and after its delivery.
async fn killed_at_every_request(scene: Scene) {
    let expected = uninterrupted(scene).await;
    for cut in [Cut::BeforeDelivery, Cut::AfterDelivery] {
        let mut number = 1;
        while killed(scene, number, cut, &expected).await {
            number += 1;
        }
        assert!(
            number > 10,
            "{scene:?}: a tick that changes something makes more than {number} requests"
        );
    }
}

async fn uninterrupted(scene: Scene) -> End {
    let world = scene.world().await;
    let before = world.holdings(&ENTITLEMENTS);
    world
        .poller()
        .await
        .tick()
        .await
        .expect("the tick succeeds");
    assert_ne!(
        world.holdings(&ENTITLEMENTS),
        before,
        "{scene:?}: the tick has something to do"
    );
    recover(&world, scene, "uninterrupted").await
}

/// One poller is killed at a request, others come after it; `false`: it was done before.
async fn killed(scene: Scene, number: u64, cut: Cut, expected: &End) -> bool {
    let world = scene.world().await;
    let choke = Choke::at(number, cut);
    let poller = world.poller_through(&choke).await;
    let _ = poller.tick().await;
    drop(poller);
    let names = choke.names();
    let Some(name) = usize::try_from(number - 1)
        .ok()
        .and_then(|place| names.get(place))
    else {
        return false;
    };
    let case = format!("{scene:?}, cut {cut:?} of request {number}, {name}");
    if cut == Cut::AfterDelivery {
        too_early(&world, &case).await;
    }
    let end = recover(&world, scene, &case).await;
    assert_eq!(end, *expected, "{case}");
    true
}

/// Another poller while the lease of the killed one may still run: it leaves everything alone, or finds no lease in its way.
async fn too_early(world: &World, case: &str) {
    let before = world.holdings(&ENTITLEMENTS);
    let answer = world
        .poller()
        .await
        .tick()
        .await
        .unwrap_or_else(|error| panic!("{case}: {error}"));
    assert!(
        !answer.busy || world.holdings(&ENTITLEMENTS) == before,
        "{case}: a busy poller changes nothing"
    );
}

/// Another poller, once the lease has ended, and everything it must leave behind.
async fn recover(world: &World, scene: Scene, case: &str) -> End {
    world
        .clock
        .set(at(scene.recovers_at()).max(world.clock.now()));
    until_clean(&world.poller().await, case).await;
    let end = End::of(world, case).await;
    assert_eq!(
        end.applied,
        all_moves(scene, world),
        "{case}: the journal tells what happened in the targets"
    );
    let log = &world.identity_center.kit().log.requests();
    let done = |operation: &str| {
        log.iter()
            .filter(|request| request.operation == operation && request.status == Some(200))
            .count()
    };
    let in_aws = end
        .applied
        .iter()
        .filter(|moved| moved.entitlement.starts_with("aws:"))
        .count();
    assert_eq!(
        done("CreateGroupMembership") + done("DeleteGroupMembership"),
        in_aws,
        "{case}: nothing is done twice"
    );
    end
}

async fn until_clean(poller: &Poller, case: &str) {
    for number in 1..=TICKS {
        let answer = poller
            .tick()
            .await
            .unwrap_or_else(|error| panic!("{case}: {error}"));
        assert!(!answer.busy, "{case}: the lease has ended");
        let is_clean = answer.failures.is_empty() && answer.changes == 0;
        assert!(
            is_clean || number < TICKS,
            "{case}: not clean after {TICKS} ticks: {answer:?}"
        );
    }
}

/// Everybody who came or went: before the tick that is killed, and since.
fn all_moves(scene: Scene, world: &World) -> Vec<Moved> {
    let [first, before] = scene.holdings_before();
    let mut all = moves(&first, &before);
    all.extend(moves(&before, &world.holdings(&ENTITLEMENTS)));
    all.sort();
    all
}

#[tokio::test]
async fn a_first_sync_that_creates_its_groups_survives_a_kill_at_every_request() {
    killed_at_every_request(Scene::FirstSync).await;
}

#[tokio::test]
async fn a_handoff_survives_a_kill_at_every_request() {
    killed_at_every_request(Scene::Handoff).await;
}

#[tokio::test]
async fn a_group_that_leaves_the_configuration_is_cleared_whatever_request_is_the_last() {
    killed_at_every_request(Scene::GroupRemoved).await;
}

#[tokio::test]
async fn somebody_hears_of_held_removals_whatever_request_is_the_last() {
    killed_at_every_request(Scene::RemovalsHeld).await;
}

#[tokio::test]
async fn a_released_plan_is_carried_out_once_whatever_request_is_the_last() {
    killed_at_every_request(Scene::Released).await;
}
