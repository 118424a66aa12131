//! What Lambda brings: told apart by shape.

use crate::support::{World, noon};
use access_approver::lambda::{InvocationError, invoke};
use serde_json::{Value, json};

#[tokio::test]
async fn payloads_of_no_known_shape_are_failures() {
    let world = World::new().await;
    for payload in [
        Value::Null,
        json!({}),
        json!([]),
        json!({"sync": {}}),
        json!({"detail-type": 1}),
    ] {
        let answer = invoke(&world.deps, noon(0), payload.clone()).await;
        assert!(
            matches!(answer, Err(InvocationError::Payload)),
            "{payload}: {answer:?}"
        );
    }
}

#[tokio::test]
async fn without_a_chat_nobody_is_told_of_events_and_nothing_fails() {
    let world = World::new().await;
    world.ask(0, "nina", "payments-admin").await.unwrap();
    for detail_type in ["Access Requested", "Membership Changed", "Order Placed"] {
        let event = json!({"detail-type": detail_type, "source": "rotakey", "detail": {}});
        let answer = invoke(&world.deps, noon(0), event).await;
        assert_eq!(answer.unwrap(), Value::Null, "{detail_type}");
    }
}

#[tokio::test]
async fn a_request_to_slack_without_a_chat_is_answered_and_does_not_fail() {
    let world = World::new().await;
    let payload = json!({
        "version": "2.0",
        "rawPath": "/slack/command",
        "rawQueryString": "",
        "headers": {"content-type": "application/x-www-form-urlencoded"},
        "requestContext": {"http": {"method": "POST", "path": "/slack/command"}},
        "body": "text=help",
        "isBase64Encoded": false,
    });
    let answer = invoke(&world.deps, noon(0), payload).await.unwrap();
    let status = answer["statusCode"].as_u64().unwrap();
    assert!((400..500).contains(&status), "{answer}");
    assert_eq!(answer["isBase64Encoded"], false);
}
