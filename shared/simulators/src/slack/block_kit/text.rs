//! Text objects.

use serde_json::Value;

use super::findings::{Findings, Room};

/// Longest text of a text object anywhere.
const TEXT_MAX: usize = 3_000;

/// A text object under `key` that must be `plain_text`.
pub(super) fn plain(findings: &mut Findings, object: &Value, at: &str, key: &str, room: Room) {
    check(findings, object, at, key, room, false);
}

/// A text object under `key` of either kind.
pub(super) fn either(findings: &mut Findings, object: &Value, at: &str, key: &str, room: Room) {
    check(findings, object, at, key, room, true);
}

/// A text object that is itself an item of a list.
pub(super) fn item(findings: &mut Findings, text: &Value, at: &str, max: usize) {
    kind(findings, text, at, Room::required(max), true);
}

fn check(
    findings: &mut Findings,
    object: &Value,
    at: &str,
    key: &str,
    room: Room,
    may_be_mrkdwn: bool,
) {
    if object[key].is_null() {
        // Reported like any other missing field.
        findings.string(object, at, key, room);
        return;
    }
    kind(
        findings,
        &object[key],
        &format!("{at}/{key}"),
        room,
        may_be_mrkdwn,
    );
}

fn kind(findings: &mut Findings, text: &Value, at: &str, room: Room, may_be_mrkdwn: bool) {
    match text["type"].as_str() {
        Some("plain_text") => {
            findings.only(text, at, &["type", "text", "emoji"]);
            findings.flag(text, at, "emoji");
        }
        Some("mrkdwn") if may_be_mrkdwn => {
            findings.only(text, at, &["type", "text", "verbatim"]);
            findings.flag(text, at, "verbatim");
        }
        _ => findings.add(&format!("{at}/type"), "unsupported type of text"),
    }
    let room = Room::required(room.max.min(TEXT_MAX));
    findings.string(text, at, "text", room);
}
