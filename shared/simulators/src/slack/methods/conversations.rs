//! The `conversations` methods.

use serde_json::json;

use super::super::refusal::Refusal;
use super::super::workspace::Workspace;
use super::{Answer, Call};

/// Opens the direct conversation with one person; an open one stays as it is.
pub(super) fn open(workspace: &mut Workspace, call: &Call) -> Answer {
    let user = call.form.required("users")?;
    if !workspace.users.contains_key(user) {
        return Err(Refusal::new("user_not_found"));
    }
    let Some(id) = workspace.conversation(user) else {
        return Err(Refusal::new("user_disabled"));
    };
    let already_open = workspace.channels.contains_key(&id);
    workspace.channels.entry(id.clone()).or_default();
    Ok(json!({"channel": {"id": id}, "no_op": already_open, "already_open": already_open}))
}
