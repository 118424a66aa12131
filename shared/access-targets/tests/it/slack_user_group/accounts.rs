//! Whose account an address leads to in Slack: in the list of everybody, and looked up alone.

use super::{answer, seeded, start};
use crate::contract::Backend;
use crate::damage::Damaged;
use crate::support::{found, principal, principals, unmatched};
use access_core::matching::Unmatched;
use access_core::ports::{Target, TargetError};

#[tokio::test]
async fn in_the_list_of_everybody_the_deactivated_and_the_doubtful_are_seen() {
    let (backend, _) = seeded(start().await, 50).await;
    backend.sim.deactivate("p1@example.com");
    backend.seed_user("P2@example.com").await;
    let returned = backend.seed_user("p3@example.com").await;
    backend.sim.deactivate("p3@example.com");
    let asked = (0..50)
        .map(|number| principal(&format!("p{number}@example.com")))
        .collect();
    let accounts = backend.target.find_accounts(&asked).await.unwrap();
    assert_eq!(
        accounts[&principal("p1@example.com")],
        unmatched(Unmatched::Inactive)
    );
    assert_eq!(
        accounts[&principal("p2@example.com")],
        unmatched(Unmatched::Ambiguous)
    );
    assert_eq!(accounts[&principal("p3@example.com")], found(&returned));
    assert_eq!(backend.count("users.lookupByEmail"), 0);
}

#[tokio::test]
async fn looked_up_alone_the_deactivated_have_no_account() {
    let (backend, _) = seeded(start().await, 1).await;
    backend.sim.deactivate("p0@example.com");
    let accounts = backend
        .target
        .find_accounts(&principals(["p0@example.com"]))
        .await
        .unwrap();
    assert_eq!(
        accounts[&principal("p0@example.com")],
        unmatched(Unmatched::NoAccount)
    );
}

#[tokio::test]
async fn another_address_in_the_answer_is_not_the_account() {
    let backend = start().await;
    let body = r#"{"ok":true,"user":{"id":"U1","profile":{"email":"jane.doe@example.com"}}}"#;
    backend
        .kit()
        .faults
        .on("users.lookupByEmail", 1, answer(body));
    let asked = principals(["e.doe@example.com"]);
    let accounts = backend.target.find_accounts(&asked).await.unwrap();
    assert_eq!(
        accounts[&principal("e.doe@example.com")],
        unmatched(Unmatched::NoAccount)
    );
}

#[tokio::test]
async fn hidden_addresses_are_no_missing_accounts() {
    let (backend, _) = seeded(start().await, 50).await;
    backend.sim.set_scopes(["users:read", "usergroups:read"]);
    for count in [1, 50] {
        let asked = (0..count)
            .map(|number| principal(&format!("p{number}@example.com")))
            .collect();
        let denied = backend.target.find_accounts(&asked).await;
        let says = |text: &str| text.contains("users:read.email");
        assert!(
            matches!(&denied, Err(TargetError::Denied(text)) if says(text)),
            "{denied:?}"
        );
    }
}
