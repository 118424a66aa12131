//! Who is heard: only Slack, only now, only of the own workspace.

use super::{Chat, SECRET};
use crate::support::noon;
use access_core::ports::Configs;
use jiff::SignedDuration;
use serde_json::json;
use std::collections::BTreeMap;

#[tokio::test]
async fn only_what_slack_signed_a_moment_ago_is_heard() {
    let chat = Chat::new().await;
    let good = || chat.typed("nina", "help");
    let forged = |name: &str, value: &str| {
        let mut request = good().without_header(name);
        request.headers.push((name.to_owned(), value.to_owned()));
        request
    };
    let mut other_body = good();
    other_body.body.extend_from_slice(b"&x=y");
    let signature = "x-slack-signature";
    let zeros = format!("v0={}", "0".repeat(64));
    for (case, request, expected) in [
        ("good", good(), 200),
        ("a retry", good().retried(1), 200),
        ("at the edge", good().signed_with(SECRET, noon(-300)), 200),
        ("stale", good().signed_with(SECRET, noon(-301)), 401),
        (
            "from the future",
            good().signed_with(SECRET, noon(301)),
            401,
        ),
        (
            "another secret",
            good().signed_with("another", noon(0)),
            401,
        ),
        ("the empty secret", good().signed_with("", noon(0)), 401),
        ("unsigned", good().without_header(signature), 401),
        (
            "without a time",
            good().without_header("x-slack-request-timestamp"),
            401,
        ),
        ("no signature at all", forged(signature, "v0="), 401),
        ("another version", forged(signature, "v1=00"), 401),
        ("zeros", forged(signature, &zeros), 401),
        ("another body", other_body, 401),
    ] {
        let (status, body) = chat.raw("POST", "/slack/command", &request).await;
        assert_eq!(status, expected, "{case}");
        if status != 200 {
            assert_eq!(body["code"], "bad-signature", "{case}");
        }
    }
    assert!(chat.world.told.events().is_empty());
}

#[tokio::test]
async fn other_paths_methods_and_bodies_are_problems() {
    let chat = Chat::new().await;
    let request = chat.typed("nina", "help");
    let mut large = request.clone();
    large.body = vec![b'x'; 64 * 1024 + 1];
    let strange = chat.sim.send_form(&[("command", "/access")]);
    for (case, method, path, request, status, code) in [
        (
            "path",
            "POST",
            "/slack/commands",
            &request,
            404,
            "not-found",
        ),
        (
            "method",
            "GET",
            "/slack/command",
            &request,
            405,
            "method-not-allowed",
        ),
        ("size", "POST", "/slack/command", &large, 413, "too-large"),
        (
            "form",
            "POST",
            "/slack/command",
            &strange,
            400,
            "unreadable",
        ),
        (
            "payload",
            "POST",
            "/slack/interaction",
            &request,
            400,
            "unreadable",
        ),
    ] {
        let (found, body) = chat.raw(method, path, request).await;
        assert_eq!((found, &body["code"]), (status, &json!(code)), "{case}");
        assert_eq!(body["status"], status, "{case}");
    }
}

#[tokio::test]
async fn a_rotated_secret_is_noticed_without_a_restart() {
    let chat = Chat::new().await;
    chat.sim.rotate_signing_secret("another-secret");
    "another-secret".clone_into(&mut chat.secrets.now.lock().unwrap());
    assert!(chat.says("nina", "help").await.contains("/access status"));
    assert_eq!(*chat.secrets.rereads.lock().unwrap(), 1);
}

#[tokio::test]
async fn a_secret_that_was_replaced_is_believed_for_less_than_a_minute() {
    let chat = Chat::new().await;
    // Whoever stole it signs with it still.
    "another-secret".clone_into(&mut chat.secrets.now.lock().unwrap());
    for (seconds, expected) in [(59, 200), (1, 401)] {
        chat.pass(SignedDuration::from_secs(seconds));
        let stolen = chat.typed("nina", "help").signed_with(SECRET, chat.now());
        let (status, _) = chat.raw("POST", "/slack/command", &stolen).await;
        assert_eq!(status, expected, "{seconds} s later");
    }
}

#[tokio::test]
async fn a_new_app_must_prove_itself_by_its_own_secret() {
    let chat = Chat::new().await;
    let (status, _) = chat
        .raw("POST", "/slack/command", &chat.typed("nina", "help"))
        .await;
    assert_eq!(status, 200);
    let stored = chat.world.store.latest_config().await.unwrap().unwrap();
    let other = stored.text.replace("\"env:SECRET\"", "\"env:OTHER\"");
    assert_ne!(other, stored.text);
    chat.world.configure(&other, &BTreeMap::new()).await;
    let typed = chat.typed("nina", "payments-admin 1h refunds fail");
    let (status, body) = chat.raw("POST", "/slack/command", &typed).await;
    assert_eq!((status, &body["code"]), (503, &json!("unavailable")));
    assert!(chat.world.told.events().is_empty());
}

#[tokio::test]
async fn forged_requests_have_the_secret_read_once_a_minute() {
    let chat = Chat::new().await;
    for _ in 0..5 {
        let forged = chat.typed("nina", "help").signed_with("guessed", noon(0));
        let (status, _) = chat.raw("POST", "/slack/command", &forged).await;
        assert_eq!(status, 401);
    }
    assert_eq!(*chat.secrets.rereads.lock().unwrap(), 1);
    chat.pass(SignedDuration::from_mins(1));
    let forged = chat
        .typed("nina", "help")
        .signed_with("guessed", chat.now());
    chat.raw("POST", "/slack/command", &forged).await;
    assert_eq!(*chat.secrets.rereads.lock().unwrap(), 2);
}

#[tokio::test]
async fn another_workspace_is_refused_with_the_right_secret() {
    for (case, app) in [
        ("asked for", ""),
        ("configured", "team_id = \"T0SIMULATED\""),
    ] {
        let chat = Chat::with(crate::support::CONFIG, app).await;
        let typed = chat.typed("nina", "help");
        let mut fields = typed.fields();
        fields.insert("team_id".to_owned(), "T0ELSEWHERE".to_owned());
        let fields: Vec<(&str, &str)> = fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let elsewhere = chat.sim.send_form(&fields);
        let (status, body) = chat.raw("POST", "/slack/command", &elsewhere).await;
        assert_eq!(
            (status, &body["code"]),
            (403, &json!("other-workspace")),
            "{case}"
        );
        let (status, _) = chat.raw("POST", "/slack/command", &typed).await;
        assert_eq!(status, 200, "{case}");
    }
}

#[tokio::test]
async fn people_of_another_company_cannot_press_in_a_shared_channel() {
    let chat = Chat::new().await;
    chat.says("nina", "payments-admin 30m refunds fail").await;
    chat.happens().await;
    let card = chat.last(super::APPROVALS);
    let id = super::value(&card, "approve").unwrap();
    let pressed = chat.sim.press(
        &super::user("lena"),
        super::APPROVALS,
        &card.ts,
        "approve",
        &id,
    );
    let mut payload = pressed.payload();
    payload["user"]["team_id"] = json!("T0ELSEWHERE");
    let foreign = chat.sim.send_payload(&payload);
    let (status, _) = chat.raw("POST", "/slack/interaction", &foreign).await;
    assert_eq!(status, 403);
    assert!(chat.world.told.events().is_empty());
}
