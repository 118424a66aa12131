//! `auth.test` and the `users` methods.

use std::ops::Bound;

use serde_json::{Value, json};

use super::super::refusal::Refusal;
use super::super::workspace::{BOT_USER_ID, TEAM_ID, Workspace};
use super::{Answer, Call};

/// What precedes a user's id in a cursor, so that nobody takes a cursor for an id.
const CURSOR_HEAD: &str = "user-after:";

#[expect(
    clippy::unnecessary_wraps,
    reason = "the table of methods has one signature"
)]
pub(super) fn auth_test(_: &mut Workspace, _: &Call) -> Answer {
    Ok(json!({
        "url": "https://simulated.slack.com/", "team": "Simulated", "user": "rotakey",
        "team_id": TEAM_ID, "user_id": BOT_USER_ID, "bot_id": "B0SIMULATED",
        "is_enterprise_install": false,
    }))
}

/// Deactivated people are not found, exactly as people who never existed.
pub(super) fn lookup_by_email(workspace: &mut Workspace, call: &Call) -> Answer {
    let email = call.form.required("email")?;
    match workspace.user_by_email(email) {
        Some(user) if user.is_active => Ok(json!({"user": workspace.show_user(user)})),
        _ => Err(Refusal::new("users_not_found")),
    }
}

pub(super) fn info(workspace: &mut Workspace, call: &Call) -> Answer {
    let id = call.form.required("user")?;
    match workspace.users.get(id) {
        Some(user) => Ok(json!({"user": workspace.show_user(user)})),
        None => Err(Refusal::new("user_not_found")),
    }
}

/// Everybody at once without `limit`, as Slack tries to.
pub(super) fn list(workspace: &mut Workspace, call: &Call) -> Answer {
    let limit = match call.form.text("limit").map(str::parse::<usize>) {
        None | Some(Ok(0)) => usize::MAX,
        Some(Ok(limit)) if limit <= 1_000 => limit,
        Some(_) => return Err(Refusal::new("invalid_limit")),
    };
    let after = match call.form.text("cursor") {
        None => Bound::Unbounded,
        Some(cursor) => match cursor.strip_prefix(CURSOR_HEAD) {
            Some(id) if workspace.users.contains_key(id) => Bound::Excluded(id),
            _ => return Err(Refusal::new("invalid_cursor")),
        },
    };
    let mut rest = workspace
        .users
        .range::<str, _>((after, Bound::Unbounded))
        .peekable();
    let mut members: Vec<Value> = Vec::new();
    let mut last = "";
    while members.len() < limit
        && let Some((id, user)) = rest.next()
    {
        members.push(workspace.show_user(user));
        last = id;
    }
    let more = rest.peek().is_some();
    let next_cursor = if more {
        format!("{CURSOR_HEAD}{last}")
    } else {
        String::new()
    };
    Ok(json!({"members": members, "response_metadata": {"next_cursor": next_cursor}}))
}
