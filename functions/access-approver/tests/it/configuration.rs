//! The configuration: without one, with one that is refused, and with one that changes.

use crate::support::{CONFIG, World, code, noon};
use std::collections::BTreeMap;

#[tokio::test]
async fn without_a_configuration_nothing_is_decided() {
    let world = World::unconfigured().await;
    let absent = world.ask(0, "nina", "payments-admin").await.unwrap_err();
    assert_eq!(absent.code(), "unavailable");
    assert!(absent.to_string().contains("rotakey apply"), "{absent}");
    let broken = CONFIG.replace("max = \"4h\"", "max = 4");
    world.configure(&broken, &BTreeMap::new()).await;
    let refused = world.ask(0, "nina", "payments-admin").await.unwrap_err();
    assert!(refused.to_string().contains("mistakes"), "{refused}");
}

#[tokio::test]
async fn a_policy_that_cannot_be_read_stops_every_decision() {
    let world = World::unconfigured().await;
    let config = CONFIG.replace("[access]\n", "[access]\npolicies = [\"nights.cedar\"]\n");
    for (case, policies) in [
        ("missing", BTreeMap::new()),
        (
            "broken",
            BTreeMap::from([("nights.cedar".to_owned(), "forbid (".to_owned())]),
        ),
    ] {
        world.configure(&config, &policies).await;
        let answer = world.ask(0, "nina", "payments-admin").await;
        assert_eq!(code(answer), "unavailable", "{case}");
    }
}

#[tokio::test]
async fn a_new_version_counts_for_the_next_decision() {
    let world = World::new().await;
    world.ask(0, "nina", "vault").await.unwrap();
    let closed = CONFIG.replace("name = \"vault\"", "name = \"safe\"");
    world.configure(&closed, &BTreeMap::new()).await;
    let gone = world.ask(1, "nina", "vault").await;
    assert_eq!(code(gone), "no-rule");
    world.read_rota(noon(2)).await;
    world.ask(3, "nina", "safe").await.unwrap();
}
