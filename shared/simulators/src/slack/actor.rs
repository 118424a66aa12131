//! What people do: type commands, press buttons, fill in dialogs. Each makes a signed request, and sends nothing.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::SlackSim;
use super::hooks::Hook;
use super::messages::{SlackEphemeral, SlackMessage};
use super::request::{Origin, SlackRequest};
use super::routes::HOOKS;
use super::views::SlackView;
use super::workspace::{APP_ID, TEAM_ID, Workspace};

impl SlackSim {
    /// Somebody types a command: `type_command("U1", "C1", "/access", "payments 2h fixing refunds")`. A user or channel
    /// that the workspace does not know can type too, as an attacker with the secret could.
    #[must_use]
    pub fn type_command(
        &self,
        user: &str,
        channel: &str,
        command: &str,
        text: &str,
    ) -> SlackRequest {
        let now = self.kit.clock.now();
        let mut workspace = self.lock();
        let trigger = workspace.triggers.give(user, now);
        let hook = Hook {
            user: user.to_owned(),
            channel: channel.to_owned(),
            ts: None,
            given_at: now,
            uses: 0,
        };
        let response_url = self.response_url(&mut workspace, hook.clone());
        let fields = [
            ("token", "deprecated"),
            ("team_id", TEAM_ID),
            ("team_domain", "simulated"),
            ("channel_id", channel),
            ("channel_name", "a-channel"),
            ("user_id", user),
            ("user_name", "somebody"),
            ("command", command),
            ("text", text),
            ("api_app_id", APP_ID),
            ("is_enterprise_install", "false"),
            ("response_url", response_url.as_str()),
            ("trigger_id", trigger.as_str()),
        ];
        let secret = &workspace.signing_secret;
        SlackRequest::new(&fields, secret, now, Origin::Command(hook))
    }

    /// Somebody presses a button of a message. It need not be there any more: screens are slow to follow.
    #[must_use]
    pub fn press(
        &self,
        user: &str,
        channel: &str,
        ts: &str,
        action_id: &str,
        value: &str,
    ) -> SlackRequest {
        let now = self.kit.clock.now();
        let mut workspace = self.lock();
        let message = workspace.shown_message(user, channel, ts);
        let hook = Hook {
            user: user.to_owned(),
            channel: channel.to_owned(),
            ts: Some(ts.to_owned()),
            given_at: now,
            uses: 0,
        };
        let response_url = self.response_url(&mut workspace, hook);
        let (block_id, button) = message
            .as_ref()
            .and_then(|message| button(&message.blocks, action_id))
            .unwrap_or_else(|| ("gone".to_owned(), json!({})));
        let mut payload = payload("block_actions", user);
        payload["trigger_id"] = json!(workspace.triggers.give(user, now));
        payload["response_url"] = json!(response_url);
        payload["channel"] = json!({"id": channel, "name": "a-channel"});
        payload["container"] = json!({
            "type": "message", "message_ts": ts, "channel_id": channel, "is_ephemeral": false,
        });
        if let Some(SlackMessage { ts, text, blocks }) = message {
            payload["message"] = json!({
                "type": "message", "bot_id": "B0SIMULATED", "ts": ts, "text": text, "blocks": blocks,
            });
        }
        payload["state"] = json!({"values": {}});
        payload["actions"] = json!([{
            "type": "button", "action_id": action_id, "block_id": block_id, "value": value,
            "text": button["text"], "action_ts": format!("{}.000001", now.as_second()),
        }]);
        workspace.interaction(&payload, now, Origin::Press)
    }

    /// Whoever has a dialog open fills in fields, each given as block, action and text (for a menu the value of the
    /// choice), and sends it off. Fields that are not given are left as they are.
    ///
    /// # Panics
    /// If nobody has the dialog open, it has no such field, or the menu has no such choice.
    #[must_use]
    pub fn submit(&self, view_id: &str, values: &[(&str, &str, &str)]) -> SlackRequest {
        let now = self.kit.clock.now();
        let mut workspace = self.lock();
        let view = workspace.open_view(view_id);
        let mut payload = payload("view_submission", &view.user);
        payload["trigger_id"] = json!(workspace.triggers.give(&view.user, now));
        payload["view"] = view.show(&entered(&view, values));
        payload["response_urls"] = json!([]);
        workspace.interaction(&payload, now, Origin::Submission(view.id))
    }

    /// Whoever has a dialog open closes it. Slack tells the app only if the dialog asks for it.
    ///
    /// # Panics
    /// If nobody has the dialog open.
    #[must_use]
    pub fn close_view(&self, view_id: &str) -> Option<SlackRequest> {
        let now = self.kit.clock.now();
        let mut workspace = self.lock();
        let view = workspace.open_view(view_id);
        workspace.views.close(view_id);
        if view.body["notify_on_close"] != true {
            return None;
        }
        let mut payload = payload("view_closed", &view.user);
        payload["view"] = view.show(&Map::new());
        payload["is_cleared"] = json!(false);
        Some(workspace.interaction(&payload, now, Origin::Press))
    }

    /// Any payload, signed: another one's with something changed, or one of tomorrow.
    #[must_use]
    pub fn send_payload(&self, payload: &Value) -> SlackRequest {
        let now = self.kit.clock.now();
        self.lock().interaction(payload, now, Origin::Made)
    }

    /// Any form, signed: a command's with something changed.
    #[must_use]
    pub fn send_form(&self, fields: &[(&str, &str)]) -> SlackRequest {
        let now = self.kit.clock.now();
        SlackRequest::new(fields, &self.lock().signing_secret, now, Origin::Made)
    }

    /// The secret that requests are signed with.
    #[must_use]
    pub fn signing_secret(&self) -> String {
        self.lock().signing_secret.clone()
    }

    /// Signs with another secret from now on.
    pub fn rotate_signing_secret(&self, secret: &str) {
        secret.clone_into(&mut self.lock().signing_secret);
    }

    /// The dialog that somebody has open.
    #[must_use]
    pub fn view_of(&self, user: &str) -> Option<SlackView> {
        self.lock().views.of(user).cloned()
    }

    /// What only this person saw, oldest first.
    #[must_use]
    pub fn ephemerals(&self, user: &str) -> Vec<SlackMessage> {
        let workspace = self.lock();
        let shown = workspace.ephemerals.iter().filter(|it| it.user == user);
        shown.map(|it| it.message.clone()).collect()
    }

    fn response_url(&self, workspace: &mut Workspace, hook: Hook) -> String {
        let key = workspace.hooks.give(hook);
        format!("{}{HOOKS}{key}", self.server.url())
    }
}

impl Workspace {
    /// Signs an interaction.
    fn interaction(&self, payload: &Value, now: Timestamp, origin: Origin) -> SlackRequest {
        let payload = payload.to_string();
        SlackRequest::new(
            &[("payload", payload.as_str())],
            &self.signing_secret,
            now,
            origin,
        )
    }

    /// A message as one person sees it.
    fn shown_message(&self, user: &str, channel: &str, ts: &str) -> Option<SlackMessage> {
        let is_theirs = |it: &&SlackEphemeral| it.user == user && it.channel == channel;
        let theirs = self.ephemerals.iter().filter(is_theirs);
        let messages = self.channels.get(channel).into_iter().flatten();
        let mut all = messages.chain(theirs.map(|it| &it.message));
        all.find(|it| it.ts == ts).cloned()
    }

    fn open_view(&self, id: &str) -> SlackView {
        let view = self.views.get(id);
        view.expect("somebody has the dialog open").clone()
    }
}

fn payload(kind: &str, user: &str) -> Value {
    json!({
        "type": kind, "token": "deprecated", "api_app_id": APP_ID,
        "team": {"id": TEAM_ID, "domain": "simulated"},
        "enterprise": null, "is_enterprise_install": false,
        "user": {"id": user, "username": "somebody", "name": "somebody", "team_id": TEAM_ID},
    })
}

/// A button by its action, with its block's name; a block without one gets a name as from Slack.
fn button(blocks: &Value, action_id: &str) -> Option<(String, Value)> {
    let blocks = blocks.as_array()?.iter().enumerate();
    blocks
        .flat_map(|(number, block)| {
            let elements = block["elements"].as_array().into_iter().flatten();
            let elements = elements.chain([&block["accessory"]]);
            elements.map(move |element| (number, block, element))
        })
        .find(|(_, _, element)| element["action_id"] == action_id)
        .map(|(number, block, element)| {
            let made_up = format!("auto{number}");
            let block_id = block["block_id"].as_str().map_or(made_up, str::to_owned);
            (block_id, element.clone())
        })
}

/// What the fields of a dialog hold once `values` were entered.
fn entered(view: &SlackView, values: &[(&str, &str, &str)]) -> Map<String, Value> {
    let mut state = Map::new();
    for block in view.body["blocks"].as_array().into_iter().flatten() {
        if block["type"] == "input" {
            let (block_id, element) = (&block["block_id"], &block["element"]);
            let names = (block_id.as_str(), element["action_id"].as_str());
            let (Some(block_id), Some(action_id)) = names else {
                continue;
            };
            let left = field_state(element, None);
            state.insert(block_id.to_owned(), json!({action_id: left}));
        }
    }
    for (block_id, action_id, value) in values {
        let element = view
            .field(block_id)
            .filter(|element| element["action_id"] == *action_id)
            .expect("the dialog has this field");
        let filled = field_state(element, Some(*value));
        state.insert((*block_id).to_owned(), json!({*action_id: filled}));
    }
    state
}

/// One field as Slack reports it, with what was entered or what was in it from the beginning.
fn field_state(element: &Value, entered: Option<&str>) -> Value {
    let kind = &element["type"];
    if kind == "plain_text_input" {
        let value = entered.map_or(element["initial_value"].clone(), Value::from);
        return json!({"type": kind, "value": value});
    }
    let Some(value) = entered else {
        return json!({"type": kind, "selected_option": element["initial_option"]});
    };
    let groups = element["option_groups"].as_array().into_iter().flatten();
    let grouped = groups.filter_map(|group| group["options"].as_array());
    let mut options = element["options"]
        .as_array()
        .into_iter()
        .chain(grouped)
        .flatten();
    let option = options.find(|option| option["value"] == value);
    let option = option.expect("the menu has this choice");
    json!({"type": kind, "selected_option": option})
}
