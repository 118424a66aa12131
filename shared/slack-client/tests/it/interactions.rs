//! Interaction payloads as Slack posts them, and others.

use serde_json::{Value, json};
use slack_client::{Interaction, PayloadError, parse_interaction};

fn body(payload: &str) -> Vec<u8> {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("payload", payload);
    form.finish().into_bytes()
}

fn parse(payload: &Value) -> Result<Interaction, PayloadError> {
    parse_interaction(&body(&payload.to_string()))
}

/// A press of Approve in a message, with all that Slack sends beside what is read.
fn pressed() -> Value {
    json!({
        "type": "block_actions",
        "user": {"id": "U1", "username": "ada", "name": "ada", "team_id": "T2"},
        "api_app_id": "A1", "token": "deprecated", "is_enterprise_install": false,
        "container": {
            "type": "message", "message_ts": "1712345678.000100", "channel_id": "C1", "is_ephemeral": false,
        },
        "trigger_id": "1.2.abc",
        "team": {"id": "T1", "domain": "acme"}, "enterprise": null,
        "channel": {"id": "C1", "name": "access"},
        "message": {"type": "message", "ts": "1712345678.000100", "bot_id": "B1", "blocks": []},
        "state": {"values": {}},
        "response_url": "https://hooks.slack.com/actions/T1/2/x",
        "actions": [{
            "type": "button", "action_id": "approve", "block_id": "abc", "value": "r-1",
            "text": {"type": "plain_text", "text": "Approve", "emoji": true}, "action_ts": "1712345679.1",
        }],
    })
}

/// A request for access, sent off.
fn submitted() -> Value {
    json!({
        "type": "view_submission",
        "user": {"id": "U1", "team_id": "T1"}, "team": {"id": "T1"}, "api_app_id": "A1",
        "trigger_id": "1.2.abc", "response_urls": [],
        "view": {
            "id": "V1", "team_id": "T1", "type": "modal", "callback_id": "request",
            "private_metadata": "C1", "hash": "156.abc", "root_view_id": "V1", "blocks": [],
            "state": {"values": {
                "group": {"choice": {"type": "static_select", "selected_option": {
                    "text": {"type": "plain_text", "text": "Payments"}, "value": "payments",
                }}},
                "reason": {"text": {"type": "plain_text_input", "value": "fixing refunds"}},
                "ticket": {"text": {"type": "plain_text_input", "value": null}},
                "when": {"day": {"type": "of_tomorrow", "selected_day": 5, "value": 5}},
            }},
        },
    })
}

#[test]
fn a_press_in_a_message_is_read() {
    let Interaction::Actions(press) = parse(&pressed()).unwrap() else {
        panic!("no press");
    };
    assert_eq!(press.sender.user.as_str(), "U1");
    assert_eq!(press.sender.user_team.unwrap().as_str(), "T2");
    assert_eq!(press.sender.team.unwrap().as_str(), "T1");
    let message = press.message.unwrap();
    let place = (message.channel.as_str(), message.ts.as_str());
    assert_eq!(place, ("C1", "1712345678.000100"));
    assert!(press.response_url.is_some() && press.trigger.is_some());
    let action = &press.actions[0];
    assert_eq!(action.action_id, "approve");
    assert_eq!(action.block_id, "abc");
    assert_eq!(action.value.as_deref(), Some("r-1"));
}

#[test]
fn a_press_is_read_without_what_slack_may_leave_out() {
    let mut payload = pressed();
    for name in [
        "message",
        "channel",
        "response_url",
        "trigger_id",
        "team",
        "api_app_id",
        "state",
        "enterprise",
    ] {
        payload[name] = Value::Null;
    }
    payload["container"] = json!({"type": "view", "view_id": "V1"});
    payload["view"] = submitted()["view"].clone();
    payload["actions"][0] = json!({"action_id": "menu", "selected_option": {"value": "two"}});
    let Interaction::Actions(press) = parse(&payload).unwrap() else {
        panic!("no press");
    };
    assert_eq!((press.message, press.response_url), (None, None));
    assert_eq!(press.sender.team, None);
    assert_eq!(press.view.unwrap().id.as_str(), "V1");
    assert_eq!(press.actions[0].value.as_deref(), Some("two"));
}

#[test]
fn a_submission_is_read_with_what_was_entered() {
    let Interaction::Submitted(submission) = parse(&submitted()).unwrap() else {
        panic!("no submission");
    };
    let view = submission.view;
    assert_eq!(
        (view.id.as_str(), view.callback_id.as_str()),
        ("V1", "request")
    );
    assert_eq!(view.private_metadata, "C1");
    let cases = [
        ("group", "choice", Some("payments")),
        ("reason", "text", Some("fixing refunds")),
        ("ticket", "text", None),
        ("when", "day", None),
        ("reason", "other", None),
        ("other", "text", None),
    ];
    for (block, action, expected) in cases {
        assert_eq!(view.inputs.get(block, action), expected, "{block}");
    }
}

#[test]
fn empty_state_comes_in_several_forms() {
    for state in [
        json!(null),
        json!({}),
        json!({"values": {}}),
        json!({"values": []}),
        json!({"values": null}),
    ] {
        let mut payload = submitted();
        payload["view"]["state"] = state.clone();
        let Ok(Interaction::Submitted(submission)) = parse(&payload) else {
            panic!("{state}");
        };
        assert_eq!(submission.view.inputs.get("reason", "text"), None);
    }
}

#[test]
fn a_closed_dialog_is_read() {
    let mut payload = submitted();
    payload["type"] = json!("view_closed");
    payload["is_cleared"] = json!(true);
    let Interaction::Closed(closed) = parse(&payload).unwrap() else {
        panic!("nothing closed");
    };
    assert!(closed.is_cleared);
    assert_eq!(closed.view.callback_id, "request");
}

#[test]
fn kinds_of_tomorrow_are_tolerated() {
    for kind in ["message_action", "block_suggestion", "of_tomorrow"] {
        let expected = Interaction::Other { kind: kind.into() };
        assert_eq!(parse(&json!({"type": kind, "user": 5})), Ok(expected));
    }
}

#[test]
fn payloads_that_slack_would_not_send_are_refused() {
    let edits: [(&str, &str, Value); 8] = [
        ("no type", "/type", Value::Null),
        ("no user", "/user", Value::Null),
        ("a name for an id", "/user/id", json!("ada")),
        ("another kind of id", "/user/id", json!("T1")),
        ("no actions", "/actions", json!([])),
        (
            "an action without a name",
            "/actions/0/action_id",
            Value::Null,
        ),
        ("a trigger of another kind", "/trigger_id", json!(7)),
        ("no address", "/response_url", json!("nowhere")),
    ];
    for (name, pointer, value) in edits {
        let mut payload = pressed();
        *payload.pointer_mut(pointer).unwrap() = value;
        assert!(parse(&payload).is_err(), "{name}");
    }
    let mut payload = submitted();
    payload["view"] = Value::Null;
    assert_eq!(parse(&payload), Err(PayloadError::Missing("view")));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for payload in ["", "{", "[]", "null", "\"block_actions\"", deep.as_str()] {
        assert!(parse_interaction(&body(payload)).is_err());
    }
    let mut twice = body(&pressed().to_string());
    twice.extend(b"&payload=%7B%7D");
    assert_eq!(
        parse_interaction(&twice),
        Err(PayloadError::Repeated("payload"))
    );
}

#[test]
fn an_error_says_where_and_not_what() {
    let mut payload = pressed();
    payload["user"]["id"] = json!("a secret of Ada's");
    let error = parse(&payload).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"));
}
