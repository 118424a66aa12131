//! What the builders write, held against the documented shapes.

use serde_json::{Value, json};
use slack_client::block_kit::{
    ActionId, Block, BlockId, Button, CallbackId, Choice, Confirm, Field, Modal, Mrkdwn, Select,
    Style, TextInput,
};
use slack_client::{Message, SubmissionAnswer};

const APPROVE: ActionId = ActionId::new("approve");
const DENY: ActionId = ActionId::new("deny");
const PICK: ActionId = ActionId::new("pick");
const GROUP: BlockId = BlockId::new("group");
const REASON: BlockId = BlockId::new("reason");
const REQUEST: CallbackId = CallbackId::new("request");

fn plain(text: &str) -> Value {
    json!({"type": "plain_text", "text": text, "emoji": false})
}

fn mrkdwn(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text, "verbatim": true})
}

fn written(of: impl serde::Serialize) -> Value {
    serde_json::to_value(of).unwrap()
}

fn choices(count: usize) -> Vec<Choice> {
    let choice = |number| Choice::new(&format!("Group {number:03}"), &format!("g{number}"));
    (0..count).map(|number| choice(number).unwrap()).collect()
}

#[test]
fn a_card_is_written_as_documented() {
    let confirm = Confirm::new("Deny?", "Ann is told.", "Deny", "Back").style(Style::Danger);
    let approve = Button::new(APPROVE, "Approve").style(Style::Primary);
    let buttons = [
        approve.value("r-1").unwrap(),
        Button::new(DENY, "Deny").confirm(confirm),
    ];
    let card = Message::new(&"Ann asks for payments".into()).blocks(
        [
            Block::header("Access request"),
            Block::section(&Mrkdwn::new().bold("Ann").text(" <asks>")),
            Block::quote("fixing\nrefunds"),
            Block::context(&"small".into()),
            Block::divider(),
        ]
        .into_iter()
        .chain(Block::fields(["one".into(), "two".into()]))
        .chain(Block::actions(buttons)),
    );
    let expected = json!({
        "text": "Ann asks for payments",
        "blocks": [
            {"type": "header", "text": plain("Access request")},
            {"type": "section", "text": mrkdwn("*Ann* &lt;asks&gt;")},
            {"type": "section", "text": plain("fixing\nrefunds")},
            {"type": "context", "elements": [mrkdwn("small")]},
            {"type": "divider"},
            {"type": "section", "fields": [mrkdwn("one"), mrkdwn("two")]},
            {"type": "actions", "elements": [
                {"type": "button", "action_id": "approve", "text": plain("Approve"), "value": "r-1", "style": "primary"},
                {"type": "button", "action_id": "deny", "text": plain("Deny"), "confirm": {
                    "title": plain("Deny?"), "text": plain("Ann is told."), "confirm": plain("Deny"),
                    "deny": plain("Back"), "style": "danger",
                }},
            ]},
        ],
    });
    assert_eq!(written(card), expected);
}

#[test]
fn a_dialog_is_written_as_documented() {
    let select = Select::new(PICK, choices(2)).unwrap();
    let select = select.chosen("g1").placeholder("Choose");
    let reason = TextInput::new(PICK)
        .multiline()
        .initial_value("fixing refunds")
        .max_length(6);
    let dialog = Modal::new(
        REQUEST,
        "Request access to everything",
        [
            Field::select(GROUP, "Group", select).into(),
            Field::text(REASON, "Reason", reason)
                .optional()
                .hint("Why?")
                .into(),
        ],
    );
    let dialog = dialog.private_metadata("C1").unwrap().close("Cancel");
    let option = |text, value| json!({"text": plain(text), "value": value});
    let expected = json!({
        "type": "modal", "callback_id": "request", "title": plain("Request access to every…"),
        "submit": plain("Submit"), "close": plain("Cancel"), "private_metadata": "C1", "notify_on_close": false,
        "blocks": [
            {"type": "input", "block_id": "group", "label": plain("Group"), "optional": false, "element": {
                "type": "static_select", "action_id": "pick", "placeholder": plain("Choose"),
                "options": [option("Group 000", "g0"), option("Group 001", "g1")],
                "initial_option": option("Group 001", "g1"),
            }},
            {"type": "input", "block_id": "reason", "label": plain("Reason"), "optional": true, "hint": plain("Why?"),
                "element": {
                    "type": "plain_text_input", "action_id": "pick", "multiline": true, "max_length": 6,
                    "initial_value": "fixin…",
                }},
        ],
    });
    assert_eq!(written(dialog), expected);
}

#[test]
fn two_hundred_choices_are_two_groups() {
    let select = Select::new(PICK, choices(200)).unwrap().chosen("g150");
    let dialog = Modal::new(
        REQUEST,
        "Request",
        [Field::select(GROUP, "Group", select).into()],
    );
    let written = written(dialog);
    let element = &written["blocks"][0]["element"];
    assert_eq!(element["options"], Value::Null);
    assert_eq!(element["initial_option"]["value"], json!("g150"));
    let groups = element["option_groups"].as_array().unwrap();
    let labels: Vec<_> = groups.iter().map(|group| &group["label"]["text"]).collect();
    assert_eq!(labels, ["Group 000 – Group 099", "Group 100 – Group 199"]);
    assert!(
        groups
            .iter()
            .all(|group| group["options"].as_array().unwrap().len() == 100)
    );
}

#[test]
fn what_does_not_fit_is_left_out_and_counted() {
    let rows = (0..60).map(|number| Block::header(&format!("Row {number}")));
    let message = written(Message::new(&"rows".into()).blocks(rows));
    let blocks = message["blocks"].as_array().unwrap();
    assert_eq!(blocks.len(), 50);
    assert_eq!(
        blocks[49]["elements"][0]["text"],
        json!("11 more are not shown.")
    );
    let twice = [Button::new(DENY, "one"), Button::new(DENY, "two")];
    let row = written(Block::actions(twice));
    assert_eq!(row["elements"].as_array().unwrap().len(), 1);
    assert_eq!(Block::actions([]), None);
    assert_eq!(Block::fields([]), None);
    assert_eq!(Select::new(PICK, []), None);
}

#[test]
fn values_are_whole_or_refused() {
    assert!(Choice::new("x", &"v".repeat(150)).is_ok());
    assert!(Choice::new("x", &"v".repeat(151)).is_err());
    assert!(Button::new(DENY, "x").value(&"v".repeat(2_001)).is_err());
    let dialog = || Modal::new(REQUEST, "x", []);
    assert!(dialog().private_metadata(&"v".repeat(3_000)).is_ok());
    let refused = dialog().private_metadata(&"v".repeat(3_001)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "a dialog's metadata has more than 3000 characters"
    );
}

#[test]
fn answers_to_dialogs_are_written_as_documented() {
    let errors = SubmissionAnswer::errors([(REASON, "Say\nwhy.".to_owned())]);
    assert_eq!(
        written(errors),
        json!({"response_action": "errors", "errors": {"reason": "Say why."}})
    );
    let view = Modal::new(REQUEST, "Sent", [Block::header("Sent")]);
    let update = written(SubmissionAnswer::Update { view });
    assert_eq!(update["response_action"], json!("update"));
    assert_eq!(update["view"]["type"], json!("modal"));
    assert_eq!(
        written(SubmissionAnswer::Clear),
        json!({"response_action": "clear"})
    );
}
