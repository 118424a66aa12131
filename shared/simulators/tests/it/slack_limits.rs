//! The Block Kit validator, against blocks that keep Slack's limits and blocks that just do not.

use serde_json::{Value, json};
use simulators::slack::{check_blocks, check_view};

fn plain(length: usize) -> Value {
    json!({"type": "plain_text", "text": "x".repeat(length)})
}

fn mrkdwn(length: usize) -> Value {
    json!({"type": "mrkdwn", "text": "x".repeat(length)})
}

fn option(text: usize, value: usize) -> Value {
    json!({"text": plain(text), "value": "x".repeat(value)})
}

fn button(text: usize) -> Value {
    json!({"type": "button", "text": plain(text)})
}

fn select(options: usize) -> Value {
    json!({"type": "static_select", "options": vec![option(1, 1); options]})
}

fn input(element: &Value) -> Value {
    json!({"type": "input", "label": plain(1), "element": element})
}

fn beside(accessory: &Value) -> Value {
    json!({"type": "section", "text": mrkdwn(1), "accessory": accessory})
}

/// `base` with one member set.
fn with(mut base: Value, key: &str, value: Value) -> Value {
    base[key] = value;
    base
}

fn confirm(title: usize, text: usize, button: usize) -> Value {
    json!({"title": plain(title), "text": plain(text), "confirm": plain(button), "deny": plain(button)})
}

/// One of the findings is at the place that `expected` names.
#[track_caller]
fn assert_found(name: &str, findings: &[String], expected: &str) {
    assert!(
        findings.iter().any(|it| it.ends_with(expected)),
        "{name}: {findings:?}"
    );
}

#[test]
fn blocks_at_the_limit_pass() {
    let section = |text: usize| json!({"type": "section", "text": mrkdwn(text)});
    let grouped = json!({"type": "static_select", "option_groups":
        vec![json!({"label": plain(75), "options": vec![option(75, 150); 100]}); 100]});
    let chosen = with(select(100), "initial_option", option(1, 1));
    let cases = [
        ("nothing", json!([])),
        ("many", json!(vec![json!({"type": "divider"}); 50])),
        ("section", json!([section(3_000)])),
        (
            "fields",
            json!([{"type": "section", "fields": vec![plain(2_000); 10]}]),
        ),
        ("header", json!([{"type": "header", "text": plain(150)}])),
        (
            "context",
            json!([{"type": "context", "elements": vec![mrkdwn(3_000); 10]}]),
        ),
        (
            "actions",
            json!([{"type": "actions", "elements": vec![button(75); 25]}]),
        ),
        (
            "button",
            json!([beside(&json!({
                "type": "button", "text": plain(75), "action_id": "a".repeat(255), "style": "danger",
                "value": "v".repeat(2_000), "url": "u".repeat(3_000), "confirm": confirm(100, 300, 30),
            }))]),
        ),
        ("menu", json!([beside(&chosen)])),
        ("grouped menu", json!([input(&grouped)])),
        (
            "field",
            json!([input(&json!({
                "type": "plain_text_input", "max_length": 3_000, "min_length": 0,
                "placeholder": plain(150), "initial_value": "x".repeat(3_000),
            }))]),
        ),
        (
            "searched menu",
            json!([input(
                &json!({"type": "external_select", "min_query_length": 0})
            )]),
        ),
    ];
    for (name, blocks) in cases {
        assert_eq!(check_blocks(&blocks), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn blocks_past_the_limit_do_not_pass() {
    let section = |text: Value| json!({"type": "section", "text": text});
    let cases = [
        ("not a list", json!({}), "/blocks]"),
        (
            "too many",
            json!(vec![json!({"type": "divider"}); 51]),
            "/blocks]",
        ),
        ("no block", json!(["divider"]), "/blocks/0/type]"),
        (
            "unknown block",
            json!([{"type": "video"}]),
            "/blocks/0/type]",
        ),
        (
            "long section",
            json!([section(mrkdwn(3_001))]),
            "/blocks/0/text/text]",
        ),
        (
            "empty section",
            json!([section(mrkdwn(0))]),
            "/blocks/0/text/text]",
        ),
        (
            "blank section",
            json!([section(json!({"type": "mrkdwn", "text": " \n"}))]),
            "/blocks/0/text/text]",
        ),
        (
            "emoji count two",
            json!([section(
                json!({"type": "mrkdwn", "text": "👍".repeat(1_501)})
            )]),
            "/blocks/0/text/text]",
        ),
        (
            "bare text",
            json!([section(json!("text"))]),
            "/blocks/0/text/type]",
        ),
        ("no text", json!([{"type": "section"}]), "/blocks/0]"),
        (
            "surplus",
            json!([{"type": "divider", "text": "x"}]),
            "/blocks/0]",
        ),
        (
            "no fields",
            json!([{"type": "section", "fields": []}]),
            "/blocks/0/fields]",
        ),
        (
            "11 fields",
            json!([{"type": "section", "fields": vec![plain(1); 11]}]),
            "/blocks/0/fields]",
        ),
        (
            "long field",
            json!([{"type": "section", "fields": [plain(2_001)]}]),
            "/blocks/0/fields/0/text]",
        ),
        (
            "long header",
            json!([{"type": "header", "text": plain(151)}]),
            "/blocks/0/text/text]",
        ),
        (
            "header in mrkdwn",
            json!([{"type": "header", "text": mrkdwn(1)}]),
            "/blocks/0/text/type]",
        ),
    ];
    for (name, blocks, expected) in cases {
        assert_found(name, &check_blocks(&blocks), expected);
    }
}

#[test]
fn lists_and_names_past_the_limit_do_not_pass() {
    let twice = |block: Value| json!([block.clone(), block]);
    let cases = [
        (
            "11 in context",
            json!([{"type": "context", "elements": vec![plain(1); 11]}]),
            "/blocks/0/elements]",
        ),
        (
            "no action",
            json!([{"type": "actions", "elements": []}]),
            "/blocks/0/elements]",
        ),
        (
            "26 actions",
            json!([{"type": "actions", "elements": vec![button(1); 26]}]),
            "/blocks/0/elements]",
        ),
        (
            "one action twice",
            json!([{"type": "actions", "elements": vec![with(button(1), "action_id", json!("a")); 2]}]),
            "/blocks/0/elements/1/action_id]",
        ),
        (
            "one block twice",
            twice(json!({"type": "divider", "block_id": "a"})),
            "/blocks/1/block_id]",
        ),
        (
            "long block id",
            json!([{"type": "divider", "block_id": "a".repeat(256)}]),
            "/blocks/0/block_id]",
        ),
    ];
    for (name, blocks, expected) in cases {
        assert_found(name, &check_blocks(&blocks), expected);
    }
}

#[test]
fn buttons_past_the_limit_do_not_pass() {
    let pressed = |key: &str, value: Value| json!([beside(&with(button(1), key, value))]);
    let cases = [
        (
            "long button",
            json!([beside(&button(76))]),
            "/blocks/0/accessory/text/text]",
        ),
        (
            "long value",
            pressed("value", json!("v".repeat(2_001))),
            "/blocks/0/accessory/value]",
        ),
        (
            "long address",
            pressed("url", json!("u".repeat(3_001))),
            "/blocks/0/accessory/url]",
        ),
        (
            "long action id",
            pressed("action_id", json!("a".repeat(256))),
            "/blocks/0/accessory/action_id]",
        ),
        (
            "no style",
            pressed("style", json!("default")),
            "/blocks/0/accessory/style]",
        ),
        (
            "long title",
            pressed("confirm", confirm(101, 1, 1)),
            "/blocks/0/accessory/confirm/title/text]",
        ),
        (
            "long question",
            pressed("confirm", confirm(1, 301, 1)),
            "/blocks/0/accessory/confirm/text/text]",
        ),
        (
            "long answer",
            pressed("confirm", confirm(1, 1, 31)),
            "/blocks/0/accessory/confirm/deny/text]",
        ),
    ];
    for (name, blocks, expected) in cases {
        assert_found(name, &check_blocks(&blocks), expected);
    }
}

#[test]
fn menus_and_fields_past_the_limit_do_not_pass() {
    let field = |key: &str, value: Value| {
        json!([input(&with(
            json!({"type": "plain_text_input"}),
            key,
            value
        ))])
    };
    let menu = |key: &str, value: Value| json!([beside(&with(select(1), key, value))]);
    let cases = [
        (
            "no choice",
            json!([beside(&select(0))]),
            "/blocks/0/accessory/options]",
        ),
        (
            "101 choices",
            json!([beside(&select(101))]),
            "/blocks/0/accessory/options]",
        ),
        (
            "long choice",
            menu("options", json!([option(76, 1)])),
            "/blocks/0/accessory/options/0/text/text]",
        ),
        (
            "long choice value",
            menu("options", json!([option(1, 151)])),
            "/blocks/0/accessory/options/0/value]",
        ),
        (
            "both kinds of choices",
            menu("option_groups", json!([])),
            "/blocks/0/accessory]",
        ),
        (
            "another choice",
            menu("initial_option", option(2, 2)),
            "/blocks/0/accessory/initial_option]",
        ),
        (
            "long placeholder",
            menu("placeholder", plain(151)),
            "/blocks/0/accessory/placeholder/text]",
        ),
        (
            "text beside",
            json!([beside(&json!({"type": "plain_text_input"}))]),
            "/blocks/0/accessory/type]",
        ),
        (
            "button as field",
            json!([input(&button(1))]),
            "/blocks/0/element/type]",
        ),
        (
            "roomy field",
            field("max_length", json!(3_001)),
            "/blocks/0/element/max_length]",
        ),
        (
            "no room",
            field("max_length", json!(0)),
            "/blocks/0/element/max_length]",
        ),
        (
            "long beginning",
            field("initial_value", json!("x".repeat(3_001))),
            "/blocks/0/element/initial_value]",
        ),
    ];
    for (name, blocks, expected) in cases {
        assert_found(name, &check_blocks(&blocks), expected);
    }
}

#[test]
fn dialogs_have_limits_of_their_own() {
    let dialog = || {
        json!({
            "type": "modal", "title": plain(24), "submit": plain(24), "close": plain(24),
            "callback_id": "c".repeat(255), "private_metadata": "m".repeat(3_000),
            "blocks": vec![json!({"type": "divider"}); 100],
        })
    };
    assert_eq!(check_view(&dialog()), Vec::<String>::new());
    let field = json!([input(&json!({"type": "plain_text_input"}))]);
    let unsent = with(with(dialog(), "submit", Value::Null), "blocks", field);
    let cases = [
        ("no object", json!([]), "/view]"),
        ("home", with(dialog(), "type", json!("home")), "/view/type]"),
        (
            "title",
            with(dialog(), "title", plain(25)),
            "/view/title/text]",
        ),
        (
            "no title",
            with(dialog(), "title", Value::Null),
            "/view/title]",
        ),
        (
            "submit",
            with(dialog(), "submit", plain(25)),
            "/view/submit/text]",
        ),
        (
            "close",
            with(dialog(), "close", plain(25)),
            "/view/close/text]",
        ),
        (
            "callback",
            with(dialog(), "callback_id", json!("c".repeat(256))),
            "/view/callback_id]",
        ),
        (
            "metadata",
            with(dialog(), "private_metadata", json!("m".repeat(3_001))),
            "/view/private_metadata]",
        ),
        (
            "no blocks",
            with(dialog(), "blocks", json!([])),
            "/view/blocks]",
        ),
        (
            "101 blocks",
            with(
                dialog(),
                "blocks",
                json!(vec![json!({"type": "divider"}); 101]),
            ),
            "/view/blocks]",
        ),
        ("field without submit", unsent, "/view]"),
        ("surplus", with(dialog(), "text", json!("x")), "/view]"),
    ];
    for (name, view, expected) in cases {
        assert_found(name, &check_view(&view), expected);
    }
}
