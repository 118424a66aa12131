//! PagerDuty users who were looked up.

use crate::support::World;
use access_core::facts::Person;
use access_core::id::{PagerDutyName, PagerDutyUserId};
use access_core::ports::{Incidents, StoreError};
use std::collections::BTreeMap;

fn account(name: &str) -> PagerDutyName {
    PagerDutyName::new(name).unwrap()
}

fn user(number: usize) -> PagerDutyUserId {
    PagerDutyUserId::new(format!("PUSER{number}")).unwrap()
}

fn person(name: &str) -> Person {
    Person {
        name: name.to_owned(),
        email: format!("{name}@acme.example").parse().ok(),
    }
}

#[tokio::test]
async fn people_are_kept_by_account_and_replaced() {
    let world = World::new().await;
    let store = &world.store;
    assert!(store.known_people().await.unwrap().is_empty());
    let gone = Person {
        name: "PUSER2".to_owned(),
        email: None,
    };
    let people = BTreeMap::from([(user(1), person("grace")), (user(2), gone.clone())]);
    store.keep_people(&account("acme"), &people).await.unwrap();
    let namesake = BTreeMap::from([(user(1), person("ada"))]);
    store
        .keep_people(&account("other"), &namesake)
        .await
        .unwrap();
    let renamed = BTreeMap::from([(user(1), person("hopper"))]);
    store.keep_people(&account("acme"), &renamed).await.unwrap();
    let expected = BTreeMap::from([
        ((account("acme"), user(1)), person("hopper")),
        ((account("acme"), user(2)), gone),
        ((account("other"), user(1)), person("ada")),
    ]);
    assert_eq!(store.known_people().await, Ok(expected));
    assert_eq!(store.writes(), 4);
    let keys = world.keys().await;
    assert!(
        keys.iter().all(|key| !key.contains('@')),
        "no address in a key: {keys:?}"
    );
}

#[tokio::test]
async fn many_people_are_kept_and_read_to_the_last_page() {
    let world = World::new().await;
    let name = "n".repeat(4_000);
    let people: BTreeMap<_, _> = (0..400)
        .map(|number| (user(number), person(&name)))
        .collect();
    world
        .store
        .keep_people(&account("acme"), &people)
        .await
        .unwrap();
    assert_eq!(world.store.known_people().await.unwrap().len(), 400);
    world
        .store
        .keep_people(&account("acme"), &BTreeMap::new())
        .await
        .unwrap();
    assert_eq!(world.store.writes(), 400);
}

#[tokio::test]
async fn a_person_who_cannot_be_understood_is_an_error_that_shows_no_address() {
    let misplaced = r#"{"pagerduty":"acme","user":"PUSER9","person":{"name":"Grace","email":"grace@acme.example"}}"#;
    let broken =
        r#"{"pagerduty":"acme","user":"PUSER1","person":{"name":"Grace","email":"grace at acme"}}"#;
    for (case, body, reason) in [
        (
            "another place",
            misplaced,
            "its body belongs to PEOPLE / acme#PUSER9",
        ),
        (
            "no address",
            broken,
            "`body` is not what it should be, at column",
        ),
    ] {
        let world = World::new().await;
        let attributes = [("pk", "PEOPLE"), ("sk", "acme#PUSER1"), ("body", body)];
        world.plant(&attributes, 1).await;
        match world.store.known_people().await {
            Err(StoreError::Malformed { what, reason: told }) => {
                assert_eq!(what, "item PEOPLE / acme#PUSER1", "{case}");
                assert!(
                    told.starts_with(reason) && !told.contains("grace"),
                    "{case}: {told}"
                );
            }
            other => panic!("{case}: {other:?}"),
        }
    }
}
