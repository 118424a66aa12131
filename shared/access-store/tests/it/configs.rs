//! Configuration versions.

use crate::support::{Death, World, noon};
use access_core::event::{ConfigurationApplied, Event};
use access_core::ports::{Configs, Outbox, StoreError};
use access_store::CONFIG_BYTES_MAX;
use std::collections::BTreeMap;

#[tokio::test]
async fn versions_count_up_and_an_equal_text_is_none() {
    let world = World::new().await;
    let store = &world.store;
    assert_eq!(store.latest_config().await, Ok(None));
    let none = &BTreeMap::new();
    let first = store.save_config(noon(0), "grace", "a = 1", none).await;
    let first = first.unwrap();
    assert_eq!(
        (
            first.version,
            first.by.as_str(),
            first.at,
            first.text.as_str()
        ),
        (1, "grace", noon(0), "a = 1")
    );
    let writes = store.writes();
    assert_eq!(
        store.save_config(noon(1), "heidi", "a = 1", none).await,
        Ok(first.clone())
    );
    assert_eq!(store.writes(), writes);
    for version in 2..=12 {
        let saved = store
            .save_config(noon(version), "heidi", &format!("a = {version}"), none)
            .await
            .unwrap();
        assert_eq!(i64::try_from(saved.version).unwrap(), version);
        assert_eq!(store.latest_config().await, Ok(Some(saved)));
    }
    assert_eq!(
        store
            .save_config(noon(20), "ivan", "a = 1", none)
            .await
            .unwrap()
            .version,
        13,
        "an earlier text is a new version"
    );
}

#[tokio::test]
async fn of_writers_at_once_one_wins_each_version() {
    let world = World::new().await;
    let stores: Vec<_> = (0..8).map(|_| world.other()).collect();
    let none = BTreeMap::new();
    for round in 1..=10 {
        let texts: Vec<_> = (0..8)
            .map(|writer| format!("writer = {writer} # {round}"))
            .collect();
        let saves = stores
            .iter()
            .zip(&texts)
            .map(|(store, text)| store.save_config(noon(round), "somebody", text, &none));
        let answers = futures::future::join_all(saves).await;
        let latest = world.store.latest_config().await.unwrap().unwrap();
        let mut versions: Vec<_> = answers
            .iter()
            .flatten()
            .map(|saved| saved.version)
            .collect();
        versions.sort_unstable();
        assert!(
            versions.windows(2).all(|pair| pair[0] < pair[1]),
            "no version twice: {versions:?}"
        );
        assert_eq!(versions.last(), Some(&latest.version));
        assert!(
            answers
                .iter()
                .all(|answer| matches!(answer, Ok(_) | Err(StoreError::Conflict(_)))),
            "{answers:?}"
        );
    }
}

#[tokio::test]
async fn texts_up_to_the_limit_are_kept_and_longer_ones_refused() {
    let world = World::new().await;
    // Text that hardly packs.
    let mut state = 1_u64;
    let mut noise = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b' ' + u8::try_from((state >> 33) % 95).unwrap())
    };
    let text: String = (0..CONFIG_BYTES_MAX).map(|_| noise()).collect();
    world
        .store
        .save_config(noon(0), "grace", &text, &BTreeMap::new())
        .await
        .unwrap();
    assert_eq!(
        world.store.latest_config().await.unwrap().unwrap().text,
        text
    );
    let error = world
        .store
        .save_config(noon(1), "grace", &format!("{text}#"), &BTreeMap::new())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "the configuration has {} bytes, and the store holds at most {CONFIG_BYTES_MAX}",
            CONFIG_BYTES_MAX + 1
        )
    );
}

#[tokio::test]
async fn policies_are_a_part_of_the_version() {
    let world = World::new().await;
    let store = &world.store;
    let policies = |text: &str| BTreeMap::from([("nights.cedar".to_owned(), text.to_owned())]);
    let one = policies("forbid (principal, action, resource);\n// \u{7f}\"ä\"");
    let first = store.save_config(noon(0), "grace", "a = 1", &one).await;
    let first = first.unwrap();
    assert_eq!((first.version, &first.policies), (1, &one));
    assert_eq!(store.latest_config().await, Ok(Some(first.clone())));
    let again = store.save_config(noon(1), "heidi", "a = 1", &one).await;
    assert_eq!(again, Ok(first));
    for (round, policies) in [policies("// another"), BTreeMap::new()].iter().enumerate() {
        let saved = store.save_config(noon(2), "heidi", "a = 1", policies).await;
        let saved = saved.unwrap();
        assert_eq!(usize::try_from(saved.version).unwrap(), round + 2);
        assert_eq!(store.latest_config().await, Ok(Some(saved)));
    }
    let large = policies(&"x".repeat(CONFIG_BYTES_MAX));
    let refused = store.save_config(noon(3), "heidi", "a = 1", &large).await;
    assert!(
        matches!(refused, Err(StoreError::TooLarge { .. })),
        "{refused:?}"
    );
}

/// What the outbox tells of versions, oldest first.
async fn told(world: &World) -> Vec<(u64, String, Option<u64>)> {
    let entries = world.store.unsent().await.unwrap().entries.into_iter();
    let told = entries.map(|entry| match entry.event {
        Event::ConfigurationApplied(event) => {
            let ConfigurationApplied {
                version,
                by,
                previous,
            } = event;
            (version, by, previous)
        }
        other => panic!("{other:?}"),
    });
    told.collect()
}

#[tokio::test]
async fn an_applied_version_and_its_event_are_written_together() {
    let world = World::new().await;
    let store = &world.store;
    let none = &BTreeMap::new();
    let first = store.apply_config(noon(0), "grace", "a = 1", none, None);
    let first = first.await.unwrap();
    assert_eq!((first.version, first.by.as_str()), (1, "grace"));
    let second = store.apply_config(noon(1), "heidi", "a = 2", none, Some(1));
    let second = second.await.unwrap();
    assert_eq!(store.latest_config().await, Ok(Some(second.clone())));
    let both = [
        (1, "grace".to_owned(), None),
        (2, "heidi".to_owned(), Some(1)),
    ];
    assert_eq!(told(&world).await, both);

    // The same again, also by whoever planned from the version before: nothing to write, nothing to tell.
    let writes = store.writes();
    for expected in [Some(2), Some(1)] {
        let again = store.apply_config(noon(2), "ivan", "a = 2", none, expected);
        assert_eq!(again.await, Ok(second.clone()), "{expected:?}");
    }
    assert_eq!(store.writes(), writes);
    assert_eq!(told(&world).await, both);
}

#[tokio::test]
async fn whoever_planned_from_an_older_version_loses_loudly() {
    let world = World::new().await;
    let store = &world.store;
    let none = &BTreeMap::new();
    let early = store.apply_config(noon(0), "grace", "a = 1", none, Some(1));
    let early = early.await;
    assert!(matches!(early, Err(StoreError::Conflict(_))), "{early:?}");
    assert_eq!(store.latest_config().await, Ok(None));
    for version in [1, 2] {
        let text = format!("a = {version}");
        let saved = store.save_config(noon(1), "heidi", &text, none);
        saved.await.unwrap();
    }
    for expected in [None, Some(1), Some(3)] {
        let late = store.apply_config(noon(2), "grace", "a = 3", none, expected);
        let late = late.await;
        assert!(
            matches!(late, Err(StoreError::Conflict(_))),
            "{expected:?}: {late:?}"
        );
    }
    let latest = store.latest_config().await.unwrap().unwrap();
    assert_eq!((latest.version, latest.text.as_str()), (2, "a = 2"));
    assert!(told(&world).await.is_empty());
}

#[tokio::test]
async fn of_appliers_at_once_one_wins_and_is_told() {
    let world = World::new().await;
    let stores: Vec<_> = (0..8).map(|_| world.other()).collect();
    let none = BTreeMap::new();
    let texts: Vec<_> = (0..8).map(|writer| format!("writer = {writer}")).collect();
    let applied = stores
        .iter()
        .zip(&texts)
        .map(|(store, text)| store.apply_config(noon(0), text, text, &none, None));
    let answers = futures::future::join_all(applied).await;
    let winners: Vec<_> = answers.iter().flatten().collect();
    let [winner] = winners.as_slice() else {
        panic!("one wins: {answers:?}");
    };
    assert_eq!(
        world.store.latest_config().await,
        Ok(Some((*winner).clone()))
    );
    assert_eq!(told(&world).await, [(1, winner.by.clone(), None)]);
}

#[tokio::test]
async fn a_process_that_dies_while_applying_leaves_both_or_neither() {
    for death in [Death::BeforeSending, Death::BeforeHearing] {
        let world = World::new().await;
        let none = BTreeMap::new();
        let dying = world.dying(0, death);
        let dead = dying.apply_config(noon(0), "grace", "a = 1", &none, None);
        assert!(dead.await.is_err());
        let is_there = world.store.latest_config().await.unwrap().is_some();
        assert_eq!(told(&world).await.len(), usize::from(is_there));
        // Whoever comes again gets there, and everything was told once.
        let other = world.other();
        let again = other.apply_config(noon(1), "grace", "a = 1", &none, None);
        assert_eq!(again.await.unwrap().version, 1);
        assert_eq!(told(&world).await.len(), 1);
    }
}

#[tokio::test]
async fn every_version_can_be_read_the_newest_first() {
    let world = World::new().await;
    let store = &world.store;
    let none = &BTreeMap::new();
    assert_eq!(store.configs(None, 5).await, Ok(vec![]));
    assert_eq!(store.config(1).await, Ok(None));
    let mut saved = Vec::new();
    for version in 1..=12 {
        let text = format!("a = {version}");
        let one = store.save_config(noon(version), "grace", &text, none);
        saved.insert(0, one.await.unwrap());
    }
    for (before, limit, expected) in [
        (None, 3, &saved[..3]),
        (None, 100, &saved[..]),
        (Some(10), 4, &saved[3..7]),
        (Some(3), 100, &saved[10..]),
        (Some(99), 1, &saved[..1]),
        (Some(1), 100, &saved[..0]),
        (Some(0), 100, &saved[..0]),
        (None, 0, &saved[..0]),
    ] {
        let read = store.configs(before, limit).await;
        assert_eq!(read.as_deref(), Ok(expected), "{before:?}, {limit}");
    }
    assert_eq!(store.config(7).await, Ok(Some(saved[5].clone())));
    for unknown in [0, 13, u64::MAX] {
        assert_eq!(store.config(unknown).await, Ok(None), "{unknown}");
    }
}
