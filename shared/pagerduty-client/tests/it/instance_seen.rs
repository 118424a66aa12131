//! Whose account it really is.

use pagerduty_client::Error;
use serde_json::json;

use crate::support::{World, ok, refused};

#[tokio::test]
async fn the_account_is_told_by_the_address_of_its_first_user() {
    let at = |address: &str| json!([{"id": "PUSER01", "html_url": address}]);
    for (case, users, expected) in [
        (
            "another account",
            at("https://other.pagerduty.com/users/PUSER01"),
            Some("https://other.pagerduty.com"),
        ),
        (
            "another region",
            at("https://acme.eu.pagerduty.com/users/PUSER01"),
            Some("https://acme.eu.pagerduty.com"),
        ),
        (
            "nobody's account",
            at("https://pagerduty.example/users/P"),
            None,
        ),
        (
            "no address",
            json!([{"id": "PUSER01", "html_url": null}]),
            None,
        ),
        ("no users", json!([]), None),
    ] {
        let world = World::start().await;
        let page = json!({"users": users, "limit": 1, "offset": 0, "more": true});
        world.on("GET", "/users", ok(page)).await;
        let seen = world.client().instance_seen().await.unwrap();
        let seen = seen.map(|instance| instance.to_string());
        assert_eq!(seen.as_deref(), expected, "{case}");
        let requests = world.api_requests().await;
        assert_eq!(requests[0].url.query(), Some("limit=1"), "{case}");
    }
}

#[tokio::test]
async fn who_may_not_see_users_learns_no_account() {
    let world = World::start().await;
    let denied = refused(403, 2010, "Access Denied");
    world.on("GET", "/users", denied).await;
    let error = world.client().instance_seen().await.unwrap_err();
    let is_users = |scope: Option<&str>| scope == Some("users.read");
    assert!(
        matches!(error, Error::Forbidden { scope, .. } if is_users(scope)),
        "{error}"
    );
}
