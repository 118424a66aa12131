//! Rotas: whole, or not at all; now, or as they were.

use crate::support::{Death, World, noon};
use access_core::facts::{Freshness, Person, Reading, Rota, ScheduleFacts, Shift};
use access_core::id::{PagerDutyName, PagerDutyUserId, ScheduleId};
use access_core::ports::{RotaHistory, StoreError};
use access_store::embedded::TABLE;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::SignedDuration;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) fn fresh(seconds: i64) -> Freshness {
    Freshness {
        read_at: noon(seconds),
        covers_from: noon(seconds - 3_600),
        covers_until: noon(seconds + 86_400),
    }
}

fn acme() -> PagerDutyName {
    PagerDutyName::new("acme").unwrap()
}

/// A rota whose shifts hardly pack; `seed` tells one from another.
fn rota(schedules: usize, shifts: usize, seed: u64) -> Rota {
    let mut state = seed;
    let mut noise = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        i64::try_from((state >> 33) % below).unwrap()
    };
    let mut rota = Rota::default();
    for number in 0..300 {
        let person = Person {
            name: format!("Person {number}"),
            email: None,
        };
        rota.people.insert(
            PagerDutyUserId::new(format!("PU{number:05}")).unwrap(),
            person,
        );
    }
    for number in 0..schedules {
        let mut shift = || {
            let starts_at = noon(noise(8_640_000));
            let user = PagerDutyUserId::new(format!("PU{:05}", noise(300))).unwrap();
            Shift {
                user,
                starts_at: Some(starts_at),
                ends_at: Some(starts_at + SignedDuration::from_secs(noise(86_400))),
            }
        };
        let shifts = (0..shifts).map(|_| shift()).collect();
        let facts = ScheduleFacts {
            name: format!("Schedule {number}"),
            teams: BTreeSet::new(),
            reading: Reading::Complete,
            shifts,
        };
        rota.schedules
            .insert(ScheduleId::new(format!("PS{number:05}")).unwrap(), facts);
    }
    rota
}

#[tokio::test]
async fn a_rota_of_a_thousand_schedules_comes_back_equal() {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    let (large, small) = (rota(1_000, 60, 1), rota(2, 2, 2));
    let other = PagerDutyName::new("other").unwrap();
    world
        .store
        .save_rota(fence, &acme(), &large, &fresh(0))
        .await
        .unwrap();
    world
        .store
        .save_rota(fence, &other, &small, &fresh(0))
        .await
        .unwrap();
    assert!(
        world
            .keys()
            .await
            .iter()
            .filter(|key| key.starts_with("ROTA#acme / C#"))
            .count()
            >= 3,
        "more than a megabyte, so that reading pages"
    );
    assert_eq!(
        world.store.rotas().await,
        Ok(BTreeMap::from([(acme(), large), (other, small)]))
    );
}

#[tokio::test]
async fn earlier_rotas_are_found_by_time() {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    let store = &world.store;
    let rotas: Vec<_> = (0..3).map(|seed| rota(2, 2, seed)).collect();
    for (seconds, rota) in (0..).step_by(100).zip(&rotas) {
        store
            .save_rota(fence, &acme(), rota, &fresh(seconds))
            .await
            .unwrap();
    }
    let nanosecond = SignedDuration::from_nanos(1);
    for (case, at, expected) in [
        ("before the first", noon(0) - nanosecond, None),
        ("at its first instant", noon(0), Some((0, 0))),
        ("at its last instant", noon(100) - nanosecond, Some((0, 0))),
        ("the second", noon(100), Some((1, 100))),
        ("the current one", noon(86_400), Some((2, 200))),
    ] {
        let expected =
            expected.map(|(index, seconds): (usize, i64)| (rotas[index].clone(), fresh(seconds)));
        assert_eq!(store.rota_at(&acme(), at).await, Ok(expected), "{case}");
    }
    assert_eq!(
        store
            .rota_at(&PagerDutyName::new("other").unwrap(), noon(0))
            .await,
        Ok(None)
    );

    let version = |at: &str| {
        [
            ("pk", "ROTA#acme".to_owned()),
            ("sk", format!("V#{at}.000000000Z")),
        ]
    };
    for (at, expires) in [
        ("2026-11-22T12:00:00", true),
        ("2026-11-22T12:01:40", true),
        ("2026-11-22T12:03:20", false),
    ] {
        let keys = version(at).map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
        let item = world
            .client
            .get_item()
            .table_name(TABLE)
            .set_key(Some(keys.into()))
            .send()
            .await
            .unwrap()
            .item
            .unwrap();
        assert_eq!(item.contains_key("expires_at_epoch"), expires, "{at}");
    }
    let [pk, sk] = version("2026-11-22T12:01:40");
    let expired = world
        .client
        .delete_item()
        .table_name(TABLE)
        .key(pk.0, AttributeValue::S(pk.1))
        .key(sk.0, AttributeValue::S(sk.1));
    expired.send().await.unwrap();
    assert_eq!(
        store.rota_at(&acme(), noon(150)).await,
        Ok(None),
        "the version of that time was cleared away: not the one before"
    );
}

#[tokio::test]
async fn saving_again_at_the_same_or_an_earlier_time_replaces() {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    let rotas: Vec<_> = (0..3).map(|seed| rota(2, 2, seed)).collect();
    for (rota, seconds) in rotas.iter().zip([100, 100, 50]) {
        world
            .store
            .save_rota(fence, &acme(), rota, &fresh(seconds))
            .await
            .unwrap();
        assert_eq!(world.store.rotas().await.unwrap()[&acme()], *rota);
        assert_eq!(
            world.store.rota_at(&acme(), noon(100)).await.unwrap(),
            Some((rota.clone(), fresh(seconds)))
        );
    }
    assert_eq!(world.store.rota_at(&acme(), noon(99)).await, Ok(None));
}

#[tokio::test]
async fn a_crash_while_saving_leaves_the_old_rota_or_the_new_one() {
    let (old, new) = (rota(400, 60, 1), rota(400, 60, 2));
    for death in [Death::BeforeSending, Death::BeforeHearing] {
        let mut seen = BTreeSet::new();
        for writes in 0.. {
            let world = World::new().await;
            let fence = world.fence(noon(0)).await;
            world
                .store
                .save_rota(fence, &acme(), &old, &fresh(0))
                .await
                .unwrap();
            let answer = world
                .dying(writes, death)
                .save_rota(fence, &acme(), &new, &fresh(60))
                .await;
            let current = world.store.rotas().await.unwrap().remove(&acme()).unwrap();
            seen.insert(current == new);
            assert!(current == old || current == new, "{death:?} at {writes}");
            assert!(
                answer.is_err() || current == new,
                "{death:?} at {writes}: what was said to be saved is saved"
            );
            assert_eq!(
                world
                    .store
                    .rota_at(&acme(), noon(59))
                    .await
                    .unwrap()
                    .unwrap()
                    .0,
                old,
                "{death:?} at {writes}"
            );
            world
                .store
                .save_rota(fence, &acme(), &new, &fresh(60))
                .await
                .unwrap();
            assert_eq!(
                world.store.rotas().await.unwrap()[&acme()],
                new,
                "{death:?} at {writes}: a repeat"
            );
            if answer.is_ok() {
                break;
            }
        }
        assert_eq!(seen.len(), 2, "{death:?}: both happened");
    }
}

#[tokio::test]
async fn a_rota_with_a_missing_chunk_is_an_error() {
    let world = World::new().await;
    let fence = world.fence(noon(0)).await;
    world
        .store
        .save_rota(fence, &acme(), &rota(2, 2, 1), &fresh(0))
        .await
        .unwrap();
    let keys = world.keys().await;
    let (pk, sk) = keys
        .iter()
        .find(|key| key.contains(" / C#"))
        .unwrap()
        .split_once(" / ")
        .unwrap();
    let deletion = world
        .client
        .delete_item()
        .table_name(TABLE)
        .key("pk", AttributeValue::S(pk.to_owned()))
        .key("sk", AttributeValue::S(sk.to_owned()));
    deletion.send().await.unwrap();
    let error = world.store.rotas().await.unwrap_err();
    assert!(
        matches!(&error, StoreError::Malformed { reason, .. } if reason == "it has 0 chunks instead of 1"),
        "{error}"
    );
}
