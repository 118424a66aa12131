//! Dialogs, direct messages and answers to where something was done, against a scripted server.

use serde_json::{Value, json};
use slack_client::block_kit::{Block, CallbackId, Modal, Mrkdwn};
use slack_client::{Message, Reply, ResponseUrl, SlackError, TriggerId};
use wiremock::matchers::{body_json, body_string_contains, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{answers, client, requests_seen, serve};

const REQUEST: CallbackId = CallbackId::new("request");

fn trigger() -> TriggerId {
    "1.2.abc".to_owned().try_into().unwrap()
}

fn dialog() -> Modal {
    Modal::new(REQUEST, "Request access", [Block::header("Hello")])
}

fn response_url(server: &MockServer) -> ResponseUrl {
    format!("{}/actions/T1/2/x", server.uri())
        .try_into()
        .unwrap()
}

fn message() -> Message {
    Message::new(&"done".into())
}

#[tokio::test]
async fn a_dialog_is_opened_and_changed() {
    let server = MockServer::start().await;
    let opened = json!({"ok": true, "view": {"id": "V1", "hash": "1.a", "state": {"values": []}}});
    Mock::given(path("/api/views.open"))
        .and(body_string_contains("trigger_id=1.2.abc"))
        .and(body_string_contains("view=%7B%22type%22%3A%22modal%22"))
        .respond_with(answers(&opened))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(path("/api/views.update"))
        .and(body_string_contains("view_id=V1"))
        .respond_with(answers(&opened))
        .expect(1)
        .mount(&server)
        .await;
    let client = client(&server);
    let view = client.open_view(&trigger(), &dialog()).await.unwrap();
    assert_eq!(
        (view.id.as_str(), view.hash.as_deref()),
        ("V1", Some("1.a"))
    );
    client.update_view(&view.id, &dialog()).await.unwrap();
}

#[tokio::test]
async fn what_would_show_twice_is_not_sent_again() {
    let server = MockServer::start().await;
    for name in ["views.open", "chat.postEphemeral"] {
        serve(&server, name, ResponseTemplate::new(500)).await;
    }
    let client = client(&server);
    let opened = client.open_view(&trigger(), &dialog()).await;
    assert!(
        matches!(opened, Err(SlackError::Unreachable { .. })),
        "{opened:?}"
    );
    let (channel, user) = ("C1".parse().unwrap(), "U1".parse().unwrap());
    let shown = client.post_ephemeral(&channel, &user, &message()).await;
    assert!(
        matches!(shown, Err(SlackError::Unreachable { .. })),
        "{shown:?}"
    );
    assert_eq!(requests_seen(&server).await, 2);
}

#[tokio::test]
async fn a_dialog_too_large_is_not_sent() {
    let server = MockServer::start().await;
    let text = "€".repeat(3_000);
    let blocks = (0..100).map(|_| Block::section(&Mrkdwn::new().text(&text)));
    let large = Modal::new(REQUEST, "Large", blocks);
    let refused = client(&server).open_view(&trigger(), &large).await;
    assert!(
        matches!(&refused, Err(SlackError::Refused { code, .. }) if code == "view_too_large"),
        "{refused:?}"
    );
    assert_eq!(requests_seen(&server).await, 0);
}

#[tokio::test]
async fn a_direct_conversation_is_found_and_a_message_shown_to_one() {
    let server = MockServer::start().await;
    let opened = json!({"ok": true, "channel": {"id": "D1"}, "already_open": true});
    serve(&server, "conversations.open", answers(&opened)).await;
    Mock::given(path("/api/chat.postEphemeral"))
        .and(body_string_contains("channel=C1&text=done"))
        .and(body_string_contains("user=U1"))
        .respond_with(answers(&json!({"ok": true, "message_ts": "1.2"})))
        .expect(1)
        .mount(&server)
        .await;
    let client = client(&server);
    let user = "U1".parse().unwrap();
    let channel = client.open_direct_message(&user).await.unwrap();
    assert_eq!(channel.as_str(), "D1");
    let channel = "C1".parse().unwrap();
    let shown = client.post_ephemeral(&channel, &user, &message()).await;
    shown.unwrap();
}

#[tokio::test]
async fn replies_have_the_documented_form() {
    let text = || json!({"text": "done"});
    let with = |mut body: Value, response_type: Option<&str>, replace: bool, delete: bool| {
        if let Some(response_type) = response_type {
            body["response_type"] = json!(response_type);
        }
        body["replace_original"] = json!(replace);
        body["delete_original"] = json!(delete);
        body
    };
    let cases = [
        (
            Reply::Ephemeral(message()),
            with(text(), Some("ephemeral"), false, false),
        ),
        (
            Reply::InChannel(message()),
            with(text(), Some("in_channel"), false, false),
        ),
        (Reply::Replace(message()), with(text(), None, true, false)),
        (Reply::Delete, with(json!({}), None, false, true)),
    ];
    for (reply, expected) in cases {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/actions/T1/2/x"))
            .and(body_json(expected))
            .respond_with(ResponseTemplate::new(200).set_body_string("ok"))
            .expect(1)
            .mount(&server)
            .await;
        let client = client(&server);
        client
            .respond(&response_url(&server), &reply)
            .await
            .unwrap();
        let sent = &server.received_requests().await.unwrap()[0];
        assert!(!sent.headers.contains_key("authorization"));
    }
}

#[tokio::test]
async fn refused_replies_are_told_apart() {
    type Check = fn(&SlackError) -> bool;
    let cases: [(&str, ResponseTemplate, Check); 6] = [
        (
            "used up",
            ResponseTemplate::new(404).set_body_string("used_url"),
            |it| matches!(it, SlackError::Expired { .. }),
        ),
        (
            "too old",
            ResponseTemplate::new(404).set_body_json(json!({"ok": false, "error": "expired_url"})),
            |it| matches!(it, SlackError::Expired { .. }),
        ),
        (
            "refused with 200",
            answers(&json!({"ok": false, "error": "invalid_blocks"})),
            |it| matches!(it, SlackError::Refused { code, .. } if code == "invalid_blocks"),
        ),
        (
            "refused in prose",
            ResponseTemplate::new(400).set_body_string("Bad request."),
            |it| matches!(it, SlackError::Refused { code, .. } if code == "http_400"),
        ),
        ("unknown end", ResponseTemplate::new(500), |it| {
            matches!(it, SlackError::Unreachable { .. })
        }),
        (
            "redirected",
            ResponseTemplate::new(302).insert_header("location", "/elsewhere"),
            |it| matches!(it, SlackError::Refused { code, .. } if code == "http_302"),
        ),
    ];
    for (name, template, expected) in cases {
        let server = MockServer::start().await;
        Mock::given(path("/actions/T1/2/x"))
            .respond_with(template)
            .mount(&server)
            .await;
        let reply = Reply::Ephemeral(message());
        let client = client(&server);
        let error = client
            .respond(&response_url(&server), &reply)
            .await
            .unwrap_err();
        assert!(expected(&error), "{name}: {error:?}");
        assert_eq!(requests_seen(&server).await, 1, "{name} was sent again");
        assert!(!format!("{error:?}").contains("/actions/"), "{error:?}");
    }
}

#[tokio::test]
async fn replacing_is_repeated_as_that_is_harmless() {
    let server = MockServer::start().await;
    Mock::given(path("/actions/T1/2/x"))
        .respond_with(ResponseTemplate::new(503))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(path("/actions/T1/2/x"))
        .respond_with(answers(&json!({"ok": true})))
        .mount(&server)
        .await;
    let reply = Reply::Replace(message());
    let client = client(&server);
    client
        .respond(&response_url(&server), &reply)
        .await
        .unwrap();
    assert_eq!(requests_seen(&server).await, 2);
}

#[tokio::test]
async fn nothing_is_sent_to_an_address_that_is_not_slacks() {
    let server = MockServer::start().await;
    let elsewhere: ResponseUrl = "https://example.com/actions/T1/2/x"
        .to_owned()
        .try_into()
        .unwrap();
    let refused = client(&server).respond(&elsewhere, &Reply::Delete).await;
    assert!(
        matches!(&refused, Err(SlackError::Refused { code, .. }) if code == "foreign_response_url"),
        "{refused:?}"
    );
}
