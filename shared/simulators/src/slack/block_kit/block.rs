//! Blocks, and what must be unique among them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::element;
use super::findings::{Findings, Room};
use super::text;

/// A list of blocks: each by itself, and their names.
pub(super) fn check_all(findings: &mut Findings, blocks: &Value, at: &str, min: usize, max: usize) {
    let mut names = BTreeSet::new();
    for (number, block) in findings.list(blocks, at, (min, max)).iter().enumerate() {
        let at = format!("{at}/{number}");
        check(findings, block, &at);
        if let Some(name) = block["block_id"].as_str()
            && !names.insert(name)
        {
            findings.add(&format!("{at}/block_id"), "block_id already exists");
        }
    }
}

fn check(findings: &mut Findings, block: &Value, at: &str) {
    findings.string(block, at, "block_id", Room::optional(255));
    match block["type"].as_str() {
        Some("section") => section(findings, block, at),
        Some("header") => {
            findings.only(block, at, &["type", "block_id", "text"]);
            text::plain(findings, block, at, "text", Room::required(150));
        }
        Some("context") => {
            findings.only(block, at, &["type", "block_id", "elements"]);
            let at = format!("{at}/elements");
            let elements = findings.list(&block["elements"], &at, (1, 10));
            for (number, element) in elements.iter().enumerate() {
                text::item(findings, element, &format!("{at}/{number}"), 3_000);
            }
        }
        Some("actions") => actions(findings, block, at),
        Some("input") => input(findings, block, at),
        Some("divider") => findings.only(block, at, &["type", "block_id"]),
        _ => findings.add(&format!("{at}/type"), "unsupported type of block"),
    }
}

fn section(findings: &mut Findings, block: &Value, at: &str) {
    let known = ["type", "block_id", "text", "fields", "accessory", "expand"];
    findings.only(block, at, &known);
    findings.flag(block, at, "expand");
    text::either(findings, block, at, "text", Room::optional(3_000));
    let fields = &block["fields"];
    if block["text"].is_null() && fields.is_null() {
        findings.add(at, "missing required field: text or fields");
    }
    if !fields.is_null() {
        let at = format!("{at}/fields");
        for (number, field) in findings.list(fields, &at, (1, 10)).iter().enumerate() {
            text::item(findings, field, &format!("{at}/{number}"), 2_000);
        }
    }
    if !block["accessory"].is_null() {
        element::interactive(findings, &block["accessory"], &format!("{at}/accessory"));
    }
}

fn actions(findings: &mut Findings, block: &Value, at: &str) {
    findings.only(block, at, &["type", "block_id", "elements"]);
    let at = format!("{at}/elements");
    let mut names = BTreeSet::new();
    let elements = findings.list(&block["elements"], &at, (1, 25));
    for (number, item) in elements.iter().enumerate() {
        let at = format!("{at}/{number}");
        element::interactive(findings, item, &at);
        if let Some(name) = item["action_id"].as_str()
            && !names.insert(name)
        {
            findings.add(&format!("{at}/action_id"), "action_id already exists");
        }
    }
}

fn input(findings: &mut Findings, block: &Value, at: &str) {
    findings.only(
        block,
        at,
        &[
            "type",
            "block_id",
            "label",
            "element",
            "hint",
            "optional",
            "dispatch_action",
        ],
    );
    text::plain(findings, block, at, "label", Room::required(2_000));
    text::plain(findings, block, at, "hint", Room::optional(2_000));
    findings.flag(block, at, "optional");
    findings.flag(block, at, "dispatch_action");
    element::field(findings, &block["element"], &format!("{at}/element"));
}
