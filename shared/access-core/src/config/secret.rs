//! References to secrets. The values never belong into the configuration, and are never repeated in a message.

use super::SecretRef;
use super::value::Value;

pub(super) const MESSAGE: &str = "this looks like the secret itself; put its name here";
pub(super) const HELP: &str =
    "write the name of a secret in Secrets Manager (NAME or NAME#KEY), env:NAME or file:PATH";

/// Reads the name of a secret.
pub(super) fn secret(value: &Value) -> Option<SecretRef> {
    let text = value.text()?;
    let message = if text.trim().is_empty() {
        "no secret is named here"
    } else if looks_like_a_value(text) {
        MESSAGE
    } else if is_reference(text) {
        return Some(SecretRef {
            reference: text.into(),
            line: value.report.line(value.at),
        });
    } else {
        // The text may still be a value that this file does not recognise, so it is not shown.
        "this is not the name of a secret"
    };
    value.wrong(message, HELP);
    None
}

/// Whether a text, wherever it stands, can be nothing but a token of Slack or a client secret of PagerDuty.
pub(super) fn is_surely_one(text: &str) -> bool {
    let is_slack = text.strip_prefix("xox").and_then(|rest| rest.get(1..2)) == Some("-");
    let starts = ["pdus+", "pdeu+", "xapp-"];
    is_slack || starts.iter().any(|start| text.starts_with(start))
}

/// How other keys of PagerDuty and Slack look, and what no name is written like.
fn looks_like_a_value(text: &str) -> bool {
    let bare = text.split('#').next().unwrap_or(text);
    let all = |test: fn(u8) -> bool| bare.bytes().all(test);
    let any = |test: fn(&u8) -> bool| bare.bytes().any(|byte| test(&byte));
    let is_mixed =
        any(u8::is_ascii_digit) && any(u8::is_ascii_uppercase) && any(u8::is_ascii_lowercase);
    match bare.len() {
        // PagerDuty's REST keys.
        20 if is_mixed && all(|b| b.is_ascii_alphanumeric() || b"_-+".contains(&b)) => true,
        // Slack's signing secrets.
        32.. if all(|b| b.is_ascii_hexdigit()) => true,
        // PagerDuty's webhook secrets.
        64 if is_mixed && all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)) => true,
        _ => {
            let has_spaces = !text.starts_with("file:") && text.contains(char::is_whitespace);
            has_spaces || text.starts_with("u+") || text.starts_with("xox")
        }
    }
}

/// `#KEY` may follow every kind of name.
fn is_reference(text: &str) -> bool {
    let (name, key) = match text.split_once('#') {
        Some((name, key)) => (name, Some(key)),
        None => (text, None),
    };
    let is_shown = |text: &str| !text.is_empty() && !text.contains(char::is_control);
    // What Secrets Manager allows in names, and colons only in whole ARNs.
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"/_+=.@-".contains(&byte);
    let is_place = if let Some(path) = name.strip_prefix("file:") {
        is_shown(path)
    } else if let Some(variable) = name.strip_prefix("env:") {
        let in_variable = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        !variable.is_empty() && variable.bytes().all(in_variable)
    } else if let Some(rest) = name.strip_prefix("arn:") {
        rest.bytes().all(|byte| byte == b':' || in_name(byte))
    } else {
        !name.is_empty() && name.len() <= 512 && name.bytes().all(in_name)
    };
    is_place && key.is_none_or(is_shown)
}
