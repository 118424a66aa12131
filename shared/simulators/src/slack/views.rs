//! Dialogs on people's screens.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::workspace::{APP_ID, TEAM_ID};

/// A dialog that somebody has open.
#[derive(Clone, Debug, PartialEq)]
pub struct SlackView {
    /// `V..`.
    pub id: String,
    /// Changes with every update.
    pub hash: String,
    /// Who has it open.
    pub user: String,
    /// What the app sent.
    pub body: Value,
}

impl SlackView {
    /// The dialog as Slack shows it to the app, with what is in its fields.
    pub(super) fn show(&self, values: &Map<String, Value>) -> Value {
        let mut shown = json!({
            "callback_id": "", "private_metadata": "", "submit": null, "close": null,
            "notify_on_close": false, "clear_on_close": false, "external_id": "",
        });
        let members = shown.as_object_mut().expect("built as an object above");
        members.extend(self.body.as_object().cloned().unwrap_or_default());
        // Slack writes an empty map as an empty list.
        let values = if values.is_empty() {
            json!([])
        } else {
            json!(values)
        };
        shown["id"] = json!(self.id);
        shown["hash"] = json!(self.hash);
        shown["team_id"] = json!(TEAM_ID);
        shown["app_id"] = json!(APP_ID);
        shown["bot_id"] = json!("B0SIMULATED");
        shown["root_view_id"] = json!(self.id);
        shown["previous_view_id"] = Value::Null;
        shown["state"] = json!({"values": values});
        shown
    }

    /// The field of a block, if the dialog has one of that name.
    pub(super) fn field(&self, block_id: &str) -> Option<&Value> {
        let mut blocks = self.body["blocks"].as_array()?.iter();
        let block = blocks.find(|it| it["type"] == "input" && it["block_id"] == block_id)?;
        Some(&block["element"])
    }
}

/// The open dialogs by their ids. A person has one at a time.
#[derive(Debug, Default)]
pub(super) struct Views {
    open: BTreeMap<String, SlackView>,
    changes: u32,
}

impl Views {
    /// Opens a dialog; one that the person had open goes away.
    pub(super) fn open(&mut self, user: &str, body: Value) -> SlackView {
        self.changes += 1;
        let view = SlackView {
            id: format!("V0SIM{:05}", self.changes),
            hash: self.hash(),
            user: user.to_owned(),
            body,
        };
        self.close_all(user);
        self.open.insert(view.id.clone(), view.clone());
        view
    }

    /// Shows something else in an open dialog.
    pub(super) fn update(&mut self, id: &str, body: Value) -> Option<SlackView> {
        self.changes += 1;
        let hash = self.hash();
        let view = self.open.get_mut(id)?;
        view.hash = hash;
        view.body = body;
        Some(view.clone())
    }

    pub(super) fn get(&self, id: &str) -> Option<&SlackView> {
        self.open.get(id)
    }

    pub(super) fn of(&self, user: &str) -> Option<&SlackView> {
        self.open.values().find(|view| view.user == user)
    }

    pub(super) fn close(&mut self, id: &str) {
        self.open.remove(id);
    }

    pub(super) fn close_all(&mut self, user: &str) {
        self.open.retain(|_, view| view.user != user);
    }

    fn hash(&self) -> String {
        format!("{}.simulated", self.changes)
    }
}
