//! The client against a scripted server: what it sends, and how it reads each kind of answer.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use slack_client::block_kit::Block;
use slack_client::{
    ChannelId, DisabledGroups, FixedToken, Message, NewUserGroup, SlackClient, SlackError,
    SlackUserId, UserGroupId,
};
use tokio::time::Instant;
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{TOKEN, answers, client, requests_seen, serve, serve_once};

fn group_id() -> UserGroupId {
    "S0616NG6M".parse().unwrap()
}

fn people(ids: &[&str]) -> BTreeSet<SlackUserId> {
    ids.iter().map(|id| id.parse().unwrap()).collect()
}

fn group_json(date_delete: i64, user_count: &Value, users: &Value) -> Value {
    json!({
        "id": "S0616NG6M", "team_id": "T1", "name": "Payments on call", "handle": "payments-oncall",
        "description": null, "date_delete": date_delete, "user_count": user_count, "users": users,
        "prefs": {"channels": [], "groups": []}, "a_field_of_tomorrow": 1,
    })
}

fn new_group() -> NewUserGroup {
    NewUserGroup {
        name: "Payments on call".into(),
        handle: "payments-oncall".into(),
        description: String::new(),
    }
}

#[tokio::test]
async fn writes_the_whole_list_as_one_field() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .and(path("/api/usergroups.users.update"))
        .and(header("authorization", format!("Bearer {TOKEN}").as_str()))
        .and(body_string_contains("usergroup=S0616NG6M"))
        .and(body_string_contains("users=U1%2CU2"))
        .respond_with(answers(
            &json!({"ok": true, "usergroup": group_json(0, &json!(2), &json!(["U2", "U1"]))}),
        ))
        .expect(1)
        .mount(&server)
        .await;
    let written = client(&server)
        .set_user_group_users(&group_id(), &people(&["U2", "U1"]))
        .await
        .unwrap();
    assert_eq!(written.users, Some(people(&["U1", "U2"])));
    assert!(written.is_enabled);
}

#[tokio::test]
async fn an_empty_list_is_refused_without_asking() {
    let server = MockServer::start().await;
    let refused = client(&server)
        .set_user_group_users(&group_id(), &BTreeSet::new())
        .await;
    assert!(
        matches!(refused, Err(SlackError::NoUsersProvided { .. })),
        "{refused:?}"
    );
    assert_eq!(requests_seen(&server).await, 0);
}

#[tokio::test]
async fn each_refusal_is_told_apart() {
    type Check = fn(&SlackError) -> bool;
    let cases: [(&str, Check); 16] = [
        ("invalid_auth", |it| {
            matches!(it, SlackError::InvalidAuth { .. })
        }),
        ("token_expired", |it| {
            matches!(it, SlackError::InvalidAuth { .. })
        }),
        ("token_revoked", |it| {
            matches!(it, SlackError::InvalidAuth { .. })
        }),
        ("account_inactive", |it| {
            matches!(it, SlackError::InvalidAuth { .. })
        }),
        (
            "missing_scope",
            |it| matches!(it, SlackError::MissingScope { needed, .. } if needed == "usergroups:write"),
        ),
        ("no_such_subteam", |it| {
            matches!(it, SlackError::NotFound { .. })
        }),
        ("name_already_exists", |it| {
            matches!(it, SlackError::NameTaken { .. })
        }),
        ("handle_already_exists", |it| {
            matches!(it, SlackError::NameTaken { .. })
        }),
        ("invalid_users", |it| {
            matches!(it, SlackError::InvalidUsers { .. })
        }),
        ("failed_for_some_users", |it| {
            matches!(it, SlackError::InvalidUsers { .. })
        }),
        ("no_users_provided", |it| {
            matches!(it, SlackError::NoUsersProvided { .. })
        }),
        ("paid_teams_only", |it| {
            matches!(it, SlackError::PlanRequired { .. })
        }),
        ("expired_trigger_id", |it| {
            matches!(it, SlackError::Expired { .. })
        }),
        ("used_url", |it| matches!(it, SlackError::Expired { .. })),
        ("permission_denied", |it| {
            matches!(it, SlackError::Refused { .. })
        }),
        ("a_code_of_tomorrow", |it| {
            matches!(it, SlackError::Refused { .. })
        }),
    ];
    for (code, expected) in cases {
        let server = MockServer::start().await;
        let body = json!({
            "ok": false, "error": code, "needed": "usergroups:write", "provided": "users:read",
        });
        serve(&server, "usergroups.users.update", answers(&body)).await;
        let error = client(&server)
            .set_user_group_users(&group_id(), &people(&["U1"]))
            .await
            .expect_err(code);
        assert!(expected(&error), "{code}: {error:?}");
        assert_eq!(error.method(), "usergroups.users.update");
        assert_eq!(requests_seen(&server).await, 1, "{code} was sent again");
    }
}

#[tokio::test]
async fn a_rate_limit_is_waited_out_even_for_a_create() {
    let server = MockServer::start().await;
    let limited = ResponseTemplate::new(429)
        .insert_header("retry-after", "0")
        .set_body_json(json!({"ok": false, "error": "ratelimited"}));
    serve_once(&server, "usergroups.create", limited).await;
    let made = json!({"ok": true, "usergroup": group_json(0, &json!("0"), &json!(null))});
    serve(&server, "usergroups.create", answers(&made)).await;
    let made = client(&server)
        .create_user_group(&new_group())
        .await
        .unwrap();
    assert_eq!(
        (made.id, made.user_count, made.users),
        (group_id(), Some(0), None)
    );
    assert_eq!(requests_seen(&server).await, 2);
}

#[tokio::test]
async fn a_wait_beyond_the_deadline_is_reported_at_once() {
    let server = MockServer::start().await;
    let limited = ResponseTemplate::new(429).insert_header("retry-after", "30");
    serve(&server, "usergroups.list", limited).await;
    let hurried = client(&server).with_deadline(Instant::now() + Duration::from_secs(3));
    let error = hurried
        .user_groups(DisabledGroups::Included)
        .await
        .unwrap_err();
    let SlackError::RateLimited { retry_after, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(retry_after, Duration::from_secs(30));
    assert_eq!(requests_seen(&server).await, 1);
}

#[tokio::test]
async fn a_rate_limit_that_stays_ends_after_bounded_tries() {
    let server = MockServer::start().await;
    let limited = json!({"ok": false, "error": "ratelimited"});
    serve(
        &server,
        "users.info",
        answers(&limited).insert_header("retry-after", "0"),
    )
    .await;
    let error = client(&server)
        .user(&"U1".parse().unwrap())
        .await
        .unwrap_err();
    assert!(matches!(error, SlackError::RateLimited { .. }), "{error:?}");
    assert_eq!(requests_seen(&server).await, 4);
}

#[tokio::test]
async fn a_passed_deadline_sends_nothing() {
    let server = MockServer::start().await;
    let late = client(&server).with_deadline(Instant::now());
    let error = late.auth_test().await.unwrap_err();
    assert!(matches!(error, SlackError::Unreachable { .. }), "{error:?}");
    assert_eq!(requests_seen(&server).await, 0);
}

#[tokio::test]
async fn a_server_error_is_repeated_where_that_is_harmless() {
    let server = MockServer::start().await;
    serve_once(
        &server,
        "usergroups.users.update",
        ResponseTemplate::new(500),
    )
    .await;
    let fatal = json!({"ok": false, "error": "internal_error"});
    serve_once(&server, "usergroups.users.update", answers(&fatal)).await;
    let done = json!({"ok": true, "usergroup": group_json(0, &json!(1), &json!(["U1"]))});
    serve(&server, "usergroups.users.update", answers(&done)).await;
    client(&server)
        .set_user_group_users(&group_id(), &people(&["U1"]))
        .await
        .unwrap();
    assert_eq!(requests_seen(&server).await, 3);
}

#[tokio::test]
async fn a_create_with_an_unknown_end_is_not_sent_again() {
    let server = MockServer::start().await;
    serve(&server, "usergroups.create", ResponseTemplate::new(503)).await;
    serve(&server, "chat.postMessage", ResponseTemplate::new(500)).await;
    let client = client(&server);
    let error = client.create_user_group(&new_group()).await.unwrap_err();
    assert!(matches!(error, SlackError::Unreachable { .. }), "{error:?}");
    let message = Message::new(&"hello".into());
    let channel: ChannelId = "C1".parse().unwrap();
    let error = client.post_message(&channel, &message).await.unwrap_err();
    assert!(matches!(error, SlackError::Unreachable { .. }), "{error:?}");
    assert_eq!(requests_seen(&server).await, 2);
}

#[tokio::test]
async fn nobody_listening_is_unreachable() {
    // A server of wiremock's own goes back to a pool when dropped and would still answer.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}/api", listener.local_addr().unwrap());
    drop(listener);
    let client = SlackClient::builder(Arc::new(FixedToken::new(TOKEN)))
        .api_url(nobody.parse().unwrap())
        .retry_delay(Duration::from_millis(1))
        .build()
        .unwrap();
    let error = client.auth_test().await.unwrap_err();
    assert!(matches!(error, SlackError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn answers_that_cannot_be_read_are_never_taken_for_empty() {
    let bodies = [
        (
            "truncated",
            r#"{"ok": true, "usergroups": [{"id": "S1", "na"#,
        ),
        ("not json", "<html>maintenance</html>"),
        ("no list", r#"{"ok": true}"#),
        ("null list", r#"{"ok": true, "usergroups": null}"#),
        ("no ok", r#"{"usergroups": []}"#),
        ("no code", r#"{"ok": false}"#),
        (
            "bad id",
            r#"{"ok": true, "usergroups": [{"id": "", "name": "n", "handle": "h"}]}"#,
        ),
        (
            "bad count",
            r#"{"ok": true, "usergroups": [{"id": "S1", "name": "n", "handle": "h", "user_count": "x"}]}"#,
        ),
    ];
    for (name, body) in bodies {
        let server = MockServer::start().await;
        let raw = ResponseTemplate::new(200).set_body_raw(body, "application/json");
        serve(&server, "usergroups.list", raw).await;
        let read = client(&server).user_groups(DisabledGroups::LeftOut).await;
        assert!(
            matches!(read, Err(SlackError::Malformed { .. })),
            "{name}: {read:?}"
        );
    }
}

#[tokio::test]
async fn page_two_is_read_and_its_failure_is_the_failure_of_the_list() {
    let user = |id: &str, deleted: bool| json!({"id": id, "deleted": deleted, "name": id});
    let page_one = json!({
        "ok": true, "members": [user("U1", false)], "response_metadata": {"next_cursor": "abc="},
    });
    let page_two = json!({
        "ok": true, "members": [user("U2", true)], "response_metadata": {"next_cursor": ""},
    });
    for (name, second, whole) in [
        ("second page", answers(&page_two), true),
        (
            "second page missing",
            answers(&json!({"ok": false, "error": "invalid_cursor"})),
            false,
        ),
        ("the same page for ever", answers(&page_one), false),
    ] {
        let server = MockServer::start().await;
        Mock::given(path("/api/users.list"))
            .and(body_string_contains("cursor=abc%3D"))
            .respond_with(second)
            .mount(&server)
            .await;
        serve(&server, "users.list", answers(&page_one)).await;
        let users = client(&server).users().await;
        match (users, whole) {
            (Ok(users), true) => {
                let seen: Vec<_> = users
                    .iter()
                    .map(|it| (it.id.as_str(), it.is_active))
                    .collect();
                assert_eq!(seen, [("U1", true), ("U2", false)]);
            }
            (Err(_), false) => {}
            (other, _) => panic!("{name}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn people_are_found_by_address_or_not_at_all() {
    let server = MockServer::start().await;
    let found = json!({"ok": true, "user": {
        "id": "U1", "deleted": false, "is_bot": false, "name": "ada",
        "profile": {"email": "Ada@Example.com", "real_name": "Ada L."},
    }});
    Mock::given(body_string_contains("email=ada%40example.com"))
        .respond_with(answers(&found))
        .mount(&server)
        .await;
    let unknown = json!({"ok": false, "error": "users_not_found"});
    serve(&server, "users.lookupByEmail", answers(&unknown)).await;
    let client = client(&server);
    let ada = client
        .find_user_by_email("ada@example.com")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (ada.email.as_deref(), ada.name.as_str()),
        (Some("Ada@Example.com"), "Ada L.")
    );
    assert_eq!(
        client.find_user_by_email("bob@example.com").await.unwrap(),
        None
    );
}

#[tokio::test]
async fn disabled_groups_are_seen_as_such() {
    let server = MockServer::start().await;
    let disabled = group_json(1_446_748_865, &json!("0"), &json!([]));
    let list = json!({"ok": true, "usergroups": [disabled]});
    serve(&server, "usergroups.list", answers(&list)).await;
    let groups = client(&server)
        .user_groups(DisabledGroups::Included)
        .await
        .unwrap();
    assert_eq!((groups.len(), groups[0].is_enabled), (1, false));
    let sent = &server.received_requests().await.unwrap()[0];
    let form = String::from_utf8(sent.body.clone()).unwrap();
    assert_eq!(
        form,
        "include_disabled=true&include_count=true&include_users=true"
    );
}

#[tokio::test]
async fn messages_are_posted_and_replaced() {
    let server = MockServer::start().await;
    let posted = json!({"ok": true, "channel": "C1", "ts": "1712345678.000100"});
    serve(&server, "chat.postMessage", answers(&posted)).await;
    Mock::given(path("/api/chat.update"))
        .and(body_string_contains("ts=1712345678.000100"))
        .and(body_string_contains(
            "blocks=%5B%7B%22type%22%3A%22divider%22%7D%5D",
        ))
        .respond_with(answers(&posted))
        .expect(1)
        .mount(&server)
        .await;
    let client = client(&server);
    let message = Message::new(&"done".into()).blocks([Block::divider()]);
    let there = client
        .post_message(&"C1".parse().unwrap(), &message)
        .await
        .unwrap();
    client
        .update_message(&there.channel, &there.ts, &message)
        .await
        .unwrap();
}
