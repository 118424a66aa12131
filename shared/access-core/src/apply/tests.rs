//! The driver against a target and a store that keep what they are told.

use super::*;
use crate::membership::RecordState;
use crate::ports::JournalStage;
use crate::world::scene::{Scene, apply, on_call};
use crate::world::{FakeMemberships, FakeTarget, Life, account, at, at_once, binding};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Ada comes, Grace goes.
fn handoff() -> Scene {
    Scene::new()
        .has("grace", on_call("10:00"))
        .wants("ada", on_call("16:00"))
}

fn refused() -> TargetError {
    TargetError::Refused("no".into())
}

fn accounts(names: &[&str]) -> BTreeSet<AccountId> {
    names.iter().map(|name| account(name)).collect()
}

#[test]
fn people_come_before_people_go() {
    let mut scene = handoff();
    let (target, store) = scene.outside();
    let (_, report) = scene.sweep(&target, &store);
    assert!(report.is_clean());
    assert_eq!(target.holds(), accounts(&["ada"]));
    let actions: Vec<_> = target.steps().iter().map(|step| step.action).collect();
    assert_eq!(actions, [Action::Add, Action::Remove]);
    assert_eq!(scene.records[&account("ada")].state, RecordState::Present);
    assert_eq!(scene.records.len(), 1);
}

#[test]
fn events_say_who_why_and_until_when() {
    let mut scene = handoff();
    let (target, store) = scene.outside();
    let (_, report) = scene.sweep(&target, &store);
    let said: Vec<_> = report
        .applied
        .iter()
        .map(|applied| &applied.event)
        .collect();
    assert_eq!(said[0].principal, Some(crate::world::person("ada")));
    assert_eq!(
        said[0].reason,
        "on call on schedule acme/P1 from 2026-11-22T08:00:00Z until 2026-11-22T16:00:00Z"
    );
    assert_eq!(said[0].until, Some(at("16:00")));
    assert_eq!(said[1].reason, "ended at 2026-11-22T10:00:00Z");
    assert_eq!(said[1].causes, on_call("10:00").causes);
}

#[test]
fn one_failure_stops_nothing_else() {
    for failing in 1..=4 {
        let mut scene = Scene::new()
            .has("grace", on_call("10:00"))
            .has("edsger", on_call("10:00"))
            .wants("ada", on_call("16:00"))
            .wants("barbara", on_call("16:00"));
        let (target, store) = scene.outside();
        let target = target.fail(failing, refused());
        let (plan, report) = scene.sweep(&target, &store);
        assert_eq!(
            (report.applied.len(), report.failed.len()),
            (3, 1),
            "step {failing}"
        );
        assert_eq!(report.failed[0].error, refused());
        assert!(!report.is_clean());
        assert_eq!(target.steps().len(), 4, "step {failing}");

        let open = report.failed[0].change;
        assert_eq!(
            store.stages()[&open],
            [JournalStage::Decided, JournalStage::Failed]
        );
        let again = scene.plan();
        let ids = again.additions.iter().map(|addition| addition.change);
        let ids: Vec<_> = ids
            .chain(again.removals.iter().map(|removal| removal.change))
            .collect();
        assert_eq!(
            ids,
            [open],
            "the next sweep goes on with the same change: {plan}{again}"
        );

        let target = FakeTarget::holding(target.holds());
        scene.sweep(&target, &store);
        assert_eq!(
            target.holds(),
            accounts(&["ada", "barbara"]),
            "step {failing}"
        );
        let stages = [
            JournalStage::Decided,
            JournalStage::Failed,
            JournalStage::Applied,
        ];
        assert_eq!(store.stages()[&open], stages, "step {failing}");
    }
}

#[test]
fn an_answer_that_got_lost_is_settled_by_what_the_target_shows() {
    let mut scene = handoff();
    let (target, store) = scene.outside();
    let plan = scene.plan();
    at_once(store.begin(Fence(1), scene.now, &plan)).unwrap();
    let target_after = FakeTarget::holding(accounts(&["ada", "grace"]));
    drop(target);
    let (second, report) = scene.sweep(&target_after, &store);
    assert_eq!(second.settled.len(), 1, "ada's addition");
    assert_eq!(report.applied.len(), 1, "grace's removal");
    let stages = [JournalStage::Decided, JournalStage::Applied];
    assert!(
        store.stages().values().all(|known| *known == stages),
        "{:?}",
        store.stages()
    );
}

#[test]
fn nothing_is_applied_that_could_not_be_written_down() {
    let scene = handoff();
    for writes in 0..2 {
        let store = scene.outside().1.living(&Life::of(writes));
        let target = FakeTarget::holding(scene.observed.clone());
        let report = apply(scene.now, &scene.plan(), &target, &store);
        assert!(target.steps().is_empty(), "after {writes} writes");
        assert_eq!(report.left, 2);
        assert!(matches!(report.store, Some(StoreError::Unavailable(_))));
    }
}

#[test]
fn an_overtaken_sweep_stops_between_batches() {
    let mut scene = Scene::new();
    for n in 0..(2 * STEPS_PER_BATCH) {
        scene = scene.wants(&format!("person-{n:03}"), on_call("16:00"));
    }
    let (target, store) = scene.outside();
    let asked = AtomicUsize::new(0);
    let goes_on = || asked.fetch_add(1, Ordering::Relaxed) == 0;
    let hands = Hands {
        target: &target,
        store: &store,
        fence: Fence(1),
        goes_on: &goes_on,
    };
    let report = at_once(carry_out(scene.now, &scene.plan(), &hands));
    assert_eq!(target.holds().len(), STEPS_PER_BATCH);
    assert_eq!(
        (report.applied.len(), report.left),
        (STEPS_PER_BATCH, STEPS_PER_BATCH)
    );

    scene.look(&target, &store);
    let (_, report) = scene.sweep(&target, &store);
    assert!(report.is_clean());
    assert_eq!(target.holds().len(), 2 * STEPS_PER_BATCH);
    let stages = [JournalStage::Decided, JournalStage::Applied];
    assert!(store.stages().values().all(|known| *known == stages));
}

#[test]
fn a_store_that_fails_midway_stops_the_sweep_after_its_batch() {
    let mut scene = Scene::new();
    for n in 0..(2 * STEPS_PER_BATCH) {
        scene = scene.wants(&format!("person-{n:03}"), on_call("16:00"));
    }
    let life = Life::of(2 * STEPS_PER_BATCH + 1);
    let store = FakeMemberships::new().living(&life);
    let target = FakeTarget::holding([]);
    let report = apply(scene.now, &scene.plan(), &target, &store);
    assert_eq!(report.applied.len(), STEPS_PER_BATCH);
    assert_eq!(report.left, STEPS_PER_BATCH);
    assert!(report.store.is_some());
}

#[test]
fn cut_off_after_any_effect_a_rerun_ends_the_same_and_writes_nothing_twice() {
    let whole = {
        let life = Life::endless();
        let mut scene = handoff();
        let (target, store) = scene.outside();
        let (target, store) = (target.living(&life), store.living(&life));
        scene.sweep(&target, &store);
        usize::MAX - life.left()
    };
    assert_eq!(whole, 6, "two decisions, two changes, two outcomes");
    for effects in 0..=whole {
        let life = Life::of(effects);
        let mut scene = handoff();
        let (target, store) = scene.outside();
        let (target, store) = (target.living(&life), store.living(&life));
        scene.sweep(&target, &store);

        scene.now = at("10:01");
        let (target, store) = (FakeTarget::holding(target.holds()), store.revived());
        let (_, report) = scene.sweep(&target, &store);
        assert!(report.is_clean(), "after {effects}");
        assert_eq!(target.holds(), accounts(&["ada"]), "after {effects}");
        assert_eq!(store.of(&binding()).len(), 1, "after {effects}");
        let stages = [JournalStage::Decided, JournalStage::Applied];
        assert_eq!(store.stages().len(), 2, "after {effects}");
        for known in store.stages().values() {
            let outcome = known.iter().filter(|stage| **stage != JournalStage::Failed);
            assert!(outcome.eq(stages.iter()), "after {effects}: {known:?}");
        }
    }
}
