//! Configuration versions.

use crate::support::{World, noon};
use access_core::ports::{Configs, StoreError};
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
