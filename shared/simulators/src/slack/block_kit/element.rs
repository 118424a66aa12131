//! Buttons, menus and fields.

use serde_json::Value;

use super::findings::{Findings, Room};
use super::text;

/// Elements of an actions block, or beside a section.
pub(super) fn interactive(findings: &mut Findings, element: &Value, at: &str) {
    match element["type"].as_str() {
        Some("button") => button(findings, element, at),
        Some("static_select") => static_select(findings, element, at),
        Some("external_select") => external_select(findings, element, at),
        _ => findings.add(&format!("{at}/type"), "unsupported type of element"),
    }
}

/// Elements of an input block.
pub(super) fn field(findings: &mut Findings, element: &Value, at: &str) {
    match element["type"].as_str() {
        Some("plain_text_input") => plain_text_input(findings, element, at),
        Some("static_select") => static_select(findings, element, at),
        Some("external_select") => external_select(findings, element, at),
        _ => findings.add(&format!("{at}/type"), "unsupported type of element"),
    }
}

fn button(findings: &mut Findings, element: &Value, at: &str) {
    findings.only(
        element,
        at,
        &[
            "type",
            "text",
            "action_id",
            "url",
            "value",
            "style",
            "confirm",
            "accessibility_label",
        ],
    );
    text::plain(findings, element, at, "text", Room::required(75));
    findings.string(element, at, "action_id", Room::optional(255));
    findings.string(element, at, "url", Room::optional(3_000));
    findings.string(element, at, "value", Room::possibly_empty(2_000));
    findings.string(element, at, "accessibility_label", Room::optional(75));
    findings.word(element, at, "style", &["primary", "danger"]);
    confirm(findings, element, at);
}

fn static_select(findings: &mut Findings, element: &Value, at: &str) {
    findings.only(
        element,
        at,
        &[
            "type",
            "action_id",
            "placeholder",
            "options",
            "option_groups",
            "initial_option",
            "confirm",
            "focus_on_load",
        ],
    );
    menu(findings, element, at);
    let mut known: Vec<&Value> = Vec::new();
    match (&element["options"], &element["option_groups"]) {
        (list, Value::Null) => options(findings, list, &format!("{at}/options"), &mut known),
        (Value::Null, groups) => {
            let at = format!("{at}/option_groups");
            for (number, group) in findings.list(groups, &at, (1, 100)).iter().enumerate() {
                let at = format!("{at}/{number}");
                findings.only(group, &at, &["label", "options"]);
                text::plain(findings, group, &at, "label", Room::required(75));
                options(
                    findings,
                    &group["options"],
                    &format!("{at}/options"),
                    &mut known,
                );
            }
        }
        _ => findings.add(at, "only one of options and option_groups is allowed"),
    }
    let initial = &element["initial_option"];
    if !initial.is_null() && !known.contains(&initial) {
        let at = format!("{at}/initial_option");
        findings.add(&at, "must be one of the provided options");
    }
}

fn options<'v>(findings: &mut Findings, list: &'v Value, at: &str, known: &mut Vec<&'v Value>) {
    for (number, option) in findings.list(list, at, (1, 100)).iter().enumerate() {
        let at = format!("{at}/{number}");
        findings.only(option, &at, &["text", "value", "description"]);
        text::plain(findings, option, &at, "text", Room::required(75));
        text::plain(findings, option, &at, "description", Room::optional(75));
        findings.string(option, &at, "value", Room::required(150));
        known.push(option);
    }
}

fn external_select(findings: &mut Findings, element: &Value, at: &str) {
    findings.only(
        element,
        at,
        &[
            "type",
            "action_id",
            "placeholder",
            "initial_option",
            "min_query_length",
            "confirm",
            "focus_on_load",
        ],
    );
    menu(findings, element, at);
    findings.number(element, at, "min_query_length", (0, 3_000));
}

fn menu(findings: &mut Findings, element: &Value, at: &str) {
    findings.string(element, at, "action_id", Room::optional(255));
    text::plain(findings, element, at, "placeholder", Room::optional(150));
    findings.flag(element, at, "focus_on_load");
    confirm(findings, element, at);
}

fn plain_text_input(findings: &mut Findings, element: &Value, at: &str) {
    findings.only(
        element,
        at,
        &[
            "type",
            "action_id",
            "placeholder",
            "initial_value",
            "multiline",
            "min_length",
            "max_length",
            "focus_on_load",
        ],
    );
    findings.string(element, at, "action_id", Room::optional(255));
    text::plain(findings, element, at, "placeholder", Room::optional(150));
    findings.flag(element, at, "multiline");
    findings.flag(element, at, "focus_on_load");
    findings.number(element, at, "min_length", (0, 3_000));
    let max = findings.number(element, at, "max_length", (1, 3_000));
    let max = max.and_then(|max| usize::try_from(max).ok());
    let room = Room::possibly_empty(max.unwrap_or(3_000));
    findings.string(element, at, "initial_value", room);
}

fn confirm(findings: &mut Findings, element: &Value, at: &str) {
    let confirm = &element["confirm"];
    if confirm.is_null() {
        return;
    }
    let at = format!("{at}/confirm");
    findings.only(confirm, &at, &["title", "text", "confirm", "deny", "style"]);
    text::plain(findings, confirm, &at, "title", Room::required(100));
    text::plain(findings, confirm, &at, "text", Room::required(300));
    text::plain(findings, confirm, &at, "confirm", Room::required(30));
    text::plain(findings, confirm, &at, "deny", Room::required(30));
    findings.word(confirm, &at, "style", &["primary", "danger"]);
}
