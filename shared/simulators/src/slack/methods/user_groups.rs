//! The `usergroups` methods.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::builder::DisabledGroupWrites;
use super::super::refusal::Refusal;
use super::super::workspace::{BOT_USER_ID, Group, TEAM_ID, Workspace};
use super::{Answer, Call};

/// How an answer writes the number of people: Slack is of two minds.
#[derive(Clone, Copy)]
enum Count {
    Text,
    Number,
}

pub(super) fn list(workspace: &mut Workspace, call: &Call) -> Answer {
    check_plan(workspace)?;
    let include_disabled = call.form.flag("include_disabled");
    let groups = workspace.groups.values();
    let groups: Vec<Value> = groups
        .filter(|group| include_disabled || group.date_delete == 0)
        .map(|group| {
            let mut shown = show(group, call, Count::Text);
            if call.form.flag("include_users") {
                shown["users"] = json!(group.users);
            }
            shown
        })
        .collect();
    Ok(json!({"usergroups": groups}))
}

pub(super) fn create(workspace: &mut Workspace, call: &Call) -> Answer {
    check_plan(workspace)?;
    let name = call.form.required("name")?;
    let handle = match call.form.text("handle") {
        Some(handle) => handle.to_owned(),
        None => name.to_lowercase().replace(' ', "-"),
    };
    let mut groups = workspace.groups.values();
    if groups
        .clone()
        .any(|group| group.name.eq_ignore_ascii_case(name))
    {
        return Err(Refusal::new("name_already_exists"));
    }
    if groups.any(|group| group.handle.eq_ignore_ascii_case(&handle)) {
        return Err(Refusal::new("handle_already_exists"));
    }
    let now = call.now.as_second();
    let group = Group {
        id: workspace.free_group_id(),
        handle,
        name: name.to_owned(),
        description: call.form.text("description").unwrap_or_default().to_owned(),
        date_create: now,
        date_update: now,
        date_delete: 0,
        users: BTreeSet::new(),
    };
    let shown = show(&group, call, Count::Text);
    workspace.groups.insert(group.id.clone(), group);
    Ok(json!({"usergroup": shown}))
}

/// Enabling an enabled group changes nothing.
pub(super) fn enable(workspace: &mut Workspace, call: &Call) -> Answer {
    switch(workspace, call, |group, _| group.date_delete = 0)
}

/// Disabling a disabled group changes nothing.
pub(super) fn disable(workspace: &mut Workspace, call: &Call) -> Answer {
    switch(workspace, call, |group, now| {
        if group.date_delete == 0 {
            group.date_delete = now;
        }
    })
}

pub(super) fn users_list(workspace: &mut Workspace, call: &Call) -> Answer {
    check_plan(workspace)?;
    let group = find(workspace, call)?;
    if group.date_delete != 0 && !call.form.flag("include_disabled") {
        return Err(Refusal::new("no_such_subteam"));
    }
    Ok(json!({"users": group.users}))
}

/// Takes the list as a whole or not at all.
pub(super) fn users_update(workspace: &mut Workspace, call: &Call) -> Answer {
    check_plan(workspace)?;
    let is_enabled = find(workspace, call)?.date_delete == 0;
    let list = call.form.text("users").unwrap_or_default();
    let users: BTreeSet<String> = list
        .split(',')
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
        .collect();
    if users.is_empty() {
        return Err(Refusal::new("no_users_provided"));
    }
    if !users.iter().all(|id| workspace.is_active(id)) {
        return Err(Refusal::new("invalid_users"));
    }
    if !is_enabled && workspace.disabled_group_writes == DisabledGroupWrites::Refused {
        return Err(Refusal::new("permission_denied"));
    }
    let group = find(workspace, call)?;
    group.users = users;
    group.date_update = call.now.as_second();
    let mut shown = show(group, call, Count::Number);
    shown["users"] = json!(group.users);
    Ok(json!({"usergroup": shown}))
}

fn switch(workspace: &mut Workspace, call: &Call, turn: fn(&mut Group, i64)) -> Answer {
    check_plan(workspace)?;
    let group = find(workspace, call)?;
    turn(group, call.now.as_second());
    group.date_update = call.now.as_second();
    Ok(json!({"usergroup": show(group, call, Count::Text)}))
}

fn find<'w>(workspace: &'w mut Workspace, call: &Call) -> Result<&'w mut Group, Refusal> {
    let id = call.form.required("usergroup")?;
    workspace
        .groups
        .get_mut(id)
        .ok_or_else(|| Refusal::new("no_such_subteam"))
}

fn check_plan(workspace: &Workspace) -> Result<(), Refusal> {
    if workspace.has_user_groups {
        Ok(())
    } else {
        Err(Refusal::new("paid_teams_only"))
    }
}

fn show(group: &Group, call: &Call, count: Count) -> Value {
    let Group {
        id,
        handle,
        name,
        description,
        date_create,
        date_update,
        date_delete,
        users,
    } = group;
    let deleted_by = (*date_delete != 0).then_some(BOT_USER_ID);
    let mut shown = json!({
        "id": id, "team_id": TEAM_ID, "is_usergroup": true, "is_subteam": true, "name": name,
        "description": description, "handle": handle, "is_external": false,
        "date_create": date_create, "date_update": date_update, "date_delete": date_delete,
        "auto_type": null, "created_by": BOT_USER_ID, "updated_by": BOT_USER_ID,
        "deleted_by": deleted_by, "prefs": {"channels": [], "groups": []},
    });
    if call.form.flag("include_count") {
        shown["user_count"] = match count {
            Count::Text => json!(users.len().to_string()),
            Count::Number => json!(users.len()),
        };
    }
    shown
}
