//! Slack's documented limits of messages and dialogs, read from JSON and without any builder.
//!
//! Knows the blocks and elements that Rotakey uses; any other is a finding. Characters are counted as UTF-16 does, the
//! strictest way that Slack may have in mind. Sources: <https://docs.slack.dev/reference/block-kit/blocks>,
//! `/block-elements` and `/composition-objects`, <https://docs.slack.dev/reference/views/modal-views>.

mod block;
mod element;
mod findings;
mod text;

use serde_json::Value;

use findings::{Findings, Room};

/// Blocks of a message at most.
const MESSAGE_BLOCKS_MAX: usize = 50;
/// Blocks of a dialog at most.
const VIEW_BLOCKS_MAX: usize = 100;

/// What is wrong with the blocks of a message, in Slack's manner of saying it; nothing if Slack takes them.
#[must_use]
pub fn check_blocks(blocks: &Value) -> Vec<String> {
    let mut findings = Findings::default();
    block::check_all(&mut findings, blocks, "/blocks", 0, MESSAGE_BLOCKS_MAX);
    findings.into_messages()
}

/// What is wrong with a dialog, in Slack's manner of saying it; nothing if Slack takes it.
#[must_use]
pub fn check_view(view: &Value) -> Vec<String> {
    let mut findings = Findings::default();
    let at = "/view";
    findings.only(
        view,
        at,
        &[
            "type",
            "callback_id",
            "title",
            "blocks",
            "submit",
            "close",
            "private_metadata",
            "notify_on_close",
            "clear_on_close",
            "external_id",
        ],
    );
    if view["type"] != "modal" {
        findings.add(&format!("{at}/type"), "unsupported type");
    }
    findings.string(view, at, "callback_id", Room::optional(255));
    findings.string(view, at, "external_id", Room::optional(255));
    findings.string(view, at, "private_metadata", Room::possibly_empty(3_000));
    findings.flag(view, at, "notify_on_close");
    findings.flag(view, at, "clear_on_close");
    text::plain(&mut findings, view, at, "title", Room::required(24));
    text::plain(&mut findings, view, at, "submit", Room::optional(24));
    text::plain(&mut findings, view, at, "close", Room::optional(24));
    let blocks = &view["blocks"];
    block::check_all(&mut findings, blocks, "/view/blocks", 1, VIEW_BLOCKS_MAX);
    let mut blocks = blocks.as_array().into_iter().flatten();
    if view["submit"].is_null() && blocks.any(|block| block["type"] == "input") {
        findings.add(at, "submit is required when an input block is in blocks");
    }
    findings.into_messages()
}
