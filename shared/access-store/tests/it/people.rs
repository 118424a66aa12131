//! PagerDuty users who were looked up.

use crate::support::{World, noon};
use access_core::facts::{LookedUp, Person};
use access_core::id::{PagerDutyName, PagerDutyUserId};
use access_core::ports::{Incidents, KnownPeople};
use std::collections::{BTreeMap, BTreeSet};

fn account(name: &str) -> PagerDutyName {
    PagerDutyName::new(name).unwrap()
}

fn user(number: usize) -> PagerDutyUserId {
    PagerDutyUserId::new(format!("PUSER{number}")).unwrap()
}

/// Somebody who was looked up at noon.
fn person(name: &str) -> LookedUp {
    let person = Person {
        name: name.to_owned(),
        email: format!("{name}@acme.example").parse().ok(),
    };
    let at = Some(noon(0));
    LookedUp { person, at }
}

#[tokio::test]
async fn people_are_kept_by_account_and_replaced() {
    let world = World::new().await;
    let store = &world.store;
    assert!(store.known_people().await.unwrap().people.is_empty());
    let gone = LookedUp {
        person: Person {
            name: "PUSER2".to_owned(),
            email: None,
        },
        at: Some(noon(1)),
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
    let known = KnownPeople {
        people: expected,
        unread: BTreeMap::new(),
    };
    assert_eq!(store.known_people().await, Ok(known));
    assert_eq!(store.writes(), 4);
    let keys = world.keys().await;
    assert!(
        keys.iter().all(|key| !key.contains('@')),
        "no address in a key: {keys:?}"
    );
}

#[tokio::test]
async fn people_are_forgotten_one_by_one() {
    let world = World::new().await;
    let store = &world.store;
    let people = BTreeMap::from([(user(1), person("grace")), (user(2), person("ada"))]);
    for name in ["acme", "other"] {
        store.keep_people(&account(name), &people).await.unwrap();
    }
    let gone = BTreeSet::from([(account("acme"), user(1)), (account("acme"), user(9))]);
    for _repeat in 0..2 {
        store.forget_people(&gone).await.unwrap();
        let left = store.known_people().await.unwrap().people;
        let left: Vec<_> = left.into_keys().collect();
        let expected = [("acme", 2), ("other", 1), ("other", 2)];
        let expected = expected.map(|(name, number)| (account(name), user(number)));
        assert_eq!(left, expected);
    }
    let writes = store.writes();
    store.forget_people(&BTreeSet::new()).await.unwrap();
    assert_eq!(store.writes(), writes);
}

#[tokio::test]
async fn whoever_was_kept_without_a_time_reads_as_old() {
    let world = World::new().await;
    let body = r#"{"pagerduty":"acme","user":"PUSER1","person":{"name":"grace","email":"grace@acme.example"}}"#;
    let attributes = [("pk", "PEOPLE"), ("sk", "acme#PUSER1"), ("body", body)];
    world.plant(&attributes, 1).await;
    let known = world.store.known_people().await.unwrap().people;
    let expected = LookedUp {
        at: None,
        ..person("grace")
    };
    let grace = (account("acme"), user(1));
    assert_eq!(known, BTreeMap::from([(grace, expected)]));
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
    let known = world.store.known_people().await.unwrap();
    assert_eq!(known.people.len(), 400);
    world
        .store
        .keep_people(&account("acme"), &BTreeMap::new())
        .await
        .unwrap();
    assert_eq!(world.store.writes(), 400);
}

#[tokio::test]
async fn a_person_who_cannot_be_understood_is_set_apart_and_shows_no_address() {
    let sound = r#"{"pagerduty":"acme","user":"PUSER1","person":{"name":"Grace","email":"grace@acme.example"}}"#;
    let misplaced = r#"{"pagerduty":"acme","user":"PUSER9","person":{"name":"Grace","email":"grace@acme.example"}}"#;
    let broken =
        r#"{"pagerduty":"acme","user":"PUSER1","person":{"name":"Grace","email":"grace at acme"}}"#;
    for (case, body, layout, reason) in [
        (
            "another place",
            misplaced,
            1,
            "its body belongs to PEOPLE / acme#PUSER9",
        ),
        (
            "no address",
            broken,
            1,
            "`body` is not what it should be, at column",
        ),
        (
            "another layout",
            sound,
            2,
            "its layout is 2, and this program reads 1",
        ),
    ] {
        let world = World::new().await;
        let attributes = [("pk", "PEOPLE"), ("sk", "acme#PUSER1"), ("body", body)];
        world.plant(&attributes, layout).await;
        let ada = BTreeMap::from([(user(2), person("ada"))]);
        world
            .store
            .keep_people(&account("acme"), &ada)
            .await
            .unwrap();
        let KnownPeople { people, unread } = world.store.known_people().await.unwrap();
        let known: Vec<_> = people.into_keys().collect();
        assert_eq!(known, [(account("acme"), user(2))], "{case}: no other");
        assert_eq!(unread.len(), 1, "{case}");
        let damaged = &unread["item PEOPLE / acme#PUSER1"];
        assert_eq!(damaged.user, Some((account("acme"), user(1))), "{case}");
        let told = &damaged.reason;
        assert!(
            told.starts_with(reason) && !told.contains("grace"),
            "{case}: {told}"
        );

        let grace = BTreeMap::from([(user(1), person("grace"))]);
        world
            .store
            .keep_people(&account("acme"), &grace)
            .await
            .unwrap();
        let known = world.store.known_people().await.unwrap();
        assert_eq!((known.people.len(), known.unread.len()), (2, 0), "{case}");
    }
}

#[tokio::test]
async fn a_person_whose_place_says_nothing_may_be_anybody() {
    let world = World::new().await;
    let attributes = [("pk", "PEOPLE"), ("sk", "nowhere"), ("body", "{}")];
    world.plant(&attributes, 1).await;
    let unread = world.store.known_people().await.unwrap().unread;
    let unread: Vec<_> = unread.into_values().map(|unread| unread.user).collect();
    assert_eq!(unread, [None]);
}
