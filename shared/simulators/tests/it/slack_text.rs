//! Whatever text and however much of it: what the client's builders make passes the validator and mentions nobody.

use proptest::prelude::*;
use serde_json::Value;
use simulators::slack::{check_blocks, check_view};
use slack_client::block_kit::{
    ActionId, Block, BlockId, Button, CallbackId, Choice, Confirm, Field, Modal, Mrkdwn, Select,
    Style, TextInput,
};
use slack_client::{Message, SubmissionAnswer};

const ACT: ActionId = ActionId::new("act");
const OTHER: ActionId = ActionId::new("other");
const PICK: BlockId = BlockId::new("pick");
const TYPE: BlockId = BlockId::new("type");
const DIALOG: CallbackId = CallbackId::new("dialog");

/// Text that has broken cards before, mixed and repeated beyond every limit.
fn hostile() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        4 => any::<String>(),
        1 => Just("<!channel>".to_owned()),
        1 => Just("<@U1>".to_owned()),
        1 => Just("<!date^1^{time}|x>".to_owned()),
        1 => Just("<https://evil.example|payments>".to_owned()),
        1 => Just("&lt;!here&gt; &amp;amp;".to_owned()),
        1 => Just("*bold* ```code``` :white_check_mark: > quote\n\n".to_owned()),
        1 => Just("\u{202e}\u{2066}שלום\u{2069}\u{200f}".to_owned()),
        1 => Just("👩\u{200d}👩\u{200d}👧\u{fe0f}".to_owned()),
        1 => Just("\u{0}\u{1b}[2J\r\n\t\u{200b}\u{feff}".to_owned()),
        1 => Just(" \n ".to_owned()),
        1 => Just(String::new()),
    ];
    let times = prop_oneof![6 => 1..4_usize, 1 => 100..300_usize];
    (proptest::collection::vec(part, 1..4), times)
        .prop_map(|(parts, times)| parts.concat().repeat(times))
}

fn card(text: &str, count: usize) -> Message {
    let line = Mrkdwn::new()
        .bold(text)
        .text(text)
        .code(text)
        .markup(" _asked_ ");
    let address = "https://example.com/?a=<b>|c&d"
        .parse()
        .expect("an address");
    let line = line.link(&address, text).line().text(text);
    let confirm = Confirm::new(text, text, text, text).style(Style::Danger);
    let button = Button::new(ACT, text).confirm(confirm);
    let plain = Button::new(OTHER, text).style(Style::Primary);
    let rows = vec![Block::quote(text); count];
    Message::new(&line).blocks(
        [
            Block::header(text),
            Block::section(&line),
            Block::section_with(&line, button.clone()),
            Block::context(&line),
            Block::divider(),
        ]
        .into_iter()
        .chain(Block::fields(vec![line.clone(); count]))
        .chain(Block::actions([button, plain]))
        .chain(rows),
    )
}

fn dialog(text: &str, count: usize) -> Modal {
    let choice = |number: usize| {
        let choice = Choice::new(text, &number.to_string()).expect("a number is short");
        choice.description(text)
    };
    let select = Select::new(ACT, (0..count).map(choice));
    let select = select.map(|it| it.placeholder(text).chosen("3"));
    let input = TextInput::new(ACT).placeholder(text).multiline();
    let input = input.initial_value(text).max_length(500);
    let fields: [Block; 1] = [Field::text(TYPE, text, input).hint(text).into()];
    let menu: Option<Block> =
        select.map(|select| Field::select(PICK, text, select).optional().into());
    let dialog = Modal::new(DIALOG, text, fields.into_iter().chain(menu));
    dialog.submit(text).close(text).notify_on_close()
}

/// Every text in it, with whether Slack reads markup in it.
fn texts(value: &Value, found: &mut Vec<(bool, String)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(members) => {
            if let Some(Value::String(text)) = members.get("text") {
                found.push((value["type"] != "plain_text", text.clone()));
            }
            members.values().for_each(|member| texts(member, found));
        }
        _ => {}
    }
}

/// Whether markup mentions somebody, or is not what the card itself wrote.
fn is_inert(mrkdwn: &str) -> bool {
    let own = "<https://example.com/?a=%3Cb%3E%7Cc&amp;d|";
    let rest = mrkdwn.replace(own, "");
    // One closing bracket for each link of ours, and no other bracket.
    let links = mrkdwn.matches(own).count();
    let escapes_hold = rest.match_indices('&').all(|(at, _)| {
        ["&amp;", "&lt;", "&gt;"]
            .iter()
            .any(|escape| rest[at..].starts_with(escape))
    });
    !rest.contains('<') && rest.matches('>').count() == links && escapes_hold
}

fn is_deceptive(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

    #[test]
    fn any_text_makes_a_card_that_slack_takes(text in hostile(), count in 0..60_usize) {
        let card = serde_json::to_value(card(&text, count)).unwrap();
        prop_assert_eq!(check_blocks(&card["blocks"]), Vec::<String>::new());
        prop_assert!(card["text"].as_str().unwrap().encode_utf16().count() <= 4_000);
        let mut found = Vec::new();
        texts(&card, &mut found);
        for (is_mrkdwn, text) in found {
            prop_assert!(!text.contains(is_deceptive), "{:?}", text);
            prop_assert!(!is_mrkdwn || is_inert(&text), "{:?}", text);
        }
    }

    #[test]
    fn any_text_makes_a_dialog_that_slack_takes(text in hostile(), count in 0..250_usize) {
        let view = dialog(&text, count);
        let errors = SubmissionAnswer::errors([(TYPE, text)]);
        let view = serde_json::to_value(view).unwrap();
        prop_assert_eq!(check_view(&view), Vec::<String>::new());
        let errors = serde_json::to_value(errors).unwrap();
        let shown = errors["errors"]["type"].as_str().unwrap();
        prop_assert!(!shown.trim().is_empty() && shown.encode_utf16().count() <= 300);
    }
}

#[test]
fn ten_thousand_choices_are_the_most() {
    let choice = |number: usize| {
        Choice::new(&format!("Group {number:05}"), &number.to_string()).expect("a number is short")
    };
    for count in [1, 100, 101, 200, 10_000, 10_001] {
        let select = Select::new(ACT, (0..count).map(choice)).unwrap();
        let view = Modal::new(DIALOG, "x", [Field::select(PICK, "x", select).into()]);
        let view = serde_json::to_value(view).unwrap();
        assert_eq!(check_view(&view), Vec::<String>::new(), "{count}");
    }
}
