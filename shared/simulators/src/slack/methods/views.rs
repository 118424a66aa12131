//! The `views` methods.

use serde_json::{Map, Value, json};

use super::super::block_kit::check_view;
use super::super::refusal::Refusal;
use super::super::workspace::Workspace;
use super::{Answer, Call};

/// Largest dialog, in bytes.
const VIEW_BYTES_MAX: usize = 250_000;

/// A trigger is used up by a dialog that opens, not by one that is refused.
pub(super) fn open(workspace: &mut Workspace, call: &Call) -> Answer {
    let trigger = call.form.required("trigger_id")?;
    let user = workspace.triggers.check(trigger, call.now)?;
    let body = body(call)?;
    workspace.triggers.exchange(trigger);
    let view = workspace.views.open(&user, body);
    Ok(json!({"view": view.show(&Map::new())}))
}

pub(super) fn update(workspace: &mut Workspace, call: &Call) -> Answer {
    let id = call.form.required("view_id")?;
    let Some(view) = workspace.views.get(id) else {
        return Err(Refusal::new("not_found"));
    };
    if let Some(hash) = call.form.text("hash")
        && hash != view.hash
    {
        return Err(Refusal::new("hash_conflict"));
    }
    let body = body(call)?;
    let view = workspace.views.update(id, body);
    let view = view.expect("the view was there above");
    Ok(json!({"view": view.show(&Map::new())}))
}

fn body(call: &Call) -> Result<Value, Refusal> {
    let text = call.form.required("view")?;
    if text.len() > VIEW_BYTES_MAX {
        return Err(Refusal::new("view_too_large"));
    }
    let Ok(view) = serde_json::from_str::<Value>(text) else {
        return Err(Refusal::new("invalid_arguments"));
    };
    let findings = check_view(&view);
    if !findings.is_empty() {
        return Err(Refusal::invalid("invalid_arguments", findings));
    }
    Ok(view)
}
